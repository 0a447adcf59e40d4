"""One load from beginning to end: agencies, filing, handling, waiting, comparing."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from rich.console import Console

from kentongan.history.cases import Case
from kentongan.history.client import Api
from kentongan.history.runner import WIDTH, Runner
from kentongan.load import showing
from kentongan.load.books import Books, Marks
from kentongan.load.profile import Plan
from kentongan.load.reconcile import Comparison, compare
from kentongan.stack.errors import StackError
from kentongan.state import State


class Loading:
    """Sends the cases of a plan and tells what came of them."""

    def __init__(self, state: State, plan: Plan, cases: Sequence[Case], console: Console) -> None:
        self._state, self._plan, self._cases, self._console = state, plan, cases, console
        self._seconds: dict[str, tuple[float, int]] = {}

    async def run(self) -> int:
        """Load; the exit code says whether every place agrees with the file."""
        services, token = self._state.services, self._state.import_token
        async with (
            Api("intake", services["intake"].url, token, WIDTH) as intake,
            Api("routing", services["routing"].url, token, WIDTH) as routing,
            Books(self._state) as books,
        ):
            runner = Runner(intake, routing)
            before = await books.marks()
            try:
                await self._send(runner)
            except StackError as problem:
                raise StackError(f"{problem} {self._how_far(runner)}") from problem
            except asyncio.CancelledError:
                self._console.print(f"Stopped. {self._how_far(runner)}", highlight=False, soft_wrap=True)
                raise
            comparison = await self._reconcile(runner, books, before)
        return self._tell(runner, comparison)

    async def _send(self, runner: Runner) -> None:
        filings, steps = len(self._cases), sum(len(case.steps) for case in self._cases)
        with self._timed("agencies"):
            new = await runner.register(self._plan.agencies)
        self._console.print(f"Agencies: {len(self._plan.agencies)} named in the file, {new} new.", highlight=False)
        with self._timed("filing", filings), showing.progress(self._console, "filed", filings) as tell:
            await runner.file(self._cases, tell)
        with self._timed("handling", steps), showing.progress(self._console, "handled", steps) as tell:
            await runner.handle(self._cases, tell)

    async def _reconcile(self, runner: Runner, books: Books, before: Marks) -> Comparison:
        ids = [UUID(receipt.id) for receipt in runner.outcome.receipts.values()]
        with self._timed("catching up"):
            await books.settle(ids)
        with self._timed("comparing"):
            found = await books.read(ids, before)
        return compare(self._cases, runner.outcome, found)

    def _tell(self, runner: Runner, comparison: Comparison) -> int:
        showing.show(self._console, comparison)
        showing.show_remarks(self._console, self._plan.remarks, self._cases)
        showing.show_seconds(self._console, self._seconds)
        showing.show_refusals(self._console, runner.outcome.refusals)
        differs = [line.name for line in comparison.lines if not line.agrees]
        if differs or runner.outcome.refusals:
            words = f"Not everything agrees: {', '.join(differs) or 'some requests were refused'}."
            self._console.print(words, style="red", highlight=False)
            return 1
        self._console.print("Everything agrees.", style="green", highlight=False)
        return 0

    def _how_far(self, runner: Runner) -> str:
        return (
            f"{len(runner.outcome.receipts):,} of {len(self._cases):,} records are filed, with "
            f"{runner.outcome.steps.total():,} steps; the same command goes on from there."
        )

    @contextmanager
    def _timed(self, what: str, requests: int = 0) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._seconds[what] = (time.monotonic() - began, requests)
