"""Who may do what: every route times every kind of asker, own and foreign; and what leaks when it may not."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from contracts.vocabulary import Visibility
from kit.post import filed
from kit.workbench import PASSWORD, Office, Workbench, office
from routing.attempts import LIMIT
from routing.http.web import web
from routing.tokens import Tokens

AGENCY_BODY = {"name": {"id": "Kota Surabaya", "en": "City of Surabaya"}, "parent": "35", "areas": ["35.78"]}

MATRIX: list[tuple[str, str, dict[str, Any] | None, dict[str | None, int]]] = [
    # The case is at DLH, below Tulungagung, below East Java, below the nation; DPUPR is DLH's neighbour.
    (
        "GET",
        "/api/cases/{case}",
        None,
        {None: 401, "nasional": 200, "ombudsman": 200, "tulungagung": 200, "dlh": 200, "dpupr": 404, "import": 200},
    ),
    (
        "POST",
        "/api/cases/{case}/verifications",
        {},
        {None: 401, "nasional": 200, "ombudsman": 403, "tulungagung": 200, "dlh": 403, "dpupr": 404, "import": 422},
    ),
    (
        "POST",
        "/api/cases/{case}/forwards",
        {"to": "35.04.dlh"},
        {None: 401, "nasional": 200, "ombudsman": 403, "tulungagung": 200, "dlh": 200, "dpupr": 404, "import": 422},
    ),
    (
        "POST",
        "/api/cases/{case}/responses",
        {"text": "Sedang diperiksa.", "final": False},
        {None: 401, "nasional": 200, "ombudsman": 403, "tulungagung": 200, "dlh": 200, "dpupr": 404, "import": 422},
    ),
    (
        "GET",
        "/api/cases",
        None,
        {None: 401, "nasional": 200, "ombudsman": 200, "tulungagung": 200, "dlh": 200, "dpupr": 200, "import": 200},
    ),
    (
        "GET",
        "/agencies/35.04.dlh/events",
        None,
        {None: 401, "nasional": 200, "ombudsman": 200, "tulungagung": 200, "dlh": 200, "dpupr": 404, "import": 401},
    ),
    (
        "GET",
        "/agencies/35.04.dlh/keys/{case}",
        None,
        {None: 401, "nasional": 200, "ombudsman": 200, "tulungagung": 200, "dlh": 200, "dpupr": 404, "import": 401},
    ),
    ("GET", "/api/agencies", None, {None: 200, "dpupr": 200, "import": 200}),
    ("GET", "/api/agencies/35.04.dlh", None, {None: 200, "dpupr": 200}),
    (
        "PUT",
        "/api/agencies/35.78",
        AGENCY_BODY,
        {None: 401, "nasional": 403, "ombudsman": 403, "tulungagung": 403, "dlh": 403, "import": 201},
    ),
]

PUBLIC = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/docs"),
    ("GET", "/static/{name:path}"),
    ("GET", "/problems/{slug}"),
    ("POST", "/api/sessions"),
    ("GET", "/api/agencies"),
    ("GET", "/api/agencies/{code}"),
    ("GET", "/sign-in"),
}
"""Everything that nobody has to sign in for."""

FORMS = {("POST", "/sign-in"), ("POST", "/sign-out")}
"""Forms that change nothing without a token from a page of ours; tested with the pages."""


def every_route(app: FastAPI) -> Iterator[tuple[str, str]]:
    """List the routes of the app."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods or ())


@pytest.mark.parametrize(("method", "path", "body", "expected"), MATRIX, ids=[f"{m} {p}" for m, p, _, _ in MATRIX])
async def test_every_asker_gets_what_the_matrix_says(
    bench: Workbench, desk: Office, method: str, path: str, body: Any, expected: dict[str | None, int]
) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dlh"})
    found = {}
    for who in expected:
        answer = await desk.ask(
            who, method, path.format(case=complaint.id), json=body, headers={"accept": "application/json"}
        )
        found[who] = answer.status_code
    assert found == expected


async def test_every_route_is_public_by_decision_or_asks_who_you_are(bench: Workbench, desk: Office) -> None:
    for method, path in set(every_route(web(bench.runtime, bench.desk))) - PUBLIC - FORMS:
        concrete = path.format(case=uuid4(), key_id=uuid4(), code="35.04", decision="verifications")
        answer = await desk.ask(None, method, concrete, json={}, headers={"accept": "application/json"})
        assert answer.status_code in {401, 403}, (method, path, answer.status_code)


