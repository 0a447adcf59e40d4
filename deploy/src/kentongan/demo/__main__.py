"""`python -m kentongan.demo fill | trickle`, as `kentongan up` runs them."""

import asyncio
import signal
import sys
from typing import Annotated

from cyclopts import App, Parameter

from kentongan import demo
from kentongan.demo.settings import DemoSettings
from kentongan.stack.errors import StackError

app = App(name="kentongan.demo", help="Make up complaints on a running stack.")

Speed = Annotated[str, Parameter(help="How fast: 1 is calm, 60 files ten a second; a trailing x is allowed.")]


@app.command
def fill() -> int:
    """File 90 days of made-up complaints; those that are there already are left."""
    summary = asyncio.run(demo.seed(DemoSettings(), _say))
    _say(
        f"{summary.complaints:,} complaints, {summary.answered:,} answered, {summary.refused:,} requests refused, "
        f"{summary.seconds:.1f} s"
    )
    return 0 if summary.complaints else 1


@app.command
def trickle(*, speed: Speed = "1") -> int:
    """Keep complaints and answers coming until stopped."""
    asyncio.run(_until_stopped(_factor(speed)))
    return 0


async def _until_stopped(speed: float) -> None:
    running = asyncio.create_task(demo.trickle(DemoSettings(), speed, _say))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    await asyncio.gather(running, return_exceptions=True)
    if not running.cancelled() and (problem := running.exception()):
        raise problem


def _factor(speed: str) -> float:
    try:
        factor = float(speed.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor <= 1000:
        raise StackError(f"A speed is a number above 0, such as 1, 10 or 60x; {speed!r} is none.")
    return factor


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    try:
        app()
    except StackError as problem:
        sys.exit(str(problem))
