"""Filing over HTTP: what is accepted, what is refused and how it is said."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.intake import ComplaintFiled
from contracts.sealing import text_of
from kit.filing import IMPORT_TOKEN, Intake, body

IMPORT = {"Authorization": f"Bearer {IMPORT_TOKEN}"}


async def event_of(intake: Intake, receipt: dict[str, Any]) -> ComplaintFiled:
    """Read the filed event back from the log, opened."""
    [recorded] = await intake.log.load(receipt["id"])
    [opened] = await intake.keys.open([recorded.envelope()])
    assert isinstance(opened.data, ComplaintFiled)
    return opened.data


async def mistakes(intake: Intake, said_in: str = "en", **changes: Any) -> dict[str, str]:
    """File what is refused; give what is said about each field."""
    answer = await intake.client.post(f"/api/complaints?lang={said_in}", json=body(**changes))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    return {error["field"]: error["detail"] for error in answer.json()["errors"]}


async def test_the_receipt_tells_code_secret_promises_and_where_to_look(intake: Intake) -> None:
    receipt = await intake.file()
    assert receipt["code"].startswith("KTG-35.04-")
    assert len(receipt["secret"]) == 26
    assert [due["clock"] for due in receipt["dues"]] == ["verification", "resolution"]
    assert receipt["tracking_url"] == f"{intake.url}/track/{receipt['code']}"


async def test_what_was_sent_is_in_the_log_when_201_is_answered(intake: Intake) -> None:
    receipt = await intake.file()
    event = await event_of(intake, receipt)
    assert text_of(event.title) == "Jalan berlubang di depan Pasar Contoh"
    assert text_of(event.description) == "Sudah dua bulan berlubang.\nKalau hujan tidak kelihatan."
    assert text_of(event.reporter_phone) == "+6281234567890"


async def test_no_personal_text_stands_open_in_the_database(intake: Intake) -> None:
    receipt = await intake.file(title="Rahasia XYZZY", reporter={"name": "XYZZY", "email": "xyzzy@contoh.test"})
    rows = await intake.pool.fetch("SELECT data::text, metadata::text FROM events WHERE stream_id = $1", receipt["id"])
    assert rows
    assert "xyzzy" not in str(rows).lower()
    kept = await intake.pool.fetch("SELECT code, secret_hash FROM complaint_codes WHERE code = $1", receipt["code"])
    assert receipt["secret"] not in str(kept)


async def test_the_smallest_filing_is_enough(intake: Intake) -> None:
    receipt = await intake.file(address=None, happened_on=None, reporter=None)
    event = await event_of(intake, receipt)
    assert event.reporter_name is event.reporter_email is event.reporter_phone is event.address is None
    assert (event.visibility, event.channel, event.language) == ("named", "api", "id")


async def test_texts_are_normalised(intake: Intake) -> None:
    receipt = await intake.file(title="  Jalan\u202e  cafe\u0301 ", description="a\r\nb\u0000c", address="   ")
    event = await event_of(intake, receipt)
    assert text_of(event.title) == "Jalan café"
    assert text_of(event.description) == "a\nbc"
    assert event.address is None


async def test_every_mistake_is_named_at_once(intake: Intake) -> None:
    answer = await intake.client.post("/api/complaints", json={"title": "", "reporter": {"email": "x", "phone": "12"}})
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {
        "classification", "category", "area", "title", "description", "reporter.email", "reporter.phone",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"classification": "rant"}, "classification"),
        ({"category": "cuaca"}, "category"),
        ({"category": "NOT A CODE"}, "category"),
        ({"area": "35.99"}, "area"),
        ({"area": "35"}, "area"),
        ({"area": "kota"}, "area"),
        ({"title": " \u202e "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"description": "x" * 10_001}, "description"),
        ({"happened_on": "2999-01-01"}, "happened_on"),
        ({"happened_on": "2026-02-30"}, "happened_on"),
        ({"point": {"latitude": 91, "longitude": 0}}, "point.latitude"),
        ({"point": {"latitude": 52.4, "longitude": 4.9}}, "point"),
        ({"point": {"latitude": -8.0}}, "point.longitude"),
        ({"reporter": {"name": "x" * 121}}, "reporter.name"),
        ({"reporter": {"email": "budi@contoh.test\nBcc: x@y.id"}}, "reporter.email"),
        ({"visibility": "hidden"}, "visibility"),
        ({"language": "nl"}, "language"),
        ({"secret": "x"}, "secret"),
    ],
)
async def test_what_does_not_fit_is_refused_by_field(intake: Intake, changes: dict[str, Any], field: str) -> None:
    assert list(await mistakes(intake, **changes)) == [field]


async def test_mistakes_are_said_in_the_asked_language(intake: Intake) -> None:
    assert await mistakes(intake, "id", category="cuaca") == {"category": "Kategori ini tidak dikenal."}
    assert await mistakes(intake, "en", category="cuaca") == {"category": "There is no such category."}


async def test_a_mistake_never_repeats_what_was_sent(intake: Intake) -> None:
    answer = await intake.client.post("/api/complaints", json=body(reporter={"email": "XYZZY is no address"}))
    assert "XYZZY" not in answer.text


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"null", b'"\xff"', b'{"title": "\\ud800"}'])
async def test_a_broken_body_is_a_problem_not_a_crash(intake: Intake, sent: bytes) -> None:
    answer = await intake.client.post("/api/complaints", content=sent)
    assert answer.status_code in {400, 422}
    assert answer.json()["type"].endswith(("/problems/broken-json", "/problems/invalid"))


async def test_a_body_that_is_too_large_is_refused(intake: Intake) -> None:
    answer = await intake.client.post("/api/complaints", content=b" " * 300_000)
    assert answer.status_code == 413


async def test_an_import_files_for_the_past(intake: Intake) -> None:
    receipt = await intake.file(IMPORT, filed_at="2022-03-01T01:00:00Z", channel="import", happened_on="2022-02-28")
    [recorded] = await intake.log.load(receipt["id"])
    envelope = recorded.envelope()
    assert envelope.time == datetime(2022, 3, 1, 1, 0, tzinfo=UTC)
    # 3 March 2022 was Nyepi, then came a weekend.
    assert receipt["dues"][0] == {"clock": "verification", "at": "2022-03-07T16:59:59Z", "policy": "2018-12-31"}


@pytest.mark.parametrize("changes", [{"filed_at": "2022-03-01T01:00:00Z"}, {"channel": "web"}])
async def test_only_an_import_sets_time_or_channel(intake: Intake, changes: dict[str, str]) -> None:
    answer = await intake.client.post("/api/complaints", json=body(**changes))
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/problems/import-token-missing")


async def test_a_wrong_import_token_is_refused(intake: Intake) -> None:
    answer = await intake.client.post("/api/complaints", json=body(), headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_not_even_an_import_files_for_the_future(intake: Intake) -> None:
    answer = await intake.client.post("/api/complaints", json=body(filed_at="2999-01-01T00:00:00Z"), headers=IMPORT)
    assert [error["field"] for error in answer.json()["errors"]] == ["filed_at"]


@pytest.mark.parametrize("changes", [{"filed_at": "0001-01-01T00:00:00Z"}, {"happened_on": "0001-01-01"}])
async def test_nobody_complained_two_thousand_years_ago(intake: Intake, changes: dict[str, str]) -> None:
    """PostgreSQL's driver takes the first moment that Python knows for minus infinity."""
    answer = await intake.client.post("/api/complaints", json=body(**changes), headers=IMPORT)
    assert [error["field"] for error in answer.json()["errors"]] == list(changes)


