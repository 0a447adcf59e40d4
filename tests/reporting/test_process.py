"""Reporting as a process of its own: killed while it consumes, it goes on where it was; `verify` says so."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from contracts.topics import AGENCIES, COMPLAINTS
from kentongan import topics
from kentongan.stack.kafka import Kafka
from kentongan.stack.ports import free_port
from kit import projecting
from kit.histories import lives, topic
from kit.processes import ServiceProcess, run_once
from kit.servers import PostgresForTests, start_kafka


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kafka]:
    """Give a broker of our own: here the topics have their real names."""
    broker = await start_kafka(tmp_path_factory.mktemp("own-kafka"))
    await asyncio.to_thread(topics.create, broker.bootstrap)
    yield broker
    await broker.stop()


def variables_of(dsn: str, kafka: Kafka, port: int) -> Mapping[str, str]:
    return {
        "REPORTING_DATABASE_URL": dsn,
        "REPORTING_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "REPORTING_HTTP_PORT": str(port),
        "REPORTING_SECRET_KEY": "only-for-tests-only-for-tests-only",
    }


async def applied(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT coalesce(sum(next_offset), 0) FROM consumer_offsets"))
    finally:
        await connection.close()


async def until_applied(dsn: str, least: int) -> None:
    async with asyncio.timeout(60):
        while await applied(dsn) < least:
            await asyncio.sleep(0.01)


async def test_killed_while_it_consumes_it_goes_on_and_the_tables_are_the_fold_of_the_log(
    postgres: PostgresForTests, own_kafka: Kafka
) -> None:
    dsn, port = await postgres.fresh_database(), free_port()
    variables = variables_of(dsn, own_kafka, port)
    await run_once("reporting", "migrate", variables)
    log, tree = list(topic(lives(1500))), projecting.tree_of_agencies()
    await projecting.send(own_kafka.bootstrap, AGENCIES, tree)
    await projecting.send(own_kafka.bootstrap, COMPLAINTS, log[:4000])
    process = ServiceProcess("reporting", variables, f"http://127.0.0.1:{port}")
    try:
        await process.start()
        await until_applied(dsn, 1)
        await process.kill()
        await process.end()
        await process.start()
        await projecting.send(own_kafka.bootstrap, COMPLAINTS, log[4000:])
        await until_applied(dsn, len(log) + len(tree))
        async with httpx2.AsyncClient(base_url=process.url) as client:
            fresh = (await client.get("/api/freshness")).json()
        assert (fresh["position"], fresh["lag"]) == (len(log), 0)
        assert await process.stop() == 0
    finally:
        await process.end()
    said = await run_once("reporting", "verify", variables)
    assert f"{len(log) + len(tree)} events give 1500 complaints" in said
    assert f"{len(tree)} agencies: 0 differences" in said


async def test_a_role_made_after_the_migration_is_admitted_by_a_command(
    postgres: PostgresForTests, own_kafka: Kafka
) -> None:
    dsn = await postgres.fresh_database()
    variables = variables_of(dsn, own_kafka, free_port())
    await run_once("reporting", "migrate", variables)
    said = await run_once("reporting", "admit-analyst", variables)
    assert "role analyst may read schema analytics" in said
