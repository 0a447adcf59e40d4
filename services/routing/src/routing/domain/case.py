"""What an officer may decide about a complaint: the commands, and the rules that accept or refuse them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from contracts.clocks import due
from contracts.routing import ComplaintForwarded, ComplaintVerified, ResponseGiven, RoutingEvent
from contracts.sealing import Clear
from contracts.vocabulary import Actor, AgencyCode, CategoryCode, Classification, Clock, Due, Outcome
from routing.domain.case_state import Answered, Desk, Ended, State, Submitted, Unknown
from routing.domain.refusals import (
    AgencyIsNotBelow,
    AgencyIsNotKnown,
    CaseIsAnswered,
    CaseIsClosed,
    CaseIsNotKnown,
    CaseIsNotVerified,
    CaseIsNotYours,
    CaseIsVerifiedAlready,
    CaseIsWithdrawn,
    DecisionIsTooEarly,
    ReporterIsErased,
)
from routing.domain.tree import Tree

# Commands. Each carries who decides, when, and the tree of agencies as it stands.


@dataclass(frozen=True, slots=True)
class VerifyCase:
    """The complaint is complete and in scope; class and category may be put right."""

    by: Actor
    at: datetime
    tree: Tree
    classification: Classification | None = None
    category: CategoryCode | None = None


@dataclass(frozen=True, slots=True)
class ForwardCase:
    """Another agency, below the one that decides, shall handle it."""

    by: Actor
    at: datetime
    tree: Tree
    to: AgencyCode
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RespondToCase:
    """Answer the reporter; a final answer says that the agency holds the matter resolved."""

    by: Actor
    at: datetime
    tree: Tree
    text: str
    final: bool = True


Command: TypeAlias = VerifyCase | ForwardCase | RespondToCase


def decide(command: Command, state: State) -> list[RoutingEvent]:
    """Say what happens; nothing when what is asked for is already so. Raises one of the refusals above."""
    desk = _desk_for(command, state)
    match command:
        case VerifyCase():
            return _verify(command, state, desk)
        case ForwardCase():
            return _forward(command, state, desk)
        case RespondToCase():
            return _respond(command, state, desk)
        case _:
            assert_never(command)


def _desk_for(command: Command, state: State) -> Desk:
    """Find the case open and in reach of the one who decides."""
    if isinstance(state, Unknown):
        raise CaseIsNotKnown
    if not command.tree.oversees(command.by.agency, state.desk.holder):
        raise CaseIsNotYours(command.by.agency)
    if isinstance(state, Ended):
        raise CaseIsWithdrawn if state.outcome is Outcome.WITHDRAWN else CaseIsClosed(state.outcome)
    if command.at < state.desk.since:
        raise DecisionIsTooEarly(command.at, state.desk.since)
    return state.desk


def _verify(command: VerifyCase, state: State, desk: Desk) -> list[RoutingEvent]:
    classification = command.classification or desk.classification
    category = command.category or desk.category
    match state:
        case Submitted():
            return [ComplaintVerified(by=command.by, classification=classification, category=category)]
        case Answered():
            raise CaseIsAnswered(state.by)
        case _:
            if (classification, category) == (desk.classification, desk.category):
                return []
            raise CaseIsVerifiedAlready(desk.classification, desk.category)


def _forward(command: ForwardCase, state: State, desk: Desk) -> list[RoutingEvent]:
    _require_handled(state)
    target = command.tree.find(command.to)
    if target is None or not target.active:
        raise AgencyIsNotKnown(command.to)
    if command.to == desk.holder:
        return []
    if not command.tree.is_below(command.to, command.by.agency):
        raise AgencyIsNotBelow(command.to, command.by.agency)
    return [
        ComplaintForwarded(
            by=command.by,
            to=command.to,
            hop=desk.hops + 1,
            held_seconds=int((command.at - desk.since).total_seconds()),
            dues=() if desk.response_owed else (_first_response(desk, command.at),),
            note=None if command.note is None else _write(command.note, desk),
        )
    ]


def _first_response(desk: Desk, at: datetime) -> Due:
    return due(Clock.FIRST_RESPONSE, desk.classification, at, desk.area)


def _respond(command: RespondToCase, state: State, desk: Desk) -> list[RoutingEvent]:
    _require_handled(state)
    reply_due = due(Clock.REPORTER_REPLY, desk.classification, command.at, desk.area)
    text = _write(command.text, desk)
    return [
        ResponseGiven(by=command.by, text=text, final=command.final, reply_due=reply_due if command.final else None)
    ]


def _require_handled(state: State) -> None:
    if isinstance(state, Submitted):
        raise CaseIsNotVerified
    if isinstance(state, Answered):
        raise CaseIsAnswered(state.by)


def _write(text: str, desk: Desk) -> Clear:
    if desk.erased:
        raise ReporterIsErased  # the key that would seal the text has been destroyed
    return Clear(text)
