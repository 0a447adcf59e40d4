"""The sender: real PostgreSQL, real mail servers of every temper."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from chassis.event_log import EventLog
from chassis.health import Health
from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.intake import ReporterErased
from contracts.notify import Medium, NotificationFailed, NotificationSent
from contracts.sealing import Clear
from contracts.vocabulary import Classification
from kit import post
from kit.office import QUICK, Office
from kit.post import Sink, running
from notify import letters


@pytest.fixture
def office(pool: Pool, log: EventLog, keys: KeyStore, health: Health) -> Office:
    return Office(pool, log, keys, health)


async def test_every_step_reaches_the_reporter_once_under_its_own_id(office: Office, sink: Sink) -> None:
    story = post.Complaint()
    await office.know_agencies()
    await office.tell(story, post.filed(), post.forwarded(), post.answered())
    async with office.sending(sink.port):
        await office.until("sent")
    assert sorted(str(letter["Subject"]).strip() for letter in sink.letters) == [
        "Dinas Lingkungan Hidup (contoh) menjawab pengaduan Anda (KTG-35.04-7K2M-9QX4)",
        "Pengaduan Anda kami terima (KTG-35.04-7K2M-9QX4)",
        "Pengaduan Anda kini ada pada Dinas Lingkungan Hidup (contoh) (KTG-35.04-7K2M-9QX4)",
    ]
    assert {str(letter["To"]) for letter in sink.letters} == {post.REPORTER}
    ids = {str(row["delivery_id"]) for row in await office.pool.fetch("SELECT delivery_id FROM deliveries")}
    assert {mail_id.strip("<>").partition("@")[0] for mail_id in sink.ids} == ids
    answer = next(letter for letter in sink.letters if "menjawab" in str(letter["Subject"]))
    text = answer.get_body(("plain",))
    assert text is not None
    assert "Sampah sudah kami angkut pagi ini." in text.get_content()
    assert await office.attempts() == [(1, "accepted", None, 250)] * 3


async def test_a_sent_letter_is_published_as_such_in_the_chain_of_its_cause(office: Office, sink: Sink) -> None:
    story = post.Complaint()
    await office.tell(story, post.filed())
    async with office.sending(sink.port):
        await office.until("sent")
    (event,) = await office.events()
    cause = await office.pool.fetchval("SELECT event_id FROM news")
    assert event == NotificationSent(
        complaint=story.id, cause=cause, message="complaint-filed", medium=Medium.EMAIL, attempt=1
    )
    metadata = json.loads(await office.pool.fetchval("SELECT metadata FROM events"))
    assert metadata["subject"] == str(await office.pool.fetchval("SELECT delivery_id FROM deliveries"))
    assert metadata["causationid"] == str(cause)
    assert metadata["correlationid"] == f"test-{story.id}"


async def test_a_greylisted_letter_is_tried_again_under_the_same_id(office: Office, sink: Sink) -> None:
    sink.temper = post.then(post.answer("451 greylisted"), post.answer("451 still"), post.accept)
    await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port):
        await office.until("sent")
    assert await office.attempts() == [
        (1, "deferred", "try_later", 451),
        (2, "deferred", "try_later", 451),
        (3, "accepted", None, 250),
    ]
    assert {str(letter["Message-ID"]) for letter in [*sink.refused, *sink.letters]} == set(sink.ids)
    assert await office.states() == [("sent", None, 3)]


async def test_a_refused_letter_has_failed_and_is_not_tried_again(office: Office, sink: Sink) -> None:
    sink.temper = post.answer("550 no")
    await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port):
        await office.until("failed")
        await asyncio.sleep(0.8)
    assert len(sink.refused) == 1
    assert await office.states() == [("failed", "refused_by_server", 1)]
    (event,) = await office.events()
    assert isinstance(event, NotificationFailed)
    assert (event.reason, event.attempt) == ("refused_by_server", 1)


async def test_a_server_that_is_away_is_waited_for(office: Office) -> None:
    await office.tell(post.Complaint(), post.filed())
    async with running(Sink()) as away:
        pass
    async with office.sending(away.port):
        await asyncio.sleep(0.8)
        assert (await office.states())[0][0] in {"queued", "sending"}
        async with running(away):
            await office.until("sent")
    attempts = await office.attempts()
    assert {attempt[2] for attempt in attempts[:-1]} == {"unreachable"}
    assert attempts[-1][1] == "accepted"


async def test_a_connection_broken_during_data_is_tried_again_under_the_same_id(office: Office, sink: Sink) -> None:
    sink.temper = post.then(post.hang_up, post.accept)
    await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port):
        await office.until("sent")
    assert [str(letter["Message-ID"]) for letter in sink.refused] == sink.ids
    assert (await office.attempts())[0] == (1, "deferred", "connection_lost", None)


async def test_a_tarpit_delays_nobody_for_longer_than_the_time_out(office: Office, sink: Sink) -> None:
    sink.temper = post.then(post.keep_waiting(30), post.keep_waiting(30), post.accept)
    for _ in range(12):
        await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port, timeout=1.0, connections=4):
        await office.until("sent")
    assert len(set(sink.ids)) == len(sink.ids) == 12
    assert sum(attempt[2] == "timed_out" for attempt in await office.attempts()) == 2


async def test_a_letter_nobody_takes_expires(office: Office, sink: Sink) -> None:
    sink.temper = post.answer("451 never")
    await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port):
        await sink.has_refused(1)
        office.late = timedelta(days=5)
        await office.until("expired")
    (event,) = await office.events()
    assert isinstance(event, NotificationFailed)
    assert event.reason == "expired"


async def test_a_key_that_comes_late_is_waited_for(office: Office, sink: Sink) -> None:
    story = post.Complaint()
    await office.tell(story, post.filed(), key=False)
    async with office.sending(sink.port):
        await asyncio.sleep(0.5)
        assert sink.letters == []
        await office.keep_key(story)
        await office.until("sent")
    assert (await office.attempts())[0] == (1, "deferred", "key_missing", None)
    assert len(sink.letters) == 1


async def test_a_key_that_never_comes_is_not_waited_for_for_ever(office: Office, sink: Sink) -> None:
    await office.tell(post.Complaint(), post.filed(), key=False)
    office.late = timedelta(minutes=11)
    async with office.sending(sink.port):
        await office.until("suppressed")
    assert await office.states() == [("suppressed", "unreadable", 1)]
    assert sink.connections == 0
    assert await office.events() == []


async def test_erasure_stops_a_letter_that_waits_for_its_next_attempt(office: Office, sink: Sink) -> None:
    sink.temper = post.answer("451 later")
    story = post.Complaint()
    await office.tell(story, post.filed())
    async with office.sending(sink.port):
        await sink.has_refused(1)
        await office.tell(story, ReporterErased(requested_at=office.now()))
        await office.until("suppressed")
    state, reason, _ = (await office.states())[0]
    assert (state, reason) == ("suppressed", "erased")


async def test_an_address_that_is_none_fails_without_harm_to_others(office: Office, sink: Sink) -> None:
    await office.tell(post.Complaint(), post.filed(reporter_email=Clear("bukan alamat")))
    await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port):
        await office.until("sent", "failed")
    assert sorted(state[:2] for state in await office.states()) == [("failed", "bad_address"), ("sent", None)]


async def test_two_senders_share_the_work_and_send_nothing_twice(office: Office, sink: Sink) -> None:
    for _ in range(40):
        await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port), office.sending(sink.port):
        await office.until("sent")
    assert len(sink.ids) == len(set(sink.ids)) == 40
    assert len(await office.events()) == 40


async def test_a_sender_that_is_stopped_finishes_and_gives_back(office: Office, sink: Sink) -> None:
    async def slowly(sink: Sink, session: Any, envelope: Any) -> str:
        await asyncio.sleep(0.3)
        return await post.accept(sink, session, envelope)

    sink.temper = slowly
    for _ in range(30):
        await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port, connections=3):
        await sink.has_taken(4)
    states = [state for state, _, _ in await office.states()]
    assert "sending" not in states
    assert states.count("sent") == len(sink.letters)
    async with office.sending(sink.port, connections=8):
        await office.until("sent")
    assert len(sink.ids) == len(set(sink.ids)) == 30


async def test_an_attempt_that_fell_silent_is_taken_over_and_told_as_interrupted(office: Office, sink: Sink) -> None:
    await office.tell(post.Complaint(), post.filed())
    dead = office.sender(sink.port)
    assert len(await dead._claim()) == 1  # claimed, then killed
    async with office.sending(sink.port):
        await asyncio.sleep(0.3)
        assert sink.letters == []
        office.late = QUICK.lease
        await office.until("sent")
    assert await office.attempts() == [(1, "interrupted", None, None), (2, "accepted", None, 250)]
    assert len(sink.letters) == 1


async def test_outcomes_survive_a_database_that_restarts(office: Office, sink: Sink) -> None:
    for _ in range(20):
        await office.tell(post.Complaint(), post.filed())
    async with office.sending(sink.port, connections=2):
        await sink.has_taken(5)
        await office.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
        await office.until("sent")
    assert len(sink.ids) == len(set(sink.ids)) == 20
    assert len(await office.events()) == 20


async def test_a_letter_with_a_missing_word_fails_alone(
    office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = post.Complaint(), post.Complaint()
    await office.tell(broken, post.filed())
    await office.tell(fine, post.filed(classification=Classification.ASPIRATION))
    words = letters._environment().get_template("_shared/words.id.txt").module
    monkeypatch.delitem(vars(words)["noun"], "complaint")
    async with office.sending(sink.port):
        await office.until("sent", "failed")
    assert sorted(state[:2] for state in await office.states()) == [("failed", "unwritable"), ("sent", None)]
