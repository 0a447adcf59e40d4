"""Find and end what a killed supervisor left running, and never anything else."""

import contextlib
import signal
from pathlib import Path

import psutil

from kentongan import state
from kentongan.layout import Layout
from kentongan.stack.postgres import Postgres
from kentongan.wiring import MARKER

_SERVERS = ("kafka", "postgres")


def end_orphans(layout: Layout, last: state.State | None) -> list[str]:
    """End recorded and marked leftovers: programs together, then Kafka, then PostgreSQL; return their names."""
    found = leftovers(layout, last)
    programs = [process for name, process in found.items() if name not in _SERVERS]
    _end(programs, signal.SIGTERM)
    _end([found[name] for name in ("kafka",) if name in found], signal.SIGTERM)
    _end([found[name] for name in ("postgres",) if name in found], signal.SIGINT)
    return list(found)


def leftovers(layout: Layout, last: state.State | None) -> dict[str, psutil.Process]:
    """Return living processes of this data folder by name."""
    found: dict[str, psutil.Process] = {}
    for name, component in ({} if last is None else last.components).items():
        if component.process is not None and state.is_alive(component.process):
            process = psutil.Process(component.process.pid)
            if _looks_like(name, process):
                found[name] = process
    known = {process.pid for process in found.values()}
    for process in _marked(layout.root):
        if process.pid not in known:
            found[f"process {process.pid}"] = process
    if "postgres" not in found:
        for pid in _postmasters(layout):
            found["postgres"] = psutil.Process(pid)
    return found


def _looks_like(name: str, process: psutil.Process) -> bool:
    """Check the command line too: the recorded number and birth could only match by a restored state file."""
    try:
        words = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return {"kafka": "kafka.Kafka", "postgres": "postgres", "demo": "kentongan"}.get(name, name) in words


def _marked(root: Path) -> list[psutil.Process]:
    """Return processes that carry this data folder in their environment, even those that no state names."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == str(root) and process.pid != psutil.Process().pid:
                found.append(process)
        except psutil.Error:
            continue
    return found


def _postmasters(layout: Layout) -> list[int]:
    pids = Postgres(layout.postgres, 0).leftovers()
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).ppid() not in pids]


def _end(processes: list[psutil.Process], ask: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(ask)
    _, stubborn = psutil.wait_procs(processes, timeout=8)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)
