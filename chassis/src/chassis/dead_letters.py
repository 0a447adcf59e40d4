"""Records that could not be applied: parked per subject, published with a reason, retried or dropped by operators."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import asyncpg

from chassis.consumer import Raw
from chassis.postgres import Connection, Executor, Pool, affected
from chassis.relay import Outgoing

LIMIT = 100
"""More parked records of one group than this are no accident: the consumer stops until somebody looks."""

DETAIL_LENGTH = 500

PUBLISHED_BYTES = 900_000
"""A record that grew by our headers, or was small only while compressed, would be refused by the broker for ever."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A record on its way into the table; `reason` is a word, `detail` a hint without personal data."""

    raw: Raw
    subject: str
    reason: str
    detail: str
    state: Literal["parked", "waiting"]


async def park(connection: Connection, group: str, letters: Sequence[Letter]) -> None:
    """Keep the records in the transaction that moves the offset past them."""
    await connection.executemany(
        "INSERT INTO dead_letters"
        " (group_name, subject, topic, partition, record_offset, key, value, reason, detail, state)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (
                group,
                letter.subject,
                letter.raw.topic,
                letter.raw.partition,
                letter.raw.offset,
                letter.raw.key,
                letter.raw.value,
                letter.reason,
                letter.detail[:DETAIL_LENGTH],
                letter.state,
            )
            for letter in letters
        ],
    )


async def count_parked(connection: Connection, group: str) -> int:
    """Count what failed and waits for an operator."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM dead_letters WHERE group_name = $1 AND state = 'parked'", group
    )
    return count


async def open_subjects(connection: Connection, group: str) -> set[str]:
    """Name the subjects whose later records must wait."""
    rows = await connection.fetch(
        "SELECT DISTINCT subject FROM dead_letters WHERE group_name = $1 AND state NOT IN ('applied', 'dropped')", group
    )
    return {row["subject"] for row in rows}


async def asked_for(connection: Connection, group: str) -> list[str]:
    """Name the subjects for which an operator asked for a retry or a drop."""
    rows = await connection.fetch(
        "SELECT DISTINCT subject FROM dead_letters WHERE group_name = $1 AND state IN ('retry', 'drop')", group
    )
    return [row["subject"] for row in rows]


async def lock_open(connection: Connection, group: str, subject: str) -> list[asyncpg.Record]:
    """Read the open letters of one subject in their order."""
    return await connection.fetch(
        "SELECT id, topic, partition, record_offset, key, value, state FROM dead_letters"
        " WHERE group_name = $1 AND subject = $2 AND state NOT IN ('applied', 'dropped') ORDER BY id FOR UPDATE",
        group,
        subject,
    )


async def settle(connection: Connection, letter_id: int, state: Literal["applied", "dropped"]) -> None:
    """Close a letter."""
    await connection.execute("UPDATE dead_letters SET state = $2, settled_at = now() WHERE id = $1", letter_id, state)


async def fail_again(connection: Connection, letter_id: int, reason: str, detail: str) -> None:
    """Park a letter once more, with the reason of the newest try."""
    await connection.execute(
        "UPDATE dead_letters SET state = 'parked', reason = $2, detail = $3 WHERE id = $1",
        letter_id,
        reason,
        detail[:DETAIL_LENGTH],
    )


async def list_open(connection: Executor) -> list[asyncpg.Record]:
    """List every open letter of a service for its operator, oldest first."""
    return await connection.fetch(
        "SELECT id, group_name, subject, topic, partition, record_offset, reason, detail, state, parked_at"
        " FROM dead_letters WHERE state NOT IN ('applied', 'dropped') ORDER BY id"
    )


async def ask(connection: Executor, letter_id: int, wish: Literal["retry", "drop"]) -> bool:
    """Tell the consumer to retry or drop a parked letter; False when there is no such open letter."""
    status = await connection.execute(
        "UPDATE dead_letters SET state = $2 WHERE id = $1 AND state IN ('parked', 'retry', 'drop')", letter_id, wish
    )
    return affected(status) == 1


async def ask_all(connection: Executor, wish: Literal["retry", "drop"]) -> int:
    """Tell the consumers to retry or drop every parked letter; return how many."""
    return affected(await connection.execute("UPDATE dead_letters SET state = $1 WHERE state = 'parked'", wish))


class DeadLetterOutbox:
    """Publishes parked records to the topic of dead letters, so that anybody can watch them."""

    def __init__(self, pool: Pool, topic: str) -> None:
        self._pool = pool
        self._topic = topic

    async def pending(self) -> list[Outgoing]:
        """Give what the topic does not have yet; the record's own bytes with the reason in headers."""
        rows = await self._pool.fetch(
            "SELECT id, group_name, topic, partition, record_offset, key, value, reason, detail"
            " FROM dead_letters WHERE NOT published ORDER BY id LIMIT 500"
        )
        return [_outgoing(self._topic, row) for row in rows]

    async def published(self, sent: Sequence[Outgoing]) -> None:
        """Remember what the broker has acknowledged."""
        await self._pool.execute(
            "UPDATE dead_letters SET published = true WHERE id = ANY ($1::bigint[])", [item.mark for item in sent]
        )


def _outgoing(topic: str, row: asyncpg.Record) -> Outgoing:
    origin = json.dumps([row["topic"], row["partition"], row["record_offset"]]).encode()
    headers: tuple[tuple[str, bytes], ...] = (
        ("reason", row["reason"].encode()),
        ("detail", row["detail"].encode()),
        ("group", row["group_name"].encode()),
        ("origin", origin),
    )
    key, value = row["key"], row["value"]
    size = len(key or b"") + len(value or b"")
    if size > PUBLISHED_BYTES:  # the whole record stays in the table and, while it is kept, at its origin
        headers, key, value = (*headers, ("left-out-bytes", str(size).encode())), None, None
    if key is None and value is None:
        value = b""  # the producer refuses a record with neither, which other producers do send
    return Outgoing(row["id"], topic, key, value, headers)
