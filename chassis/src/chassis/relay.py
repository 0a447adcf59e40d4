"""The relay: publishes what the log holds, in its order, until the broker has acknowledged it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, UnknownTopicOrPartitionError

from chassis.health import Health
from chassis.metrics import RELAYED
from chassis.postgres import TRANSIENT, Pool
from contracts.catalogue import EVENTS
from contracts.envelope import CONTENT_TYPE, compose
from contracts.events import stem_of

log = structlog.get_logger()

PAGE = 2000
POLL_SECONDS = 1.0
STANDBY_SECONDS = 1.0
CLOSE_SECONDS = 5.0
HEADERS = (("content-type", CONTENT_TYPE.encode()),)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish; `mark` is its position in a feed, or its row in an outbox."""

    mark: int | UUID
    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = HEADERS


class Feed(Protocol):
    """Something with positions that only grow in commit order; `channel` is notified when it does."""

    name: str
    channel: str

    async def read(self, after: int, limit: int) -> Sequence[Outgoing]:
        """Give at most `limit` records with a position above `after`, in order; `mark` is the position."""


class Outbox(Protocol):
    """Rows that are published once, before any event that may depend on them."""

    async def pending(self) -> list[Outgoing]:
        """Give rows not yet published."""

    async def published(self, sent: Sequence[Outgoing]) -> None:
        """Remember that the broker has acknowledged these."""


class EventFeed:
    """The event log as a feed: the stored event is the published event."""

    name = "events"
    channel = "events"

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._topics = {stem_of(event.type): event.topic for event in EVENTS}

    async def read(self, after: int, limit: int) -> Sequence[Outgoing]:
        """Read the log after a position."""
        rows = await self._pool.fetch(
            "SELECT position, stream_id, type, metadata, data FROM events"
            " WHERE position > $1 ORDER BY position LIMIT $2",
            after,
            limit,
        )
        topics = self._topics
        return [
            Outgoing(position, topics[stem_of(kind)], str(stream).encode(), compose(metadata, data).encode())
            for position, stream, kind, metadata, data in rows
        ]


class Relay:
    """Publishes a service's feeds; of all processes of the service only the holder of the lock does."""

    name = "relay"

    def __init__(
        self, dsn: str, pool: Pool, bootstrap: str, feeds: Sequence[Feed], outboxes: Sequence[Outbox], health: Health
    ) -> None:
        self._dsn = dsn
        self._pool = pool
        self._bootstrap = bootstrap
        self._feeds = feeds
        self._outboxes = outboxes
        self._health = health
        self._flushing = asyncio.Lock()
        for feed in feeds:
            health.expect(self._loop_of(feed))

    async def run(self) -> None:
        """Relay for ever; while another process leads, or database or broker are away, wait and try again."""
        while True:
            try:
                await self._lead()
            except (*TRANSIENT, KafkaConnectionError) as error:
                log.warning("relay_interrupted", error=type(error).__name__)
            self._stand_by()
            await asyncio.sleep(STANDBY_SECONDS)

    def _stand_by(self) -> None:
        """Who does not lead, or finds no broker, has nothing to do; a process that begins so is ready all the same."""
        for feed in self._feeds:
            self._health.idle(self._loop_of(feed))

    async def _lead(self) -> None:
        session = await asyncpg.connect(self._dsn, server_settings={"application_name": "relay"})
        try:
            if not await session.fetchval("SELECT pg_try_advisory_lock(hashtext('relay'))"):
                return
            log.info("relay_leads")
            async with open_producer(self._bootstrap) as producer:
                await self._pump_all(session, producer)
        finally:
            session.terminate()

    async def _pump_all(self, session: "asyncpg.Connection[asyncpg.Record]", producer: AIOKafkaProducer) -> None:
        """Pump every feed until one fails or the session, and with it the lock, is lost."""
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        session.add_termination_listener(lambda _: _resolve(lost))
        pumps = []
        for feed in self._feeds:
            wake = asyncio.Event()
            await session.add_listener(feed.channel, lambda *_, wake=wake: wake.set())
            pumps.append(asyncio.ensure_future(self._pump(feed, producer, wake)))
        try:
            done, _ = await asyncio.wait([lost, *pumps], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, feed: Feed, producer: AIOKafkaProducer, wake: asyncio.Event) -> None:
        loop = self._loop_of(feed)
        cursor = await self._cursor(feed)
        upcoming = asyncio.ensure_future(feed.read(cursor, PAGE))
        try:
            while True:
                page = await upcoming
                if page:
                    self._health.busy(loop)
                await self._flush(producer)
                if not page:
                    self._health.idle(loop)
                    await _within(wake.wait(), POLL_SECONDS)
                    wake.clear()  # before the read: a commit after it sets the flag again
                    upcoming = asyncio.ensure_future(feed.read(cursor, PAGE))
                    continue
                acks = [await _send(producer, item) for item in page]
                cursor = _position(page[-1])
                upcoming = asyncio.ensure_future(feed.read(cursor, PAGE))  # while the broker works
                await asyncio.gather(*acks)
                await self._save(feed, cursor)
                self._health.beat(loop)
                RELAYED.labels(feed.name).inc(len(page))
        finally:
            upcoming.cancel()

    async def _flush(self, producer: AIOKafkaProducer) -> None:
        async with self._flushing:  # two feeds must not publish the same row, nor one pass the other's
            for outbox in self._outboxes:
                while rows := await outbox.pending():
                    await asyncio.gather(*[await _send(producer, row) for row in rows])
                    await outbox.published(rows)

    async def _cursor(self, feed: Feed) -> int:
        position: int | None = await self._pool.fetchval(
            "SELECT position FROM relay_cursors WHERE feed = $1", feed.name
        )
        return position or 0

    async def _save(self, feed: Feed, position: int) -> None:
        await self._pool.execute(
            "INSERT INTO relay_cursors AS old (feed, position) VALUES ($1, $2) ON CONFLICT (feed) DO UPDATE"
            " SET position = excluded.position, moved_at = now() WHERE old.position < excluded.position",
            feed.name,
            position,
        )

    def _loop_of(self, feed: Feed) -> str:
        return f"{self.name}:{feed.name}"


@asynccontextmanager
async def open_producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """Open a producer that waits for all replicas and keeps order; closing it takes at most a few seconds."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=2,
        max_batch_size=262_144,
        request_timeout_ms=15_000,
    )
    try:
        await producer.start()
        yield producer
    finally:
        await _within(producer.stop(), CLOSE_SECONDS)  # with the broker away, its flush would never end


async def _send(producer: AIOKafkaProducer, item: Outgoing) -> "asyncio.Future[object]":
    """Hand one record to the producer; `send` with its key, never `publish_batch`, which loses it."""
    while True:
        try:
            future: asyncio.Future[object] = await producer.send(
                item.topic, value=item.value, key=item.key, headers=list(item.headers)
            )
        except KafkaTimeoutError:  # the buffer is full because the broker is away; what is in it keeps its order
            log.warning("relay_buffer_full", topic=item.topic)
        except UnknownTopicOrPartitionError:  # nor does a frozen broker tell of topics; if there is none, we are stuck
            log.warning("relay_topic_unknown", topic=item.topic)
            await asyncio.sleep(STANDBY_SECONDS)
        else:
            return future


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _position(item: Outgoing) -> int:
    if not isinstance(item.mark, int):
        raise TypeError("records of a feed are marked with their position")
    return item.mark


async def _within(wait: Awaitable[object], seconds: float) -> None:
    try:
        await asyncio.wait_for(wait, seconds)
    except TimeoutError:
        return
