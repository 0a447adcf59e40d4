"""The places where a load can be read back, opened for reading, and what they say about a set of complaints."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import asyncpg

from kentongan.load import stores
from kentongan.load.stores import Counters, Figure, Seen
from kentongan.stack.errors import StackError
from kentongan.state import State

_NO_PROGRESS_SECONDS = 60.0
_GLANCE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the event logs of intake and routing went at some moment."""

    intake: int
    routing: int


@dataclass(frozen=True, slots=True)
class Found:
    """What every place says about the complaints."""

    logs: Seen
    kafka: Seen
    inbox: Seen
    figures: Mapping[str, Figure]
    counters: Counters
    added: Marks
    """How many events came into either log since the marks."""


class Books:
    """Connections to the event logs, the inbox and the figures, and the address of Kafka."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            self._intake = await self._connect(self._state.postgres["intake"])
            self._routing = await self._connect(self._state.postgres["routing"])
            self._reporting = await self._connect(self._state.analytics or self._state.postgres["reporting"])
        except (OSError, asyncpg.PostgresError) as error:
            await self._open.aclose()
            raise StackError("PostgreSQL does not answer: see `kentongan logs postgres`. Nothing was filed.") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _connect(self, dsn: str) -> asyncpg.Connection:
        connection = await asyncpg.connect(dsn, timeout=5)
        self._open.push_async_callback(connection.close)
        return connection

    async def marks(self) -> Marks:
        """Note how far the logs go now."""
        return Marks(await stores.newest(self._intake), await stores.newest(self._routing))

    async def settle(self, ids: Sequence[UUID]) -> None:
        """Wait until the figures know every event of the logs, or nothing has moved for a minute."""
        wanted = (await stores.in_logs(self._intake, self._routing, ids)).events
        known, moved_at = -1, time.monotonic()
        while known != wanted and time.monotonic() - moved_at < _NO_PROGRESS_SECONDS:
            before, known = known, await stores.events_in_figures(self._reporting, ids)
            if known != before:
                moved_at = time.monotonic()
            if known != wanted:
                await asyncio.sleep(_GLANCE_SECONDS)

    async def read(self, ids: Sequence[UUID], since: Marks) -> Found:
        """Read every place once."""
        return Found(
            logs=await stores.in_logs(self._intake, self._routing, ids),
            kafka=await asyncio.to_thread(stores.in_kafka, self._state.kafka, {str(each) for each in ids}),
            inbox=await stores.in_inbox(self._routing, ids),
            figures=await stores.in_figures(self._reporting, ids),
            counters=await stores.counters(self._reporting),
            added=Marks(
                await stores.count_after(self._intake, ids, since.intake),
                await stores.count_after(self._routing, ids, since.routing),
            ),
        )
