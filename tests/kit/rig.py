"""A stack under load that faults are done to: each fault at random moments, then rest, then every promise."""

import asyncio
import contextlib
import secrets
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx2

from kit import crowd, inspection, promises
from kit.crowd import Addresses, Crowd
from kit.inspection import Known, Watch
from kit.stack import SERVICES, Stack

BACK_SECONDS = 60.0
REST_SECONDS = 90.0
SEEN_SECONDS = 20.0
LEASE_SECONDS = 6

Fault = Callable[["Rig", Random], Awaitable[None]]


@dataclass
class Blow:
    """One thing done to one part, and when the part was ready again."""

    part: str
    pid: int
    at: float
    back: float | None = None
    wall: float = field(default_factory=time.time)


@dataclass
class Report:
    """What one fault came to."""

    name: str
    seed: int
    seconds: float
    blows: list[Blow]
    operations: int
    unknowns: int
    rest: float
    published_twice: int
    arrived_twice: int

    def line(self) -> str:
        """Tell it in one line."""
        back = sorted(blow.back - blow.at for blow in self.blows if blow.back is not None)
        times = f"{statistics.median(back):5.1f} {back[-1]:5.1f}" if back else "    -     -"
        return (
            f"{self.name:<22} {self.seed:>10} {self.seconds:6.1f} {len(self.blows):5} {self.operations:6}"
            f" {self.unknowns:8} {times} {self.rest:6.1f} {self.published_twice:7} {self.arrived_twice:7}"
        )


HEADER = (
    f"{'fault':<22} {'seed':>10} {'dur s':>6} {'blows':>5} {'ops':>6} {'unknowns':>8} {'p50':>5} {'max':>5}"
    f" {'rest s':>6} {'2x topic':>7} {'2x mail':>7}"
)


@dataclass
class Rig:
    """The stack, its crowd, and what was seen of both."""

    stack: Stack
    crowd: Crowd
    watch: Watch
    blows: list[Blow] = field(default_factory=list)
    all_blows: list[Blow] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    _published_twice: int = 0
    _letters: Counter[str] = field(default_factory=Counter)

    async def suffer(self, name: str, fault: Fault, seed: int | None = None) -> Report:
        """Do the fault under load, wait for rest, and ask every promise."""
        seed = secrets.randbits(32) if seed is None else seed
        before = Counter(self.crowd.counts)
        began, self.blows = time.monotonic(), []
        self.crowd.go()
        await fault(self, Random(seed))
        ended = time.monotonic()
        await self.crowd.pause(BACK_SECONDS)
        rest = await inspection.rest(self.stack, REST_SECONDS)
        await self._progress()
        emails = {each.id: each.email for each in self.crowd.receipts if each.email}
        known = Known(self.crowd.ledger.path, emails, crowd.SECRET_WORD, self._windows())
        found = await inspection.inspect(self.stack, known)
        broken = found.broken + promises.never_backwards(self.watch.samples)
        done = self.crowd.counts - before
        report = Report(
            name,
            seed,
            ended - began,
            self.blows,
            sum(count for what, count in done.items() if what in {"file", *promises.DECIDED}),
            sum(count for what, count in done.items() if what.startswith("unknown")),
            rest,
            found.published_twice - self._published_twice,
            sum(len(times) - 1 for times in found.arrived_twice.values()) - self._letters.total(),
        )
        self._published_twice = found.published_twice
        self._letters = Counter({each: len(times) - 1 for each, times in found.arrived_twice.items()})
        self.reports.append(report)
        assert not broken, "\n".join([report.line(), *broken[:20], f"{len(broken)} in all"])
        return report

    async def kill(self, part: str) -> Blow:
        """SIGKILL a part as soon as it lives."""
        while (pid := self.stack.kill(part)) is None:
            await asyncio.sleep(0.02)
        return self.note(part, pid)

    def note(self, part: str, pid: int | None) -> Blow:
        """Keep in mind that something was done to a part."""
        assert pid is not None, f"{part} does not run"
        blow = Blow(part, pid, time.monotonic())
        self.blows.append(blow)
        self.all_blows.append(blow)
        return blow

    async def back(self, blow: Blow, *, same_process: bool = False) -> None:
        """Wait until the part is ready again, as another process unless it was only frozen (I9)."""
        gone = (None,) if same_process else (None, blow.pid)
        async with asyncio.timeout(BACK_SECONDS):
            while self.stack.pid(blow.part) in gone or not await self.stack.ready(blow.part):
                await asyncio.sleep(0.05)
        blow.back = time.monotonic()

    def _windows(self) -> list[tuple[float, float]]:
        """Say when letters may have been cut off: while a part was away, and a lease before and after."""
        return [
            (blow.wall - LEASE_SECONDS, blow.wall + (blow.back or blow.at) - blow.at + LEASE_SECONDS)
            for blow in self.all_blows
        ]

    async def _progress(self) -> None:
        """I9: nobody is alive without progress: one more complaint goes the whole way."""
        async with httpx2.AsyncClient(timeout=5) as client:
            for service in SERVICES:
                answer = await client.get(f"{self.stack.url(service)}/livez")
                assert answer.status_code == httpx2.codes.OK, answer.text
        receipt = await self.crowd.file_one()
        async with asyncio.timeout(SEEN_SECONDS), httpx2.AsyncClient(timeout=5) as client:
            url = f"{self.stack.url('intake')}/api/complaints/{receipt.code}"
            while (await client.get(url)).json()["status"] != "answered":
                await asyncio.sleep(0.05)
        await inspection.rest(self.stack, SEEN_SECONDS)


@asynccontextmanager
async def rig(folder: Path, rate: float = 15.0) -> AsyncIterator[Rig]:
    """Start a stack and its crowd; leases are short, so that letters cut off by a kill do not wait for minutes."""
    stack = Stack(folder / "stack", {"NOTIFY_LEASE_SECONDS": str(LEASE_SECONDS), "NOTIFY_SMTP_TIMEOUT_SECONDS": "4"})
    try:
        await stack.start()
        passwords = {each["login"]: each["password"] for each in stack.facts["logins"] if each["login"] != "nasional"}
        addresses = Addresses([stack.url("intake")], [stack.url("routing")], passwords)
        people = Crowd(addresses, crowd.open_ledger(folder), Random(secrets.randbits(32)), rate)
        watch = Watch(stack)
        watching = asyncio.create_task(watch.run())
        await people.open()
        try:
            yield Rig(stack, people, watch)
        finally:
            await people.close()
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    finally:
        await stack.stop()
