"""Whatever is asked of a case and in whatever order, its story replays to the state it was in."""

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.decider import Refused
from contracts.catalogue import CATALOGUE
from contracts.envelope import Context, Envelope, compose, context_json
from contracts.events import Event
from contracts.intake import ComplaintFiled
from contracts.routing import ComplaintForwarded
from contracts.sealing import DataKey, seal, unseal
from contracts.vocabulary import Classification
from kit.cases import (
    ANSWERED,
    COMPLAINT,
    CONFIRMED,
    DISPUTED,
    ERASED,
    FILED,
    FILED_AT,
    REGENCY,
    REPLIED,
    TREE,
    WITHDRAWN,
    officer_of,
)
from routing.domain.case import Command, ForwardCase, RespondToCase, VerifyCase, decide
from routing.domain.case_state import Ended, Fact, State, Unknown, evolve, fold

KEY = DataKey.fresh(COMPLAINT)
AGENCIES = st.sampled_from([*TREE.agencies, "35.04.nihil"])
HOURS = st.integers(-2, 24 * 30)

verify = st.builds(
    lambda code, hours, kind, category: VerifyCase(officer_of(code), _after(hours), TREE, kind, category),
    AGENCIES,
    HOURS,
    st.none() | st.sampled_from(Classification),
    st.none() | st.sampled_from(["sampah", "jalan-rusak"]),
)
forward = st.builds(
    lambda code, hours, to, note: ForwardCase(officer_of(code), _after(hours), TREE, to, note),
    AGENCIES,
    HOURS,
    AGENCIES,
    st.none() | st.just("Mohon dicek."),
)
respond = st.builds(
    lambda code, hours, final: RespondToCase(officer_of(code), _after(hours), TREE, "Sudah.", final),
    AGENCIES,
    HOURS,
    st.booleans(),
)
of_intake = st.sampled_from([FILED, REPLIED, WITHDRAWN, CONFIRMED, DISPUTED, ERASED])
steps = st.lists(verify | forward | respond | of_intake, max_size=25)


def _after(hours: int) -> datetime:
    return FILED_AT + timedelta(hours=hours)


def live(asked: list[Command | Fact]) -> tuple[list[Fact], State]:
    """Run a history as the service does: decide on the state so far, keep what was accepted."""
    facts, state = [FILED], evolve(Unknown(), FILED)
    for step in asked:
        for fact in [step] if isinstance(step, Fact) else accepted(step, state):
            facts.append(fact)
            state = evolve(state, fact)
    return facts, state


def accepted(command: Command, state: State) -> list[Fact]:
    """Decide; a refusal leaves nothing."""
    try:
        return [Fact(event, command.at) for event in decide(command, state)]
    except Refused:
        return []


def through_the_wire(facts: list[Fact]) -> list[Fact]:
    """Seal, write, read and open every fact, as log and topic do."""
    return [_stored(fact, version) for version, fact in enumerate(facts, 1)]


def _stored(fact: Fact, version: int) -> Fact:
    event = fact.event
    stream = f"/{event.owner.value}/{COMPLAINT}"
    head = context_json(type(event), UUID(int=version), COMPLAINT, version, fact.at, Context(correlationid="test"))
    wire = compose(head, seal(event, KEY, stream, version).model_dump_json(exclude_none=True))
    envelope: Envelope[Event] = CATALOGUE.read(wire.encode())
    desk = REGENCY if isinstance(event, ComplaintFiled) else None
    return Fact(unseal(envelope.data, KEY, stream, version), envelope.time, desk)


@settings(max_examples=300, deadline=None)
@given(steps)
def test_any_accepted_history_replays_to_the_same_state(asked: list[Command | Fact]) -> None:
    facts, state = live(asked)
    assert fold(facts) == state
    assert fold(through_the_wire(facts)) == state


@settings(max_examples=200, deadline=None)
@given(steps, respond | forward | verify)
def test_an_ended_case_accepts_nothing_more(asked: list[Command | Fact], command: Command) -> None:
    _, state = live([*asked, WITHDRAWN])
    assert isinstance(state, Ended)
    assert accepted(command, state) == []


@settings(max_examples=200, deadline=None)
@given(steps)
def test_hops_are_counted_one_by_one(asked: list[Command | Fact]) -> None:
    facts, state = live(asked)
    hops = [fact.event.hop for fact in facts if isinstance(fact.event, ComplaintForwarded)]
    assert hops == list(range(1, len(hops) + 1))
    assert not isinstance(state, Unknown)
    assert state.desk.hops == len(hops)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_the_first_response_is_owed_from_one_moment_only(asked: list[Command | Fact]) -> None:
    facts, _ = live([*asked, ANSWERED])
    started = [fact.event.dues for fact in facts if isinstance(fact.event, ComplaintForwarded) and fact.event.dues]
    assert len(started) <= 1
