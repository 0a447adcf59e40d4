"""The smallest system that keeps or breaks the promises: one log, one relay, one topic, one projection."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chassis.applier import Applier
from chassis.consumer import Raw, Received, Subscription
from chassis.event_log import Append, EventLog
from chassis.health import Health
from chassis.migrate import migrate
from chassis.postgres import Connection, Pool, create_pool
from chassis.relay import EventFeed, Outgoing, Relay
from kentongan.stack.kafka import Kafka
from kit import evidence, histories, promises
from kit.counting import counting, until, write_effects
from kit.evidence import Record
from kit.ledger import Entry
from kit.promises import Broken
from kit.servers import PostgresForTests
from kit.streams import NOON, fresh_topic, supported

GROUP = "small.projection"


class Redirected(EventFeed):
    """The event log, published to a topic of this world's own."""

    def __init__(self, pool: Pool, topic: str) -> None:
        super().__init__(pool)
        self._topic = topic

    async def read(self, after: int, limit: int) -> Sequence[Outgoing]:
        """Read the log after a position."""
        page = await super().read(after, limit)
        return [Outgoing(item.mark, self._topic, item.key, item.value, item.headers) for item in page]


@dataclass
class SmallWorld:
    """One of them, with what its client was told."""

    bootstrap: str
    dsn: str
    pool: Pool
    topic: str
    log: EventLog
    subscription: "Subscription[Received]"
    told: list[Entry] = field(default_factory=list)

    async def file(self, streams: int = 20, versions: int = 5) -> None:
        """Append stories, many at once, and keep account of what was acknowledged."""
        ids = [uuid.uuid4() for _ in range(streams)]
        for version in range(versions):
            await asyncio.gather(*(self.append(each, version) for each in ids))

    async def append(self, stream: uuid.UUID, version: int) -> None:
        """Append one event: a filing, and supporters from then on."""
        event = supported(version) if version else histories.filed(stream, NOON)
        await self.log.append(Append(stream, version, [event], NOON))
        if not version:
            self.told.append(Entry(str(stream), "file", None, outcome="ok", id=str(stream)))

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        """Relay inside the block."""
        health = Health(self.pool, self.bootstrap)
        relay = Relay(self.dsn, self.pool, self.bootstrap, [Redirected(self.pool, self.topic)], [], health)
        task = asyncio.ensure_future(relay.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def relay(self) -> None:
        """Relay until the cursor is at the end."""
        async with self.relaying():
            await until(self._relayed)

    async def _relayed(self) -> bool:
        statement = "SELECT (SELECT position FROM relay_cursors) = (SELECT max(position) FROM events)"
        return bool(await self.pool.fetchval(statement))

    async def relay_again(self) -> None:
        """Publish the second half once more, as after a crash before the cursor was saved."""
        await self.pool.execute("UPDATE relay_cursors SET position = position / 2")
        await self.relay()

    async def records(self) -> list[Record]:
        """Read the topic."""
        return (await evidence.records(self.bootstrap, [self.topic]))[self.topic]

    async def deliver(self, records: Sequence[Record], size: int = 40) -> None:
        """Hand every batch to two processes at once, to a zombie and to its heir, and then to a third one.

        Raises `Gap` when records are missing between, where a consumer would halt.
        """
        spread = sorted(records, key=lambda record: (record.offset, record.partition))
        raws = [Raw(r.topic, r.partition, r.offset, (r.key or "").encode(), r.value) for r in spread]
        for begin in range(0, len(raws), size):
            batch = raws[begin : begin + size]
            await asyncio.gather(*(Applier(self.pool, self.subscription).apply(batch) for _ in range(2)))
            await Applier(self.pool, self.subscription).apply(batch)

    async def broken(self) -> Broken:
        """Ask what promises are broken."""
        log = await evidence.log_of(self.dsn)
        topic = await self.records()
        ends = await evidence.watermarks(self.bootstrap, [self.topic])
        groups = {GROUP: self.topic}
        return [
            *promises.acknowledged_is_logged_once(self.told, log, []),
            *promises.versions_count_from_one("intake", log),
            *promises.published_in_order("intake", log, topic),
            *promises.caught_up(await evidence.offsets_of(self.dsn), ends, groups),
            *await self._effects([(event.stream, event.version) for event in log]),
        ]

    async def _effects(self, expected: list[tuple[str, int]]) -> Broken:
        found = await evidence.rows(self.dsn, "SELECT subject::text, version FROM effects ORDER BY place")
        effects = [(row["subject"], row["version"]) for row in found]
        stories = {stream: [version for each, version in effects if each == stream] for stream, _ in expected}
        wanted = {stream: [version for each, version in expected if each == stream] for stream, _ in expected}
        return [f"I5: effects of {stream}: {stories[stream]}" for stream in wanted if stories[stream] != wanted[stream]]


async def slowly(connection: Connection, items: Sequence[Received]) -> None:
    """Take long enough for two processes to be at it at the same time."""
    await asyncio.sleep(0.02)
    await write_effects(connection, items)


@asynccontextmanager
async def small_world(kafka: Kafka, postgres: PostgresForTests) -> AsyncIterator[SmallWorld]:
    """Make one, with its own database and topic."""
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis")
    pool = await create_pool(dsn, application="small", size=8)
    topic = await fresh_topic(kafka.bootstrap, partitions=6)
    log = EventLog(pool, "intake", Health(pool, kafka.bootstrap))
    writer = asyncio.ensure_future(log.run())
    try:
        yield SmallWorld(kafka.bootstrap, dsn, pool, topic, log, await counting(pool, GROUP, topic, apply=slowly))
    finally:
        writer.cancel()
        pool.terminate()
