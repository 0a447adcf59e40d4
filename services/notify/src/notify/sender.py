"""Sends what is due, over one channel, with a few workers; at least once under one id, whatever dies when."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from chassis import context
from chassis.event_log import EventLog
from chassis.health import Health
from chassis.postgres import TRANSIENT, Pool
from notify import deliveries, dispatch, verdicts
from notify.channels import Channel, Parcel
from notify.dispatch import Done, Job
from notify.domain.delivery import Sending
from notify.domain.patience import Patience
from notify.metrics import ATTEMPTS, SECONDS, WAITING
from notify.writing import Unwritten, Writer

log = structlog.get_logger()

IDLE_SECONDS = 0.5
STOP_SECONDS = 5.0
SETTLED_AT_ONCE = 200

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Ready:
    job: Job
    parcel: Parcel


@dataclass
class Sender:
    """Claims, sends and settles, for ever.

    A delivery is marked as being sent before its letter leaves and settled after the server answered. Killed in
    between, it is sent again under the same id once the lease has run out: that window alone makes duplicates.
    """

    pool: Pool
    event_log: EventLog
    health: Health
    channel: Channel
    writer: Writer
    patience: Patience
    now: Now
    name: str = field(init=False)
    _ready: "asyncio.Queue[_Ready]" = field(init=False)
    _done: "asyncio.Queue[Done]" = field(init=False)
    _nothing_open: asyncio.Event = field(init=False)
    _open: int = field(init=False, default=0)
    _unbegun: dict[UUID, Job] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.name = f"sender.{self.channel.medium.value}"
        self._ready = asyncio.Queue(maxsize=self.channel.workers)
        self._done = asyncio.Queue(maxsize=SETTLED_AT_ONCE)
        self._nothing_open = asyncio.Event()
        self._nothing_open.set()

    async def run(self) -> None:
        """Send until cancelled; then let attempts under way end, for a few seconds, and give the rest back."""
        workers = [asyncio.create_task(self._work()) for _ in range(self.channel.workers)]
        feeder, clerk = asyncio.create_task(self._feed()), asyncio.create_task(self._settle())
        tasks = [feeder, clerk, *workers]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            feeder.cancel()
            await self._finish(workers)
            clerk.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._settle_rest()
            await self.channel.rest()

    async def _feed(self) -> None:
        while True:
            try:
                jobs = await self._claim()
                if not jobs:
                    await self._rest()
            except TRANSIENT as error:
                await self._wait_for_database(error)
            else:
                await self._hand_out(jobs)

    async def _hand_out(self, jobs: Sequence[Job]) -> None:
        for job, parcel in zip(jobs, await self._write(jobs), strict=True):
            if isinstance(parcel, Parcel):
                await self._ready.put(_Ready(job, parcel))
            else:
                self._unbegun.pop(job.id, None)
                await self._done.put(verdicts.without_letter(job, parcel, self.now(), self.patience, _chance()))

    async def _write(self, jobs: Sequence[Job]) -> "list[Parcel | Unwritten]":
        while True:
            try:
                return await self.writer.parcels(jobs)
            except TRANSIENT as error:
                await self._wait_for_database(error)

    async def _wait_for_database(self, error: BaseException) -> None:
        log.warning("sender_waits_for_database", error=type(error).__name__)
        await asyncio.sleep(IDLE_SECONDS)

    async def _claim(self) -> list[Job]:
        async with self.pool.acquire() as connection, connection.transaction():
            jobs = await dispatch.claim(
                connection, self.event_log, self.channel.medium, self.patience, self.now(), self.channel.workers * 2
            )
        self._count(len(jobs))
        self._unbegun.update({job.id: job for job in jobs})
        if jobs:
            self.health.busy(self.name)
        return jobs

    async def _rest(self) -> None:
        if not self._open:
            self.health.idle(self.name)
            await self.channel.rest()
        WAITING.labels(self.channel.medium.value).set(await self._waiting())
        await asyncio.sleep(IDLE_SECONDS)

    async def _waiting(self) -> int:
        async with self.pool.acquire() as connection:
            return await deliveries.waiting(connection, self.channel.medium)

    def _count(self, more: int) -> None:
        """Keep count of attempts that were begun and not yet settled."""
        self._open += more
        if self._open:
            self._nothing_open.clear()
        else:
            self._nothing_open.set()

    async def _work(self) -> None:
        while True:
            ready = await self._ready.get()
            self._unbegun.pop(ready.job.id, None)
            with context.bind(ready.job.context):
                await self._send(ready)

    async def _send(self, ready: _Ready) -> None:
        started, clock = self.now(), time.monotonic()
        if not _lease_covers(ready.job, started, self.channel.timeout):
            log.warning("lease_too_short", delivery_id=str(ready.job.id))  # the next claim will find it
            self._count(-1)
            return
        outcome = await self.channel.send(ready.parcel)
        seconds = time.monotonic() - clock
        SECONDS.labels(self.channel.medium.value).observe(seconds)
        span = verdicts.Span(started, self.now(), round(seconds * 1000))
        await self._done.put(verdicts.after_sending(ready.job, outcome, span, self.patience, _chance()))

    async def _settle(self) -> None:
        while True:
            batch = [await self._done.get()]
            while not self._done.empty() and len(batch) < SETTLED_AT_ONCE:
                batch.append(self._done.get_nowait())
            while True:
                if await self._settled(batch):
                    break
                await asyncio.sleep(IDLE_SECONDS)

    async def _settled(self, batch: list[Done]) -> bool:
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                changed = await dispatch.settle(connection, self.event_log, batch, self.now())
        except TRANSIENT as error:
            log.warning("outcomes_wait_for_database", count=len(batch), error=type(error).__name__)
            return False
        self._count(-len(batch))
        self.health.beat(self.name)
        for done in batch:
            ATTEMPTS.labels(self.channel.medium.value, done.attempt.result).inc()
        for job in changed:
            log.info("delivery_advanced", **_facts(job))
        return True

    async def _finish(self, workers: "list[asyncio.Task[None]]") -> None:
        """Give back what was not begun; wait a little for what was."""
        while not self._ready.empty():
            self._ready.get_nowait()
        for job in self._unbegun.values():
            await self._done.put(verdicts.released(job, self.now()))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._nothing_open.wait(), STOP_SECONDS)
        for worker in workers:
            worker.cancel()

    async def _settle_rest(self) -> None:
        batch = []
        while not self._done.empty():
            batch.append(self._done.get_nowait())
        if batch:
            await self._settled(batch)


def _lease_covers(job: Job, now: datetime, timeout: float) -> bool:
    return isinstance(job.state, Sending) and job.state.leased_until - now > timedelta(seconds=timeout)


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads retries, guards nothing


def _facts(job: Job) -> dict[str, object]:
    return {
        "delivery_id": str(job.id),
        "complaint_id": str(job.complaint.id),
        "message": job.news.message.value,
        "medium": job.medium.value,
        "state": deliveries.spell(job.state).state,
        "attempt": job.state.attempts,
    }
