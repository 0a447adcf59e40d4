"""The relay: every event at least once, first occurrences in order, whoever else relays or dies."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiokafka.errors import KafkaError

from chassis.dead_letters import DeadLetterOutbox
from chassis.event_log import Append, EventLog
from chassis.health import Health
from chassis.keys import KeyStore
from chassis.postgres import Pool
from chassis.relay import EventFeed, Outbox, Outgoing, Relay
from chassis.service import run_loops
from contracts.intake import ReporterReplied
from contracts.sealing import Clear
from kentongan.stack.kafka import Kafka
from kit.counting import until
from kit.streams import NOON, fresh_topic, read_topic, sequences, supported

KEK = {1: b"k" * 32}


class RedirectedFeed(EventFeed):
    """The event log, published to a topic of the test's own."""

    def __init__(self, pool: Pool, topic: str) -> None:
        super().__init__(pool)
        self._topic = topic

    async def read(self, after: int, limit: int) -> Sequence[Outgoing]:
        page = await super().read(after, limit)
        return [Outgoing(item.mark, self._topic, item.key, item.value, item.headers) for item in page]


@asynccontextmanager
async def relaying(kafka: Kafka, dsn: str, pool: Pool, topic: str, *outboxes: Outbox) -> AsyncIterator[Relay]:
    health = Health(pool, kafka.bootstrap)
    relay = Relay(dsn, pool, kafka.bootstrap, [RedirectedFeed(pool, topic)], outboxes, health)
    task = asyncio.ensure_future(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.wait([task])


async def fill(log: EventLog, streams: int, versions: int) -> dict[str, list[int]]:
    """Append so many versions to so many streams, interleaved; return what every reader should see."""
    ids = [uuid.uuid4() for _ in range(streams)]
    for version in range(versions):
        await asyncio.gather(*[log.append(Append(stream, version, [supported(version + 1)], NOON)) for stream in ids])
    return {str(stream): list(range(1, versions + 1)) for stream in ids}


async def relayed(pool: Pool) -> bool:
    cursor = await pool.fetchval("SELECT position FROM relay_cursors WHERE feed = 'events'")
    return bool(cursor == await pool.fetchval("SELECT max(position) FROM events"))


async def test_keys_are_honoured_under_load(kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str) -> None:
    """FastStream's batch publish gives plain bodies a random partition; then no subject has an order."""
    expected = await fill(log, 100, 30)
    async with relaying(kafka, dsn, pool, topic):
        await until(lambda: relayed(pool))
    messages = read_topic(kafka.bootstrap, topic, at_least=3000)
    partitions: dict[bytes, set[int]] = {}
    for message in messages:
        partitions.setdefault(message.key(), set()).add(message.partition())
    assert all(len(found) == 1 for found in partitions.values())
    assert len({min(found) for found in partitions.values()}) > 6
    assert sequences(messages) == expected


async def test_an_event_is_on_the_topic_within_moments_of_its_commit(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str
) -> None:
    async with relaying(kafka, dsn, pool, topic):
        await fill(log, 1, 1)
        await until(lambda: relayed(pool))
        began = asyncio.get_running_loop().time()
        await fill(log, 1, 1)
        await until(lambda: relayed(pool))
        assert asyncio.get_running_loop().time() - began < 0.5


async def test_two_relays_at_once_publish_in_order(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str
) -> None:
    async with relaying(kafka, dsn, pool, topic), relaying(kafka, dsn, pool, topic):
        expected = await fill(log, 20, 20)
        await until(lambda: relayed(pool))
    assert sequences(read_topic(kafka.bootstrap, topic, at_least=400)) == expected


async def test_a_standby_takes_over_when_the_leader_loses_its_session(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str
) -> None:
    async with relaying(kafka, dsn, pool, topic), relaying(kafka, dsn, pool, topic):
        expected = await fill(log, 10, 10)
        for _ in range(3):
            await pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'relay' AND datname = current_database()"
            )
            await asyncio.sleep(0.5)
            expected |= await fill(log, 10, 10)
        await until(lambda: relayed(pool))
    assert sequences(read_topic(kafka.bootstrap, topic, at_least=400)) == expected


async def test_a_relay_that_dies_anywhere_repeats_but_never_reorders(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str
) -> None:
    expected = await fill(log, 30, 40)
    for pause in (0.01, 0.05, 0.1, 0.15, 0.2):
        async with relaying(kafka, dsn, pool, topic):
            await asyncio.sleep(pause)
        await pool.execute("UPDATE relay_cursors SET position = position / 2")
    async with relaying(kafka, dsn, pool, topic):
        await until(lambda: relayed(pool))
    messages = read_topic(kafka.bootstrap, topic, at_least=1200)
    assert sequences(messages) == expected
    assert len(messages) > 1200, "nothing was repeated, so nothing was proven"


