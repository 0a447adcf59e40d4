"""Reads what really is in the databases, topics, mailbox and logs, with clients the project itself does not use so."""

import asyncio
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import asyncpg
import httpx2
from confluent_kafka import Consumer, TopicPartition

MAILBOX_KEEPS = 2000

Place = tuple[str, int]
"""Topic and partition."""

Offsets = dict[tuple[str, str, int], int]
"""Consumer group, topic and partition -> next offset."""


@dataclass(frozen=True)
class Logged:
    """A row of an event log."""

    position: int
    stream: str
    version: int
    id: str
    type: str
    metadata: str
    data: str

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent that has to be in the topic."""
        return {**json.loads(self.metadata), "data": json.loads(self.data)}


@dataclass(frozen=True)
class Record:
    """A record of a topic; `at` is its timestamp in milliseconds."""

    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes | None
    at: int

    @cached_property
    def event(self) -> dict[str, Any]:
        """The CloudEvent in it."""
        found: dict[str, Any] = json.loads(self.value or b"{}")
        return found

    @property
    def stream(self) -> tuple[str, str]:
        """Source and subject."""
        return self.event["source"], self.event["subject"]

    @property
    def version(self) -> int:
        """Version in its stream."""
        return int(self.event["sequence"])


async def rows(dsn: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Ask a database on a connection of its own."""
    connection = await asyncpg.connect(dsn, timeout=10, command_timeout=30)
    try:
        return [dict(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def log_of(dsn: str) -> list[Logged]:
    """Read a whole event log in its order."""
    found = await rows(
        dsn,
        "SELECT position, stream_id::text, version, event_id::text, type, metadata::text, data::text"
        " FROM events ORDER BY position",
    )
    return [Logged(*row.values()) for row in found]


async def offsets_of(dsn: str) -> Offsets:
    """Read the offsets that a service keeps in its database."""
    found = await rows(dsn, "SELECT group_name, topic, partition, next_offset FROM consumer_offsets")
    return {(row["group_name"], row["topic"], row["partition"]): row["next_offset"] for row in found}


async def watermarks(bootstrap: str, topics: Iterable[str] | None = None) -> dict[Place, tuple[int, int]]:
    """Ask the broker where each partition begins and ends; of all topics but its own, unless some are named."""
    return await asyncio.to_thread(_watermarks, bootstrap, topics)


async def records(bootstrap: str, topics: Iterable[str]) -> dict[str, list[Record]]:
    """Read whole topics up to where they end now; each partition in its order."""
    return await asyncio.to_thread(_records, bootstrap, list(topics))


async def letters(mailbox: str) -> list[dict[str, Any]]:
    """List every letter in the mailbox, oldest first."""
    async with httpx2.AsyncClient(base_url=mailbox, timeout=10) as client:
        found: list[dict[str, Any]] = (await client.get("/api/messages", params={"limit": MAILBOX_KEEPS})).json()
    assert len(found) < MAILBOX_KEEPS, "the mailbox has begun to forget"
    return found[::-1]


async def metrics(url: str) -> str:
    """Read what a service shows to the monitoring."""
    async with httpx2.AsyncClient(timeout=10) as client:
        return (await client.get(f"{url}/metrics")).text


def first_occurrences(found: Sequence[Record]) -> list[Record]:
    """Leave out what was published again."""
    seen: set[tuple[tuple[str, str], int]] = set()
    first = []
    for record in found:
        name = (record.stream, record.version)
        if name not in seen:
            seen.add(name)
            first.append(record)
    return first


def _client(bootstrap: str) -> Consumer:
    return Consumer({"bootstrap.servers": bootstrap, "group.id": uuid.uuid4().hex, "enable.auto.commit": False})


def _watermarks(bootstrap: str, topics: Iterable[str] | None) -> dict[Place, tuple[int, int]]:
    client = _client(bootstrap)
    try:
        return _ask_watermarks(client, topics)
    finally:
        client.close()


def _ask_watermarks(client: Consumer, topics: Iterable[str] | None) -> dict[Place, tuple[int, int]]:
    known: Mapping[str, Any] = client.list_topics(timeout=10).topics
    wanted = set(known) if topics is None else set(topics)
    return {
        (topic, partition): client.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        for topic in wanted
        if not topic.startswith("__")
        for partition in known[topic].partitions
    }


def _records(bootstrap: str, topics: list[str]) -> dict[str, list[Record]]:
    client = _client(bootstrap)
    try:
        marks = _ask_watermarks(client, topics)
        open_ends = {place: high for place, (low, high) in marks.items() if high > low}
        client.assign([TopicPartition(topic, number, marks[topic, number][0]) for topic, number in open_ends])
        found: dict[str, list[Record]] = {topic: [] for topic in topics}
        while open_ends:
            for message in client.consume(2000, 0.2):
                assert message.error() is None, message.error()
                record = _record(message)
                found[record.topic].append(record)
            for place in client.position([TopicPartition(*place) for place in open_ends]):
                if place.offset >= open_ends[place.topic, place.partition]:
                    del open_ends[place.topic, place.partition]
        return found
    finally:
        client.close()


def _record(message: Any) -> Record:
    key = message.key()
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        None if key is None else key.decode(),
        message.value(),
        message.timestamp()[1],
    )
