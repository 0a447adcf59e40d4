"""Fixtures of the routing tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from kit.servers import PostgresForTests
from kit.workbench import Office, Workbench, office, workbench


@pytest_asyncio.fixture
async def bench(postgres: PostgresForTests) -> AsyncIterator[Workbench]:
    """Give routing in a database of its own."""
    async with workbench(postgres) as made:
        yield made


@pytest_asyncio.fixture
async def desk(bench: Workbench) -> AsyncIterator[Office]:
    """Give routing on a port."""
    async with office(bench) as served:
        yield served