async def test_a_time_without_a_zone_is_refused(intake: Intake) -> None:
    answer = await intake.client.post("/api/complaints", json=body(filed_at="2022-03-01T01:00:00"), headers=IMPORT)
    assert [error["field"] for error in answer.json()["errors"]] == ["filed_at"]


async def test_a_page_of_another_site_cannot_file(intake: Intake) -> None:
    answer = await intake.client.post("/api/complaints", json=body(), headers={"Origin": "https://elsewhere.test"})
    assert answer.status_code == 403


async def test_areas_are_listed_level_by_level(intake: Intake) -> None:
    provinces = (await intake.client.get("/api/areas")).json()
    assert len(provinces) == 38
    districts = (await intake.client.get("/api/areas", params={"parent": "35.04"})).json()
    assert len(districts) == 19
    assert {"code": "35.04.01", "name": "Tulungagung", "level": 3} in districts
    villages = (await intake.client.get("/api/areas", params={"parent": "35.04.01"})).json()
    assert {"code": "35.04.01.1010", "name": "Kauman", "level": 4} in villages
    assert (await intake.client.get("/api/areas", params={"parent": "99"})).json() == []


async def test_categories_are_listed_in_both_languages(intake: Intake) -> None:
    categories = (await intake.client.get("/api/categories")).json()
    assert len(categories) >= 20
    assert {"code", "name", "group"} == set(categories[0])
    assert {"id", "en"} == set(categories[0]["name"])


async def test_the_description_of_the_api_tells_what_filing_takes(intake: Intake) -> None:
    document = (await intake.client.get("/openapi.json")).json()
    filing = document["paths"]["/api/complaints"]["post"]
    assert filing["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/FilingRequest"
    }
    described = document["components"]["schemas"]
    references = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert references <= set(described)
    assert described["FilingRequest"]["required"] == ["classification", "category", "area", "title", "description"]
