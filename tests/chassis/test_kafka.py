"""Consuming from the real broker: each pitfall of FastStream and aiokafka that loses or doubles data."""

import asyncio
import random
import uuid
from collections.abc import Sequence

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient

from chassis import closed_connections
from chassis.consumer import Received
from chassis.health import Health
from chassis.kafka import PROBE_SECONDS, Consumer
from chassis.postgres import Connection, Pool
from kentongan.stack.kafka import Kafka
from kit.counting import consuming, counting, effects, until, until_effects, write_effects
from kit.streams import fresh_topic, publish, story, supported, wire


def keyed(values: Sequence[bytes], subject: uuid.UUID) -> list[tuple[bytes | None, bytes | None]]:
    return [(str(subject).encode(), value) for value in values]


def orders(found: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    """Versions per subject in the order of their effects."""
    result: dict[str, list[int]] = {}
    for subject, version in found:
        result.setdefault(subject, []).append(version)
    return result


async def test_per_subject_everything_arrives_once_and_in_order(kafka: Kafka, pool: Pool, topic: str) -> None:
    subjects = [uuid.uuid4() for _ in range(40)]
    records = [record for subject in subjects for record in keyed(story(subject, 25), subject)]
    await publish(kafka.bootstrap, topic, records)
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 1000)
    assert orders(await effects(pool)) == {str(subject): list(range(1, 26)) for subject in subjects}


async def test_a_group_that_is_new_begins_at_the_beginning(kafka: Kafka, pool: Pool, topic: str) -> None:
    """FastStream's default is `latest`."""
    subject = uuid.uuid4()
    await publish(kafka.bootstrap, topic, keyed(story(subject, 1), subject))
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 1)


async def test_a_null_or_undecodable_header_loses_neither_its_record_nor_its_neighbours(
    kafka: Kafka, pool: Pool, topic: str
) -> None:
    """FastStream's parser decodes headers; one bad header would silently skip the whole batch."""
    subjects = [uuid.uuid4() for _ in range(3)]
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        for subject, headers in zip(subjects, ([], [("bad", b"\xff\xfe")], [("null", None)]), strict=True):
            for key, value in keyed(story(subject, 2), subject):
                await producer.send(topic, value=value, key=key, headers=headers, partition=0)
        await producer.flush()
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 6)
    assert orders(await effects(pool)) == {str(subject): [1, 2] for subject in subjects}


async def test_poison_in_a_batch_is_parked_and_its_neighbours_are_applied(kafka: Kafka, pool: Pool, topic: str) -> None:
    good = uuid.uuid4()
    first, second = keyed(story(good, 2), good)
    poison: list[tuple[bytes | None, bytes | None]] = [
        (b"p1", b"{broken"),
        (b"p2", b'{"type":"id.kentongan.unheard.v1"}'),
        (b"p3", None),
        (None, b"\xff"),
    ]
    await publish(kafka.bootstrap, topic, [first, *poison, second], partition=3)
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 2)
    rows = await pool.fetch("SELECT reason FROM dead_letters ORDER BY record_offset")
    assert [row["reason"] for row in rows] == ["broken_json", "unknown_type", "tombstone", "broken_json"]


async def test_a_batch_over_many_partitions_that_fails_in_the_middle_loses_nothing(
    kafka: Kafka, pool: Pool, topic: str
) -> None:
    """`nack()` used to rewind one partition only, and `ack()` commits every position."""
    failures = 3

    async def flaky(connection: Connection, items: Sequence[Received]) -> None:
        nonlocal failures
        await write_effects(connection, items)
        if failures and len(items) > 1:
            failures -= 1
            raise TimeoutError("the database hiccups after the effects were written")

    subjects = [uuid.uuid4() for _ in range(60)]
    await publish(kafka.bootstrap, topic, [r for s in subjects for r in keyed(story(s, 3), s)])
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic, apply=flaky)):
        await until_effects(pool, 180)
    assert failures == 0
    assert orders(await effects(pool)) == {str(subject): [1, 2, 3] for subject in subjects}


async def test_offsets_that_the_group_forgot_or_advanced_do_not_matter(kafka: Kafka, pool: Pool, topic: str) -> None:
    """The fence decides: neither a lost nor a wrong group offset loses or doubles an effect."""
    subject = uuid.uuid4()
    records = keyed(story(subject, 10), subject)
    await publish(kafka.bootstrap, topic, records[:5])
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 5)
    await publish(kafka.bootstrap, topic, records[5:])
    vandal = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=topic, enable_auto_commit=False)
    await vandal.start()
    partitions = [TopicPartition(topic, n) for n in range(12)]
    vandal.assign(partitions)
    ends = await vandal.end_offsets(partitions)
    await vandal.commit(ends)
    await vandal.stop()
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 10)
    assert orders(await effects(pool)) == {str(subject): list(range(1, 11))}


