"""Notify without Kafka and HTTP: what the topics say goes in, letters come out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.applier import Applier
from chassis.consumer import Raw
from chassis.event_log import EventLog
from chassis.health import Health
from chassis.keys import KeyStore
from chassis.postgres import TRANSIENT, Pool
from contracts.catalogue import CATALOGUE
from contracts.events import Event
from contracts.notify import Medium
from contracts.topics import AGENCIES, COMPLAINTS
from kit import post
from notify.channels.email import Email, Server
from notify.consumers import agencies_subscription, complaints_subscription
from notify.domain.patience import PATIENCE, Backoff, Patience
from notify.sender import Sender
from notify.writing import Writer

QUICK = replace(
    PATIENCE[Medium.EMAIL],
    lease=timedelta(seconds=6),
    server=Backoff(timedelta(milliseconds=100), timedelta(milliseconds=400)),
    key=Backoff(timedelta(milliseconds=50), timedelta(milliseconds=100)),
)


class Office:
    """One database and what works on it; the clock can be set forward."""

    def __init__(self, pool: Pool, log: EventLog, keys: KeyStore, health: Health) -> None:
        self.pool, self.log, self.keys, self.health = pool, log, keys, health
        self.late = timedelta(0)
        self._offsets: dict[str, int] = {}

    def now(self) -> datetime:
        return datetime.now(UTC) + self.late

    async def tell(self, story: post.Complaint, *events: Event, key: bool = True, at: datetime | None = None) -> None:
        """Let events arrive, with the key of their sealed fields."""
        if key:
            await self.keep_key(story)
        for event in events:
            await self._apply(COMPLAINTS, story.wire(event, at))

    async def keep_key(self, story: post.Complaint) -> None:
        row = self.keys.row(story.key)
        known = await self.pool.fetchval("SELECT true FROM data_keys WHERE key_id = $1", story.id)
        if not known:
            await self.pool.execute(row.statement, *[[value] for value in row.values])

    async def _apply(self, topic: str, wire: bytes) -> None:
        subscription = agencies_subscription() if topic == AGENCIES else complaints_subscription(self.now, PATIENCE)
        offset = self._offsets.get(topic, 0)
        self._offsets[topic] = offset + 1
        await Applier(self.pool, subscription).apply([Raw(topic, 0, offset, None, wire)])

    async def know_agencies(self) -> None:
        await self._apply(AGENCIES, post.Complaint().wire(post.ENVIRONMENT_OFFICE))

    def sender(self, port: int, patience: Patience = QUICK, **settings: Any) -> Sender:
        server = Server("127.0.0.1", port)
        channel = Email(server, "Kentongan <no-reply@kentongan.example>", **{"timeout": 2.0, **settings})
        writer = Writer(self.pool, self.keys, "http://127.0.0.1:8000/")
        return Sender(self.pool, self.log, self.health, channel, writer, patience, self.now)

    @asynccontextmanager
    async def sending(self, port: int, patience: Patience = QUICK, **settings: Any) -> AsyncIterator[Sender]:
        sender = self.sender(port, patience, **settings)
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def states(self) -> list[tuple[str, str | None, int]]:
        found = await self.pool.fetch("SELECT state, reason, attempts FROM deliveries ORDER BY created_at, delivery_id")
        return [(row["state"], row["reason"], row["attempts"]) for row in found]

    async def attempts(self) -> list[tuple[int, str | None, str | None, int | None]]:
        found = await self.pool.fetch("SELECT number, result, reason, code FROM attempts ORDER BY delivery_id, number")
        return [(row["number"], row["result"], row["reason"], row["code"]) for row in found]

    async def events(self) -> list[Event]:
        found = await self.pool.fetch("SELECT data, metadata FROM events ORDER BY position")
        wires = [f'{row["metadata"][:-1]},"data":{row["data"]}}}' for row in found]
        return [CATALOGUE.read(wire.encode()).data for wire in wires]

    async def until(self, *states: str) -> None:
        """Wait until every delivery is in one of these states."""
        every = "SELECT bool_and(state = ANY ($1)) FROM deliveries"
        async with asyncio.timeout(30):
            while True:
                with suppress(*TRANSIENT):  # a test may have killed this session as well
                    if await self.pool.fetchval(every, list(states)):
                        return
                await asyncio.sleep(0.02)
