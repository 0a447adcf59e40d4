"""Read one complaint's whole story from the logs of the services."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from kentongan.stack.errors import StackError

_CODE = "SELECT complaint_id FROM complaint_codes WHERE code = $1"
_OWN_STREAM = """
SELECT metadata, data, recorded_at FROM events WHERE stream_id = $1
"""
_NOTIFICATIONS = """
SELECT metadata, data, recorded_at FROM events WHERE data ->> 'complaint' = $1
"""

Told = tuple[datetime, dict[str, Any]]


async def read(databases: Mapping[str, str], code_or_id: str) -> list[dict[str, Any]]:
    """Return every event about a complaint as CloudEvents JSON, in the order in which they were recorded."""
    complaint = await _find(databases["intake"], code_or_id)
    told = await asyncio.gather(
        _select(databases["intake"], _OWN_STREAM, complaint),
        _select(databases["routing"], _OWN_STREAM, complaint),
        _select(databases["notify"], _NOTIFICATIONS, str(complaint)),
    )
    return [message for _, message in sorted((event for part in told for event in part), key=lambda event: event[0])]


async def _find(dsn: str, code_or_id: str) -> UUID:
    try:
        return UUID(code_or_id)
    except ValueError:
        code = code_or_id.strip().upper()
    connection = await _connect(dsn)
    try:
        found: UUID | None = await connection.fetchval(_CODE, code)
    finally:
        await connection.close()
    if found is None:
        raise StackError(f"There is no complaint with the code {code}; give its code or its id.")
    return found


async def _select(dsn: str, query: str, subject: UUID | str) -> list[Told]:
    connection = await _connect(dsn)
    try:
        rows = await connection.fetch(query, subject)
    finally:
        await connection.close()
    return [(row["recorded_at"], {**json.loads(row["metadata"]), "data": json.loads(row["data"])}) for row in rows]


async def _connect(dsn: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(dsn, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        raise StackError("PostgreSQL does not answer: see `kentongan status` and `kentongan logs postgres`.") from error
