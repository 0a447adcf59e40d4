"""The applier: fence, contiguity, stale versions, parking; every batch is delivered twice."""

import random
import uuid
from collections.abc import Sequence

import pytest

from chassis import dead_letters
from chassis.applier import Applier, TooManyDeadLetters
from chassis.consumer import Raw, Received
from chassis.decider import Refused
from chassis.fence import Gap
from chassis.postgres import Connection, Pool
from contracts.catalogue import Poison
from kit.counting import counting, effects, write_effects
from kit.streams import raw, story, supported, wire

T = "topic"


async def deliver(applier: Applier[Received], records: Sequence[Raw]) -> None:
    """Deliver a batch twice, as Kafka may."""
    for _ in range(2):
        await applier.apply(records)


async def letters(pool: Pool) -> list[tuple[str, str, str]]:
    rows = await pool.fetch("SELECT subject, state, reason FROM dead_letters ORDER BY id")
    return [(row["subject"], row["state"], row["reason"]) for row in rows]


async def test_each_record_takes_effect_once_and_in_order(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    subject = uuid.uuid4()
    await deliver(applier, [raw(T, n, value) for n, value in enumerate(story(subject, 3))])
    assert await effects(pool) == [(str(subject), 1), (str(subject), 2), (str(subject), 3)]


async def test_batches_that_overlap_take_effect_once(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    records = [raw(T, n, value) for n, value in enumerate(story(uuid.uuid4(), 6))]
    for batch in (records[:3], records[1:5], records[:6]):
        await deliver(applier, batch)
    assert [version for _, version in await effects(pool)] == [1, 2, 3, 4, 5, 6]


async def test_a_gap_in_offsets_stops_and_applies_nothing(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    first, second, third = story(uuid.uuid4(), 3)
    await deliver(applier, [raw(T, 0, first)])
    with pytest.raises(Gap, match="1 was next, 2 came"):
        await applier.apply([raw(T, 2, third)])
    assert len(await effects(pool)) == 1
    await deliver(applier, [raw(T, 1, second), raw(T, 2, third)])
    assert len(await effects(pool)) == 3


async def test_a_topic_that_begins_after_zero_has_lost_records(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    with pytest.raises(Gap):
        await applier.apply([raw(T, 5, wire(supported(), uuid.uuid4(), 1))])


async def test_gaps_are_normal_on_a_compacted_topic(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T, compacted=True))
    subject = uuid.uuid4()
    await deliver(applier, [raw(T, 5, wire(supported(), subject, 3)), raw(T, 9, wire(supported(), subject, 7))])
    assert await effects(pool) == [(str(subject), 3), (str(subject), 7)]


async def test_a_stale_republish_is_dropped(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    subject = uuid.uuid4()
    first, second = story(subject, 2)
    await deliver(applier, [raw(T, 0, first), raw(T, 1, second), raw(T, 2, first)])
    await deliver(applier, [raw(T, 3, second)])
    assert await effects(pool) == [(str(subject), 1), (str(subject), 2)]
    assert await letters(pool) == []


async def test_a_missing_version_is_parked_and_not_guessed(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    subject, neighbour = uuid.uuid4(), uuid.uuid4()
    await deliver(
        applier,
        [
            raw(T, 0, wire(supported(), subject, 1)),
            raw(T, 1, wire(supported(), subject, 3)),
            raw(T, 2, wire(supported(), neighbour, 1)),
        ],
    )
    assert await effects(pool) == [(str(subject), 1), (str(neighbour), 1)]
    assert await letters(pool) == [(str(subject), "parked", "version_gap")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{not json", "broken_json"),
        (b"\xff\xfe", "broken_json"),
        (None, "tombstone"),
        (b'{"type":"id.kentongan.nothing.v1"}', "unknown_type"),
        (b'{"type":"id.kentongan.complaint.supported.v99"}', "unknown_version"),
        (b'{"type":"id.kentongan.complaint.supported.v1"}', "invalid_event"),
    ],
)
async def test_poison_is_parked_with_its_reason_and_its_neighbours_are_applied(
    pool: Pool, value: bytes | None, reason: str
) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    before, after = uuid.uuid4(), uuid.uuid4()
    poisoned = str(uuid.uuid4())
    await deliver(
        applier,
        [
            raw(T, 0, wire(supported(), before, 1)),
            raw(T, 1, value, key=poisoned.encode()),
            raw(T, 2, wire(supported(), after, 1)),
        ],
    )
    assert await effects(pool) == [(str(before), 1), (str(after), 1)]
    assert await letters(pool) == [(poisoned, "parked", reason)]


async def test_a_record_under_a_foreign_key_is_poison(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    await deliver(applier, [raw(T, 0, wire(supported(), uuid.uuid4(), 1), key=b"somebody-else")])
    assert [reason for _, _, reason in await letters(pool)] == ["key_is_not_subject"]


@pytest.mark.parametrize("failure", [Poison("bad_area"), Refused(), ValueError("a defect"), KeyError("another")])
async def test_what_a_handler_cannot_apply_is_parked_alone_and_later_events_of_its_subject_wait(
    pool: Pool, failure: Exception
) -> None:
    culprit, neighbour = uuid.uuid4(), uuid.uuid4()

    async def apply(connection: Connection, items: Sequence[Received]) -> None:
        await write_effects(connection, items)
        if any(item.subject == culprit and item.envelope.sequence == 2 for item in items):
            raise failure

    applier = Applier(pool, await counting(pool, "g", T, apply=apply))
    values = [
        *story(culprit, 3)[:2],
        wire(supported(), neighbour, 1),
        story(culprit, 3)[2],
        wire(supported(), neighbour, 2),
    ]
    await deliver(applier, [raw(T, n, value) for n, value in enumerate(values)])
    assert await effects(pool) == [(str(culprit), 1), (str(neighbour), 1), (str(neighbour), 2)]
    assert [(subject, state) for subject, state, _ in await letters(pool)] == [
        (str(culprit), "parked"),
        (str(culprit), "waiting"),
    ]


async def test_a_retried_letter_is_applied_with_those_behind_it_in_order(pool: Pool) -> None:
    culprit, mended = uuid.uuid4(), False

    async def apply(connection: Connection, items: Sequence[Received]) -> None:
        if not mended and any(item.envelope.sequence == 2 for item in items):
            raise Poison("not_yet")
        await write_effects(connection, items)

    applier = Applier(pool, await counting(pool, "g", T, apply=apply))
    await deliver(applier, [raw(T, n, value) for n, value in enumerate(story(culprit, 3))])
    parked = await dead_letters.list_open(pool)
    assert await dead_letters.ask(pool, parked[0]["id"], "retry")
    await applier.settle_letters()
    assert [state for _, state, _ in await letters(pool)] == ["parked", "waiting"]
    mended = True
    await dead_letters.ask(pool, parked[0]["id"], "retry")
    await applier.settle_letters()
    assert await effects(pool) == [(str(culprit), version) for version in (1, 2, 3)]
    await deliver(applier, [raw(T, 3, wire(supported(), culprit, 4))])
    assert len(await effects(pool)) == 4


async def test_a_dropped_letter_lets_those_behind_it_through(pool: Pool) -> None:
    culprit = uuid.uuid4()

    async def apply(connection: Connection, items: Sequence[Received]) -> None:
        if any(item.envelope.sequence == 2 for item in items):
            raise Poison("never")
        await write_effects(connection, items)

    applier = Applier(pool, await counting(pool, "g", T, apply=apply))
    await deliver(applier, [raw(T, n, value) for n, value in enumerate(story(culprit, 3))])
    parked = await dead_letters.list_open(pool)
    await dead_letters.ask(pool, parked[0]["id"], "drop")
    await applier.settle_letters()
    assert await effects(pool) == [(str(culprit), 1), (str(culprit), 3)]
    assert [state for _, state, _ in await letters(pool)] == ["dropped", "applied"]


async def test_too_much_poison_stops_the_consumer_at_the_limit_and_an_operator_finds_what_is_in_the_way(
    pool: Pool,
) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    neighbour = uuid.uuid4()
    poison = [raw(T, n, b"{") for n in range(dead_letters.LIMIT + 2)]
    records = [*poison, raw(T, len(poison), wire(supported(), neighbour, 1))]
    for _ in range(2):
        with pytest.raises(TooManyDeadLetters):
            await applier.apply(records)
        assert len(await letters(pool)) == dead_letters.LIMIT
    assert await dead_letters.ask_all(pool, "drop") == dead_letters.LIMIT
    await applier.settle_letters()
    await deliver(applier, records)
    assert await effects(pool) == [(str(neighbour), 1)]


@pytest.mark.parametrize(
    "key", [b"a\x00b", b"\xff\xfe", b"k" * 100_000, random.Random(1).randbytes(10_000).hex().encode()]
)
async def test_a_key_that_is_no_name_is_parked_and_its_neighbours_are_applied(pool: Pool, key: bytes) -> None:
    applier = Applier(pool, await counting(pool, "g", T))
    neighbour = uuid.uuid4()
    poison = [raw(T, 0, b"{", key=key), raw(T, 1, b"{", key=key)]
    await deliver(applier, [*poison, raw(T, 2, wire(supported(), neighbour, 1))])
    assert await effects(pool) == [(str(neighbour), 1)]
    [first, second] = await letters(pool)
    assert first[0] == second[0], "what comes later under the same key is about the same thing"


async def test_a_version_that_no_stream_can_have_is_parked(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T, compacted=True))
    await deliver(applier, [raw(T, 0, wire(supported(), uuid.uuid4(), 9_000_000_000))])
    assert [reason for _, _, reason in await letters(pool)] == ["invalid_event"]


async def test_types_nobody_wants_only_move_the_offset(pool: Pool) -> None:
    applier = Applier(pool, await counting(pool, "g", T, types=frozenset({"id.kentongan.complaint.filed.v1"})))
    await deliver(applier, [raw(T, 0, wire(supported(), uuid.uuid4(), 1))])
    assert await effects(pool) == []
    assert await pool.fetchval("SELECT next_offset FROM consumer_offsets") == 1


async def test_groups_do_not_share_their_place(pool: Pool) -> None:
    records = [raw(T, 0, wire(supported(), uuid.uuid4(), 1))]
    for group in ("one", "two"):
        await deliver(Applier(pool, await counting(pool, group, T)), records)
    assert len(await effects(pool)) == 2


async def test_a_zombie_waits_at_the_fence_and_then_applies_nothing(pool: Pool) -> None:
    """Two members hold one partition: both may run at once, one of them has the effect."""
    import asyncio

    entered = asyncio.Event()

    async def slow(connection: Connection, items: Sequence[Received]) -> None:
        entered.set()
        await asyncio.sleep(0.3)
        await write_effects(connection, items)

    zombie = Applier(pool, await counting(pool, "g", T, apply=slow))
    heir = Applier(pool, await counting(pool, "g", T))
    records = [raw(T, n, value) for n, value in enumerate(story(uuid.uuid4(), 4))]
    first = asyncio.ensure_future(zombie.apply(records))
    await entered.wait()
    await asyncio.gather(first, heir.apply(records))
    assert [version for _, version in await effects(pool)] == [1, 2, 3, 4]
