"""What people and programs can see of deliveries: states and attempts, never an address, never words."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from chassis.postgres import Connection, Pool
from contracts.notify import Medium
from contracts.vocabulary import Visibility
from notify.domain.delivery import StateName

PAGE = 50


class Listed(BaseModel):
    """Closed, immutable, documented: it is an answer of the API."""

    model_config = ConfigDict(frozen=True)


class AttemptSeen(Listed):
    """One try to deliver."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    result: str | None = Field(None, description="Absent while it is under way.")
    reason: str | None = None
    code: int | None = Field(None, description="Reply code of the receiving server.")
    milliseconds: int | None = None


class DeliverySeen(Listed):
    """What became of telling one person of one event by one medium."""

    id: UUID = Field(description="Also the left part of the Message-ID.")
    complaint: UUID
    cause: UUID = Field(description="Id of the event that is told.")
    code: str | None = Field(description="Public code of the complaint; absent when it is secret.")
    message: str
    medium: Medium
    state: StateName
    reason: str | None
    attempts: tuple[AttemptSeen, ...]
    due_at: datetime | None = Field(description="When it is tried next, or its attempt is given up for lost.")
    expires_at: datetime
    created_at: datetime
    changed_at: datetime


class Listing:
    """Reads deliveries, newest first."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(
        self,
        *,
        complaint: UUID | None = None,
        state: StateName | None = None,
        before: UUID | None = None,
        limit: int = PAGE,
    ) -> list[DeliverySeen]:
        """List deliveries, newest first; `before` continues below the delivery with that id."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(_NEWEST, complaint, state, before, limit)
            return await _with_attempts(connection, rows)

    async def one(self, delivery: UUID) -> DeliverySeen | None:
        """Find one delivery."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(_ONE, delivery)
            found = await _with_attempts(connection, rows)
            return found[0] if found else None

    async def counts(self) -> dict[StateName, int]:
        """Count deliveries by state."""
        rows = await self._pool.fetch("SELECT state, count(*) AS total FROM deliveries GROUP BY state")
        return {StateName(row["state"]): row["total"] for row in rows}


async def _with_attempts(connection: Connection, rows: list[asyncpg.Record]) -> list[DeliverySeen]:
    attempts: dict[UUID, list[AttemptSeen]] = {row["delivery_id"]: [] for row in rows}
    for tried in await connection.fetch(_ATTEMPTS, list(attempts)):
        attempts[tried["delivery_id"]].append(
            AttemptSeen(
                number=tried["number"],
                started_at=tried["started_at"],
                finished_at=tried["finished_at"],
                result=tried["result"],
                reason=tried["reason"],
                code=tried["code"],
                milliseconds=tried["milliseconds"],
            )
        )
    return [_seen(row, tuple(attempts[row["delivery_id"]])) for row in rows]


def _seen(row: asyncpg.Record, attempts: tuple[AttemptSeen, ...]) -> DeliverySeen:
    secret = row["visibility"] == Visibility.SECRET.value
    return DeliverySeen(
        id=row["delivery_id"],
        complaint=row["complaint_id"],
        cause=row["event_id"],
        code=None if secret else row["code"],
        message=row["message"],
        medium=Medium(row["medium"]),
        state=StateName(row["state"]),
        reason=row["reason"],
        attempts=attempts,
        due_at=row["wake_at"],
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )


_NEWEST = """
SELECT deliveries.delivery_id, deliveries.complaint_id, deliveries.event_id, complaints.code, complaints.visibility,
    deliveries.message, deliveries.medium, deliveries.state, deliveries.reason, deliveries.wake_at,
    deliveries.expires_at, deliveries.created_at, deliveries.changed_at
FROM deliveries
JOIN complaints ON complaints.complaint_id = deliveries.complaint_id
WHERE ($1::uuid IS NULL OR deliveries.complaint_id = $1)
    AND ($2::text IS NULL OR deliveries.state = $2)
    AND ($3::uuid IS NULL OR (deliveries.created_at, deliveries.delivery_id) < (
        SELECT above.created_at, above.delivery_id FROM deliveries AS above WHERE above.delivery_id = $3))
ORDER BY deliveries.created_at DESC, deliveries.delivery_id DESC
LIMIT $4
"""

_ONE = """
SELECT deliveries.delivery_id, deliveries.complaint_id, deliveries.event_id, complaints.code, complaints.visibility,
    deliveries.message, deliveries.medium, deliveries.state, deliveries.reason, deliveries.wake_at,
    deliveries.expires_at, deliveries.created_at, deliveries.changed_at
FROM deliveries
JOIN complaints ON complaints.complaint_id = deliveries.complaint_id
WHERE deliveries.delivery_id = $1
"""

_ATTEMPTS = """
SELECT delivery_id, number, started_at, finished_at, result, reason, code, milliseconds
FROM attempts
WHERE delivery_id = ANY ($1::uuid[])
ORDER BY delivery_id, number
"""
