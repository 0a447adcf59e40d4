"""How far a case is: the fold that the inbox shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.intake import ComplaintFiled
from contracts.routing import ComplaintForwarded, ResponseGiven
from contracts.vocabulary import AgencyCode, CategoryCode, Classification, Clock, Due, Outcome
from routing.domain.case_state import Answered, Ended, Fact, InProgress, State, Submitted, Unknown, Verified, fold


class Status(StrEnum):
    """Where a case stands, in one word."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


OPEN = (Status.SUBMITTED, Status.VERIFIED, Status.IN_PROGRESS)
"""An agency has to do something."""

ENDED = (Status.WITHDRAWN, Status.CLOSED)
"""Nobody has to do anything."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a story comes to."""

    status: Status
    holder: AgencyCode
    hops: int
    classification: Classification
    category: CategoryCode
    erased: bool
    version: int
    dues: dict[Clock, Due] = field(default_factory=dict)
    next_due: Due | None = None
    first_response_at: datetime | None = None
    answered_at: datetime | None = None

    def describe(self, case: UUID) -> dict[str, Any]:
        """Spell it for programs."""
        return {
            "id": str(case),
            "version": self.version,
            "status": self.status.value,
            "holder": self.holder,
            "hops": self.hops,
            "classification": self.classification.value,
            "category": self.category,
            "dues": [due.model_dump(mode="json") for due in self.dues.values()],
        }


def progress_of(facts: Sequence[Fact]) -> Progress | None:
    """Fold a story; None while nothing has been filed."""
    state = fold(facts)
    if isinstance(state, Unknown):
        return None
    dues = _dues(facts)
    responses = [fact.at for fact in facts if isinstance(fact.event, ResponseGiven)]
    finals = [fact.at for fact in facts if isinstance(fact.event, ResponseGiven) and fact.event.final]
    awaited = _awaited(state, responded=bool(responses))
    return Progress(
        status=status_of(state),
        holder=state.desk.holder,
        hops=state.desk.hops,
        classification=state.desk.classification,
        category=state.desk.category,
        erased=state.desk.erased,
        version=len(facts),
        dues=dues,
        next_due=None if awaited is None else dues.get(awaited),
        first_response_at=min(responses, default=None),
        answered_at=max(finals, default=None),
    )


def status_of(state: Submitted | Verified | InProgress | Answered | Ended) -> Status:
    """Name a state."""
    match state:
        case Submitted():
            return Status.SUBMITTED
        case Verified():
            return Status.VERIFIED
        case InProgress():
            return Status.IN_PROGRESS
        case Answered():
            return Status.ANSWERED
        case Ended(outcome=Outcome.WITHDRAWN):
            return Status.WITHDRAWN
        case Ended():
            return Status.CLOSED


def _awaited(state: State, *, responded: bool) -> Clock | None:
    """Say which clock the case is up against."""
    match state:
        case Submitted():
            return Clock.VERIFICATION
        case InProgress() if not responded and state.desk.response_owed:
            return Clock.FIRST_RESPONSE
        case Verified() | InProgress():
            return Clock.RESOLUTION
        case Answered():
            return Clock.REPORTER_REPLY
        case _:
            return None


def _dues(facts: Sequence[Fact]) -> dict[Clock, Due]:
    """Collect the deadlines; a later promise of the same clock takes the place of the earlier one."""
    dues: dict[Clock, Due] = {}
    for fact in facts:
        match fact.event:
            case ComplaintFiled(dues=promised) | ComplaintForwarded(dues=promised):
                dues.update({due.clock: due for due in promised})
            case ResponseGiven(reply_due=Due() as reply_due):
                dues[reply_due.clock] = reply_due
            case _:
                pass
    return dues
