"""What `status` and the end of `up` show: as JSON for programs, as an aligned table for people."""

import psutil
from rich.console import Console

from kentongan import state
from kentongan.names import SERVICES
from kentongan.state import Component, State

BANNER = "Development stack: every address is on this machine only, and the data are kept in {data}."


def is_ready(current: State) -> bool:
    """Tell whether everything was started and is alive and ready now."""
    parts = current.components.values()
    alive = state.is_alive(current.supervisor) and all(state.is_alive(part.process) for part in parts)
    return current.ready and alive and all(part.ready for part in parts)


def as_json(current: State) -> dict[str, object]:
    """Return the promised keys of `status --json`."""
    return {
        "ready": is_ready(current),
        "data": current.data,
        "services": {name: {"url": address.url} for name, address in current.services.items()},
        "kafka": {"bootstrap": current.kafka},
        "databases": {name: {"dsn": dsn} for name, dsn in current.postgres.items()},
        "analytics": {"dsn": current.analytics},
        "mailbox": {"url": None if current.mailbox is None else current.mailbox.url},
        "logins": [login.model_dump() for login in current.logins],
        "operator": {"import_token": current.import_token},
        "components": {name: _figures(part) for name, part in current.components.items()},
    }


def _figures(part: Component) -> dict[str, object]:
    pid = part.process.pid if part.process is not None and state.is_alive(part.process) else None
    return {
        "pid": pid,
        "ready": part.ready and pid is not None,
        "rss_mb": None if pid is None else memory_mb(pid),
        "seconds_to_ready": part.seconds_to_ready,
        "restarts": part.restarts,
    }


def memory_mb(pid: int) -> float | None:
    """Return the memory of a process and its children; what they share (PostgreSQL's buffers) is counted once."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        return round(sum(_own_memory(process) for process in family) / 1_000_000, 1)
    except psutil.Error:
        return None


def _own_memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return int(process.memory_info().rss)


def show(current: State, console: Console) -> None:
    """Print the table: every address, login and connection string, whole, so that they can be copied."""
    console.print()
    console.print(BANNER.format(data=current.data), style="bold", highlight=False, soft_wrap=True)
    console.print()
    sections = _sections(current)
    first = max(len(name) for _, rows in sections for name, _, _ in rows)
    for title, rows in sections:
        # Each section has its own width: the long connection strings of one would push the others off the screen.
        second = min(max(len(value) for _, value, _ in rows), 30)
        console.print(title, style="bold")
        for name, value, remark in rows:
            line = f"  {name:<{first}}  {value:<{second}}  {remark}".rstrip()
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        console.print()


def _sections(current: State) -> list[tuple[str, list[tuple[str, str, str]]]]:
    pages = [(name, current.services[name].url, _state_of(current, name)) for name in SERVICES]
    if current.mailbox is not None:
        pages.append(("mailbox", current.mailbox.url, _state_of(current, "mailbox")))
    logins = [(login.login, login.password, login.role) for login in current.logins]
    servers = [("kafka", current.kafka, _state_of(current, "kafka"))]
    servers += [(name, dsn, "") for name, dsn in current.postgres.items()]
    analyst = current.analytics or "ask the owner of reporting's database"
    servers.append(("analyst", analyst, "reads schema analytics, nothing else"))
    titles = ("Pages and APIs", f"Logins of the workbench, {current.services['routing'].url}", "Servers")
    return list(zip(titles, (pages, logins, servers), strict=True))


def _state_of(current: State, name: str) -> str:
    part = current.components.get(name)
    if part is None:
        return "not ours"
    if not state.is_alive(part.process):
        return "down"
    ready = f"ready in {part.seconds_to_ready:.1f} s" if part.ready and part.seconds_to_ready else "not ready"
    pid = part.process.pid if part.process is not None else 0
    memory = memory_mb(pid)
    return f"{ready}, pid {pid}" + (f", {memory:.0f} MB" if memory is not None else "")
