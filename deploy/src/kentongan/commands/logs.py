"""`kentongan logs`: the last lines of each part's log, and what is added."""

import time
from collections import deque
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kentongan.commands.options import DEFAULT_DATA, Data
from kentongan.layout import open_layout
from kentongan.stack.errors import StackError


def logs(
    part: Annotated[str | None, Parameter(help="intake, routing, notify, reporting, kafka, postgres ...")] = None,
    *,
    follow: Annotated[bool, Parameter(name=["--follow", "-f"], negative="", help="Print what is added.")] = False,
    lines: Annotated[int, Parameter(name=["--lines", "-n"], help="How many last lines of each.")] = 20,
    data: Data = DEFAULT_DATA,
) -> int:
    """Print the last lines of one part's log, or of all, each line behind its part's name."""
    folder = open_layout(data).logs
    there = sorted(log.stem for log in folder.glob("*.log"))
    if part is not None and part not in there:
        known = ", ".join(there) or "none yet"
        raise StackError(f"There is no log of {part!r} in {folder}; there are: {known}.")
    chosen = [folder / f"{name}.log" for name in ([part] if part else there)]
    width = max((len(log.stem) for log in chosen), default=0)
    ends = {log: _print_last(log, lines, width) for log in chosen}
    while follow:
        time.sleep(0.3)
        for log in chosen:
            ends[log] = _print_new(log, ends[log], width)
    return 0


def _print_last(log: Path, lines: int, width: int) -> int:
    with log.open(errors="replace") as file:
        for line in deque(file, maxlen=lines):
            _print(log, line, width)
        return file.tell()


def _print_new(log: Path, end: int, width: int) -> int:
    size = log.stat().st_size
    with log.open(errors="replace") as file:
        # A shorter file was turned meanwhile: read the new one from its start.
        file.seek(end if size >= end else 0)
        for line in file:
            _print(log, line, width)
        return file.tell()


def _print(log: Path, line: str, width: int) -> None:
    print(f"{log.stem:<{width}}  {line.rstrip()}", flush=True)
