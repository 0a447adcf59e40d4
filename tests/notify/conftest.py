"""Fixtures of the notify tests: a migrated database, keys, and what a sender works with."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.event_log import EventLog
from chassis.health import Health
from chassis.keys import KeyStore
from chassis.migrate import migrate
from chassis.postgres import Pool, create_pool
from contracts.topics import DATA_KEYS
from kit.post import Sink, running
from kit.servers import PostgresForTests


@pytest_asyncio.fixture
async def dsn(postgres: PostgresForTests) -> str:
    """Give a new database with notify's tables."""
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis", "notify")
    return dsn


@pytest_asyncio.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """Give a pool on the new database."""
    pool = await create_pool(dsn, application="test", size=10)
    yield pool
    pool.terminate()


@pytest.fixture
def health(pool: Pool) -> Health:
    """Give the health of a process that has just begun."""
    return Health(pool, "127.0.0.1:1")


@pytest.fixture
def log(pool: Pool, health: Health) -> EventLog:
    """Give notify's event log; its writer does not run, since notify writes inside its own transactions."""
    return EventLog(pool, "notify", health)


@pytest.fixture
def keys(pool: Pool) -> KeyStore:
    """Give notify's key table."""
    return KeyStore(pool, {1: bytes(range(32))}, DATA_KEYS)


@pytest_asyncio.fixture
async def sink() -> AsyncIterator[Sink]:
    """Give a mail server that takes everything."""
    async with running(Sink()) as listening:
        yield listening
