"""Files many complaints at once, then takes the steps on each in their order."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kentongan.history.cases import Act, Agency, Case, Step
from kentongan.history.client import Answer, Api
from kentongan.stack.errors import StackError

WIDTH = 64
"""How many requests are under way at once; enough for the group commit to share each flush."""

_ARRIVAL_SECONDS = 60.0
_GLANCE_SECONDS = 0.05

Item = TypeVar("Item")
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What intake answered to a filing."""

    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something a service would not do: which case, which step, and why, in the service's machine words."""

    name: str
    step: str
    problem: str


@dataclass
class Outcome:
    """What has come of the cases so far."""

    receipts: dict[str, Receipt] = field(default_factory=dict)
    steps: Counter[Act] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Runner:
    """Sends cases to intake and routing."""

    intake: Api
    routing: Api
    outcome: Outcome = field(default_factory=Outcome)
    width: int = WIDTH

    async def register(self, agencies: Sequence[Agency]) -> int:
        """Make the agencies be there, parents first; returns how many are new."""
        known = await self.routing.get("/api/agencies")
        there = {agency["code"] for agency in known["agencies"]}
        # Those that are there stay as they are: somebody may have given them other names or duties since.
        for agency in (each for each in agencies if each.code not in there):
            answer = await self.routing.put(f"/api/agencies/{agency.code}", agency.body)
            if not answer.is_good:
                raise StackError(f"routing did not register the agency {agency.code}: {answer.problem}.")
        return len({agency.code for agency in agencies} - there)

    async def file(self, cases: Iterable[Case], tell: Tell) -> None:
        """File each complaint; its receipt stands under its key."""

        async def file_one(case: Case) -> None:
            answer = await self.intake.post("/api/complaints", case.filing, case.key)
            if answer.status == 201:
                self.outcome.receipts[case.key] = Receipt(answer.body["id"], answer.body["code"])
            else:
                self.outcome.refusals.append(Refusal(case.name, "filing", answer.problem))
            tell(1)

        await each(cases, file_one, self.width)

    async def handle(self, cases: Iterable[Case], tell: Tell) -> None:
        """Take the steps on each complaint that was filed, one after the other."""

        async def handle_one(case: Case) -> None:
            receipt = self.outcome.receipts.get(case.key)
            if receipt is not None:
                await self._take_all(case, receipt)
            tell(len(case.steps))

        await each(cases, handle_one, self.width)

    async def _take_all(self, case: Case, receipt: Receipt) -> None:
        for step in case.steps:
            answer = await self._take(f"/api/cases/{receipt.id}/{step.act.value}", case, step)
            if not answer.is_good:
                self.outcome.refusals.append(Refusal(case.name, step.act.value, answer.problem))
                return
            self.outcome.steps[step.act] += 1

    async def _take(self, path: str, case: Case, step: Step) -> Answer:
        """Take one step; a complaint that was only just filed may still be on its way to routing."""
        until = time.monotonic() + _ARRIVAL_SECONDS
        while True:
            answer = await self.routing.post(path, step.body, f"{case.key}:{step.act.value}")
            if answer.status != 404:
                return answer
            if time.monotonic() > until:
                raise StackError(
                    f"A complaint that was filed has not reached routing after {_ARRIVAL_SECONDS:.0f} s ({case.name}): "
                    "see `kentongan logs intake` and `kentongan logs routing`."
                )
            await asyncio.sleep(_GLANCE_SECONDS)


async def each(items: Iterable[Item], work: Callable[[Item], Awaitable[None]], width: int) -> None:
    """Do the work on every item, `width` at a time; the first failure ends it and comes out by itself."""
    queue = iter(items)

    async def worker() -> None:
        for item in queue:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(width):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
