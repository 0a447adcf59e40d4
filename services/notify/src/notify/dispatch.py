"""Takes due deliveries out of the table and puts their outcomes back, each in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.decider import Refused
from chassis.event_log import Append, EventLog
from chassis.postgres import Connection
from contracts.envelope import Context
from contracts.notify import Medium, NotificationFailed, NotificationSent, NotifyEvent
from notify import deliveries
from notify.audience import box_of, complaint_of, dues_of
from notify.deliveries import Attempt
from notify.domain.delivery import (
    Claim,
    Command,
    Expired,
    Failed,
    Sending,
    Sent,
    State,
    Suppress,
    Suppression,
    advance,
)
from notify.domain.news import Box, Complaint, Message, News
from notify.domain.patience import Patience


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery with all that is needed to send it; `address` is None when the person was erased."""

    id: UUID
    medium: Medium
    state: State
    version: int
    created_at: datetime
    news: News
    context: Context
    complaint: Complaint
    address: Box | None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an attempt: how it is kept, and what it does to the delivery."""

    job: Job
    command: Command
    attempt: Attempt


async def claim(
    connection: Connection, log: EventLog, medium: Medium, patience: Patience, now: datetime, limit: int
) -> list[Job]:
    """Begin attempts on deliveries that are due, skipping those another process is at; needs a transaction."""
    rows = await connection.fetch(_DUE, medium.value, now, limit)
    jobs = [_begin(_job(row, medium), Claim(now, patience.lease)) for row in rows]
    await _announce(connection, log, [(job, now) for job in jobs])
    await deliveries.write(connection, {job.id: (job.state, _version(job)) for job in jobs}, now)
    begun = [job for job in jobs if isinstance(job.state, Sending)]
    await deliveries.begin_attempts(connection, [(job.id, job.state.attempts) for job in begun], now)
    return begun


async def settle(connection: Connection, log: EventLog, done: Sequence[Done], now: datetime) -> list[Job]:
    """Write outcomes and publish what is final; outcomes the rules refuse are kept as attempts only.

    Returns the deliveries that changed, in their new state. Doing it twice changes nothing more.
    """
    rows = await connection.fetch(_LOCK, [each.job.id for each in done])
    stored = {row["delivery_id"]: row for row in rows}
    changed: list[tuple[Job, datetime]] = []
    for each in done:
        row = stored[each.job.id]  # its lease may have run out, and others may have moved it since
        try:
            after = advance(deliveries.read(row), each.command)
        except Refused:
            continue
        changed.append((replace(each.job, state=after, version=row["version"]), each.attempt.finished_at or now))
    await _announce(connection, log, changed)
    await deliveries.write(connection, {job.id: (job.state, _version(job)) for job, _ in changed}, now)
    await deliveries.end_attempts(connection, [each.attempt for each in done])
    return [job for job, _ in changed]


def announcement(job: Job) -> NotifyEvent | None:
    """Say what others are told when a delivery has come to its end."""
    state = job.state
    facts: dict[str, Any] = {
        "complaint": job.complaint.id,
        "cause": job.news.event_id,
        "message": job.news.message.value,
        "medium": job.medium,
        "attempt": max(state.attempts, 1),
    }
    match state:
        case Sent():
            return NotificationSent(**facts)
        case Failed():
            return NotificationFailed(**facts, reason=state.reason)
        case Expired():
            return NotificationFailed(**facts, reason="expired")
        case _:
            return None


async def _announce(connection: Connection, log: EventLog, changed: Sequence[tuple[Job, datetime]]) -> None:
    appends = [
        Append(job.id, job.version, [event], at, context=job.context)
        for job, at in changed
        if (event := announcement(job)) is not None
    ]
    if appends:
        await log.append_in(connection, *appends)


def _begin(job: Job, command: Claim) -> Job:
    erased = job.address is None
    return replace(job, state=advance(job.state, Suppress(Suppression.ERASED) if erased else command))


def _version(job: Job) -> int:
    """The version of the stream once the end of the delivery, if it has come, is in the log."""
    return job.version + (announcement(job) is not None)


def _job(row: asyncpg.Record, medium: Medium) -> Job:
    news = News(
        event_id=row["event_id"],
        complaint=row["complaint_id"],
        message=Message(row["message"]),
        happened_at=row["happened_at"],
        agency=row["agency"],
        dues=dues_of(row["news_dues"]),
        final=row["final"],
        answer=box_of(row["answer"], row["answer_stream"], row["answer_version"], row["answer_name"]),
    )
    return Job(
        id=row["delivery_id"],
        medium=medium,
        state=deliveries.read(row),
        version=row["version"],
        created_at=row["created_at"],
        news=news,
        context=Context(
            correlationid=row["correlationid"], causationid=str(row["event_id"]), traceparent=row["traceparent"]
        ),
        complaint=complaint_of(row),
        address=box_of(row["address"], row["place_stream"], row["place_version"], row["place_name"]),
    )


_DUE = """
SELECT deliveries.delivery_id, deliveries.event_id, deliveries.message, deliveries.state, deliveries.reason,
    deliveries.attempts, deliveries.wake_at, deliveries.expires_at, deliveries.version, deliveries.created_at,
    news.happened_at, news.agency, news.dues AS news_dues, news.final, news.answer,
    news.place_stream AS answer_stream, news.place_version AS answer_version, news.place_name AS answer_name,
    news.correlationid, news.traceparent,
    complaints.complaint_id, complaints.code, complaints.classification, complaints.area, complaints.visibility,
    complaints.language, complaints.dues, complaints.erased,
    contacts.address, contacts.place_stream, contacts.place_version, contacts.place_name
FROM deliveries
JOIN news ON news.event_id = deliveries.event_id
JOIN complaints ON complaints.complaint_id = deliveries.complaint_id
JOIN contacts ON contacts.recipient_id = deliveries.recipient_id AND contacts.medium = deliveries.medium
WHERE deliveries.medium = $1 AND deliveries.state IN ('queued', 'sending') AND deliveries.wake_at <= $2
ORDER BY deliveries.wake_at
LIMIT $3
FOR UPDATE OF deliveries SKIP LOCKED
"""

_LOCK = """
SELECT delivery_id, state, reason, attempts, wake_at, expires_at, version
FROM deliveries
WHERE delivery_id = ANY ($1::uuid[])
ORDER BY delivery_id
FOR UPDATE
"""
