"""What the topics do to notify's tables; every batch is delivered twice."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.applier import Applier
from chassis.consumer import Raw, Received
from chassis.postgres import Pool
from contracts.intake import ReporterErased
from contracts.notify import Medium
from contracts.routing import AgencyChanged
from contracts.topics import AGENCIES, COMPLAINTS
from contracts.vocabulary import Name, Visibility
from kit import post
from notify.consumers import agencies_subscription, complaints_subscription
from notify.domain.delivery import delivery_id
from notify.domain.patience import PATIENCE


class Topic:
    """Delivers wire forms twice, each under the next offset."""

    def __init__(self, pool: Pool, name: str = COMPLAINTS) -> None:
        subscription = agencies_subscription() if name == AGENCIES else complaints_subscription(now, PATIENCE)
        self.applier: Applier[Received] = Applier(pool, subscription)
        self.name = name
        self.offset = 0

    async def deliver(self, *wires: bytes) -> None:
        raws = [Raw(self.name, 0, self.offset + n, None, wire) for n, wire in enumerate(wires)]
        self.offset += len(raws)
        for _ in range(2):
            await self.applier.apply(raws)


def now() -> datetime:
    return datetime.now(UTC)


async def rows(pool: Pool, statement: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await pool.fetch(statement)]


async def deliveries(pool: Pool) -> list[tuple[str, str, str | None]]:
    found = await pool.fetch("SELECT message, state, reason FROM deliveries ORDER BY created_at, message")
    return [(row["message"], row["state"], row["reason"]) for row in found]


async def parked(pool: Pool) -> list[str]:
    return [row["reason"] for row in await pool.fetch("SELECT reason FROM dead_letters ORDER BY id")]


async def test_each_step_is_queued_once_however_often_it_is_delivered(pool: Pool) -> None:
    story = post.Complaint()
    await Topic(pool).deliver(story.wire(post.filed()), story.wire(post.forwarded()), story.wire(post.answered()))
    assert sorted(await deliveries(pool)) == [
        ("complaint-filed", "queued", None),
        ("complaint-forwarded", "queued", None),
        ("response-given", "queued", None),
    ]


async def test_the_offset_fence_lost_still_makes_no_second_delivery(pool: Pool) -> None:
    story = post.Complaint()
    wires = [story.wire(post.filed()), story.wire(post.forwarded())]
    await Topic(pool).deliver(*wires)
    await pool.execute("TRUNCATE consumer_offsets, consumer_streams")
    await Topic(pool).deliver(*wires)
    assert len(await deliveries(pool)) == 2


async def test_the_id_of_a_delivery_is_made_of_event_person_and_medium(pool: Pool) -> None:
    story, event = post.Complaint(), uuid4()
    await Topic(pool).deliver(story.wire(post.filed(), event_id=event))
    assert await pool.fetchval("SELECT delivery_id FROM deliveries") == delivery_id(event, story.id, Medium.EMAIL)


async def test_one_batch_and_many_leave_the_same_rows(pool: Pool) -> None:
    told = (post.filed(), post.forwarded(), post.answered(), ReporterErased(requested_at=now()), post.forwarded(hop=2))
    together, apart = post.Complaint(), post.Complaint()
    topic = Topic(pool)
    await topic.deliver(*[together.wire(event) for event in told])
    for event in told:
        await topic.deliver(apart.wire(event))
    statement = "SELECT complaint_id, message, state, reason FROM deliveries ORDER BY message, state"
    found = [(row["complaint_id"], row["message"], row["state"], row["reason"]) for row in await pool.fetch(statement)]
    assert [row[1:] for row in found if row[0] == together.id] == [row[1:] for row in found if row[0] == apart.id]
    assert len(found) == 8


async def test_who_left_no_address_is_told_nothing(pool: Pool) -> None:
    story = post.Complaint()
    await Topic(pool).deliver(story.wire(post.filed(reporter_email=None)), story.wire(post.forwarded()))
    assert await deliveries(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM news") == 0


async def test_addresses_and_answers_are_kept_sealed(pool: Pool) -> None:
    story = post.Complaint()
    await Topic(pool).deliver(story.wire(post.filed()), story.wire(post.answered()))
    for statement in (
        "SELECT row_to_json(complaints)::text AS kept FROM complaints",
        "SELECT row_to_json(contacts)::text AS kept FROM contacts",
        "SELECT row_to_json(news)::text AS kept FROM news",
        "SELECT row_to_json(deliveries)::text AS kept FROM deliveries",
    ):
        kept = str(await rows(pool, statement))
        assert kept != "[]"
        for personal in ("sari", "Sari", "contoh.example", "sungai", "angkut"):
            assert personal not in kept


async def test_imported_history_is_not_sent_as_news(pool: Pool) -> None:
    story = post.Complaint()
    long_ago = now() - timedelta(days=90)
    await Topic(pool).deliver(story.wire(post.filed(), long_ago), story.wire(post.forwarded(), now()))
    assert sorted(await deliveries(pool)) == [
        ("complaint-filed", "suppressed", "too_old"),
        ("complaint-forwarded", "queued", None),
    ]


async def test_erasure_scrubs_addresses_answers_and_the_queue(pool: Pool) -> None:
    story, other = post.Complaint(), post.Complaint()
    topic = Topic(pool)
    await topic.deliver(other.wire(post.filed()), story.wire(post.filed()), story.wire(post.answered()))
    await topic.deliver(story.wire(ReporterErased(requested_at=now())))
    kept = "SELECT count(*) FROM contacts WHERE address IS NOT NULL AND complaint_id = $1"
    assert await pool.fetchval(kept, story.id) == 0
    assert await pool.fetchval(kept, other.id) == 1
    assert await pool.fetchval("SELECT count(*) FROM news WHERE answer IS NOT NULL") == 0
    assert sorted(await deliveries(pool)) == [
        ("complaint-filed", "queued", None),
        ("complaint-filed", "suppressed", "erased"),
        ("response-given", "suppressed", "erased"),
    ]


async def test_nothing_is_told_after_erasure(pool: Pool) -> None:
    story = post.Complaint()
    topic = Topic(pool)
    await topic.deliver(story.wire(post.filed()), story.wire(ReporterErased(requested_at=now())))
    await topic.deliver(story.wire(post.forwarded()))
    assert {state for _, state, _ in await deliveries(pool)} == {"suppressed"}
    assert await pool.fetchval("SELECT count(*) FROM contacts WHERE address IS NOT NULL") == 0


async def test_a_step_of_a_complaint_nobody_filed_is_parked(pool: Pool) -> None:
    story, other = post.Complaint(), post.Complaint()
    await Topic(pool).deliver(story.wire(post.forwarded()), other.wire(post.filed()))
    assert await parked(pool) == ["complaint_unknown"]
    assert len(await deliveries(pool)) == 1


async def test_events_that_are_not_told_move_the_offset_only(pool: Pool) -> None:
    story = post.Complaint()
    confirmed = post.EVERY_OTHER_EVENT
    await Topic(pool).deliver(story.wire(post.filed()), *[story.wire(event) for event in confirmed])
    assert len(await deliveries(pool)) == 1
    assert await pool.fetchval("SELECT next_offset FROM consumer_offsets") == 1 + len(confirmed)


async def test_secret_complaints_are_queued_as_news_only(pool: Pool) -> None:
    story = post.Complaint()
    filed = post.filed(visibility=Visibility.SECRET)
    await Topic(pool).deliver(story.wire(filed), story.wire(post.forwarded()), story.wire(post.answered()))
    assert await deliveries(pool) == [("news", "queued", None)] * 3
    assert await pool.fetchval("SELECT count(*) FROM news WHERE answer IS NOT NULL") == 0


@pytest.mark.parametrize("together", [True, False])
async def test_agencies_are_called_by_their_newest_name(pool: Pool, *, together: bool) -> None:
    office, topic = post.Complaint(), Topic(pool, AGENCIES)
    renamed = AgencyChanged(code="35.04.dlh", name=Name(id="DLH baru", en="New office"), parent="35.04", tier=3)
    wires = [office.wire(post.ENVIRONMENT_OFFICE), office.wire(renamed)]
    if together:
        await topic.deliver(*wires)
    else:
        for wire in wires:
            await topic.deliver(wire)
    assert await rows(pool, "SELECT code, name_id, name_en FROM agencies") == [
        {"code": "35.04.dlh", "name_id": "DLH baru", "name_en": "New office"}
    ]
