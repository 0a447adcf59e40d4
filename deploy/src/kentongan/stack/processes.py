"""Start, recognise and end the processes of the stack."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Launch:
    """What to run: command, folder, whole environment (None: ours), user to become (None: stay who we are)."""

    command: Sequence[str]
    log: Path
    cwd: Path | None = None
    environment: Mapping[str, str] | None = None
    uid: int | None = None
    gid: int | None = None


def spawn(launch: Launch) -> subprocess.Popen[bytes]:
    """Start the process in its own session, so that Ctrl-C reaches it only through us, in our order."""
    launch.log.parent.mkdir(parents=True, exist_ok=True)
    dropped: list[int] | None = None if launch.uid is None else []
    with launch.log.open("ab") as output:
        return subprocess.Popen(
            list(launch.command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=launch.cwd,
            env=launch.environment,
            user=launch.uid,
            group=launch.gid,
            extra_groups=dropped,
            start_new_session=True,
        )


async def wait_for_exit(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until the process has ended, at most this long; tell whether it did."""
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def end(process: subprocess.Popen[bytes], ask: signal.Signals, seconds: float) -> bool:
    """Ask the process to end, and kill it when it has not after this long; tell whether it ended itself."""
    if process.poll() is not None:
        return True
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(ask)
    if await wait_for_exit(process, seconds):
        return True
    kill(process)
    return False


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the process and collect it."""
    if process.poll() is None:
        process.kill()
    process.wait()


def find(pid: int) -> psutil.Process | None:
    """Return the live process with this pid, or None (a zombie is not alive)."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.Error:
        return None


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log file, for the sentence that explains a failed start."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


class Owner:
    """Has one process of its own at a time: knows whether it lives, how it ended, and can kill it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.spawned: Callable[[], None] = _nobody_listens
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = None if self._process is None else self._process.poll()
        if code is None:
            return "has not ended"
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def kill(self) -> None:
        """SIGKILL the process, as a crash would."""
        if self._process is not None:
            kill(self._process)

    def _spawn(self, launch: Launch) -> None:
        self._process = spawn(launch)
        self.spawned()

    async def _end(self, ask: signal.Signals, seconds: float) -> None:
        if self._process is not None:
            await end(self._process, ask, seconds)


def _nobody_listens() -> None:
    """Stand in for the supervisor where there is none."""