async def test_a_foreign_case_answers_exactly_like_a_missing_one(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    asked = {"": None, "/verifications": {}, "/forwards": {"to": "35.04.dlh"}, "/responses": {"text": "Sudah."}}
    for what, body in asked.items():
        method = "GET" if body is None else "POST"
        answers = [
            await desk.ask("dpupr", method, f"/api/cases/{case}{what}", json=body) for case in (complaint.id, uuid4())
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({_without_ids(answer.text) for answer in answers}) == 1
        assert len({tuple(sorted(_headers(answer))) for answer in answers}) == 1


async def test_a_foreign_agency_answers_exactly_like_a_missing_one(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    for path in ("events", f"keys/{complaint.id}"):
        answers = [await desk.ask("dpupr", "GET", f"/agencies/{code}/{path}") for code in ("35.04.dlh", "35.04.nihil")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({_without_ids(answer.text) for answer in answers}) == 1


def _without_ids(text: str) -> str:
    body = json.loads(text)
    return json.dumps({name: value for name, value in body.items() if name not in {"instance", "correlationid"}})


def _headers(answer: Any) -> Iterator[tuple[str, str]]:
    skipped = {"x-request-id", "date", "content-length"}
    return ((name, value) for name, value in answer.headers.items() if name not in skipped)


async def test_wrong_passwords_and_unknown_logins_answer_alike(desk: Office) -> None:
    answers = [
        await desk.ask(None, "POST", "/api/sessions", json={"login": login, "password": "salah-sekali"})
        for login in ("dlh", "tidak-ada")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert len({_without_ids(answer.text) for answer in answers}) == 1


async def test_whoever_guesses_has_to_wait(desk: Office) -> None:
    for _ in range(LIMIT):
        await desk.ask(None, "POST", "/api/sessions", json={"login": "dlh", "password": "salah-sekali"})
    answer = await desk.ask(None, "POST", "/api/sessions", json={"login": "dlh", "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    other = await desk.ask(None, "POST", "/api/sessions", json={"login": "dpupr", "password": PASSWORD})
    assert other.status_code == 201


async def test_a_login_with_a_nul_is_a_mistake_and_not_a_failure(desk: Office) -> None:
    answer = await desk.ask(None, "POST", "/api/sessions", json={"login": "a\0b", "password": "salah-sekali"})
    assert answer.status_code == 400


async def test_an_agency_s_name_has_no_control_characters(desk: Office) -> None:
    """What PostgreSQL takes for no text would be parked by everybody who keeps a list of agencies."""
    agency = {"name": {"id": "Dinas\0", "en": "Office"}, "parent": "id"}
    assert (await desk.ask("import", "PUT", "/api/agencies/35.99", json=agency)).status_code == 422


async def test_a_false_or_foreign_token_is_no_token(bench: Workbench, desk: Office) -> None:
    account = await bench.pool.fetchval("SELECT id FROM accounts WHERE login = 'dlh'")
    forged = Tokens("y" * 32).issue(account)
    true = await desk.token("dlh")
    for token in (forged, true[:-2], "nonsense", f"{true}x"):
        answer = await desk.ask(None, "GET", "/api/cases", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_closed_account_is_out_at_once(bench: Workbench, desk: Office) -> None:
    assert (await desk.ask("dlh", "GET", "/api/cases")).status_code == 200
    await bench.pool.execute("UPDATE accounts SET active = false WHERE login = 'dlh'")
    assert (await desk.ask("dlh", "GET", "/api/cases")).status_code == 401


async def test_an_account_that_moves_sees_its_new_agency_at_once(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dlh"})
    assert (await desk.ask("dpupr", "GET", f"/api/cases/{complaint.id}")).status_code == 404
    await bench.pool.execute("UPDATE accounts SET agency = '35.04.dlh' WHERE login = 'dpupr'")
    assert (await desk.ask("dpupr", "GET", f"/api/cases/{complaint.id}")).status_code == 200


@pytest.mark.parametrize("visibility", Visibility)
async def test_the_reporter_is_seen_only_by_those_who_may(
    bench: Workbench, desk: Office, visibility: Visibility
) -> None:
    complaint = await bench.open(filed(visibility=visibility))
    for who in ("nasional", "tulungagung", "ombudsman"):
        answer = await desk.ask(who, "GET", f"/api/cases/{complaint.id}")
        sees = visibility is Visibility.NAMED and who != "ombudsman"
        assert ("Sari Contoh" in answer.text) is sees
        assert ("sari@contoh" in answer.text) is sees
        assert "Sampah menumpuk" in answer.text


async def test_the_import_token_is_nothing_where_none_is_set(bench: Workbench) -> None:
    without = bench.runtime.settings.model_copy(update={"import_token": None})
    bench.desk = replace(bench.desk, settings=without)
    async with office(bench) as desk:
        assert (await desk.ask("import", "GET", "/api/cases")).status_code == 401
        assert (await desk.ask("import", "PUT", "/api/agencies/35.78", json=AGENCY_BODY)).status_code == 403


async def test_no_secret_is_in_the_metrics_or_the_description_of_the_api(desk: Office) -> None:
    for path in ("/metrics", "/openapi.json"):
        text = (await desk.ask(None, "GET", path)).text
        assert not re.search(r"import-token-of|x{32}", text)
