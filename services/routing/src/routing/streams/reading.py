"""Reads an agency's stream: page by page, or for as long as somebody listens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.decider import Refused
from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.catalogue import CATALOGUE
from contracts.envelope import Envelope, address
from contracts.events import Event
from contracts.intake import ComplaintFiled
from contracts.vocabulary import AgencyCode, Visibility
from routing.accounts import Viewer
from routing.opening import open_all
from routing.streams.bell import Bell

PAGE = 100
"""Events held in memory at once for one listener."""

LOOK_SECONDS = 1.0
"""How often a listener looks by itself, should the bell be silent."""

KEEP_ALIVE_SECONDS = 15.0


LISTENERS = 1000
"""Lines open at once in one process; each holds at most a page in memory."""


class TooManyListeners(Exception):
    """This process serves as many lines as it may."""


class KeyNotFound(Refused):
    """The agency was not given the complaint that this key belongs to."""


class KeyErased(Refused):
    """The key was destroyed because the reporter asked to be forgotten."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """One event of a stream, opened for its reader."""

    number: int
    event: dict[str, Any]


@dataclass(slots=True)
class Streams:
    """The streams, as HTTP offers them."""

    pool: Pool
    keys: KeyStore
    bell: Bell
    stopping: asyncio.Event
    listeners: int = 0

    def require_room(self) -> None:
        """Raise `TooManyListeners` when there is no room for another line."""
        if self.listeners >= LISTENERS:
            raise TooManyListeners

    async def page(self, agency: AgencyCode, viewer: Viewer, after: int, limit: int = PAGE) -> list[Numbered]:
        """Read the events after a number, in order."""
        rows = await self.pool.fetch(_PAGE, agency, after, limit)
        envelopes = [read_entry(row["wire"], agency, row["sequence"]) for row in rows]
        events = await open_all(self.keys, envelopes, viewer)
        return [Numbered(row["sequence"], event) for row, event in zip(rows, events, strict=True)]

    async def follow(
        self, agency: AgencyCode, viewer: Viewer, after: int, still_allowed: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[Sequence[Numbered]]:
        """Read on for ever; an empty page now and then says that the line is alive.

        Ends when the process stops, or when the reader is no longer allowed to read.
        """
        self.listeners += 1
        try:
            async for page in self._pages(agency, viewer, after, still_allowed):
                yield page
        finally:
            self.listeners -= 1

    async def _pages(
        self, agency: AgencyCode, viewer: Viewer, after: int, still_allowed: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[Sequence[Numbered]]:
        quiet_since = asyncio.get_running_loop().time()
        while not self.stopping.is_set():
            ring = self.bell.next  # before the read: what is added after it rings this one
            page = await self.page(agency, viewer, after)
            quiet = asyncio.get_running_loop().time() - quiet_since > KEEP_ALIVE_SECONDS
            if page or quiet:
                if not await still_allowed():
                    return
                quiet_since = asyncio.get_running_loop().time()
                after = page[-1].number if page else after
                yield page
            if len(page) < PAGE:
                await self._wait(ring)

    async def _wait(self, ring: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(ring.wait()), asyncio.ensure_future(self.stopping.wait())]
        try:
            await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
                with suppress(asyncio.CancelledError):
                    await wait

    async def visibility(self, agency: AgencyCode, complaint: UUID) -> Visibility | None:
        """Say how a complaint that the agency was given had been filed; None when it was not given that one."""
        wire: str | None = await self.pool.fetchval(_FILING, agency, complaint)
        event = None if wire is None else CATALOGUE.read(wire.encode()).data
        return event.visibility if isinstance(event, ComplaintFiled) else None

    async def note_look(self, viewer: Viewer, agency: AgencyCode, complaint: UUID, parts: Sequence[str]) -> None:
        """Keep who looked at which key."""
        await self.pool.execute(_NOTE_LOOK, viewer.account, agency, complaint, list(parts))


def read_entry(wire: str, agency: AgencyCode, sequence: int) -> Envelope[Event]:
    """Read an event as entry number `sequence` of the agency's stream."""
    return CATALOGUE.read(address(wire, agency, sequence).encode())


_PAGE = """
SELECT sequence, wire
FROM agency_events
JOIN stream_stories USING (complaint_id, number)
WHERE agency = $1 AND sequence > $2
ORDER BY sequence
LIMIT $3
"""

_FILING = """
SELECT wire FROM stream_stories
JOIN stream_readers USING (complaint_id)
WHERE stream_readers.agency = $1 AND complaint_id = $2 AND number = 1
"""

_NOTE_LOOK = "INSERT INTO key_looks (account, agency, key_id, parts) VALUES ($1, $2, $3, $4)"
