"""`kentongan doctor`: check whether this machine can run the stack, and say what to do where it cannot."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from kentongan import state
from kentongan.commands.options import DEFAULT_DATA, Data
from kentongan.layout import Layout, open_layout
from kentongan.names import PREFERRED_PORTS
from kentongan.stack import account, jars, java, ports, postgres_files
from kentongan.stack.errors import StackError
from kentongan.stack.locations import cache_dir

_FREE_GB = 1.0


def doctor(*, data: Data = DEFAULT_DATA) -> int:
    """Check Python, disk, memory, Java, Kafka's jars, PostgreSQL, ports and the data folder."""
    layout = open_layout(data)
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("python", _python),
        ("disk", lambda: _disk(layout)),
        ("java", _java),
        ("jars", _jars),
        ("postgres", _postgres),
        ("data", lambda: _data(layout)),
        ("ports", lambda: _ports(layout)),
    )
    console = Console()
    return 1 if [name for name, check in checks if not _passes(console, name, check)] else 0


def _passes(console: Console, name: str, check: Callable[[], str]) -> bool:
    try:
        good, words = True, check()
    except StackError as problem:
        good, words = False, str(problem)
    mark = "[green]✓[/]" if good else "[red]✗[/]"
    console.print(f"{mark} {name:<9} {escape(words)}", highlight=False, soft_wrap=True)
    return good


def _python() -> str:
    return f"Python {sys.version.split()[0]} at {sys.executable}"


def _disk(layout: Layout) -> str:
    nearest = next(folder for folder in (layout.root, *layout.root.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free / 1e9
    if free < _FREE_GB:
        raise StackError(f"Only {free:.1f} GB are free at {nearest}; the stack needs {_FREE_GB:.0f} GB to be safe.")
    return f"{free:.1f} GB free at {nearest}"


def _java() -> str:
    runtime = java.find()
    return f"Java {runtime.major} at {runtime.executable}"


def _jars() -> str:
    wanted = jars.read_lock()
    folder = cache_dir() / "kafka-jars"
    there = [jar for jar in wanted if (folder / jar.filename).is_file()]
    damaged = [jar.filename for jar in there if jars.digest(folder / jar.filename) != jar.sha256]
    if damaged:
        raise StackError(f"{', '.join(damaged)} in {folder} is damaged; `kentongan up` fetches it again.")
    if len(there) < len(wanted):
        return f"{len(wanted) - len(there)} of {len(wanted)} are not here yet; `kentongan up` fetches them"
    return f"{len(there)} jars in {folder}, all as pinned"


def _postgres() -> str:
    who = account.unprivileged()
    folder = postgres_files.programs(who)
    return f"programs at {folder}" + ("" if who is None else f", run as {who.name}")


def _data(layout: Layout) -> str:
    if not layout.root.exists():
        return f"{layout.root} will be made"
    if not os.access(layout.root, os.W_OK | os.X_OK):
        raise StackError(f"{layout.root} is not writable: run as the user who owns it, or give --data OTHER.")
    return f"{layout.root} takes {_size(layout.root) / 1e6:.0f} MB"


def _size(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def _ports(layout: Layout) -> str:
    current = state.read(layout.state)
    if current is not None and state.is_alive(current.supervisor):
        return "in use by the stack that runs on this data"
    taken = {name: port for name, port in PREFERRED_PORTS.items() if not ports.is_free(port)}
    if not taken:
        return "all free"
    words = [f"{port} ({name}) is taken by {ports.holder(port) or 'another process'}" for name, port in taken.items()]
    return "; ".join(words) + "; other ports will be used"
