"""The event log with group commit: appends that queue while a commit is in flight share the next one."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from chassis.context import current
from chassis.health import Health
from chassis.postgres import Connection, Pool
from contracts.catalogue import CATALOGUE
from contracts.envelope import Context, Envelope, compose, context_json
from contracts.events import Event
from contracts.sealing import DataKey, seal

BATCH = 256
"""Most appends in one commit; keeps a transaction short when thousands wait."""


class Conflict(Exception):
    """The stream is not at the version the decision was made on: load again, decide again."""

    def __init__(self, stream_id: UUID, expected: int, actual: int) -> None:
        super().__init__(f"{stream_id} is at version {actual}, not {expected}")
        self.stream_id = stream_id
        self.expected = expected
        self.actual = actual


@dataclass(frozen=True, slots=True)
class Row:
    """A row written in the append's transaction.

    The statement takes one array per column and is run once for all rows of a batch, e.g.
    `INSERT INTO codes (code, id) SELECT code, id FROM unnest($1::text[], $2::uuid[]) AS given (code, id)`.
    """

    statement: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """What one decision adds to one stream.

    `at` is business time. `key` seals clear fields. `context` defaults to that of the request or message at hand.
    """

    stream_id: UUID
    expected_version: int
    events: Sequence[Event]
    at: datetime
    key: DataKey | None = None
    context: Context | None = None
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log keeps it; sealed fields are sealed."""

    position: int
    stream_id: UUID
    version: int
    event_id: UUID
    type: str
    metadata: str
    data: str

    def wire(self) -> str:
        """Spell the CloudEvent that is published."""
        return compose(self.metadata, self.data)

    def envelope(self) -> Envelope[Event]:
        """Parse it, lifted to today's version."""
        return CATALOGUE.read(self.wire().encode())


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """One append, sealed and spelled, on its way into the table."""

    append: Append
    columns: list[tuple[UUID, int, UUID, str, str, str]]
    answer: asyncio.Future[tuple[Recorded, ...]] | None = None


class EventLog:
    """One service's log in its own database. `append` needs `run` to be running; `append_in` and `load` do not."""

    name = "event-log"

    def __init__(self, pool: Pool, service: str, health: Health) -> None:
        self._pool = pool
        self._source = f"/{service}"
        self._health = health
        self._queue: list[_Written] = []
        self._wake = asyncio.Event()

    async def append(self, append: Append) -> tuple[Recorded, ...]:
        """Commit the events; return once they are durable.

        Raises `Conflict`; a database error that reached only this append (such as a unique violation of one of its
        rows); or one of `postgres.TRANSIENT`, after which the outcome is unknown and must be looked up or retried.
        """
        answer: asyncio.Future[tuple[Recorded, ...]] = asyncio.get_running_loop().create_future()
        self._queue.append(self._write(append, answer))
        self._wake.set()
        return await answer

    async def append_in(self, connection: Connection, *appends: Append) -> tuple[Recorded, ...]:
        """Write inside the caller's transaction, under the same lock and rules; the first conflict raises."""
        written = [self._write(append) for append in appends]
        accepted, refused = await _check(connection, written)
        if refused:
            raise next(iter(refused.values()))
        return tuple(recorded for records in await _insert(connection, accepted) for recorded in records)

    async def load(self, stream_id: UUID) -> list[Recorded]:
        """Read one stream in order."""
        rows = await self._pool.fetch(
            "SELECT position, stream_id, version, event_id, type, metadata, data"
            " FROM events WHERE stream_id = $1 ORDER BY version",
            stream_id,
        )
        return [Recorded(*row) for row in rows]

    async def run(self) -> None:
        """Commit what queues, for ever; the one writer of this process."""
        while True:
            self._health.idle(self.name)
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                self._health.busy(self.name)
                batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
                await self._commit(batch)
                self._health.beat(self.name)

    @property
    def waiting(self) -> int:
        """How many appends wait for a commit."""
        return len(self._queue)

    def _write(self, append: Append, answer: asyncio.Future[tuple[Recorded, ...]] | None = None) -> _Written:
        context = append.context or current()
        stream = f"{self._source}/{append.stream_id}"
        columns = []
        for version, event in enumerate(append.events, append.expected_version + 1):
            event_id = uuids.uuid7()
            sealed = seal(event, append.key, stream, version)
            metadata = context_json(type(event), event_id, append.stream_id, version, append.at, context)
            data = sealed.model_dump_json(exclude_none=True)
            columns.append((append.stream_id, version, event_id, event.type, data, metadata))
        return _Written(append, columns, answer)

    async def _commit(self, batch: list[_Written]) -> None:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                accepted, refused = await _check(connection, batch)
                results = await _insert(connection, accepted)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            if len(batch) == 1:
                _fail(batch, error)
            else:  # somebody's row is at fault: let each stand or fall alone
                for written in batch:
                    await self._commit([written])
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            _fail(batch, error)
        else:
            for written, records in zip(accepted, results, strict=True):
                if written.answer is not None and not written.answer.done():
                    written.answer.set_result(records)
            for written, conflict in refused.items():
                _fail([written], conflict)


def _fail(batch: Sequence[_Written], error: Exception) -> None:
    for written in batch:
        if written.answer is not None and not written.answer.done():
            written.answer.set_exception(error)


async def _check(connection: Connection, batch: Sequence[_Written]) -> tuple[list[_Written], dict[_Written, Conflict]]:
    """Take the log's lock and part the batch into appends whose version holds and those whose does not."""
    rows = await connection.fetch(
        "SELECT stream_id, version FROM lock_log_and_read_versions($1::uuid[])",
        [written.append.stream_id for written in batch],
    )
    heads: defaultdict[UUID, int] = defaultdict(int, {row["stream_id"]: row["version"] for row in rows})
    accepted: list[_Written] = []
    refused: dict[_Written, Conflict] = {}
    for written in batch:
        append = written.append
        if heads[append.stream_id] == append.expected_version:
            heads[append.stream_id] += len(append.events)
            accepted.append(written)
        else:
            refused[written] = Conflict(append.stream_id, append.expected_version, heads[append.stream_id])
    return accepted, refused


async def _insert(connection: Connection, batch: Sequence[_Written]) -> list[tuple[Recorded, ...]]:
    columns = [row for written in batch for row in written.columns]
    positions: list[int] = []
    if columns:
        streams, versions, ids, types, data, metadata = (list(column) for column in zip(*columns, strict=True))
        rows = await connection.fetch(_INSERT_EVENTS, streams, versions, ids, types, data, metadata)
        positions = [row["position"] for row in rows]
    await _insert_rows(connection, [row for written in batch for row in written.append.rows])
    recorded = iter(
        Recorded(position, stream, version, event_id, kind, context, body)
        for position, (stream, version, event_id, kind, body, context) in zip(positions, columns, strict=True)
    )
    return [tuple(next(recorded) for _ in written.columns) for written in batch]


async def _insert_rows(connection: Connection, rows: Sequence[Row]) -> None:
    by_statement: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_statement.setdefault(row.statement, []).append(row.values)
    for statement, values in by_statement.items():
        await connection.execute(statement, *(list(column) for column in zip(*values, strict=True)))


_INSERT_EVENTS = """
INSERT INTO events (stream_id, version, event_id, type, data, metadata)
SELECT stream_id, version, event_id, type, data, metadata
FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::json[], $6::json[])
    WITH ORDINALITY AS given (stream_id, version, event_id, type, data, metadata, place)
ORDER BY place
RETURNING position
"""
