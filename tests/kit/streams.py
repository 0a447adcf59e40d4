"""Topics, events and independent readers for tests; the readers share no code with what they check."""

import itertools
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import Consumer as ConfluentConsumer
from confluent_kafka import TopicPartition

from chassis.consumer import Raw
from contracts.envelope import Context, compose, context_json
from contracts.events import Event
from contracts.intake import ComplaintSupported
from contracts.sealing import Clear

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
_numbers = itertools.count(1)


async def fresh_topic(bootstrap: str, *, partitions: int, compacted: bool = False) -> str:
    """Create a topic nobody has used."""
    name = f"test-{next(_numbers)}-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        settings = {"cleanup.policy": "compact" if compacted else "delete"}
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
    finally:
        await admin.close()
    return name


def supported(number: int = 1) -> ComplaintSupported:
    """Give a small event without sealed fields."""
    return ComplaintSupported(supporter=uuid.uuid4(), supporters=number)


def wire(event: Event, subject: uuid.UUID, version: int, event_id: uuid.UUID | None = None) -> bytes:
    """Spell an event as its service would publish it."""
    head = context_json(type(event), event_id or uuid.uuid4(), subject, version, NOON, Context(correlationid="test"))
    return compose(head, event.model_dump_json(exclude_none=True)).encode()


def raw(topic: str, offset: int, value: bytes | None, *, key: bytes | None = None, partition: int = 0) -> Raw:
    """Give a record as the broker would."""
    return Raw(topic, partition, offset, key, value)


def story(subject: uuid.UUID, length: int) -> list[bytes]:
    """Give the wire forms of a stream's first versions."""
    return [wire(supported(version), subject, version) for version in range(1, length + 1)]


async def publish(
    bootstrap: str, topic: str, records: Iterable[tuple[bytes | None, bytes | None]], **kind: Any
) -> None:
    """Send keyed records in order; `headers=` and `partition=` go to each."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for key, value in records:
            await producer.send(topic, value=value, key=key, **kind)
        await producer.flush()


def read_topic(bootstrap: str, topic: str, *, at_least: int = 0, seconds: float = 10) -> list[Any]:
    """Read a whole topic from the start with confluent-kafka; messages of each partition in order."""
    client = ConfluentConsumer(
        {"bootstrap.servers": bootstrap, "group.id": uuid.uuid4().hex, "enable.auto.commit": False}
    )
    try:
        partitions = client.list_topics(topic, 10).topics[topic].partitions
        client.assign([TopicPartition(topic, number, 0) for number in partitions])
        found: list[Any] = []
        deadline = datetime.now(UTC).timestamp() + seconds
        while datetime.now(UTC).timestamp() < deadline:
            batch = [message for message in client.consume(5000, 0.3) if message.error() is None]
            found += batch
            if not batch and len(found) >= at_least:
                break
        return found
    finally:
        client.close()


def sequences(messages: Sequence[Any]) -> dict[str, list[int]]:
    """Give, per subject, the versions in the order in which they stand in the topic, first occurrences only."""
    found: dict[str, list[int]] = {}
    for message in messages:
        event = json.loads(message.value())
        seen = found.setdefault(event["subject"], [])
        if int(event["sequence"]) not in seen:
            seen.append(int(event["sequence"]))
    return found


SECRET_TEXT = Clear("only for the eyes of the test")
