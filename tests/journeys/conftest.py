"""One whole stack for all journeys, run by `kentongan up` as anybody would run it."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from kit.stack import SERVICES, running
from kit.town import Town


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Give a running stack without demo data, and the people in it."""
    folder = tmp_path_factory.mktemp("journeys")
    async with running(folder / "data") as stack, httpx2.AsyncClient(timeout=30) as client:
        yield Town(stack, client)


@pytest_asyncio.fixture
async def town(whole_town: Town) -> Town:
    """Give the stack once every service answers: a test before this one may have killed some."""
    async with asyncio.timeout(60):
        for service in SERVICES:
            while not await whole_town.stack.ready(service):
                await asyncio.sleep(0.1)
    return whole_town
