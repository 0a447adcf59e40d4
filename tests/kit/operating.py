"""A whole running system for tests: `kentongan up` in a process of its own, as an operator would run it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kentongan import overview, state
from kentongan.layout import Layout
from kentongan.stack.ports import free_port


class Stack:
    """One `kentongan up` with its data in a folder of the test's own."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.output = data.with_name(f"{data.name}.out")
        self.supervisor: subprocess.Popen[bytes] | None = None
        self._options = options

    def command(self, *words: str) -> list[str]:
        """Return a `kentongan` command line for this stack."""
        return [sys.executable, "-m", "kentongan", *words, "--data", str(self.data)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a `kentongan` command to its end."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, check=False, timeout=60)

    async def up(self, seconds: float = 180) -> float:
        """Start everything and wait until it is ready; return the seconds it took."""
        began = time.monotonic()
        self._spawn()
        await self.until_ready(seconds)
        return time.monotonic() - began

    def _spawn(self) -> None:
        options = [*self._options, "--port-base", str(free_port())]
        with self.output.open("ab") as output:
            self.supervisor = subprocess.Popen(
                [*self.command("up"), *options], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    async def until_ready(self, seconds: float = 180) -> None:
        """Wait until every part is alive and ready."""
        deadline = time.monotonic() + seconds
        while not self.status().get("ready"):
            assert self.supervisor is None or self.supervisor.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            await asyncio.sleep(0.1)

    def status(self) -> dict[str, Any]:
        """Return what `kentongan status --json` prints; empty when nothing runs."""
        current = state.read(Layout(self.data).state)
        return {} if current is None else overview.as_json(current)

    def url(self, service: str) -> str:
        """Return the base address of a service."""
        return str(self.status()["services"][service]["url"])

    def pid(self, part: str) -> int | None:
        """Return the process id of a part while it lives."""
        found: int | None = self.status()["components"][part]["pid"]
        return found

    def kill(self, part: str) -> int:
        """SIGKILL a part; return the process id it had."""
        pid = self.pid(part)
        assert pid is not None, f"{part} is not running"
        os.kill(pid, signal.SIGKILL)
        return pid

    async def down(self) -> float:
        """Stop everything as Ctrl-C does; return the seconds it took."""
        began = time.monotonic()
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGINT)
            await asyncio.to_thread(self.supervisor.wait, 60)
        return time.monotonic() - began
