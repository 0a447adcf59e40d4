"""One Python program of the stack under supervision: a service, the mailbox, the demo's trickle."""

import asyncio
import math
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil

from kentongan.stack import processes
from kentongan.stack.errors import StackError

_STOP_SECONDS = 5.0


class Program(processes.Owner):
    """A module run with `python -m`, ready when its address answers (at once when it has none)."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        ready_url: str | None = None,
    ) -> None:
        super().__init__(name)
        self.log = log
        self._launch = processes.Launch([sys.executable, "-m", *command], log, environment=environment)
        self.ready_url = ready_url

    async def start(self, timeout: float = 60.0) -> None:  # noqa: ASYNC109 - polled, so that a dead process is seen
        """Start it and return when it is ready; a program that is merely slow is left running."""
        self._spawn(self._launch)
        deadline = time.monotonic() + timeout
        while not await self.answers():
            if self.pid is None:
                raise StackError(f"{self.name} {self.ending} while starting. {self._last_words()}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} is not ready after {timeout:.0f} s. {self._last_words()}")
            await asyncio.sleep(0.1)

    async def answers(self) -> bool:
        """Tell whether it says that it is ready."""
        if self.ready_url is None:
            return self.pid is not None
        try:
            async with httpx2.AsyncClient(timeout=3, trust_env=False) as client:
                ready = (await client.get(self.ready_url)).status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False
        return ready and self._listens()

    def _listens(self) -> bool:
        """Tell whether it is our process that answers there, not a stranger who took the port while ours was down."""
        port = urlsplit(self.ready_url or "").port
        try:
            lines = psutil.Process(self.pid).net_connections("tcp") if self.pid is not None else []
        except psutil.Error:
            return False
        return any(line.status == psutil.CONN_LISTEN and line.laddr.port == port for line in lines)

    async def stop(self) -> None:
        """Ask it to end in good order; it is killed when it does not within seconds."""
        await self._end(signal.SIGTERM, _STOP_SECONDS)

    def _last_words(self) -> str:
        return f"Its log {self.log} ends with:\n{processes.tail(self.log)}".rstrip()


async def run_once(command: Sequence[str], environment: Mapping[str, str], log: Path, what: str) -> None:
    """Run a program to its end; a failure is one sentence with the end of its log."""
    process = processes.spawn(processes.Launch([sys.executable, "-m", *command], log, environment=environment))
    try:
        await processes.wait_for_exit(process, math.inf)
    except asyncio.CancelledError:
        await processes.end(process, signal.SIGTERM, 3)
        raise
    if process.returncode != 0:
        raise StackError(f"{what} failed. The log {log} ends with:\n{processes.tail(log)}".rstrip())
