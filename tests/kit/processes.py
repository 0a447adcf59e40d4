"""A service as a real process: its commands run once, the service itself started, killed and started again."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpx2


async def run_once(package: str, command: str, variables: Mapping[str, str]) -> str:
    """Run one command of a service; fail with what it said when it does not succeed."""
    process = await _start(package, command, variables)
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def _start(package: str, command: str, variables: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        package,
        command,
        env={"PATH": os.environ["PATH"], **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@dataclass
class ServiceProcess:
    """One service in a process of its own; what it says is kept."""

    package: str
    variables: Mapping[str, str]
    url: str
    said: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _listening: "asyncio.Task[None] | None" = None

    async def start(self) -> None:
        """Start, and wait until it is ready."""
        self._process = await _start(self.package, "all", self.variables)
        self._listening = asyncio.ensure_future(self._listen(self._process))
        async with asyncio.timeout(40), httpx2.AsyncClient() as client:
            while True:
                with suppress(httpx2.TransportError):
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                assert self._process.returncode is None, "\n".join(self.said)
                await asyncio.sleep(0.1)

    @property
    def is_running(self) -> bool:
        """Say whether there is a process."""
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """Kill it without a word."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self, seconds: float = 10) -> int:
        """Ask it to stop; return its exit code."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    async def end(self) -> None:
        """Make sure that it is gone."""
        if self.is_running:
            await self.kill()
        if self._listening is not None:
            await self._listening

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.said.append(line.decode().rstrip())
