"""Fixtures of the intake tests."""

from collections.abc import AsyncIterator

import pytest_asyncio
from kit.browser import browser, open_page, screenshot
from kit.filing import Intake, intake_in_process
from kit.servers import PostgresForTests

__all__ = ["browser", "open_page", "screenshot"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def intake(postgres: PostgresForTests) -> AsyncIterator[Intake]:
    """Give intake, serving; one for all tests, so a test looks only at complaints of its own."""
    async with intake_in_process(await postgres.fresh_database()) as running:
        yield running
