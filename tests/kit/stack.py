"""A whole real stack through `kentongan up`, in a folder of its own on free ports; its parts can be killed by name."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from kentongan import overview, state
from kentongan.layout import Layout, open_layout
from kentongan.stack.ports import free_port

SERVICES = ("intake", "routing", "notify", "reporting")
START_SECONDS = 120.0
STOP_SECONDS = 20.0


@dataclass
class Stack:
    """One stack; `environment` is added to that of the tests, e.g. a service's own settings."""

    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    said: Path = field(init=False)
    port_base: int = field(init=False)
    _process: asyncio.subprocess.Process | None = field(init=False, default=None)
    _facts: dict[str, Any] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.said = self.data.with_name(f"{self.data.name}.said")
        self.port_base = free_port()

    @property
    def layout(self) -> Layout:
        """Where the stack keeps its files."""
        return open_layout(self.data)

    @property
    def facts(self) -> dict[str, Any]:
        """What `kentongan status --json` said when the stack became ready: addresses and logins stay as they are."""
        assert self._facts is not None, "the stack was not started"
        return self._facts

    def url(self, part: str) -> str:
        """Give the address of a service or of the mailbox."""
        found: str = self.facts["mailbox"]["url"] if part == "mailbox" else self.facts["services"][part]["url"]
        return found

    def dsn(self, service: str) -> str:
        """Give the connection string of a service's database, as its owner."""
        found: str = self.facts["databases"][service]["dsn"]
        return found

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        found: str = self.facts["kafka"]["bootstrap"]
        return found

    async def start(self, *options: str) -> None:
        """Run `kentongan up` and return when it says that everything is ready; without demo data unless asked."""
        command = [*_command("up", self.data), "--port-base", str(self.port_base), *(options or ("--no-demo",))]
        with self.said.open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdout=said, stderr=said, stdin=asyncio.subprocess.DEVNULL, env=self._variables()
            )
        deadline = time.monotonic() + START_SECONDS
        while not (current := state.read(self.layout.state)) or not overview.is_ready(current):
            assert self._process.returncode is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            await asyncio.sleep(0.1)
        self._facts = await self.status()

    async def status(self) -> dict[str, Any]:
        """Ask `kentongan status --json`."""
        process = await asyncio.create_subprocess_exec(
            *_command("status", self.data), "--json", stdout=asyncio.subprocess.PIPE, env=self._variables()
        )
        output, _ = await process.communicate()
        found: dict[str, Any] = json.loads(output)
        return found

    def part(self, name: str) -> state.Component:
        """Say what the supervisor knows of a part now."""
        current = state.read(self.layout.state)
        assert current is not None, "the stack does not run"
        return current.components[name]

    def pid(self, name: str) -> int | None:
        """Give the process id of a part while it lives."""
        process = self.part(name).process
        return process.pid if process is not None and state.is_alive(process) else None

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int | None:
        """Send a signal to a part by name, SIGKILL unless told otherwise; None when it does not live just now."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, number)
        return pid

    async def ready(self, name: str) -> bool:
        """Say whether a part lives and, if it is a service, says itself that it is ready."""
        if self.pid(name) is None or not self.part(name).ready:
            return False
        if name not in SERVICES:
            return True
        try:
            async with httpx2.AsyncClient(timeout=3) as client:
                return (await client.get(f"{self.url(name)}/readyz")).status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False

    async def stop(self) -> float:
        """Ask it to stop as Ctrl-C does; return the seconds it took."""
        began = time.monotonic()
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                self._process.send_signal(signal.SIGINT)  # the second one kills what is left
                await self._process.wait()
        return time.monotonic() - began

    def _variables(self) -> dict[str, str]:
        theirs = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL_")
        ours = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
        return {**ours, **self.environment}


@asynccontextmanager
async def running(data: Path, **environment: str) -> AsyncIterator[Stack]:
    """Run a stack without demo data inside the block."""
    stack = Stack(data, environment)
    try:
        await stack.start()
        yield stack
    finally:
        await stack.stop()


def _command(name: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "kentongan", name, "--data", str(data)]
