"""Fixtures of the chassis tests: a migrated database, topics of their own, and a log that writes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.event_log import EventLog
from chassis.health import Health
from chassis.migrate import migrate
from chassis.postgres import Pool, create_pool
from kentongan.stack.kafka import Kafka
from kit.servers import PostgresForTests
from kit.streams import fresh_topic


@pytest_asyncio.fixture
async def dsn(postgres: PostgresForTests) -> str:
    """Give a new database with the chassis' tables."""
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis")
    return dsn


@pytest_asyncio.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """Give a pool on the new database."""
    pool = await create_pool(dsn, application="test", size=10)
    yield pool
    pool.terminate()


@pytest.fixture
def health(pool: Pool, kafka: Kafka) -> Health:
    """Give the health of a process that has just begun."""
    return Health(pool, kafka.bootstrap)


@pytest_asyncio.fixture
async def log(pool: Pool, health: Health) -> AsyncIterator[EventLog]:
    """Give intake's log with its writer running."""
    log = EventLog(pool, "intake", health)
    writer = asyncio.ensure_future(log.run())
    yield log
    writer.cancel()


@pytest_asyncio.fixture
async def topic(kafka: Kafka) -> str:
    """Give a topic of twelve partitions that no other test uses."""
    return await fresh_topic(kafka.bootstrap, partitions=12)
