"""What a secret complaint leaves behind where the public, logs and figures could find it: nothing."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2

from kit import evidence
from kit.town import Town, until

TITLE = "Kuitansi palsu bernomor rahasia"
TEXT = "Bendahara meminta uang di ruang arsip lama."
NAME = "Warga Contoh Rahasia"
WORDS = (TITLE, TEXT, NAME, "rahasia@contoh.example")


async def filed_in_secret(town: Town) -> dict[str, Any]:
    """File one and let it be answered."""
    filed = await town.file(
        visibility="secret",
        title=TITLE,
        description=TEXT,
        category="pungutan-liar",
        point={"latitude": -8.0654, "longitude": 111.9022},
        reporter={"name": NAME, "email": "rahasia@contoh.example"},
    )
    await town.handle(filed["id"], "Sudah diperiksa secara tertutup.")
    return filed


async def test_a_secret_complaint_looks_like_none_at_all(town: Town) -> None:
    filed = await filed_in_secret(town)
    absent = filed["code"][:-9] + "0000-0000"
    answers = [await town.look(filed["code"]), await town.look(filed["code"], "A" * 26), await town.look(absent)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({_said(answer) for answer in answers}) == 1
    pages = [await town.client.get(town.url("intake", f"/track/{code}")) for code in (filed["code"], absent)]
    assert pages[0].status_code == pages[1].status_code
    assert not any(word in page.text for page in pages for word in WORDS)
    assert (await town.look(filed["code"], filed["secret"])).json()["title"] == TITLE


def _said(answer: httpx2.Response) -> tuple[str, str]:
    body = answer.json()
    return body["type"], body["title"]


async def test_public_pages_and_figures_never_name_it(town: Town) -> None:
    filed = await filed_in_secret(town)

    async def counted() -> list[dict[str, Any]] | None:
        question = "SELECT code, area, visibility, first_response_at FROM analytics.complaint_current WHERE id = $1"
        found = await evidence.rows(town.stack.facts["analytics"]["dsn"], question, UUID(filed["id"]))
        return found if found and found[0]["first_response_at"] else None

    [row] = await until(counted, "the row in the figures")
    assert row["code"] is None
    assert row["area"] == "35.04"
    public = [
        ("intake", "/"),
        ("intake", "/track"),
        ("reporting", "/?period=all"),
        ("reporting", "/api/figures?period=all"),
        ("reporting", "/api/figures/agencies.csv?period=all"),
        ("routing", "/api/agencies"),
        *((service, "/metrics") for service in ("intake", "routing", "notify", "reporting")),
    ]
    for part, path in public:
        text = (await town.client.get(town.url(part, path))).text
        assert filed["code"] not in text, path
        assert filed["id"] not in text, path
        assert not any(word in text for word in WORDS), path


async def test_an_agency_handles_it_without_knowing_who_filed_it(town: Town) -> None:
    filed = await filed_in_secret(town)
    case = await town.arrived(filed["id"])
    assert case["title"] == TITLE
    assert case["reporter"] == {"name": None, "email": None, "phone": None}
    assert not any(NAME in str(event) for event in await town.stream())


async def test_neither_kafka_nor_any_log_nor_any_table_holds_its_words_in_clear(town: Town) -> None:
    await filed_in_secret(town)
    marks = await evidence.watermarks(town.stack.bootstrap)
    topics = await evidence.records(town.stack.bootstrap, {topic for topic, _ in marks})
    for topic, records in topics.items():
        whole = b"\n".join(record.value or b"" for record in records)
        assert not any(word.encode() in whole for word in WORDS), topic
        assert b"111.9022" not in whole, topic
    for log in town.stack.layout.logs.iterdir():
        text = log.read_text(errors="replace")
        assert not any(word in text for word in WORDS), log.name
    await _each_table(town, _holds_no_word)


async def _each_table(town: Town, check: Callable[[str, str], Awaitable[None]]) -> None:
    for service in ("intake", "routing", "notify", "reporting"):
        dsn = town.stack.dsn(service)
        tables = await evidence.rows(dsn, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in tables:
            await check(dsn, table["tablename"])


async def _holds_no_word(dsn: str, table: str) -> None:
    found = await evidence.rows(dsn, f"SELECT t::text AS line FROM {table} AS t")  # noqa: S608 - a name out of the catalogue
    assert not any(word in row["line"] for row in found for word in WORDS), table
