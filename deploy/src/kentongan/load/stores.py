"""Reads back what became of complaints: from the event logs, from Kafka, from the inbox and from the figures."""

import json
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from contracts.intake import ComplaintFiled
from contracts.routing import ComplaintForwarded, ComplaintVerified, ResponseGiven
from contracts.topics import COMPLAINTS
from kentongan.stack.errors import StackError

FILED, VERIFIED = ComplaintFiled.type, ComplaintVerified.type
FORWARDED, ANSWERED = ComplaintForwarded.type, ResponseGiven.type
TYPES = (FILED, VERIFIED, FORWARDED, ANSWERED)

_KAFKA_SECONDS = 10.0
_KAFKA_GLANCE_SECONDS = 0.2
_KAFKA_BATCH = 1000


@dataclass
class Seen:
    """What one place holds: for each type of event the complaints that have one, and how many events in all."""

    complaints: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    events: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One complaint as analysts see it."""

    agency: str | None
    filed_at: datetime
    verified_at: datetime | None
    forwarded_at: datetime | None
    first_response_at: datetime | None
    versions: int


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters by agency and day, added up over all complaints there are, beside the rows they count."""

    received: int
    received_rows: int
    answered: int
    answered_rows: int


async def newest(log: asyncpg.Connection) -> int:
    """Tell the position of the newest event of a log."""
    position: int = await log.fetchval("SELECT coalesce(max(position), 0) FROM events")
    return position


async def count_after(log: asyncpg.Connection, ids: Collection[UUID], position: int) -> int:
    """Count the events about these complaints after a position."""
    count: int = await log.fetchval(_AFTER, ids, position)
    return count


async def in_logs(intake: asyncpg.Connection, routing: asyncpg.Connection, ids: Collection[UUID]) -> Seen:
    """Read both event logs."""
    seen = Seen()
    for log in (intake, routing):
        for row in await log.fetch(_IN_LOG, ids):
            seen.complaints[row["type"]].add(str(row["stream_id"]))
            seen.events += row["events"]
    return seen


async def in_inbox(routing: asyncpg.Connection, ids: Collection[UUID]) -> Seen:
    """Read the inbox of the workbench."""
    seen = Seen()
    for row in await routing.fetch(_IN_INBOX, ids):
        facts = {FILED: True, VERIFIED: row["verified"], FORWARDED: row["forwarded"], ANSWERED: row["answered"]}
        for kind, so in facts.items():
            if so:
                seen.complaints[kind].add(str(row["id"]))
    return seen


async def in_figures(reporting: asyncpg.Connection, ids: Collection[UUID]) -> dict[str, Figure]:
    """Read the figures, as an analyst does."""
    rows = await reporting.fetch(_IN_FIGURES, ids)
    return {
        str(row["id"]): Figure(
            row["agency"],
            row["filed_at"],
            row["verified_at"],
            row["forwarded_at"],
            row["first_response_at"],
            row["versions"],
        )
        for row in rows
    }


async def events_in_figures(reporting: asyncpg.Connection, ids: Collection[UUID]) -> int:
    """Count the events about these complaints that the figures know."""
    count: int = await reporting.fetchval(_VERSIONS, ids)
    return count


async def counters(reporting: asyncpg.Connection) -> Counters:
    """Read the counters and the rows they count in one snapshot."""
    [row] = await reporting.fetch(_COUNTERS)
    return Counters(**row)


def in_kafka(bootstrap: str, ids: Collection[str]) -> Seen:
    """Read the whole topic from its beginning with a client that shares nothing with the services."""
    seen, known = Seen(), set[tuple[str, str, str]]()
    for value in _values(bootstrap, COMPLAINTS):
        message = json.loads(value)
        if message["subject"] not in ids:
            continue
        name = (message["source"], message["subject"], message["sequence"])
        seen.repeats += name in known
        known.add(name)
        seen.complaints[message["type"]].add(message["subject"])
    seen.events = len(known)
    return seen


def _values(bootstrap: str, topic: str) -> Iterator[bytes]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "kentongan-load", "enable.auto.commit": False})
    try:
        partitions = consumer.list_topics(topic, timeout=_KAFKA_SECONDS).topics[topic].partitions
        places = [TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions]
        ends = {place.partition: consumer.get_watermark_offsets(place, timeout=_KAFKA_SECONDS)[1] for place in places}
        open_ends = {partition: end for partition, end in ends.items() if end}
        consumer.assign([place for place in places if place.partition in open_ends])
        heard_at = time.monotonic()
        while open_ends:
            for record in consumer.consume(_KAFKA_BATCH, timeout=_KAFKA_GLANCE_SECONDS):
                if (problem := record.error()) is not None:
                    raise KafkaException(problem)
                heard_at = time.monotonic()
                yield record.value() or b"{}"
                if (record.offset() or 0) + 1 >= ends[record.partition() or 0]:
                    open_ends.pop(record.partition() or 0, None)
            if time.monotonic() - heard_at > _KAFKA_SECONDS:
                raise StackError(f"Kafka at {bootstrap} stopped sending before the end of topic {topic}.")
    except KafkaException as error:
        raise StackError(f"Kafka does not answer at {bootstrap} ({error.args[0].str()}).") from error
    finally:
        consumer.close()


_AFTER = "SELECT count(*) FROM events WHERE stream_id = ANY ($1::uuid[]) AND position > $2"

_IN_LOG = """
SELECT type, stream_id, count(*) AS events FROM events WHERE stream_id = ANY ($1::uuid[]) GROUP BY type, stream_id
"""

_IN_INBOX = """
SELECT id, status <> 'submitted' AS verified, hops > 0 AS forwarded, first_response_at IS NOT NULL AS answered
FROM cases
WHERE id = ANY ($1::uuid[])
"""

_IN_FIGURES = """
SELECT
    id, agency, filed_at, verified_at, forwarded_at, first_response_at, intake_version + routing_version AS versions
FROM analytics.complaint_current
WHERE id = ANY ($1::uuid[])
"""

_VERSIONS = """
SELECT coalesce(sum(intake_version + routing_version), 0)::bigint
FROM analytics.complaint_current
WHERE id = ANY ($1::uuid[])
"""

_COUNTERS = """
SELECT
    (SELECT coalesce(sum(received), 0)::bigint FROM analytics.agency_daily) AS received,
    (SELECT count(*) FROM analytics.complaint_current) AS received_rows,
    (SELECT coalesce(sum(answered), 0)::bigint FROM analytics.agency_daily) AS answered,
    (SELECT count(first_response_at) FROM analytics.complaint_current) AS answered_rows
"""
