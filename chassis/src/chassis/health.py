"""Alive means making progress: loops say when they have work and when they get on with it."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import structlog

from chassis.postgres import TRANSIENT, Pool

log = structlog.get_logger()

STALL_SECONDS = 30.0
"""How long a loop may have work waiting and do none of it before the process gives up on itself."""

PROBE_SECONDS = 2.0

WHO_ARE_YOU = bytes.fromhex("0000000a 0012 0000 00000001 ffff")
"""Kafka's ApiVersions request, version 0: its length, kind 18, version, number, and no client's name.

Every broker answers it before anything else. A frozen one still accepts connections, but answers nothing."""

SLOW_SECONDS = 3.0
"""A loop that has taken this long makes the watchdog look whether what it needs is there."""


class Stalled(Exception):
    """A loop made no progress although work waited and everything it needs was reachable."""


@dataclass(slots=True)
class _Loop:
    busy_since: float | None = None
    halted: str | None = None
    started: bool = False


@dataclass
class Health:
    """What each loop of this process last said of itself, and whether its database and broker can be reached."""

    pool: Pool
    kafka: str
    stall_seconds: float = STALL_SECONDS
    name: str = "watchdog"
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _loops: dict[str, _Loop] = field(default_factory=dict)
    _dependency_away: bool = False

    def expect(self, loop: str) -> None:
        """Announce a loop; the process is not ready before it has said something."""
        self._loops.setdefault(loop, _Loop())

    def busy(self, loop: str) -> None:
        """Work waits; the clock runs from now unless it already does, or the loop has halted on purpose."""
        state = self._loops.setdefault(loop, _Loop())
        state.started = True
        if state.busy_since is None and state.halted is None:
            state.busy_since = time.monotonic()

    def beat(self, loop: str) -> None:
        """Some work was done; the clock starts anew."""
        state = self._loops.setdefault(loop, _Loop())
        state.started, state.busy_since, state.halted = True, time.monotonic(), None

    def idle(self, loop: str) -> None:
        """Nothing waits."""
        state = self._loops.setdefault(loop, _Loop())
        state.started, state.busy_since, state.halted = True, None, None

    def halt(self, loop: str, reason: str) -> None:
        """The loop stopped on purpose and waits for an operator; the process goes on, but is not ready."""
        state = self._loops.setdefault(loop, _Loop())
        state.started, state.busy_since, state.halted = True, None, reason

    def stalled(self) -> list[str]:
        """Name the loops that have had work for too long without doing any."""
        return self._slow(self.stall_seconds)

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Answer `/livez`: no loop is stuck; one that waits for what is away is not, and a restart would not help."""
        stalled = self.stalled()
        return not stalled or self._dependency_away, {"stalled": stalled, "loops": self._describe()}

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Answer `/readyz`: the database answers, every loop has begun, none is stuck or halted.

        An unreachable broker is reported but does not make the service unready: requests are still accepted.
        """
        database = await self.database_reachable()
        waiting = [name for name, loop in self._loops.items() if not loop.started]
        halted = {name: loop.halted for name, loop in self._loops.items() if loop.halted}
        kafka = await self.kafka_reachable()
        stuck = kafka and self.stalled()
        ready = database and not waiting and not halted and not stuck and not self.stopping.is_set()
        detail = {
            "database": "reachable" if database else "unreachable",
            "kafka": "reachable" if kafka else "unreachable",
            "starting": waiting,
            "halted": halted,
            "stalled": self.stalled(),
        }
        return ready, detail

    async def database_reachable(self) -> bool:
        """Try one statement."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return bool(await self.pool.fetchval("SELECT true"))
        except TRANSIENT:
            return False

    async def kafka_reachable(self) -> bool:
        """Ask any bootstrap server for a sign of life."""
        for server in self.kafka.split(","):
            host, _, port = server.strip().rpartition(":")
            if await _answers(host, int(port)):
                return True
        return False

    async def run(self) -> None:
        """Watch, for ever; raise `Stalled` when a loop is stuck while database and broker are both there.

        A loop that waits for a dependency that is away is not stuck: restarting it would help nobody.
        """
        reachable_since = time.monotonic()
        while True:
            await asyncio.sleep(1)
            stalled = self.stalled()
            slow = self._slow(SLOW_SECONDS)
            away = bool(slow) and not (await self.database_reachable() and await self.kafka_reachable())
            self._dependency_away = away
            if not slow:
                reachable_since = time.monotonic()
            elif away:
                reachable_since = time.monotonic()
                if stalled:
                    log.warning("loops_wait_for_dependency", loops=stalled)
            elif stalled and time.monotonic() - reachable_since > self.stall_seconds:
                raise Stalled(", ".join(stalled))

    def _slow(self, seconds: float) -> list[str]:
        limit = time.monotonic() - seconds
        return [name for name, loop in self._loops.items() if loop.busy_since is not None and loop.busy_since < limit]

    def _describe(self) -> dict[str, str]:
        return {name: loop.halted or ("busy" if loop.busy_since else "idle") for name, loop in self._loops.items()}


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(WHO_ARE_YOU)
                return bool(await reader.read(1))
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
