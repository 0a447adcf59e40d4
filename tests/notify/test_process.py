"""Notify as a process, from Kafka to the mailbox of the reporter, killed whenever we like."""

import asyncio
import json
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from contracts.intake import ReporterErased
from contracts.topics import NOTIFICATIONS
from kentongan import topics
from kentongan.stack.kafka import Kafka
from kit import post
from kit.notifier import Notifier, deployed
from kit.post import Sink
from kit.servers import PostgresForTests, start_kafka
from kit.streams import read_topic

CONNECTIONS = 8
"""Letters that can be on their way at once: the default of `NOTIFY_SMTP_CONNECTIONS`."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kafka]:
    """Give a broker with the topics of the house, which nobody else in this session uses."""
    kafka = await start_kafka(tmp_path_factory.mktemp("kafka-notify"))
    await asyncio.to_thread(topics.create, kafka.bootstrap)
    yield kafka
    await kafka.stop()


@pytest_asyncio.fixture
async def notifier(broker: Kafka, postgres: PostgresForTests, sink: Sink, tmp_path: Path) -> AsyncIterator[Notifier]:
    """Give notify with an empty database; it reads the topics from their beginning."""
    async with deployed(broker.bootstrap, await postgres.fresh_database(), sink.port, tmp_path) as made:
        yield made


async def settled(notifier: Notifier, story: post.Complaint, count: int) -> list[dict[str, Any]]:
    """Wait until all of a complaint's notifications have come to their end."""
    async with asyncio.timeout(30):
        while True:
            found: list[dict[str, Any]] = (await notifier.get(f"/api/notifications?complaint={story.id}"))[
                "notifications"
            ]
            if len(found) == count and not {one["state"] for one in found} & {"queued", "sending"}:
                return found
            await asyncio.sleep(0.05)


async def queued(notifier: Notifier, stories: list[post.Complaint], state: str | None = None) -> list[dict[str, Any]]:
    """Wait until each complaint has its notification, and all of them are in this state, if one is given."""
    wanted = {str(story.id) for story in stories}
    async with asyncio.timeout(60):
        while True:
            every = (await notifier.get("/api/notifications?limit=500"))["notifications"]
            found = [one for one in every if one["complaint"] in wanted]
            if len(found) == len(wanted) and (state is None or {one["state"] for one in found} == {state}):
                return found
            await asyncio.sleep(0.1)


async def test_a_complaints_steps_go_from_kafka_to_the_reporter(notifier: Notifier, sink: Sink) -> None:
    story = post.Complaint()
    wires = [story.wire(event) for event in (post.filed(), post.forwarded(), post.answered())]
    await notifier.publish_agency()
    await notifier.publish([(story, wires)])
    await notifier.start()
    found = await settled(notifier, story, 3)
    assert {one["state"] for one in found} == {"sent"}
    assert {one["code"] for one in found} == {"KTG-35.04-7K2M-9QX4"}
    assert [len(one["attempts"]) for one in found] == [1, 1, 1]
    assert all(one["attempts"][0]["milliseconds"] >= 0 for one in found)
    mine = [letter for letter in sink.letters if str(letter["Message-ID"])[1:37] in {one["id"] for one in found}]
    assert len(mine) == 3
    assert any("Dinas Lingkungan Hidup" in str(letter["Subject"]) for letter in mine)
    assert await notifier.stop() == 0


async def test_the_log_of_the_process_names_no_person(notifier: Notifier, sink: Sink) -> None:
    sink.temper = post.then(post.answer("550 unknown user sari@contoh.example"), post.accept)
    stories = [post.Complaint() for _ in range(3)]
    await notifier.publish([(story, [story.wire(post.filed()), story.wire(post.answered())]) for story in stories])
    await notifier.start()
    for story in stories:
        await settled(notifier, story, 2)
    erased = ReporterErased(requested_at=datetime.now(UTC))
    await notifier.publish([(story, [story.wire(erased), story.wire(post.forwarded())]) for story in stories])
    for story in stories:
        await settled(notifier, story, 3)
    await notifier.stop()
    said = notifier.output.read_text()
    assert "delivery_advanced" in said
    for personal in ("sari", "Sari", "sungai", "angkut", "only-for-tests"):
        assert personal not in said


async def test_killed_at_any_time_each_letter_arrives_under_one_id_and_doubles_only_in_the_crash_window(
    notifier: Notifier, sink: Sink, broker: Kafka
) -> None:
    chance, count, kills = random.Random(20261124), 300, 6

    async def slowly(sink: Sink, session: Any, envelope: Any) -> str:
        await asyncio.sleep(chance.uniform(0.005, 0.05))
        return await post.accept(sink, session, envelope)

    sink.temper = slowly
    stories = [post.Complaint() for _ in range(count)]
    await notifier.publish([(story, [story.wire(post.filed())]) for story in stories])
    await notifier.start()
    await notifier.stop(signal.SIGKILL)
    await notifier.start()
    await queued(notifier, stories)
    for _ in range(kills - 1):
        await asyncio.sleep(chance.uniform(0.02, 0.4))
        await notifier.stop(signal.SIGKILL)
        await notifier.start("/livez")
    found = await queued(notifier, stories, "sent")

    taken = Counter(str(letter["Message-ID"])[1:37] for letter in sink.letters)
    mine = {one["id"] for one in found}
    assert mine <= set(taken)
    doubles = sum(taken[one] - 1 for one in mine)
    assert doubles <= kills * CONNECTIONS
    interrupted = sum(attempt["result"] == "interrupted" for one in found for attempt in one["attempts"])
    assert doubles <= interrupted  # a letter can only have gone out twice when an attempt was cut off

    await asyncio.sleep(0.5)
    published = [json.loads(m.value()) for m in await asyncio.to_thread(read_topic, broker.bootstrap, NOTIFICATIONS)]
    about_mine = [event for event in published if event["subject"] in mine]
    assert {event["subject"] for event in about_mine} == mine
    assert {(event["type"], event["sequence"]) for event in about_mine} == {
        ("id.kentongan.notification.sent.v1", "0000000001")
    }
    assert len({event["id"] for event in about_mine}) == count