async def test_a_batch_that_was_dropped_on_the_way_is_asked_for_again(
    kafka: Kafka, pool: Pool, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastStream logs what a handler raises and goes on with the next batch."""
    dropped = 0
    handle = Consumer.handle

    async def broken(self: Consumer, records: tuple[object, ...]) -> None:
        nonlocal dropped
        if dropped < 2:
            dropped += 1
            raise RuntimeError("a defect before the applier")
        await handle(self, records)

    monkeypatch.setattr(Consumer, "handle", broken)
    subject = uuid.uuid4()
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        for value in story(subject, 6):
            await publish(kafka.bootstrap, topic, keyed([value], subject))
            await asyncio.sleep(0.3)
        await until_effects(pool, 6)
    assert dropped == 2
    assert orders(await effects(pool)) == {str(subject): [1, 2, 3, 4, 5, 6]}


async def test_a_gap_in_offsets_halts_the_consumer_and_readiness_says_so(kafka: Kafka, pool: Pool, topic: str) -> None:
    subject = uuid.uuid4()
    await publish(kafka.bootstrap, topic, keyed(story(subject, 5), subject), partition=0)
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 5)
    await pool.execute("UPDATE consumer_offsets SET next_offset = 3")
    await publish(kafka.bootstrap, topic, keyed([wire(supported(), subject, 6)], subject), partition=0)
    await delete_records(kafka.bootstrap, topic, before=5)
    health = Health(pool, kafka.bootstrap)

    async def halted() -> bool:
        ready, detail = await health.ready()
        return not ready and "Gap" in str(detail["halted"])

    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic), health):
        await until(halted)
    assert len(await effects(pool)) == 5


async def delete_records(bootstrap: str, topic: str, *, before: int) -> None:
    """Do what retention does."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.delete_records([Place(topic, 0, before)]).values():
        await asyncio.to_thread(future.result)


async def test_a_topic_made_anew_halts_the_consumer(kafka: Kafka, pool: Pool, topic: str) -> None:
    """Offsets of a recreated topic begin at 0 again; taking them for old ones would drop everything."""
    await pool.execute(
        "INSERT INTO consumer_offsets (group_name, topic, partition, next_offset) VALUES ($1,$1,0,7)", topic
    )
    health = Health(pool, kafka.bootstrap)

    async def halted() -> bool:
        return "made anew" in str((await health.ready())[1]["halted"])

    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic), health):
        await until(halted)
        await asyncio.sleep(3 * PROBE_SECONDS)
        assert await halted(), "it stays halted, however often the watch looks"
        assert health.live()[0]


async def test_members_that_come_and_go_under_load_neither_lose_nor_double(
    kafka: Kafka, pool: Pool, topic: str
) -> None:
    """Eager rebalances stop the whole group and hand partitions over while handlers still run."""
    chance = random.Random(7)
    subjects = [uuid.uuid4() for _ in range(30)]
    records = [record for subject in subjects for record in keyed(story(subject, 20), subject)]

    async def slow(connection: Connection, items: Sequence[Received]) -> None:
        await write_effects(connection, items)
        await asyncio.sleep(chance.random() / 5)

    async def come_and_go() -> None:
        for _ in range(4):
            async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic, apply=slow)):
                await asyncio.sleep(chance.random() * 1.5)

    async def produce() -> None:
        for at in range(0, len(records), 40):
            await publish(kafka.bootstrap, topic, records[at : at + 40])
            await asyncio.sleep(0.1)

    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic, apply=slow)):
        await asyncio.gather(produce(), come_and_go(), come_and_go())
        await until_effects(pool, 600, seconds=60)
    assert orders(await effects(pool)) == {str(subject): list(range(1, 21)) for subject in subjects}


async def test_a_handler_slower_than_the_rebalance_timeout_has_no_double_effect(kafka: Kafka, pool: Pool) -> None:
    """The group gives its partition to another member while the handler sleeps; the fence lets one effect through."""
    topic = await fresh_topic(kafka.bootstrap, partitions=1)
    entered, deliveries = asyncio.Event(), 0

    async def count(items: Sequence[Received]) -> Sequence[Received]:
        nonlocal deliveries
        deliveries += 1
        return items

    async def sleeper(connection: Connection, items: Sequence[Received]) -> None:
        entered.set()
        await write_effects(connection, items)
        await asyncio.sleep(6)

    subject = uuid.uuid4()
    await publish(kafka.bootstrap, topic, keyed(story(subject, 3), subject))
    quick = {"rebalance_timeout_ms": 2_000, "session_timeout_ms": 6_000}
    subscription = await counting(pool, topic, topic, apply=sleeper, prepare=count)
    async with consuming(kafka.bootstrap, pool, subscription, client=quick):
        await entered.wait()
        async with consuming(kafka.bootstrap, pool, subscription, client=quick):
            await until_effects(pool, 3, seconds=30)
            await asyncio.sleep(3)
    assert deliveries > 1, "the partition never changed hands, so nothing was proven"
    assert await effects(pool) == [(str(subject), 1), (str(subject), 2), (str(subject), 3)]


async def test_effects_survive_a_database_session_that_is_killed_again_and_again(
    kafka: Kafka, pool: Pool, topic: str
) -> None:
    subjects = [uuid.uuid4() for _ in range(20)]
    records = [record for subject in subjects for record in keyed(story(subject, 20), subject)]
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        for at in range(0, 400, 40):
            await publish(kafka.bootstrap, topic, records[at : at + 40])
            await pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await until_effects(pool, 400, seconds=40)
    assert orders(await effects(pool)) == {str(subject): list(range(1, 21)) for subject in subjects}


async def test_a_connection_that_uvloop_has_closed_is_broken_and_no_task_dies_of_it(kafka: Kafka) -> None:
    """Of uvloop's RuntimeError the task that keeps the metadata died, and with it the client (aiokafka issue 1038)."""
    closed_connections.mend()

    async def write_to_a_closed_connection() -> None:
        client = AIOKafkaClient(bootstrap_servers=kafka.bootstrap)
        await client.bootstrap()
        try:
            connection = await client._get_conn(client.get_random_node())
            connection._read_task.cancel()  # who notices the end of the connection is a moment late
            connection._writer.transport.abort()
            await asyncio.sleep(0.05)
            with pytest.raises(KafkaConnectionError):
                connection.send(MetadataRequest([]))
            assert not client._sync_task.done()
            assert await client.force_metadata_update()
        finally:
            await client.close()

    await asyncio.to_thread(uvloop.run, write_to_a_closed_connection())
