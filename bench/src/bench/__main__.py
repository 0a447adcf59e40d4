"""Measure, and print ours beside the limit: `python -m bench [--json FILE] [--rounds N] [--only NAME ...]`."""

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import uvloop
from rich.console import Console
from rich.table import Table

from bench import appending, filing, projecting, relaying, visibility
from bench.ground import Ground, ground
from bench.measure import Result
from chassis import logs

Measurement = Callable[[Ground, int, float], Awaitable[list[Result]]]

MEASUREMENTS: dict[str, Measurement] = {
    "filing": filing.measure,
    "append": lambda on, rounds, _: appending.measure(on, rounds),
    "relay": lambda on, rounds, _: relaying.measure(on, rounds),
    "projector": lambda on, rounds, _: projecting.measure(on, rounds),
    "visible": visibility.measure,
}


def main() -> None:
    """Measure what was asked for; the exit code says nothing of goals, only of failures."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds; the median is shown")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one round of HTTP load")
    parser.add_argument("--only", nargs="*", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    asked = parser.parse_args()
    logs.configure("bench", "warning")
    results = uvloop.run(_measure(asked.only, asked.rounds, asked.seconds))
    Console().print(_table(results, asked.rounds))
    if asked.json is not None:
        asked.json.write_text(json.dumps([result.to_json() for result in results], indent=2) + "\n")


async def _measure(names: list[str], rounds: int, seconds: float) -> list[Result]:
    console = Console(stderr=True)
    results: list[Result] = []
    async with ground() as on:
        for name in names:
            console.print(f"measuring {name} ...")
            results += await MEASUREMENTS[name](on, rounds, seconds)
            await asyncio.sleep(1)
    return results


def _table(results: list[Result], rounds: int) -> Table:
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"
    table = Table(title=f"Medians of {rounds} alternating rounds · {machine} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    for column in ("what", "ours", "limit", "ratio", "goal", "unit", "", "note"):
        table.add_column(column, justify="right" if column in {"ours", "limit", "ratio", "goal"} else "left")
    for line in results:
        goal = f">= {line.goal:g}" if line.better == "higher" else f"< {line.goal:g}"
        table.add_row(
            line.name,
            f"{line.ours:,.0f}",
            "" if line.limit is None else f"{line.limit:,.0f}",
            "" if line.ratio is None else f"{line.ratio:.2f}",
            goal,
            line.unit,
            "reached" if line.reached else "missed",
            line.note,
        )
    return table


if __name__ == "__main__":
    main()
