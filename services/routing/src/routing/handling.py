"""The shell around the decisions on a case: load the story, decide, commit, or say who was faster."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from chassis.event_log import Append, Conflict, EventLog, Row
from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.vocabulary import Actor
from routing import story
from routing.asking import Ask, CaseHasMovedOn, NotAllowed, TimeIsInTheFuture
from routing.clock import Clock
from routing.domain.case import decide
from routing.domain.refusals import CaseIsNotKnown, CaseIsNotYours
from routing.opening import key_for
from routing.projections import inbox
from routing.projections.progress import Progress, progress_of
from routing.reach import require_in_reach
from routing.registry import Trees
from routing.repeats import Answer, answer_to, answered
from routing.story import Story

log = structlog.get_logger()

TRIES = 3


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
                return await self._decide(told, ask)
            except Conflict:
                continue
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name not in {"case_steps_pkey", "idempotency_keys_pkey"}:
                    raise
        raise CaseHasMovedOn((await story.load(self.pool, case)).version)

    async def _decide(self, told: Story, ask: Ask) -> Answer:
        tree = await self.trees.current()
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
        answer = progress.describe(told.id)
        if events:
            await self.log.append(
                Append(
                    told.id,
                    told.own_version,
                    events,
                    at,
                    key=await key_for(self.keys, told.id, events),
                    rows=_rows(told, ask, progress, answer, added=len(events)),
                )
            )
            log.info(
                "case_decided", case_id=str(told.id), act=ask.act, agency=ask.viewer.agency, status=progress.status
            )
        return answer


def _rows(told: Story, ask: Ask, progress: Progress, answer: Answer, added: int) -> list[Row]:
    rows = [] if ask.request is None else [answered(ask.viewer.account, ask.request, answer)]
    rows += inbox.stepped(told.id, range(progress.version - added + 1, progress.version + 1))
    return [*rows, inbox.moved(told.id, progress)]
