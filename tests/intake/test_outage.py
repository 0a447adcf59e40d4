"""The database goes away under a citizen's hands: nothing is lost, nothing is filed twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest_asyncio

from kit.filing import Intake, body, intake_in_process
from kit.servers import PostgresForTests, start_postgres

FORM = {
    "classification": "complaint",
    "category": "jalan-rusak",
    "province": "35",
    "regency": "35.04",
    "title": "Jalan berlubang",
    "description": "Sudah dua bulan.",
    "key": "key-of-the-form-0001",
}
PAGE = {"Accept": "text/html"}


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[PostgresForTests]:
    """Give a server that may be stopped."""
    server = await start_postgres(tmp_path)
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def fragile(server: PostgresForTests) -> AsyncIterator[Intake]:
    """Give intake on that server."""
    async with intake_in_process(await server.fresh_database()) as running:
        yield running


async def test_a_form_sent_into_an_outage_files_once(fragile: Intake, server: PostgresForTests) -> None:
    await server.stop()
    unsure = await fragile.client.post("/complaints?lang=en", data=FORM, headers=PAGE)
    assert unsure.status_code == 503
    assert "it will not be filed twice" in unsure.text
    assert 'value="key-of-the-form-0001"' in unsure.text
    assert 'value="Jalan berlubang"' in unsure.text

    await server.start()
    sent = [await fragile.client.post("/complaints", data=FORM, headers=PAGE) for _ in range(2)]
    assert {answer.status_code for answer in sent} == {303}
    assert len({answer.headers["location"] for answer in sent}) == 1
    assert await fragile.pool.fetchval("SELECT count(*) FROM complaint_codes") == 1


async def test_a_program_is_told_to_ask_again(fragile: Intake, server: PostgresForTests) -> None:
    receipt = await fragile.file()
    await server.stop()
    refused: list[httpx2.Response] = [
        await fragile.client.post("/api/complaints", json=body(), headers={"Idempotency-Key": "key-0001"}),
        await fragile.read(receipt["code"], receipt["secret"]),
    ]
    for answer in refused:
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.headers["content-type"].startswith("application/problem+json")

    await server.start()
    assert (await fragile.read(receipt["code"], receipt["secret"])).status_code == 200
    await fragile.file({"Idempotency-Key": "key-0001"})
