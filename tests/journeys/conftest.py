"""One whole stack for all journeys, run by `kentongan up` as anybody would run it."""

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from kit.stack import running
from kit.town import Town


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Give a running stack without demo data, and the people in it."""
    folder = tmp_path_factory.mktemp("journeys")
    async with running(folder / "data") as stack, httpx2.AsyncClient(timeout=30) as client:
        yield Town(stack, client)
