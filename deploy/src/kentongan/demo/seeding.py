"""Fills an empty system with 90 days of made-up complaints; run again it goes on where it stopped, or does nothing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from kentongan.demo.settings import DemoSettings
from kentongan.demo.stories import Story, stories
from kentongan.demo.world import REGENCY, World
from kentongan.files import write_private
from kentongan.history.cases import Act
from kentongan.history.client import Api
from kentongan.history.runner import WIDTH, Runner

Say = Callable[[str], None]

_EVERY = 100


@dataclass(frozen=True, slots=True)
class Summary:
    """What there is after a seed."""

    complaints: int
    answered: int
    refused: int
    seconds: float


async def seed(settings: DemoSettings, say: Say = print) -> Summary:
    """File what is missing; `say` hears how far it is."""
    began = monotonic()
    token = settings.import_token.get_secret_value()
    async with (
        Api("intake", settings.intake_url, token, WIDTH) as intake,
        Api("routing", settings.routing_url, token, WIDTH) as routing,
    ):
        told = await tell(settings, routing)
        runner = Runner(intake, routing)
        cases = [story.case for story in told]
        await runner.file(cases, _counting(say, len(cases), "filed"))
        await runner.handle(cases, _counting(say, sum(len(case.steps) for case in cases), "handled"))
    outcome = runner.outcome
    for problem, count in Counter(f"{each.step}: {each.problem}" for each in outcome.refusals).items():
        say(f"{count:,} refused, {problem}")
    return Summary(len(outcome.receipts), outcome.steps[Act.RESPOND], len(outcome.refusals), monotonic() - began)


async def tell(settings: DemoSettings, routing: Api) -> Sequence[Story]:
    """Tell the stories; they are the same every time, because the moment at which they end is kept."""
    tree = await routing.get(f"/api/agencies?below={REGENCY}")
    return list(stories(World.of(tree["agencies"]), settings.demo_complaints, anchor(settings.demo_anchor)))


def anchor(path: Path) -> datetime:
    """Return the moment of the first start, kept in a file."""
    try:
        return datetime.fromisoformat(path.read_text("utf-8").strip())
    except (FileNotFoundError, ValueError):
        now = datetime.now(UTC).replace(microsecond=0)
        write_private(path, f"{now.isoformat()}\n")
        return now


def _counting(say: Say, total: int, what: str) -> Callable[[int], None]:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        before, done = done, done + more
        if done // _EVERY > before // _EVERY or done == total:
            say(f"{done:,} of {total:,} {what}")

    return count
