"""What has become of a case: its facts, the states they lead to, and the fold from one to the other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from contracts.events import Event
from contracts.intake import (
    ComplaintFiled,
    ComplaintWithdrawn,
    ReporterErased,
    ReporterReplied,
    ResolutionConfirmed,
    ResolutionDisputed,
)
from contracts.routing import ComplaintForwarded, ComplaintVerified, ResponseGiven
from contracts.vocabulary import AgencyCode, AreaCode, CategoryCode, Classification, Outcome


@dataclass(frozen=True, slots=True)
class Fact:
    """One step of the story, by whichever service: the event and when it happened.

    `desk` is where a newly filed complaint landed. It is noted on arrival, because the tree changes with time and
    the story must not.
    """

    event: Event
    at: datetime
    desk: AgencyCode | None = None


# States. Every one holds only what a decision needs.


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose the case is and since when, and what the clocks hang on."""

    holder: AgencyCode
    since: datetime
    hops: int
    area: AreaCode
    classification: Classification
    category: CategoryCode
    response_owed: bool = False
    """Whether the clock of the first response has been started; it is started once, whatever the number of hops."""
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """No complaint with this id has arrived."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """Filed, not yet verified."""

    desk: Desk


@dataclass(frozen=True, slots=True)
class Verified:
    """Found complete; nobody works on it yet."""

    desk: Desk


@dataclass(frozen=True, slots=True)
class InProgress:
    """An agency has it and owes an answer, the first one or another."""

    desk: Desk


@dataclass(frozen=True, slots=True)
class Answered:
    """The final answer was given; the reporter may reply, confirm or dispute."""

    desk: Desk
    by: AgencyCode


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more is to be done."""

    desk: Desk
    outcome: Outcome


State: TypeAlias = Unknown | Submitted | Verified | InProgress | Answered | Ended


def evolve(state: State, fact: Fact) -> State:
    """Take one fact into account; a fact that changes no decision leaves the state as it is."""
    if isinstance(state, Unknown):
        return _open_case(fact)
    if isinstance(fact.event, ReporterErased):
        return replace(state, desk=replace(state.desk, erased=True))
    if isinstance(state, Ended):
        return state
    return _go_on(state, state.desk, fact)


def _open_case(fact: Fact) -> State:
    match fact.event:
        case ComplaintFiled() as filed if fact.desk is not None:
            return Submitted(Desk(fact.desk, fact.at, 0, filed.area, filed.classification, filed.category))
        case _:
            return Unknown()


def _go_on(state: Submitted | Verified | InProgress | Answered, desk: Desk, fact: Fact) -> State:
    match fact.event:
        case ComplaintVerified() as verified:
            return Verified(replace(desk, classification=verified.classification, category=verified.category))
        case ComplaintForwarded() as forwarded:
            return InProgress(replace(desk, holder=forwarded.to, since=fact.at, hops=forwarded.hop, response_owed=True))
        case ResponseGiven() as response:
            return Answered(desk, response.by.agency) if response.final else InProgress(desk)
        case _:
            return _hear_reporter(state, desk, fact.event)


def _hear_reporter(state: Submitted | Verified | InProgress | Answered, desk: Desk, event: Event) -> State:
    match event:
        case ComplaintWithdrawn():
            return Ended(desk, Outcome.WITHDRAWN)
        case ResolutionConfirmed():
            return Ended(desk, Outcome.RESOLVED_CONFIRMED)
        case ReporterReplied() | ResolutionDisputed() if isinstance(state, Answered):
            return InProgress(desk)
        case _:
            return state


def fold(facts: Iterable[Fact]) -> State:
    """Replay a story from its beginning."""
    state: State = Unknown()
    for fact in facts:
        state = evolve(state, fact)
    return state
