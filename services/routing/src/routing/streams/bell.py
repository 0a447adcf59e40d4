"""Wakes the readers of streams when something was added, so that none of them has to ask the database all the time."""

import asyncio

import asyncpg
import structlog

from chassis.postgres import TRANSIENT
from routing.streams.ledger import CHANNEL

log = structlog.get_logger()

RETRY_SECONDS = 1.0


class Bell:
    """One listening connection per process; whoever waits is woken together with all others."""

    name = "stream-bell"

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """The next ring: take it before looking at the table, then wait for it."""
        return self._next

    def ring(self, *_: object) -> None:
        """Wake everybody who waits."""
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    async def run(self) -> None:
        """Listen for ever; readers look by themselves now and then too, so a lost connection only slows them."""
        while True:
            try:
                await self._listen()
            except TRANSIENT as error:
                log.warning("stream_bell_interrupted", error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn, server_settings={"application_name": "routing-bell"})
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self.ring)
            self.ring()
            await lost.wait()
        finally:
            connection.terminate()
