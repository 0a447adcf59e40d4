"""How far behind the figures are: the broker's ends beside what has been applied."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from reporting.reading import Applied

PATIENCE_SECONDS = 0.5
"""A page waits no longer for the broker than this; then it says that the lag is not known."""

KEPT_SECONDS = 0.2
"""Requests that come this close together share one answer of the broker."""

SPARED_SECONDS = 2.0
"""A broker that did not answer is left alone for so long."""

Ends = dict[tuple[str, int], int]


class TopicEnds:
    """Asks the broker where its partitions end, when somebody wants to know."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._wanted = [TopicPartition(topic, number) for number in range(partitions)]
        self._asking: asyncio.Task[Ends | None] | None = None
        self._client: AIOKafkaConsumer | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")

    async def read(self) -> Ends | None:
        """Give the end of each partition; None when the broker does not answer in time."""
        asking = self._asking
        if asking is None or (asking.done() and time.monotonic() - self._asked_at > _kept(asking)):
            self._asked_at = time.monotonic()
            asking = self._asking = asyncio.create_task(self._ask())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.shield(asking)
        return None

    async def _ask(self) -> Ends | None:
        try:
            if self._client is None:
                self._client = await self._connect()
            found: dict[Any, int] = await self._client.end_offsets(self._wanted)
        except KafkaError:
            return None
        return {(place.topic, place.partition): end for place, end in found.items()}

    async def _connect(self) -> AIOKafkaConsumer:
        client = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False, request_timeout_ms=5_000)
        try:
            await client.start()
        except KafkaError:
            await client.stop()
            raise
        self._keeper = asyncio.create_task(_keep(client))
        return client

    async def close(self) -> None:
        """Let go of the broker."""
        tasks = [task for task in (self._asking, self._keeper) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._asking = self._client = self._keeper = None


def _kept(asked: "asyncio.Task[Ends | None]") -> float:
    return SPARED_SECONDS if asked.cancelled() or asked.result() is None else KEPT_SECONDS


async def _keep(client: AIOKafkaConsumer) -> None:
    """Hold the client until the process ends and its tasks are cancelled; then close it."""
    try:
        await asyncio.Event().wait()
    finally:
        await client.stop()


@dataclass(frozen=True, slots=True)
class Freshness:
    """Where the figures stand in the log."""

    position: int
    """How many events of the log have been applied."""
    lag: int | None
    """How many were published and not applied yet; None when the broker cannot be asked."""
    positions: dict[str, int]
    """Next offset of each partition, `<topic>-<partition>`."""


def freshness(applied: Sequence[Applied], ends: Ends | None) -> Freshness:
    """Compare what has been applied with the ends, which were read just before it."""
    places = {(place.topic, place.partition): place.next_offset for place in applied}
    lag = None if ends is None else sum(max(0, end - places.get(place, 0)) for place, end in ends.items())
    named = {f"{topic}-{partition}": offset for (topic, partition), offset in sorted(places.items())}
    return Freshness(sum(places.values()), lag, named)
