"""Wrong code on purpose: each mutant breaks a promise, and the check named for it notices; the right code passes."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, TopicPartition

from chassis import event_log, fence, relay
from chassis.applier import Applier
from chassis.event_log import Append, EventLog
from chassis.fence import Gap
from chassis.kafka import Consumer
from chassis.relay import Outgoing
from kentongan.stack.kafka import Kafka
from kit.counting import consuming, until
from kit.servers import PostgresForTests
from kit.small_world import SmallWorld, small_world
from kit.streams import NOON, supported

Patch = pytest.MonkeyPatch
Story = Callable[[SmallWorld], Awaitable[None]]


@pytest_asyncio.fixture
async def world(kafka: Kafka, postgres: PostgresForTests) -> AsyncIterator[SmallWorld]:
    """Give a world of this test's own."""
    async with small_world(kafka, postgres) as made:
        yield made


async def life(world: SmallWorld) -> None:
    """File, relay, relay some of it again, and deliver everything to zombies and heirs."""
    await world.file()
    await world.relay()
    await world.relay_again()
    await world.deliver(await world.records())


async def overtaken(world: SmallWorld) -> None:
    """One process writes slowly; another one writes and commits meanwhile; the relay does not wait for either."""
    slow, fast = uuid.uuid4(), uuid.uuid4()
    other = EventLog(world.pool, "intake", world.log._health)
    async with world.relaying():
        async with world.pool.acquire() as connection, connection.transaction():
            await other.append_in(connection, Append(slow, 0, [supported()], NOON))
            quick = asyncio.ensure_future(world.log.append(Append(fast, 0, [supported()], NOON)))
            await asyncio.sleep(1.2)
        await quick
        await until(world._relayed)
        await asyncio.sleep(1.2)
    await world.deliver(await world.records())


async def short_lives(world: SmallWorld) -> None:
    """File, relay and deliver; nothing follows what was filed."""
    await world.file(streams=60, versions=1)
    await world.relay()
    await world.deliver(await world.records())


async def with_a_loss(world: SmallWorld) -> None:
    """The first record of each partition is gone before it was applied."""
    await world.file(streams=60, versions=1)
    await world.relay()
    await world.deliver([record for record in await world.records() if record.offset != 0])


async def crashing(world: SmallWorld) -> None:
    """A process takes a batch and dies before it was applied; its successor goes on."""
    await world.file()
    await world.relay()

    taken = asyncio.Event()

    async def die(self: Applier[Any], records: Sequence[Any]) -> Any:
        taken.set()
        raise ConnectionResetError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Applier, "apply", die)
        async with consuming(world.bootstrap, world.pool, world.subscription):
            await asyncio.wait_for(taken.wait(), 20)
    async with consuming(world.bootstrap, world.pool, world.subscription):
        await asyncio.sleep(2)


def a_lock_that_locks_nothing(patch: Patch) -> None:
    patch.setattr(fence, "_LOCK", fence._LOCK.replace("FOR UPDATE", ""))


def offsets_in_kafka_only(patch: Patch) -> None:
    async def move(*_: Any) -> None:
        """Forget."""

    patch.setattr(fence, "move", move)


def random_partitions(patch: Patch) -> None:
    count = iter(range(10**6))

    async def send(producer: AIOKafkaProducer, item: Outgoing) -> Any:
        return await producer.send(item.topic, item.value, item.key, partition=next(count) % 6)

    patch.setattr(relay, "_send", send)


def a_relay_that_does_not_wait_for_acks(patch: Patch) -> None:
    count = iter(range(10**6))
    right = relay._send

    async def send(producer: AIOKafkaProducer, item: Outgoing) -> Any:
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done if next(count) % 10 == 9 else await right(producer, item)

    patch.setattr(relay, "_send", send)


def stale_versions_are_applied(patch: Patch) -> None:
    right = Applier._admit

    def admit(self: Applier[Any], entry: Any, plan: Any) -> bool:
        plan.versions.pop(entry.stream, None)
        plan.versions[entry.stream] = entry.version - 1
        return right(self, entry, plan)

    patch.setattr(Applier, "_admit", admit)


def gaps_are_skipped(patch: Patch) -> None:
    def fresh(self: Applier[Any], entries: Sequence[Any], offsets: dict[Any, int]) -> list[Any]:
        kept = []
        for entry in entries:
            place = (entry.raw.topic, entry.raw.partition)
            if entry.raw.offset >= offsets[place]:
                offsets[place] = entry.raw.offset + 1
                kept.append(entry)
        return kept

    patch.setattr(Applier, "_fresh", fresh)


def answers_before_the_commit(patch: Patch) -> None:
    right = EventLog._commit

    async def commit(self: EventLog, batch: list[Any]) -> None:
        *written, lost = batch
        lost.answer.set_result(())
        await right(self, written)

    patch.setattr(EventLog, "_commit", commit)


def appends_without_the_lock(patch: Patch) -> None:
    async def check(connection: Any, batch: Sequence[Any]) -> Any:
        return list(batch), {}

    patch.setattr(event_log, "_check", check)


def kafka_is_committed_first(patch: Patch) -> None:
    right = Consumer.handle

    async def handle(self: Consumer, records: Any) -> None:
        client = self.client()
        assert client is not None
        await client.commit({TopicPartition(r.topic, r.partition): r.offset + 1 for r in records})
        await right(self, records)

    async def trust_the_group(*_: Any) -> None:
        """Begin where the group says."""

    patch.setattr(Consumer, "handle", handle)
    patch.setattr(Consumer, "on_partitions_assigned", trust_the_group)


MUTANTS = [
    (life, a_lock_that_locks_nothing, "I5"),
    (life, offsets_in_kafka_only, "I6"),
    (life, random_partitions, "I4"),
    (life, a_relay_that_does_not_wait_for_acks, "I4"),
    (life, stale_versions_are_applied, "I5"),
    (short_lives, answers_before_the_commit, "I1"),
    (overtaken, appends_without_the_lock, "I4"),
    (crashing, kafka_is_committed_first, "I6"),
    (with_a_loss, gaps_are_skipped, "I5"),
]


@pytest.mark.parametrize("story", [life, overtaken, crashing], ids=lambda story: story.__name__)
async def test_right_code_keeps_every_promise(world: SmallWorld, story: Story) -> None:
    await story(world)
    assert await world.broken() == []


async def test_right_code_stops_at_a_loss(world: SmallWorld) -> None:
    with pytest.raises(Gap):
        await with_a_loss(world)


@pytest.mark.parametrize(("story", "mutate", "promise"), MUTANTS, ids=[mutate.__name__ for _, mutate, _ in MUTANTS])
async def test_wrong_code_is_noticed(
    world: SmallWorld, monkeypatch: Patch, story: Story, mutate: Callable[[Patch], None], promise: str
) -> None:
    mutate(monkeypatch)
    with suppress(Gap):  # a consumer that finds one halts, and stays behind
        await story(world)
    assert promise in {broken[:2] for broken in await world.broken()}
