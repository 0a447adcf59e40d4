"""Recomputes every projection from the log with the same folds and tells how the tables differ: I5, shown to hold."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.consumer import Raw, Received, read_event
from chassis.postgres import Connection
from contracts.catalogue import Poison
from contracts.intake import ComplaintFiled
from contracts.topics import AGENCIES, COMPLAINTS
from reporting.consumers import PROJECTIONS, TREE
from reporting.projections import agencies, agency_daily, complaint_current, complaint_table
from reporting.projections.agency_daily import Cell, Counts
from reporting.projections.complaint_table import Row

CHUNK = 5_000
FETCH_MS = 10_000

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something the table says otherwise than the log."""

    table: str
    key: str
    log: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was compared and what differs."""

    events: int
    complaints: int
    cells: int
    agencies: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics the projections are folded from."""

    complaints: str = COMPLAINTS
    agencies: str = AGENCIES


async def verify(dsn: str, bootstrap: str, topics: Topics | None = None) -> Verdict:
    """Fold the log anew, up to where the tables are, and compare; reads only, in one snapshot of the database."""
    connection = await asyncpg.connect(dsn)
    try:
        async with (
            connection.transaction(isolation="repeatable_read", readonly=True),
            # A short wait: the fetch that is under way at the end of a partition holds up the next one.
            AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=10) as client,
        ):
            return await _Verification(connection, client, topics or Topics()).run()
    finally:
        await connection.close()


class _Verification:
    """One comparison; partition by partition, since a complaint's events all stand in one."""

    def __init__(self, connection: Connection, client: AIOKafkaConsumer, topics: Topics) -> None:
        self._connection = connection
        self._client = client
        self._topics = topics
        self._events = 0
        self._differences: list[Difference] = []

    async def run(self) -> Verdict:
        """Compare all tables."""
        cells: dict[Cell, Counts] = {}
        complaints = 0
        for place, end in await self._applied(PROJECTIONS, self._topics.complaints):
            rows = await self._fold(place, end)
            await self._compare_complaints(place[1], rows)
            cells = _add(cells, agency_daily.differences((None, row) for row in rows.values()))
            complaints += len(rows)
        self._compare("agency_daily", cells, await agency_daily.read(self._connection))
        tree = await self._fold_tree()
        self._compare("agencies", tree, await agencies.read(self._connection))
        return Verdict(self._events, complaints, len(cells), len(tree), tuple(self._differences))

    async def _applied(self, group: str, topic: str) -> list[tuple[Place, int]]:
        rows = await self._connection.fetch(_APPLIED, group, topic)
        return [((row["topic"], row["partition"]), row["next_offset"]) for row in rows]

    async def _fold(self, place: Place, end: int) -> dict[UUID, Row]:
        rows: dict[UUID, Row] = {}
        async for batch in self._read(PROJECTIONS, place, end):
            for item in batch:
                row = rows.get(item.subject)
                # A complaint whose filing was dropped by an operator has no row, whatever follows.
                if item.envelope.type in complaint_current.TYPES and (row or isinstance(item.event, ComplaintFiled)):
                    rows[item.subject] = complaint_current.evolve(row, item)
        return rows

    async def _fold_tree(self) -> dict[UUID, agencies.Row]:
        rows: dict[UUID, agencies.Row] = {}
        for place, end in await self._applied(TREE, self._topics.agencies):
            async for batch in self._read(TREE, place, end):
                for item in batch:
                    if item.envelope.type in agencies.TYPES:
                        rows[item.subject] = agencies.evolve(rows.get(item.subject), item.envelope)
        return rows

    async def _read(self, group: str, place: Place, end: int) -> AsyncIterator[list[Received]]:
        """Read a partition from its start up to `end`, without the records that were never applied."""
        partition = TopicPartition(*place)
        never = await self._never_applied(group, place)
        self._client.assign([partition])
        await self._client.seek_to_beginning(partition)
        position = await self._client.position(partition)
        # On a compacted topic the last record may be gone: stop at the end of the log, too.
        end = min(end, (await self._client.end_offsets([partition]))[partition])
        while position < end:
            found = await self._client.getmany(partition, timeout_ms=FETCH_MS, max_records=CHUNK)
            if not found:
                self._differences.append(Difference(f"{place[0]}-{place[1]}", str(position), "unreadable", "applied"))
                return
            records = [record for record in found[partition] if record.offset < end]
            position = await self._client.position(partition)
            self._events += len(records)
            yield [item for record in records if record.offset not in never and (item := _parse(record)) is not None]

    async def _never_applied(self, group: str, place: Place) -> set[int]:
        rows = await self._connection.fetch(_NEVER_APPLIED, group, *place)
        return {row["record_offset"] for row in rows}

    async def _compare_complaints(self, partition: int, expected: Mapping[UUID, Row]) -> None:
        ids = list(expected)
        for begin in range(0, len(ids), CHUNK):
            part = ids[begin : begin + CHUNK]
            found = await complaint_table.read(self._connection, part)
            self._compare("complaint_current", {key: expected[key] for key in part}, found)
        kept = await self._connection.fetch("SELECT id FROM complaint_current WHERE partition = $1", partition)
        for row in kept:
            if row["id"] not in expected:
                self._differences.append(Difference("complaint_current", str(row["id"]), "nothing", "a row"))

    def _compare(self, table: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> None:
        for key in sorted(expected.keys() | found.keys(), key=str):
            self._differences.extend(_differences(table, key, expected.get(key), found.get(key)))


def _parse(record: Any) -> Received | None:
    """Parse a record as the consumer does; a tombstone of a compacted topic says nothing to a fold."""
    raw = Raw(record.topic, record.partition, record.offset, record.key, record.value)
    try:
        return read_event(raw)
    except Poison:
        return None


def _differences(table: str, key: Any, expected: Any, found: Any) -> Iterator[Difference]:
    name = "/".join(map(str, key)) if isinstance(key, tuple) else str(key)
    if expected is None or found is None:
        yield Difference(table, name, _whether(expected), _whether(found))
        return
    for field, wanted, got in zip(expected._fields, expected, found, strict=True):
        if wanted != got:
            yield Difference(table, f"{name} {field}", str(wanted), str(got))


def _whether(row: Sequence[Any] | None) -> str:
    return "nothing" if row is None else "a row"


def _add(sums: dict[Cell, Counts], more: Mapping[Cell, Counts]) -> dict[Cell, Counts]:
    for cell, counts in more.items():
        held = sums.get(cell, agency_daily.NOTHING)
        sums[cell] = Counts(*(one + other for one, other in zip(held, counts, strict=True)))
    return sums


_APPLIED = """
SELECT topic, partition, next_offset FROM consumer_offsets
WHERE group_name = $1 AND topic = $2
ORDER BY partition
"""

_NEVER_APPLIED = """
SELECT record_offset FROM dead_letters
WHERE group_name = $1 AND topic = $2 AND partition = $3 AND state <> 'applied'
"""
