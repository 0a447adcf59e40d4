"""Keeps the figures moving: somebody files every few seconds, and offices do what they have to do next."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
_ON_ITS_WAY = timedelta(seconds=1)
_BREATH_SECONDS = 0.05
"""Between two decisions that are due together, such as those of the days while the system was stopped."""


@dataclass(frozen=True, slots=True, order=True)
class Planned:
    """A decision to come."""

    at: datetime
    number: int
    complaint: str = field(compare=False)
    act: Act = field(compare=False)
    body: Mapping[str, Any] = field(compare=False)


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
            for step in story.to_come:
                at = step.at if step.at <= now else now + (step.at - now) / self._speed
                self._plan(at, answer.body["id"], step.act, {"agency": step.agency, **step.says})

    async def once(self) -> None:
        """Wait for whatever comes next, and do it."""
        at = min([self._next_filing, *(planned.at for planned in self._planned[:1])])
        await asyncio.sleep(max((at - datetime.now(UTC)).total_seconds(), _BREATH_SECONDS))
        if at == self._next_filing:
            self._next_filing = self._later(self._dice.expovariate(1 / _SECONDS_BETWEEN))
            await self._file()
        else:
            await self._decide(heapq.heappop(self._planned))

    async def _file(self) -> None:
        filing, about = filing_of(self._dice, self._world)
        answer = await self._intake.post("/api/complaints", filing, f"demo:{uuid4()}")
        if answer.status != 201:
            self._say(f"intake refused a made-up complaint: {answer.problem}")
            return
        says, target, text = decisions(self._dice, self._world, filing, about)
        complaint = answer.body["id"]
        # However fast the demo is, a complaint takes a moment to reach routing.
        verify_at = self._later(self._dice.uniform(*_VERIFY_AFTER)) + _ON_ITS_WAY
        self._plan(verify_at, complaint, Act.VERIFY, {"agency": GATE, **says})
        self._plan(verify_at, complaint, Act.FORWARD, {"agency": GATE, "to": target})
        if self._dice.random() > _NEVER_ANSWERED:
            answer_at = verify_at + timedelta(seconds=self._dice.uniform(*_ANSWER_AFTER) / self._speed)
            self._plan(answer_at, complaint, Act.RESPOND, {"agency": target, "text": text, "final": True})

    async def _decide(self, planned: Planned) -> None:
        key = f"demo:{planned.complaint}:{planned.act.value}"
        answer = await self._routing.post(f"/api/cases/{planned.complaint}/{planned.act.value}", planned.body, key)
        if not answer.is_good:
            self._say(f"routing refused {planned.act.value}: {answer.problem}")

    def _plan(self, at: datetime, complaint: str, act: Act, body: Mapping[str, Any]) -> None:
        heapq.heappush(self._planned, Planned(at, next(self._numbers), complaint, act, body))

    def _later(self, seconds: float) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds / self._speed)
