"""The same request twice files once and is answered the same; also when the first answer never arrived."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any, cast

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from chassis.migrate import migrate
from contracts.intake import ComplaintFiled
from contracts.sealing import text_of
from kit.filing import Intake, IntakeProcess, body
from kit.servers import PostgresForTests

TWINS = 50


def key() -> dict[str, str]:
    """Make a key as a client would."""
    return {"Idempotency-Key": str(uuid.uuid4())}


async def count(intake: Intake, title: str) -> int:
    """Count the complaints with a title in the log."""
    rows = await intake.pool.fetch("SELECT stream_id FROM events WHERE version = 1")
    streams = [await intake.log.load(row["stream_id"]) for row in rows]
    opened = await intake.keys.open([first.envelope() for first, *_ in streams])
    return sum(text_of(cast(ComplaintFiled, envelope.data).title) == title for envelope in opened)


async def test_the_same_request_again_gets_the_first_answer(intake: Intake) -> None:
    headers = key()
    answers = [await intake.client.post("/api/complaints", json=body(), headers=headers) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1


async def test_the_repeated_secret_opens_the_complaint(intake: Intake) -> None:
    headers = key()
    await intake.file(headers)
    receipt = await intake.file(headers)
    assert (await intake.read(receipt["code"], receipt["secret"])).json()["title"] == body()["title"]


async def test_the_same_key_for_another_request_is_refused(intake: Intake) -> None:
    headers = key()
    await intake.file(headers)
    answer = await intake.client.post("/api/complaints", json=body(title="Lain"), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/idempotency-key-reused")
    assert await count(intake, "Lain") == 0


async def test_without_a_key_every_request_files(intake: Intake) -> None:
    assert len({(await intake.file())["code"] for _ in range(3)}) == 3


@pytest.mark.parametrize("unusable", ["short", "x" * 256])
async def test_an_unusable_key_is_refused(intake: Intake, unusable: str) -> None:
    answer = await intake.client.post("/api/complaints", json=body(), headers={"Idempotency-Key": unusable})
    assert answer.status_code == 400


async def test_a_refused_request_does_not_use_its_key_up(intake: Intake) -> None:
    headers = key()
    assert (await intake.client.post("/api/complaints", json=body(category="x"), headers=headers)).status_code == 422
    await intake.file(headers)


async def test_fifty_twins_at_once_file_once(intake: Intake) -> None:
    headers, title = key(), f"Kembar {uuid.uuid4()}"
    sent = [intake.client.post("/api/complaints", json=body(title=title), headers=headers) for _ in range(TWINS)]
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await count(intake, title) == 1


async def test_twins_do_not_disturb_strangers_in_the_same_commit(intake: Intake) -> None:
    headers = key()
    sent = [intake.file(headers) for _ in range(20)] + [intake.file() for _ in range(20)]
    receipts = await asyncio.gather(*sent)
    assert len({receipt["code"] for receipt in receipts}) == 21


async def test_an_answer_is_not_repeated_with_a_secret_that_opens_nothing(intake: Intake) -> None:
    headers = key()
    receipt = await intake.file(headers)
    await intake.pool.execute(
        "UPDATE complaint_codes SET secret_hash = '\\x00' WHERE code = $1", receipt["code"]
    )  # as if the service's secret key had been changed since
    answer = await intake.client.post("/api/complaints", json=body(), headers=headers)
    assert answer.status_code == 409
    assert "secret" not in answer.json()


@pytest_asyncio.fixture
async def dsn(postgres: PostgresForTests) -> str:
    """Give a database of its own."""
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis", "intake")
    return dsn


@pytest_asyncio.fixture
async def process(dsn: str) -> AsyncIterator[IntakeProcess]:
    """Give the part of intake that takes complaints, as a process."""
    process = IntakeProcess(dsn, mode="web")
    await process.start()
    yield process
    await process.stop()


async def test_twins_around_a_kill_file_once(process: IntakeProcess, dsn: str) -> None:
    headers = [key() for _ in range(20)]
    before = await _send_all(process.url, headers, meanwhile=process.kill())
    await process.start()
    after = await _send_all(process.url, headers)
    assert all(answer is not None and answer["code"] for answer in after)
    assert [first for first, last in zip(before, after, strict=True) if first not in (None, last)] == []
    connection = await asyncpg.connect(dsn)
    try:
        assert await connection.fetchval("SELECT count(*) FROM events") == len(headers)
        assert await connection.fetchval("SELECT count(*) FROM complaint_codes") == len(headers)
    finally:
        await connection.close()


async def _send_all(url: str, headers: list[dict[str, str]], meanwhile: Any = None) -> list[dict[str, Any] | None]:
    """Send each request with five twins; give one answer each, None when none came; twins must agree."""
    async with httpx2.AsyncClient(base_url=url, timeout=10) as client:

        async def send(own: dict[str, str]) -> dict[str, Any] | None:
            twins = await asyncio.gather(*[_receipt(client, own) for _ in range(5)])
            told = [twin for twin in twins if twin is not None]
            assert all(twin == told[0] for twin in told)
            return told[0] if told else None

        sending = asyncio.gather(*[send(own) for own in headers])
        if meanwhile is not None:
            await asyncio.sleep(0.03)
            await meanwhile
        return await sending


async def _receipt(client: httpx2.AsyncClient, headers: dict[str, str]) -> dict[str, Any] | None:
    try:
        answer = await client.post("/api/complaints", json=body(), headers=headers)
    except httpx2.TransportError:
        return None
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt
