"""The deliveries table: rows are states of `domain.delivery`, and only its rules move them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

import asyncpg

from chassis.postgres import Connection
from contracts.envelope import Context
from contracts.notify import Medium
from notify.audience import Contact, spell_dues
from notify.domain.delivery import (
    Expired,
    Failed,
    Queued,
    Sending,
    Sent,
    State,
    StateName,
    Suppressed,
    Suppression,
    delivery_id,
)
from notify.domain.news import News


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of news and the deliveries it begins with."""

    news: News
    context: Context
    people: Sequence[tuple[Contact, State]]


@dataclass(frozen=True, slots=True)
class Columns:
    """A state as the row spells it."""

    state: StateName
    reason: str | None
    attempts: int
    wake_at: datetime | None


def spell(state: State) -> Columns:
    """Write a state as columns."""
    match state:
        case Queued():
            return Columns(StateName.QUEUED, None, state.attempts, state.due_at)
        case Sending():
            return Columns(StateName.SENDING, None, state.attempts, state.leased_until)
        case Sent():
            return Columns(StateName.SENT, None, state.attempts, None)
        case Failed():
            return Columns(StateName.FAILED, state.reason, state.attempts, None)
        case Suppressed():
            return Columns(StateName.SUPPRESSED, state.reason.value, state.attempts, None)
        case Expired():
            return Columns(StateName.EXPIRED, None, state.attempts, None)
        case _:
            assert_never(state)


def read(row: asyncpg.Record) -> State:
    """Read a state from the columns of its row."""
    attempts: int = row["attempts"]
    match StateName(row["state"]):
        case StateName.QUEUED:
            return Queued(attempts, row["wake_at"], row["expires_at"])
        case StateName.SENDING:
            return Sending(attempts, row["wake_at"], row["expires_at"])
        case StateName.SENT:
            return Sent(attempts)
        case StateName.FAILED:
            return Failed(attempts, row["reason"])
        case StateName.SUPPRESSED:
            return Suppressed(attempts, Suppression(row["reason"]))
        case StateName.EXPIRED:
            return Expired(attempts)
        case unknown:
            assert_never(unknown)


async def add(connection: Connection, told: Sequence[Told], now: datetime) -> None:
    """Write news and deliveries; what is there already stays as it is."""
    if told:
        await _add_news(connection, told)
        await _add_deliveries(connection, told, now)


async def _add_news(connection: Connection, told: Sequence[Told]) -> None:
    news = [each.news for each in told]
    answers = [each.answer for each in news]
    await connection.execute(
        _ADD_NEWS,
        [each.event_id for each in news],
        [each.complaint for each in news],
        [each.message.value for each in news],
        [each.happened_at for each in news],
        [each.agency for each in news],
        [spell_dues(each.dues or {}) for each in news],
        [each.final for each in news],
        [box.sealed.model_dump_json() if box else None for box in answers],
        [box.place.stream if box else None for box in answers],
        [box.place.version if box else None for box in answers],
        [box.place.name if box else None for box in answers],
        [each.context.correlationid for each in told],
        [each.context.traceparent for each in told],
    )


async def _add_deliveries(connection: Connection, told: Sequence[Told], now: datetime) -> None:
    each = [(one.news, contact, state) for one in told for contact, state in one.people]
    columns = [spell(state) for _, _, state in each]
    await connection.execute(
        _ADD_DELIVERIES,
        [delivery_id(news.event_id, contact.recipient, contact.medium) for news, contact, _ in each],
        [news.event_id for news, _, _ in each],
        [contact.recipient for _, contact, _ in each],
        [contact.medium.value for _, contact, _ in each],
        [news.complaint for news, _, _ in each],
        [news.message.value for news, _, _ in each],
        [column.state for column in columns],
        [column.reason for column in columns],
        [column.wake_at for column in columns],
        [getattr(state, "expires_at", now) for _, _, state in each],
        now,
    )


async def suppress_erased(connection: Connection, complaints: Sequence[UUID], now: datetime) -> None:
    """Empty the queue of people who asked to be forgotten; an attempt under way ends by itself."""
    await connection.execute(
        "UPDATE deliveries SET state = 'suppressed', reason = $2, wake_at = NULL, changed_at = $3"
        " WHERE complaint_id = ANY ($1::uuid[]) AND state = 'queued'",
        complaints,
        Suppression.ERASED.value,
        now,
    )


