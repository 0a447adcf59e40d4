"""One row per complaint: where it stands, what was promised and what was kept. No free text, no people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from contracts import intake, routing
from contracts.catalogue import Poison
from contracts.clocks import zone_of
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.vocabulary import Clock, Due, Outcome, Visibility
from reporting.projections.complaint_table import Row

REGENCY_LENGTH = len("35.04")
"""Of a secret complaint no place finer than its regency is kept."""


class Placed(Protocol):
    """An event with its place in the topic."""

    @property
    def envelope(self) -> Envelope[Event]:
        """The event."""

    @property
    def partition(self) -> int:
        """Partition it stands in."""

    @property
    def offset(self) -> int:
        """Offset at which it stands."""


Changes = dict[str, Any]
Step = Callable[[Row, Any, datetime], Changes]
"""What one event changes in a row; the event's own type is known by the table below."""


def fold(before: Mapping[UUID, Row], batch: Iterable[Placed]) -> dict[UUID, Row]:
    """Fold a batch into the rows before it; return those that changed."""
    changed: dict[UUID, Row] = {}
    for item in batch:
        subject = item.envelope.subject
        row = changed.get(subject) or before.get(subject)
        after = evolve(row, item)
        if after is not row:
            changed[subject] = after
    return changed


def evolve(row: Row | None, item: Placed) -> Row:
    """Fold one event in; an event folded before changes nothing. `Poison` when the complaint was never filed."""
    envelope = item.envelope
    event = envelope.data
    if row is None:
        if not isinstance(event, intake.ComplaintFiled):
            raise Poison("complaint_not_filed", envelope.type)
        return _filed(event, item)
    version = "intake_version" if envelope.source == "/intake" else "routing_version"
    if envelope.sequence <= getattr(row, version):
        return row
    step = STEPS.get(type(event))
    if step is None:
        return row
    changes = step(row, event, envelope.time)
    changes[version] = envelope.sequence
    changes["partition"] = item.partition
    changes["record_offset"] = item.offset
    return row._replace(**changes)


def _filed(event: intake.ComplaintFiled, item: Placed) -> Row:
    envelope = item.envelope
    secret = event.visibility is Visibility.SECRET
    dues = {due.clock: due.at for due in event.dues}
    return Row(
        id=envelope.subject,
        code=None if secret else event.code,
        classification=event.classification.value,
        category=event.category,
        area=event.area[:REGENCY_LENGTH] if secret else event.area,
        visibility=event.visibility.value,
        channel=event.channel.value,
        filed_at=envelope.time,
        filed_day=_local_day(envelope.time, event.area),
        verification_due=dues.get(Clock.VERIFICATION),
        resolution_due=dues.get(Clock.RESOLUTION),
        first_response_due=dues.get(Clock.FIRST_RESPONSE),
        intake_version=envelope.sequence,
        partition=item.partition,
        record_offset=item.offset,
    )


def _local_day(moment: datetime, area: str) -> date:
    return moment.astimezone(zone_of(area)).date()


def _first_promises(row: Row, dues: Sequence[Due]) -> Changes:
    """Take the deadlines that begin; one that was promised stands, however often the complaint changes hands."""
    promised = {f"{due.clock.value}_due": due.at for due in dues}
    return {name: at for name, at in promised.items() if getattr(row, name) is None}


def _verified(row: Row, event: routing.ComplaintVerified, at: datetime) -> Changes:
    return {
        "state": "verified",
        "verified_at": row.verified_at or at,
        "classification": event.classification.value,
        "category": event.category,
    }


def _held(_: Row, event: routing.ComplaintHeld, __: datetime) -> Changes:
    return {"state": "held", "reporter_reply_due": event.due.at, "reporter_replied_at": None}


def _archived(row: Row, _: routing.ComplaintArchived, at: datetime) -> Changes:
    return {"state": "closed", "closed_at": row.closed_at or at, "outcome": Outcome.ARCHIVED.value}


