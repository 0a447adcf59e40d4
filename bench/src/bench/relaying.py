"""The relay draining a backlog, beside a bare producer sending the same bytes."""

import asyncio
import time
import uuid
from collections.abc import Sequence

from bench.ground import Ground, pool_on
from bench.measure import Result, compare
from bench.samples import NOON, filed
from chassis.event_log import Append, EventLog
from chassis.health import Health
from chassis.postgres import Pool
from chassis.relay import HEADERS, EventFeed, Outgoing, Relay, open_producer
from contracts.envelope import Context
from contracts.topics import COMPLAINTS

EVENTS = 40_000


async def measure(ground: Ground, rounds: int) -> list[Result]:
    """Compare events per second onto the twelve partitions of `complaints`."""
    dsn = await ground.database()
    async with pool_on(dsn) as pool:
        await _fill(pool, ground.kafka.bootstrap)
        page = [item for at in range(0, EVENTS, 10_000) for item in await EventFeed(pool).read(at, 10_000)]

        async def ours() -> float:
            return await _relay(dsn, pool, ground.kafka.bootstrap)

        async def limit() -> float:
            return await _produce(ground.kafka.bootstrap, page)

        return [await compare("relay vs raw produce", ours, limit, goal=0.7, unit="events/s", rounds=rounds)]


async def _fill(pool: Pool, bootstrap: str) -> None:
    log = EventLog(pool, "intake", Health(pool, bootstrap))
    event, context = filed(), Context(correlationid="bench")
    async with pool.acquire() as connection:
        for _ in range(0, EVENTS, 2000):
            async with connection.transaction():
                appends = [Append(uuid.uuid4(), 0, [event], NOON, context=context) for _ in range(2000)]
                await log.append_in(connection, *appends)


async def _relay(dsn: str, pool: Pool, bootstrap: str) -> float:
    await pool.execute("DELETE FROM relay_cursors")
    relay = Relay(dsn, pool, bootstrap, [EventFeed(pool)], [], Health(pool, bootstrap))
    began = time.perf_counter()
    task = asyncio.ensure_future(relay.run())
    while await pool.fetchval("SELECT coalesce(max(position), 0) FROM relay_cursors") < EVENTS:
        await asyncio.sleep(0.02)
    took = time.perf_counter() - began
    task.cancel()
    await asyncio.wait([task])
    return EVENTS / took


async def _produce(bootstrap: str, page: Sequence[Outgoing]) -> float:
    headers = list(HEADERS)
    began = time.perf_counter()
    async with open_producer(bootstrap) as producer:
        acks = [await producer.send(COMPLAINTS, value=item.value, key=item.key, headers=headers) for item in page]
        await asyncio.gather(*acks)
        return len(page) / (time.perf_counter() - began)
