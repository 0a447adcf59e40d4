"""Fixtures of the reporting tests: a migrated database of their own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from chassis.migrate import migrate
from chassis.postgres import Pool, create_pool
from kit.servers import PostgresForTests


@pytest_asyncio.fixture
async def dsn(postgres: PostgresForTests) -> str:
    """Give a new database with reporting's tables."""
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis", "reporting")
    return dsn


@pytest_asyncio.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """Give a pool on the new database."""
    pool = await create_pool(dsn, application="test", size=10)
    yield pool
    pool.terminate()