def _forwarded(row: Row, event: routing.ComplaintForwarded, at: datetime) -> Changes:
    return {
        "state": "forwarded",
        "agency": event.to,
        "hops": event.hop,
        "forwarded_at": row.forwarded_at or at,
        **_first_promises(row, event.dues),
    }


def _returned(_: Row, event: routing.ComplaintReturned, __: datetime) -> Changes:
    return {"state": "returned", "agency": event.to, "hops": event.hop, "refusals": event.refusals}


def _arbitrated(row: Row, event: routing.OwnershipArbitrated, at: datetime) -> Changes:
    return {"state": "forwarded", "agency": event.to, "hops": event.hop, "forwarded_at": row.forwarded_at or at}


def _answered(row: Row, event: routing.ResponseGiven, at: datetime) -> Changes:
    changes: Changes = {"state": "answered" if event.final else "in_progress"}
    if row.first_response_at is None:
        changes["first_response_at"] = at
        changes["first_response_day"] = _local_day(at, row.area)
    if event.final:
        changes["final_response_at"] = at
    if event.reply_due is not None:
        changes["reporter_reply_due"] = event.reply_due.at
        changes["reporter_replied_at"] = None
    return changes


def _escalated(row: Row, _: routing.ComplaintEscalated, __: datetime) -> Changes:
    return {"escalations": row.escalations + 1}


def _reopened(row: Row, event: routing.ComplaintReopened, __: datetime) -> Changes:
    promised = {f"{due.clock.value}_due": due.at for due in event.dues}
    return {
        "state": "reopened",
        "agency": event.to,
        "closed_at": None,
        "outcome": None,
        "final_response_at": None,
        "reopenings": row.reopenings + 1,
        **promised,
    }


def _closed(row: Row, event: routing.ComplaintClosed, at: datetime) -> Changes:
    # A withdrawal ends a complaint when the reporter says so, not when routing hears of it.
    return {
        "state": "closed",
        "closed_at": row.closed_at or at,
        "outcome": event.outcome.value,
        "agency": event.agency or row.agency,
    }


def _replied(row: Row, _: intake.ReporterReplied, at: datetime) -> Changes:
    resumed = "forwarded" if row.agency else "verified" if row.verified_at else "filed"
    return {"state": resumed if row.state == "held" else row.state, "reporter_replied_at": at}


def _withdrawn(row: Row, _: intake.ComplaintWithdrawn, at: datetime) -> Changes:
    return {"state": "closed", "closed_at": row.closed_at or at, "outcome": Outcome.WITHDRAWN.value}


def _supported(_: Row, event: intake.ComplaintSupported, __: datetime) -> Changes:
    return {"supporters": event.supporters}


def _confirmed(_: Row, event: intake.ResolutionConfirmed, __: datetime) -> Changes:
    return {"reporter_replied_at": event.confirmed_at}


def _disputed(row: Row, _: intake.ResolutionDisputed, at: datetime) -> Changes:
    return {"state": "disputed", "disputes": row.disputes + 1, "reporter_replied_at": at}


def _rated(_: Row, event: intake.ResponseRated, __: datetime) -> Changes:
    return {"rating": event.rating}


STEPS: Mapping[type[Event], Step] = {
    intake.ComplaintWithdrawn: _withdrawn,
    intake.ReporterReplied: _replied,
    intake.ComplaintSupported: _supported,
    intake.ResolutionConfirmed: _confirmed,
    intake.ResolutionDisputed: _disputed,
    intake.ResponseRated: _rated,
    routing.ComplaintVerified: _verified,
    routing.ComplaintHeld: _held,
    routing.ComplaintArchived: _archived,
    routing.ComplaintForwarded: _forwarded,
    routing.ComplaintReturned: _returned,
    routing.OwnershipArbitrated: _arbitrated,
    routing.ResponseGiven: _answered,
    routing.ComplaintEscalated: _escalated,
    routing.ComplaintReopened: _reopened,
    routing.ComplaintClosed: _closed,
}
"""Every event that changes a row. `DeadlineMissed` is not among them: lateness follows from due and done times."""

TYPES = frozenset((intake.ComplaintFiled.type, *(event.type for event in STEPS)))
