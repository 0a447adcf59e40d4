"""The shell around the decisions on a case: load the story, decide, commit, or say who was faster."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from chassis.decider import Refused
from chassis.event_log import Append, Conflict, EventLog, Row
from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.events import Event
from contracts.sealing import Clear, DataKey, confidential_fields
from contracts.vocabulary import Actor

from routing import story
from routing.accounts import Viewer
from routing.clock import Clock
from routing.domain.case import Command, decide
from routing.domain.case_state import Unknown
from routing.domain.refusals import CaseIsNotKnown, CaseIsNotYours
from routing.domain.roles import Act
from routing.domain.tree import Tree
from routing.projections import inbox
from routing.projections.progress import Progress, progress_of
from routing.registry import Trees
from routing.repeats import Repeatable, answer_to, answered
from routing.story import Story

TRIES = 3

Answer = dict[str, Any]


@dataclass(eq=False)
class CaseHasMovedOn(Refused):
    """Somebody took a step since the one who asks looked."""

    version: int


@dataclass(eq=False)
class NotAllowed(Refused):
    """The role of the account does not include this act."""

    act: Act


class TimeIsInTheFuture(Refused):
    """A decision cannot be dated after now."""


class KeyIsNotHere(Exception):
    """The key that seals the complaint's texts has not arrived yet."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Something somebody wants done to a case."""

    viewer: Viewer
    act: Act
    command: Callable[[Actor, datetime, Tree], Command]
    expected_version: int | None = None
    at: datetime | None = None
    """Set by imports only."""
    request: Repeatable | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """Decides on cases."""

    log: EventLog
    keys: KeyStore
    pool: Pool
    trees: Trees
    clock: Clock

    async def handle(self, case: UUID, ask: Ask) -> Answer:
        """Do what is asked, and tell what the case has come to.

        Raises what `decide` refuses (a case out of sight as `CaseIsNotKnown`), `NotAllowed`, `CaseHasMovedOn`,
        `TimeIsInTheFuture`, `RequestKeyReused`, `KeyIsNotHere`, or what `EventLog.append` raises.
        """
        if ask.at is not None and ask.at > self.clock():
            raise TimeIsInTheFuture
        for _ in range(TRIES):
            if ask.request is not None and (before := await answer_to(self.pool, ask.viewer.account, ask.request)):
                return before
            told = await story.load(self.pool, case)
            try:
                return await self._decide(told, ask, await self.trees.current())
            except Conflict:
                continue
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name not in {"case_steps_pkey", "idempotency_keys_pkey"}:
                    raise
        raise CaseHasMovedOn((await story.load(self.pool, case)).version)

    async def _decide(self, told: Story, ask: Ask, tree: Tree) -> Answer:
        require_in_reach(told, ask.viewer, tree)
        if not ask.viewer.may(ask.act):
            raise NotAllowed(ask.act)
        if ask.expected_version not in {None, told.version}:
            raise CaseHasMovedOn(told.version)
        at = ask.at or max(self.clock(), told.last_at or self.clock())  # the clock of intake's host may be ahead
        actor = Actor(agency=ask.viewer.agency, officer=ask.viewer.account)
        try:
            events = decide(ask.command(actor, at, tree), told.state)
        except CaseIsNotYours:
            raise CaseIsNotKnown from None
        facts = [*told.facts, *(told.fact(event, at) for event in events)]
        progress = progress_of(facts)
        if progress is None:
            raise CaseIsNotKnown
        answer = describe(told.id, progress)
        if events:
            await self.log.append(
                Append(
                    told.id,
                    told.own_version,
                    events,
                    at,
                    key=await self._key_for(told.id, events),
                    rows=_rows(told, ask, progress, answer, added=len(events)),
                )
            )
        return answer

    async def _key_for(self, case: UUID, events: Sequence[Event]) -> DataKey | None:
        if not any(
            isinstance(getattr(event, name), Clear) for event in events for name in confidential_fields(type(event))
        ):
            return None
        key = await self.keys.get(case)
        if key is None:
            raise KeyIsNotHere
        return key


def _holds_text(event: Event) -> bool:
    return any(isinstance(getattr(event, name), Clear) for name in confidential_fields(type(event)))


def require_in_reach(told: Story, viewer: Viewer, tree: Tree) -> None:
    """Raise `CaseIsNotKnown` unless the case is with the viewer's agency or below: a foreign one looks like none."""
    state = told.state
    if isinstance(state, Unknown) or not tree.oversees(viewer.agency, state.desk.holder):
        raise CaseIsNotKnown


def describe(case: UUID, progress: Progress) -> Answer:
    """Spell what a case has come to."""
    return {
        "id": str(case),
        "version": progress.version,
        "status": progress.status.value,
        "holder": progress.holder,
        "hops": progress.hops,
        "classification": progress.classification.value,
        "category": progress.category,
        "dues": [due.model_dump(mode="json") for due in progress.dues.values()],
    }


def _rows(told: Story, ask: Ask, progress: Progress, answer: Answer, added: int) -> list[Row]:
    rows = [] if ask.request is None else [answered(ask.viewer.account, ask.request, json.dumps(answer))]
    rows += inbox.stepped(told.id, range(progress.version - added + 1, progress.version + 1))
    return [*rows, inbox.moved(told.id, progress)]
