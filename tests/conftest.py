"""Fixtures every folder of tests shares; helpers live in tests/kit, never here."""

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis import logs
from kentongan.stack.kafka import Kafka
from kit import servers

pytest_plugins = ["kit.browser"]


def pytest_configure() -> None:
    """Log as services do: structlog's own default draws every local variable of a failure, which takes minutes."""
    logs.configure("tests", "warning", sys.__stderr__)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kafka]:
    """Give a running broker, one for the whole session: use topic and group names of your own."""
    broker = await servers.start_kafka(tmp_path_factory.mktemp("kafka"))
    yield broker
    await broker.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[servers.PostgresForTests]:
    """Give a running server, one for the whole session: `await postgres.fresh_database()` for a dsn."""
    server = await servers.start_postgres(tmp_path_factory.mktemp("postgres"))
    yield server
    await server.stop()
