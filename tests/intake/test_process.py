"""Intake as it runs: one process that takes complaints, publishes them and hears what becomes of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest_asyncio

from chassis.keys import KeyStore
from chassis.migrate import migrate
from chassis.postgres import create_pool
from contracts import routing
from contracts.catalogue import CATALOGUE
from contracts.sealing import Clear, DataKey
from contracts.topics import COMPLAINTS, DATA_KEYS, TOPICS
from contracts.vocabulary import Actor
from kentongan import topics
from kentongan.stack.kafka import Kafka
from kit.filing import KEY_ENCRYPTION_KEY, IntakeProcess, body
from kit.routed import RoutingStream
from kit.sample_events import BY
from kit.servers import PostgresForTests
from kit.streams import publish, read_topic


@pytest_asyncio.fixture
async def dsn(postgres: PostgresForTests) -> str:
    """Give a database of its own."""
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis", "intake")
    return dsn


@pytest_asyncio.fixture
async def client(dsn: str, kafka: Kafka) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a client of a whole intake."""
    await asyncio.to_thread(topics.create, kafka.bootstrap, TOPICS)
    process = IntakeProcess(dsn, kafka.bootstrap)
    await process.start()
    async with httpx2.AsyncClient(base_url=process.url, timeout=30) as client:
        yield client
    await process.stop()


async def key_of(dsn: str, complaint: UUID) -> DataKey:
    """Read a complaint's key as intake keeps it."""
    pool = await create_pool(dsn, application="test", size=2)
    key = await KeyStore(pool, {1: KEY_ENCRYPTION_KEY}, DATA_KEYS).get(complaint)
    pool.terminate()
    assert key is not None
    return key


async def test_a_complaint_goes_out_and_its_answer_comes_back(
    client: httpx2.AsyncClient, dsn: str, kafka: Kafka
) -> None:
    receipt = (await client.post("/api/complaints", json=body())).json()
    complaint = UUID(receipt["id"])
    await _published(kafka, complaint)

    answer = routing.ResponseGiven(
        by=Actor(agency="35.04.dlh", officer=UUID(int=7)), text=Clear("Sudah diangkut."), final=True
    )
    verified = routing.ComplaintVerified(by=BY, classification="complaint", category="sampah")
    stream = RoutingStream(complaint, await key_of(dsn, complaint)).add(verified, answer)
    await publish(kafka.bootstrap, COMPLAINTS, [(str(complaint).encode(), wire) for wire in stream.wires])

    async with asyncio.timeout(20):
        seen = await _look(client, receipt)
        while seen["status"] != "answered":
            await asyncio.sleep(0.1)
            seen = await _look(client, receipt)
    assert [each["text"] for each in seen["responses"]] == ["Sudah diangkut."]


async def _look(client: httpx2.AsyncClient, receipt: dict[str, str]) -> dict[str, Any]:
    headers = {"Complaint-Secret": receipt["secret"]}
    answer = await client.get(f"/api/complaints/{receipt['code']}", headers=headers)
    seen: dict[str, Any] = answer.json()
    return seen


async def _published(kafka: Kafka, complaint: UUID) -> None:
    """Wait until others can read the filing on the topic, sealed and keyed by the complaint."""
    async with asyncio.timeout(20):
        while True:
            messages = await asyncio.to_thread(read_topic, kafka.bootstrap, COMPLAINTS, at_least=1)
            mine = [message for message in messages if message.key() == str(complaint).encode()]
            if mine:
                break
    envelope = CATALOGUE.read(mine[0].value())
    assert envelope.subject == complaint
    assert "Budi" not in mine[0].value().decode()
    assert json.loads(mine[0].value())["data"]["code"].startswith("KTG-35.04-")
