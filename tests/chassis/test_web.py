"""The web's manners: problems said clearly, limits kept, headers on every answer, no person in any of it."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI

from chassis import assets, context, problems
from chassis.edge import CSP, HEADERS
from contracts.envelope import Context
from kit.serving import serving
from kit.showcase.app import BODY_LIMIT, build

PERSON = "Siti Aminah"
DRUM = {"name": "kentongan", "size": 3}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Give the showcase."""
    return build()


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a client that calls the app directly."""
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://showcase.test") as client:
        yield client


@pytest.fixture(scope="module")
def every_answer() -> list[tuple[str, str, dict[str, Any]]]:
    """Name a request for every kind of answer there is."""
    return [
        ("GET", "/", {}),
        ("GET", "/nowhere", {}),
        ("GET", "/nowhere", {"headers": {"accept": "text/html"}}),
        ("GET", "/api/broken", {}),
        ("GET", "/api/away", {}),
        ("GET", "/api/mute", {}),
        ("GET", "/livez", {}),
        ("GET", "/metrics", {}),
        ("GET", "/static/app.css", {}),
        ("POST", "/api/drums", {"json": DRUM}),
        ("POST", "/api/drums", {"json": {}}),
        ("POST", "/api/drums", {"content": b"x" * (BODY_LIMIT + 1)}),
        ("POST", "/api/drums", {"json": DRUM, "headers": {"sec-fetch-site": "cross-site"}}),
        ("GET", "/", {"headers": {"x-filler": "x" * 40_000}}),
        ("PUT", "/", {}),
    ]


async def test_every_answer_carries_the_security_headers(
    client: httpx2.AsyncClient, every_answer: list[tuple[str, str, dict[str, Any]]]
) -> None:
    for method, path, more in every_answer:
        answer = await client.request(method, path, **more)
        for name, value in HEADERS:
            if name != b"cache-control":
                assert answer.headers[name.decode()] == value.decode(), (method, path)
        assert answer.headers["x-request-id"], (method, path)
        if not path.startswith("/static/"):
            assert answer.headers["cache-control"] == "no-store", (method, path)


def test_the_content_policy_allows_nothing_inline_and_nothing_from_outside() -> None:
    assert "unsafe" not in CSP
    assert "http" not in CSP
    assert "frame-ancestors 'none'" in CSP


async def test_a_route_may_decide_for_itself_how_long_it_is_kept(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/kept")).headers.get_list("cache-control") == ["public, max-age=60"]


async def test_a_problem_says_what_rfc_9457_asks_for(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    said = answer.json()
    assert answer.status_code == said["status"] == 404
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert said["type"] == "http://showcase.test/problems/not-found"
    assert said["title"] == "Halaman tidak ditemukan"
    assert said["detail"]
    assert said["instance"] == f"/requests/{answer.headers['x-request-id']}"


async def test_the_type_of_a_problem_can_be_looked_up(client: httpx2.AsyncClient) -> None:
    for problem in problems.COMMON.values():
        page = await client.get(f"/problems/{problem.slug}")
        assert page.status_code == 200
        assert problem.title.id in page.text
    assert (await client.get("/problems/unheard-of")).status_code == 404


async def test_a_refusal_carries_its_facts(client: httpx2.AsyncClient) -> None:
    said = (await client.get("/api/mute?lang=en")).json()
    assert (said["status"], said["title"], said["since"]) == (409, "The drum is mute", "2026-11-01")


async def test_mistakes_point_at_their_place_and_never_repeat_what_was_sent(client: httpx2.AsyncClient) -> None:
    sent = {"name": "x", "size": PERSON, "kind": PERSON, "maker": [PERSON]}
    answer = await client.post("/api/drums", json=sent)
    assert answer.status_code == 422
    assert [mistake["pointer"] for mistake in answer.json()["errors"]] == ["#/name", "#/size", "#/kind", "#/maker"]
    assert answer.json()["errors"][0]["detail"] == "Paling sedikit 3 karakter."
    assert PERSON not in answer.text


async def test_a_mistake_in_the_address_names_the_parameter(client: httpx2.AsyncClient) -> None:
    for query in ("", "?limit=many"):
        (mistake,) = (await client.get(f"/api/drums{query}")).json()["errors"]
        assert (mistake["in"], mistake["parameter"]) == ("query", "limit")


@pytest.mark.parametrize(
    ("content", "kind", "status", "slug"),
    [
        (b'{"name": ', "application/json", 400, "broken-json"),
        (b'{"name": "\xff\xfe", "size": 1}', "application/json", 400, "bad-request"),
        (b"\x00\x01", "application/json", 400, "broken-json"),
        (b'{"name": "\\ud800abc", "size": 1}', "application/json", 422, "invalid"),
        (b"[]", "application/json", 422, "invalid"),
        (b"", "application/json", 422, "invalid"),
        (b'{"name": "kentongan", "size": 1}', "text/plain", 415, "wrong-content-type"),
        (b"name=kentongan&size=1", "application/x-www-form-urlencoded", 415, "wrong-content-type"),
        (b"[" * 5000, "application/json", 400, "bad-request"),
    ],
)
async def test_a_body_that_cannot_be_read_is_answered_clearly(
    client: httpx2.AsyncClient, content: bytes, kind: str, status: int, slug: str
) -> None:
    answer = await client.post("/api/drums", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["type"].endswith(f"/problems/{slug}")


async def test_an_unexpected_failure_is_our_fault_and_keeps_its_words_to_itself(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/broken", headers={"x-request-id": "request-12345"})
    assert answer.status_code == 500
    assert answer.json()["correlationid"] == "request-12345"
    assert PERSON not in answer.text


async def test_an_answer_that_breaks_off_is_cut_and_nothing_else_said() -> None:
    async with serving(build()) as address, httpx2.AsyncClient(base_url=address) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/api/torn")
        assert (await client.get("/livez")).status_code == 200


async def test_what_the_server_prints_of_a_torn_answer_names_nobody(client: httpx2.AsyncClient) -> None:
    with pytest.raises(ConnectionAbortedError) as torn:
        await client.get("/api/torn")
    assert PERSON not in "".join(traceback.format_exception(torn.value))


async def test_a_database_that_is_away_is_said_to_be_away(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/away")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_people_get_a_page_and_programs_get_json(client: httpx2.AsyncClient) -> None:
    page = await client.get("/nowhere", headers={"accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-request-id"] in page.text
    program = await client.get("/api/nowhere", headers={"accept": "text/html"})
    assert program.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("query", "cookie", "header", "language"),
    [
        ("", None, "", "id"),
        ("?lang=en", None, "", "en"),
        ("?lang=id", "en", "en", "id"),
        ("", "en", "", "en"),
        ("", "klingon", "", "id"),
        ("?lang=fr", None, "", "id"),
        ("", None, "en-GB,en;q=0.9", "en"),
        ("", None, "id,en;q=0.5", "id"),
        ("", "id", "en", "id"),
    ],
)
async def test_problems_speak_the_language_asked_for(
    client: httpx2.AsyncClient, query: str, cookie: str | None, header: str, language: str
) -> None:
    headers = {"accept-language": header, **({"cookie": f"lang={cookie}"} if cookie else {})}
    answer = await client.get(f"/nowhere{query}", headers=headers)
    assert answer.headers["content-language"] == language
    assert answer.json()["title"] == {"id": "Halaman tidak ditemukan", "en": "Page not found"}[language]


async def test_pages_are_indonesian_whatever_the_browser_prefers(client: httpx2.AsyncClient) -> None:
    page = await client.get("/", headers={"accept-language": "en", "accept": "text/html"})
    assert page.headers["content-language"] == "id"
    assert '<html lang="id"' in page.text


async def test_choosing_a_language_keeps_the_page_and_is_remembered(client: httpx2.AsyncClient) -> None:
    page = await client.get("/inbox?state=new&lang=en")
    assert "lang=en" in page.headers["set-cookie"]
    assert 'href="/inbox?state=new&amp;lang=id"' in page.text
    assert page.headers["content-language"] == "en"
    assert "Complaints that wait" in page.text
    assert "set-cookie" not in (await client.get("/inbox")).headers  # the client kept the cookie


async def test_text_from_people_stays_text(client: httpx2.AsyncClient) -> None:
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    page = await client.get("/track", params={"said": attack})
    assert attack not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    form = await client.post("/form", data={"title": attack})
    assert "<img src=x" not in form.text


async def test_a_request_keeps_the_id_and_trace_it_came_with(client: httpx2.AsyncClient, app: FastAPI) -> None:
    seen: list[Context] = []

    @app.get("/api/seen")
    async def see() -> None:
        seen.append(context.current())

    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await client.get("/api/seen", headers={"x-request-id": "from-the-proxy-1", "traceparent": trace})
    assert answer.headers["x-request-id"] == "from-the-proxy-1"
    assert (seen[0].correlationid, seen[0].traceparent) == ("from-the-proxy-1", trace)


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "spaces in it", "line\x7fbreak", "äöü-äöü-äöü"])
async def test_an_unfit_request_id_is_replaced(client: httpx2.AsyncClient, given: str) -> None:
    answer = await client.get("/livez", headers=[(b"x-request-id", given.encode()), (b"traceparent", b"nonsense")])
    UUID(answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({"sec-fetch-site": "none"}, 201),
        ({"origin": "http://elsewhere.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://showcase.test"}, 201),
        ({}, 201),
    ],
)
async def test_submissions_from_other_sites_are_refused(
    client: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await client.post("/api/drums", json=DRUM, headers=headers)).status_code == status


async def test_following_a_link_from_another_site_is_welcome(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/", headers={"sec-fetch-site": "cross-site"})).status_code == 200


async def test_a_body_that_announces_too_much_is_refused_unread(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/raw", content=b"x" * (BODY_LIMIT + 1))
    assert answer.status_code == 413
    assert (await client.post("/api/raw", content=b"x" * BODY_LIMIT)).json() == BODY_LIMIT


@pytest.mark.parametrize("announced", ["-1", "many", "1e9", "", "²"])
async def test_a_nonsensical_length_is_refused(client: httpx2.AsyncClient, announced: str) -> None:
    answer = await client.post("/api/raw", content=b"x", headers=[(b"content-length", announced.encode())])
    assert answer.status_code == 400


async def test_a_body_that_streams_too_much_is_stopped_on_the_way(client: httpx2.AsyncClient) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(1000):
            given += 1000
            yield b"x" * 1000

    answer = await client.post("/api/raw", content=endless())
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/problems/too-large")
    assert given < BODY_LIMIT + 2000


async def test_headers_have_a_limit(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/livez", headers={"x-filler": "x" * 40_000})
    assert answer.status_code == 431


async def test_head_is_answered_like_get(client: httpx2.AsyncClient) -> None:
    assert (await client.head("/")).status_code == 200
    assert (await client.head("/nowhere")).status_code == 404


async def test_a_wrong_method_is_told_the_right_ones(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/api/drums")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) <= {"GET", "POST"}


async def test_probes_say_yes_and_no(client: httpx2.AsyncClient, app: FastAPI) -> None:
    for path in ("/livez", "/readyz"):
        app.state.health.well = True
        assert (await client.get(path)).status_code == 200
        app.state.health.well = False
        assert (await client.get(path)).status_code == 503
    app.state.health.well = True


async def test_figures_are_kept_by_route_and_never_by_address(client: httpx2.AsyncClient) -> None:
    await client.get("/problems/too-large")
    await client.get(f"/{PERSON}")
    told = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/problems/{slug}",status="200"}' in told
    assert 'route="(none)",status="404"' in told
    assert "Siti" not in told


async def test_assets_are_kept_for_ever_under_an_address_made_of_their_content(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/")).text
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = await client.get(style)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert "url(/static/fonts/inter." in answer.text
    again = await client.get(style, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await client.get("/static/app.css")
    assert plain.headers["cache-control"] == "public, max-age=86400"


@pytest.mark.parametrize("path", ["../pages.py", "%2e%2e/pages.py", "..%2f..%2fpages.py", "", "fonts", "/etc/passwd"])
async def test_only_assets_are_served(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(f"/static/{path}")).status_code == 404


async def test_an_outdated_asset_address_is_not_answered_with_newer_content(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/static/app.0123456789.css")).status_code == 404


async def test_the_api_describes_itself_without_the_pages(client: httpx2.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    assert all(path.startswith("/api/") or path == "/kept" for path in described["paths"])
    answers = described["paths"]["/api/drums"]["post"]["responses"]
    assert set(answers) == {"201", "default"}
    assert "application/problem+json" in answers["default"]["content"]


async def test_the_real_server_stops_a_stream_that_does_not_end() -> None:
    async with serving(build()) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rsplit(":", 1)[1]))
        writer.write(b"POST /api/raw HTTP/1.1\r\nhost: showcase\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(20):
            writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        await writer.drain()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        assert head.startswith(b"HTTP/1.1 413")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        assert json.loads(await reader.readexactly(length))["status"] == 413
        writer.close()


@pytest.mark.parametrize("name", ["a%00b.css", "a" * 5000, "..%2f..%2fpyproject.toml", "%F0%9F%98%80", "%2e%2e/x"])
async def test_a_name_that_no_file_can_have_is_not_found(client: httpx2.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 404


async def test_strange_names_of_files_are_not_remembered_for_ever(client: httpx2.AsyncClient) -> None:
    for number in range(1100):
        await client.get(f"/static/{number}.css")
    assert assets.load.cache_info().currsize <= 1000
