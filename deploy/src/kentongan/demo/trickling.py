"""Keeps the figures moving: somebody files every few seconds, and offices do what they have to do next."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom
from typing import Any
from uuid import uuid4

from kentongan.demo.seeding import tell
from kentongan.demo.settings import DemoSettings
from kentongan.demo.stories import GATE, Story, decisions, filing_of
from kentongan.demo.world import REGENCY, World
from kentongan.history.cases import Act
from kentongan.history.client import Api
from kentongan.stack.errors import StackError

_SECONDS_BETWEEN = 8.0
_VERIFY_AFTER, _ANSWER_AFTER = (20.0, 90.0), (60.0, 400.0)
_NEVER_ANSWERED = 0.05
_ARRIVAL_GLANCE, _ARRIVAL_TRIES = timedelta(seconds=2), 150
_BREATH_SECONDS = 0.05
"""Between two decisions that are due together, such as those of the days while the system was stopped."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Something an office will do."""

    at: datetime
    act: Act
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Planned:
    """The decisions to come on one complaint, each after the one before it; ordered by when the next one is due."""

    at: datetime
    number: int
    complaint: str = field(compare=False)
    decisions: tuple[Decision, ...] = field(compare=False)
    tries: int = field(compare=False, default=0)


async def trickle(settings: DemoSettings, speed: float, say: Callable[[str], None] = print) -> None:
    """Go on until cancelled. A service that is away is waited for; what it refuses is left."""
    token = settings.import_token.get_secret_value()
    async with (
        Api("intake", settings.intake_url, token, width=4) as intake,
        Api("routing", settings.routing_url, token, width=4) as routing,
    ):
        stream = _Trickle(intake, routing, speed, say)
        await stream.remember(settings)
        while True:
            try:
                await stream.once()
            except StackError as problem:
                say(str(problem))


class _Trickle:
    def __init__(self, intake: Api, routing: Api, speed: float, say: Callable[[str], None]) -> None:
        self._intake, self._routing, self._speed, self._say = intake, routing, speed, say
        self._dice: Random = SystemRandom()
        self._numbers = itertools.count()
        self._planned: list[Planned] = []
        self._next_filing = datetime.now(UTC)
        self._world = World.of([])

    async def remember(self, settings: DemoSettings) -> None:
        """Plan what is still to come in the stories of the seed.

        A complaint that is filed again with its key is not filed again: the answer says which one it is.
        """
        tree = await self._routing.get(f"/api/agencies?below={REGENCY}")
        self._world = World.of(tree["agencies"])
        for story in await tell(settings, self._routing):
            if story.to_come:
                await self._remember(story)

    async def _remember(self, story: Story) -> None:
        answer = await self._intake.post("/api/complaints", story.case.filing, story.case.key)
        if answer.status == 201:
            now = datetime.now(UTC)
            self._plan(
                answer.body["id"],
                [
                    Decision(
                        step.at if step.at <= now else now + (step.at - now) / self._speed,
                        step.act,
                        {"agency": step.agency, **step.says},
                    )
                    for step in story.to_come
                ],
            )

    async def once(self) -> None:
        """Wait for whatever comes next, and do it."""
        at = min([self._next_filing, *(planned.at for planned in self._planned[:1])])
        await asyncio.sleep(max((at - datetime.now(UTC)).total_seconds(), _BREATH_SECONDS))
        if at == self._next_filing:
            self._next_filing = self._later(self._dice.expovariate(1 / _SECONDS_BETWEEN))
            await self._file()
            return
        planned = heapq.heappop(self._planned)
        try:
            await self._decide(planned)
        except StackError:
            heapq.heappush(self._planned, planned)
            raise

    async def _file(self) -> None:
        filing, about = filing_of(self._dice, self._world)
        answer = await self._intake.post("/api/complaints", filing, f"demo:{uuid4()}")
        if answer.status != 201:
            self._say(f"intake refused a made-up complaint: {answer.problem}")
            return
        says, target, text = decisions(self._dice, self._world, filing, about)
        verify_at = self._later(self._dice.uniform(*_VERIFY_AFTER))
        answer_at = verify_at + timedelta(seconds=self._dice.uniform(*_ANSWER_AFTER) / self._speed)
        to_come = [
            Decision(verify_at, Act.VERIFY, {"agency": GATE, **says}),
            Decision(verify_at, Act.FORWARD, {"agency": GATE, "to": target}),
            Decision(answer_at, Act.RESPOND, {"agency": target, "text": text, "final": True}),
        ]
        self._plan(answer.body["id"], to_come[:2] if self._dice.random() < _NEVER_ANSWERED else to_come)

    async def _decide(self, planned: Planned) -> None:
        decision, *rest = planned.decisions
        path = f"/api/cases/{planned.complaint}/{decision.act.value}"
        answer = await self._routing.post(path, decision.body, f"demo:{planned.complaint}:{decision.act.value}")
        if answer.is_good:
            self._plan(planned.complaint, rest)
        elif answer.status == 404 and planned.tries < _ARRIVAL_TRIES:
            # Still on its way to routing, which may be catching up after a restart.
            later = datetime.now(UTC) + _ARRIVAL_GLANCE
            again = replace(planned, at=later, tries=planned.tries + 1)
            heapq.heappush(self._planned, again)
        else:
            self._say(f"routing refused {decision.act.value}: {answer.problem}")

    def _plan(self, complaint: str, decisions: Sequence[Decision]) -> None:
        if decisions:
            planned = Planned(decisions[0].at, next(self._numbers), complaint, tuple(decisions))
            heapq.heappush(self._planned, planned)

    def _later(self, seconds: float) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds / self._speed)