async def test_a_key_is_on_its_topic_before_the_first_event_that_needs_it(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str
) -> None:
    key_topic = await fresh_topic(kafka.bootstrap, partitions=1)
    keys = KeyStore(pool, KEK, key_topic)
    seen: list[int] = []

    class Spy(RedirectedFeed):
        async def read(self, after: int, limit: int) -> Sequence[Outgoing]:
            page = await super().read(after, min(limit, 5))
            unpublished = await pool.fetchval(
                "SELECT count(*) FROM data_keys WHERE NOT published AND key_id IN"
                " (SELECT stream_id FROM events WHERE position <= $1)",
                after,
            )
            seen.append(unpublished)
            return page

    relay = Relay(dsn, pool, kafka.bootstrap, [Spy(pool, topic)], [keys], Health(pool, kafka.bootstrap))
    task = asyncio.ensure_future(relay.run())
    for _ in range(40):
        key = keys.fresh(uuid.uuid4())
        said = ReporterReplied(text=Clear("halo"))
        await log.append(Append(key.id, 0, [said], NOON, key=key, rows=[keys.row(key)]))
    await until(lambda: relayed(pool))
    task.cancel()
    assert set(seen) == {0}, "an event was past the cursor before its key was on the topic"
    assert len({message.key() for message in read_topic(kafka.bootstrap, key_topic, at_least=40)}) == 40


async def test_parked_records_are_published_with_their_reason(kafka: Kafka, dsn: str, pool: Pool, topic: str) -> None:
    letters = await fresh_topic(kafka.bootstrap, partitions=1)
    await pool.execute(
        "INSERT INTO dead_letters"
        " (group_name, subject, topic, partition, record_offset, key, value, reason, detail, state)"
        " VALUES ('g', 's', 't', 0, 7, 'k', 'v', 'broken_json', '', 'parked')"
    )
    async with relaying(kafka, dsn, pool, topic, DeadLetterOutbox(pool, letters)):
        await until(lambda: published(pool))
    [message] = read_topic(kafka.bootstrap, letters, at_least=1)
    assert (message.key(), message.value()) == (b"k", b"v")
    assert dict(message.headers())["reason"] == b"broken_json"


@pytest.mark.parametrize(("value", "said"), [("0" * 3_000_000, b"3000001"), (None, None)])
async def test_a_parked_record_that_can_not_be_published_as_it_came_does_not_hold_up_the_relay(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str, value: str | None, said: bytes | None
) -> None:
    """A compressed record may be many times as large as the broker's limit once it is read, and another be empty."""
    letters = await fresh_topic(kafka.bootstrap, partitions=1)
    await pool.execute(
        "INSERT INTO dead_letters"
        " (group_name, subject, topic, partition, record_offset, key, value, reason, detail, state)"
        " VALUES ('g', 's', 't', 0, 7, $1, $2, 'broken_json', '', 'parked')",
        value and b"k",
        value and value.encode(),
    )
    await fill(log, 1, 1)
    async with relaying(kafka, dsn, pool, topic, DeadLetterOutbox(pool, letters)):
        await until(lambda: relayed(pool))
        await until(lambda: published(pool))
    [message] = read_topic(kafka.bootstrap, letters, at_least=1)
    assert dict(message.headers()).get("left-out-bytes") == said


async def published(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT bool_and(published) FROM dead_letters"))


@pytest_asyncio.fixture
async def doomed(pool: Pool, kafka: Kafka) -> Health:
    return Health(pool, kafka.bootstrap, stall_seconds=2)


async def test_a_dead_producer_ends_the_process(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str, doomed: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka's sender task can die while the process lives; every later send would fail for ever."""

    async def broken(*_: object) -> None:
        raise KafkaError("the sender task died")

    monkeypatch.setattr("aiokafka.producer.sender.Sender._sender_routine", broken)
    relay = Relay(dsn, pool, kafka.bootstrap, [RedirectedFeed(pool, topic)], [], doomed)
    await fill(log, 1, 1)
    assert await asyncio.wait_for(run_loops([doomed, relay], doomed.stopping), 30) == 1


async def test_a_relay_that_gets_no_answer_from_a_broker_that_is_there_ends_the_process(
    kafka: Kafka, dsn: str, pool: Pool, log: EventLog, topic: str, doomed: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("aiokafka.producer.sender.Sender._sender_routine", silent)
    relay = Relay(dsn, pool, kafka.bootstrap, [RedirectedFeed(pool, topic)], [], doomed)
    await fill(log, 1, 1)
    assert await asyncio.wait_for(run_loops([doomed, relay], doomed.stopping), 30) == 1
