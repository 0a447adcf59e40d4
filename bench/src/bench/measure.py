"""Alternating rounds, medians, and what is made of them."""

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table; `ratio` is ours over the limit, `goal` what it should reach."""

    name: str
    ours: float
    limit: float | None
    ratio: float | None
    goal: float
    unit: str
    better: Literal["higher", "lower"] = "higher"
    note: str = ""

    @property
    def reached(self) -> bool:
        """Say whether the goal is met."""
        if self.ratio is not None:
            return self.ratio >= self.goal
        return self.ours <= self.goal if self.better == "lower" else self.ours >= self.goal

    def to_json(self) -> dict[str, Any]:
        """Spell the line for machines."""
        line = asdict(self)
        return {key: line[key] for key in ("name", "ours", "limit", "ratio", "goal", "unit")}


async def compare(name: str, ours: Measure, limit: Measure, *, goal: float, unit: str, rounds: int) -> Result:
    """Measure both in turn, ours first in even rounds and last in odd ones; medians of all rounds."""
    found: dict[str, list[float]] = {"ours": [], "limit": []}
    for number in range(rounds):
        order = (("ours", ours), ("limit", limit)) if number % 2 == 0 else (("limit", limit), ("ours", ours))
        for label, measure in order:
            found[label].append(await measure())
    mine, best = statistics.median(found["ours"]), statistics.median(found["limit"])
    return Result(name, mine, best, mine / best, goal, unit)
