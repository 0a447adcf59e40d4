"""Reporting's projector draining a topic, beside a bare consumer doing the same upsert without fence or framework."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.ground import Ground, pool_on
from bench.measure import Result, compare
from bench.samples import NOON, filed
from chassis.consumer import Raw, Subscription, read_event
from chassis.health import Health
from chassis.kafka import CLIENT, MAX_RECORDS, Consumers
from chassis.postgres import Pool
from chassis.relay import open_producer
from contracts.envelope import Context, compose, context_json
from reporting.consumers import apply_complaints
from reporting.projections.complaint_current import TYPES

EVENTS = 40_000


async def measure(ground: Ground, rounds: int) -> list[Result]:
    """Compare events per second from the topic into the same tables."""
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    await _fill(ground.kafka.bootstrap, topic)

    async def timed(drain: Callable[[Pool, str, str], Awaitable[None]]) -> float:
        dsn = await ground.database("reporting")
        async with pool_on(dsn) as pool:
            began = time.perf_counter()
            await drain(pool, ground.kafka.bootstrap, topic)
            return EVENTS / (time.perf_counter() - began)

    return [
        await compare(
            "projector vs raw getmany + same upsert",
            lambda: timed(_project),
            lambda: timed(_bare),
            goal=0.6,
            unit="events/s",
            rounds=rounds,
        )
    ]


async def _fill(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 12, 1)])
    await admin.close()
    event, context = filed(), Context(correlationid="bench")
    data = event.model_dump_json(exclude_none=True)
    async with open_producer(bootstrap) as producer:
        for _ in range(EVENTS):
            subject = uuid.uuid4()
            wire = compose(context_json(type(event), uuid.uuid4(), subject, 1, NOON, context), data)
            await producer.send(topic, value=wire.encode(), key=str(subject).encode())
        await producer.flush()


async def _project(pool: Pool, bootstrap: str, topic: str) -> None:
    subscription = Subscription(f"bench-{uuid.uuid4().hex}", (topic,), apply_complaints, types=TYPES)
    health = Health(pool, bootstrap)
    task = asyncio.ensure_future(Consumers(bootstrap, pool, [subscription], health).run())
    while await pool.fetchval("SELECT coalesce(sum(next_offset), 0) FROM consumer_offsets") < EVENTS:
        await asyncio.sleep(0.02)
    health.stopping.set()
    await task


async def _bare(pool: Pool, bootstrap: str, topic: str) -> None:
    client = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=f"bench-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **CLIENT,
    )
    await client.start()
    done = 0
    while done < EVENTS:
        batches = await client.getmany(timeout_ms=50, max_records=MAX_RECORDS)
        records = [record for batch in batches.values() for record in batch]
        if records:
            items = [read_event(Raw(r.topic, r.partition, r.offset, r.key, r.value)) for r in records]
            async with pool.acquire() as connection, connection.transaction():
                await apply_complaints(connection, items)
            await client.commit()
            done += len(records)
    await client.stop()