async def write(connection: Connection, changed: Mapping[UUID, tuple[State, int]], now: datetime) -> None:
    """Write the new state of locked deliveries, each with the version of its stream in the event log."""
    columns = [spell(state) for state, _ in changed.values()]
    await connection.execute(
        _WRITE,
        list(changed),
        [column.state for column in columns],
        [column.reason for column in columns],
        [column.attempts for column in columns],
        [column.wake_at for column in columns],
        [version for _, version in changed.values()],
        now,
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, as it is kept; `result` is None while it is under way."""

    delivery: UUID
    number: int
    started_at: datetime
    finished_at: datetime | None = None
    result: str | None = None
    reason: str | None = None
    code: int | None = None
    milliseconds: int | None = None


async def begin_attempts(connection: Connection, attempts: Sequence[tuple[UUID, int]], now: datetime) -> None:
    """Write that attempts begin; whatever was under way for the same deliveries was cut off."""
    ids, numbers = [delivery for delivery, _ in attempts], [number for _, number in attempts]
    await connection.execute(
        "UPDATE attempts SET result = 'interrupted', finished_at = $2"
        " WHERE delivery_id = ANY ($1::uuid[]) AND result IS NULL",
        ids,
        now,
    )
    await connection.execute(
        "INSERT INTO attempts (delivery_id, number, started_at)"
        " SELECT delivery_id, number, $3 FROM unnest($1::uuid[], $2::integer[]) AS given (delivery_id, number)",
        ids,
        numbers,
        now,
    )


async def end_attempts(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Write how attempts ended, also those that were given up for lost."""
    await connection.execute(
        _END_ATTEMPTS,
        [each.delivery for each in attempts],
        [each.number for each in attempts],
        [each.started_at for each in attempts],
        [each.finished_at for each in attempts],
        [each.result for each in attempts],
        [each.reason for each in attempts],
        [each.code for each in attempts],
        [each.milliseconds for each in attempts],
    )


async def waiting(connection: Connection, medium: Medium) -> int:
    """Count the deliveries that have not come to their end."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM deliveries WHERE medium = $1 AND state IN ('queued', 'sending')", medium.value
        )
    )


_ADD_NEWS = """
INSERT INTO news (event_id, complaint_id, message, happened_at, agency, dues, final,
    answer, place_stream, place_version, place_name, correlationid, traceparent)
SELECT event_id, complaint_id, message, happened_at, agency, dues, final,
    answer, place_stream, place_version, place_name, correlationid, traceparent
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::json[], $7::boolean[],
    $8::json[], $9::text[], $10::integer[], $11::text[], $12::text[], $13::text[])
    AS given (event_id, complaint_id, message, happened_at, agency, dues, final,
        answer, place_stream, place_version, place_name, correlationid, traceparent)
ON CONFLICT (event_id) DO NOTHING
"""

_ADD_DELIVERIES = """
INSERT INTO deliveries (delivery_id, event_id, recipient_id, medium, complaint_id, message,
    state, reason, wake_at, expires_at, created_at, changed_at)
SELECT delivery_id, event_id, recipient_id, medium, complaint_id, message, state, reason, wake_at, expires_at, $11, $11
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[],
    $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[])
    AS given (delivery_id, event_id, recipient_id, medium, complaint_id, message,
        state, reason, wake_at, expires_at)
ON CONFLICT (delivery_id) DO NOTHING
"""

_WRITE = """
UPDATE deliveries
SET state = given.state, reason = given.reason, attempts = given.attempts, wake_at = given.wake_at,
    version = given.version, changed_at = $7
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::integer[])
    AS given (delivery_id, state, reason, attempts, wake_at, version)
WHERE deliveries.delivery_id = given.delivery_id
"""

_END_ATTEMPTS = """
UPDATE attempts
SET started_at = given.started_at, finished_at = given.finished_at, result = given.result,
    reason = given.reason, code = given.code, milliseconds = given.milliseconds
FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
    $7::integer[], $8::integer[])
    AS given (delivery_id, number, started_at, finished_at, result, reason, code, milliseconds)
WHERE attempts.delivery_id = given.delivery_id AND attempts.number = given.number
"""
