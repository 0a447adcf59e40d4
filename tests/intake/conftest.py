"""Fixtures of the intake tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from kit.filing import Intake, intake_in_process
from kit.routed import Postman
from kit.servers import PostgresForTests


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def intake(postgres: PostgresForTests) -> AsyncIterator[Intake]:
    """Give intake, serving; one for all tests, so a test looks only at complaints of its own."""
    async with intake_in_process(await postgres.fresh_database()) as running:
        yield running


@pytest_asyncio.fixture
async def deliver(intake: Intake) -> Postman:
    """Give a postman; what earlier ones delivered is not remembered as an offset."""
    await intake.pool.execute("DELETE FROM consumer_offsets")
    return Postman(intake.pool)
