"""Group commit, beside bare inserts of the same rows in the same batch sizes."""

import asyncio
import time
import uuid

from bench.ground import Ground, pool_on
from bench.measure import Result, compare
from bench.samples import NOON, filed
from chassis.event_log import Append, EventLog
from chassis.health import Health
from chassis.postgres import Pool
from contracts.envelope import Context, context_json

EVENTS = 20_000
BARE = """
INSERT INTO bare (stream_id, version, event_id, type, data, metadata)
SELECT stream_id, version, event_id, type, data, metadata
FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::json[], $6::json[])
    AS given (stream_id, version, event_id, type, data, metadata)
"""


async def measure(ground: Ground, rounds: int, batches: tuple[int, ...] = (50, 200)) -> list[Result]:
    """Compare events per second, for so many deciders that each commit carries about so many events."""
    dsn = await ground.database()
    async with pool_on(dsn) as pool:
        await pool.execute("CREATE TABLE bare (LIKE events INCLUDING ALL)")
        return [await _compare(pool, ground.kafka.bootstrap, batch, rounds) for batch in batches]


async def _compare(pool: Pool, bootstrap: str, batch: int, rounds: int) -> Result:
    return await compare(
        f"append vs raw insert, batches of {batch}",
        lambda: _append(pool, bootstrap, batch),
        lambda: _insert(pool, batch),
        goal=0.7,
        unit="events/s",
        rounds=rounds,
    )


async def _append(pool: Pool, bootstrap: str, deciders: int) -> float:
    log = EventLog(pool, "intake", Health(pool, bootstrap))
    writer = asyncio.ensure_future(log.run())
    event, context = filed(), Context(correlationid="bench")

    async def decide(count: int) -> None:
        for _ in range(count):
            await log.append(Append(uuid.uuid4(), 0, [event], NOON, context=context))

    began = time.perf_counter()
    await asyncio.gather(*[decide(EVENTS // deciders) for _ in range(deciders)])
    took = time.perf_counter() - began
    writer.cancel()
    return EVENTS / took


async def _insert(pool: Pool, batch: int) -> float:
    event = filed()
    data = event.model_dump_json(exclude_none=True)
    head = context_json(type(event), uuid.uuid4(), uuid.uuid4(), 1, NOON, Context(correlationid="bench"))
    async with pool.acquire() as connection:
        began = time.perf_counter()
        for _ in range(EVENTS // batch):
            ids = [uuid.uuid4() for _ in range(batch)]
            async with connection.transaction():
                await connection.execute(
                    BARE, ids, [1] * batch, ids, [event.type] * batch, [data] * batch, [head] * batch
                )
        return EVENTS / (time.perf_counter() - began)
