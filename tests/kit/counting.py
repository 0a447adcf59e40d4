"""A subscription that writes what it is given into a table: the simplest effect that can be lost or doubled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from chassis.consumer import Received, Subscription
from chassis.health import Health
from chassis.kafka import Consumers
from chassis.postgres import Connection, Pool

CREATE = """
CREATE TABLE IF NOT EXISTS effects (
    place bigint GENERATED ALWAYS AS IDENTITY, subject uuid, version integer, event_id uuid
)
"""


async def write_effects(connection: Connection, items: Sequence[Received]) -> None:
    """Insert one row per event, without any guard against doubles: the fence has to be the guard."""
    await connection.execute(
        "INSERT INTO effects (subject, version, event_id)"
        " SELECT subject, version, event_id"
        " FROM unnest($1::uuid[], $2::integer[], $3::uuid[]) AS given (subject, version, event_id)",
        [item.subject for item in items],
        [item.envelope.sequence for item in items],
        [item.envelope.id for item in items],
    )


async def counting(
    pool: Pool, group: str, *topics: str, apply: Callable[..., Awaitable[None]] = write_effects, **more: Any
) -> "Subscription[Received]":
    """Make the effects table and a subscription that fills it."""
    await pool.execute(CREATE)
    return Subscription(group=group, topics=topics, apply=apply, **more)


@asynccontextmanager
async def consuming(
    bootstrap: str,
    pool: Pool,
    subscription: "Subscription[Any]",
    health: Health | None = None,
    client: dict[str, int] | None = None,
) -> AsyncIterator[Consumers]:
    """Run one subscription like a service does, and stop it like a service does."""
    health = health or Health(pool, bootstrap)
    consumers = Consumers(bootstrap, pool, [subscription], health, client or {})
    task = asyncio.ensure_future(consumers.run())
    try:
        yield consumers
    finally:
        health.stopping.set()
        await asyncio.wait_for(task, 20)


async def effects(pool: Pool) -> list[tuple[str, int]]:
    """Give subject and version of each effect, in the order in which they were written."""
    rows = await pool.fetch("SELECT subject, version FROM effects ORDER BY place")
    return [(str(row["subject"]), row["version"]) for row in rows]


async def until(check: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.05)


async def until_effects(pool: Pool, count: int, seconds: float = 20) -> None:
    """Wait for this many effects."""

    async def enough() -> bool:
        found: int = await pool.fetchval("SELECT count(*) FROM effects")
        return found >= count

    await until(enough, seconds)
