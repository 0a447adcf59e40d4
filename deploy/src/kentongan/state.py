"""What runs now, written by the supervisor and read by the other commands."""

from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kentongan.files import write_private
from kentongan.stack.errors import StackError
from kentongan.stack.processes import find


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Process(_Part):
    """A process, recognisable even after its number was given to another."""

    pid: int
    created: float


class Component(_Part):
    """One supervised part: its process, and how its last start went."""

    process: Process | None = None
    ready: bool = False
    seconds_to_ready: float | None = None
    restarts: int = 0


class Address(_Part):
    """Where people or programs reach a service."""

    url: str


class Login(_Part):
    """An account of the workbench."""

    login: str
    password: str
    role: str


class State(_Part):
    """Everything `status` shows."""

    supervisor: Process
    data: str
    ready: bool = False
    services: dict[str, Address] = Field(default_factory=dict)
    kafka: str = ""
    postgres: dict[str, str] = Field(default_factory=dict)
    analytics: str | None = None
    mailbox: Address | None = None
    logins: list[Login] = Field(default_factory=list)
    import_token: str = ""
    components: dict[str, Component] = Field(default_factory=dict)


def identify(pid: int) -> Process | None:
    """Describe a live process, or return None when there is none."""
    process = find(pid)
    try:
        return None if process is None else Process(pid=pid, created=process.create_time())
    except psutil.Error:
        return None


def is_alive(process: Process | None) -> bool:
    """Tell whether this very process lives (not another that got its number)."""
    return process is not None and identify(process.pid) == process


def read(path: Path) -> State | None:
    """Return the last written state, or None when there is none that can be understood."""
    try:
        return State.model_validate_json(path.read_text())
    except (FileNotFoundError, ValidationError):
        return None
    except PermissionError as error:
        raise StackError(f"{path} cannot be read: run as the user who owns it, or give --data OTHER.") from error


def write(path: Path, state: State) -> None:
    """Keep the state; it holds connection strings, so only its owner reads it."""
    write_private(path, state.model_dump_json(indent=2) + "\n")
