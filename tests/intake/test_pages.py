"""The pages without a browser: what a form leads to, and what may be seen."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from importlib.resources import files
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response

from contracts.catalogue import EVENTS
from contracts.events import Audience
from contracts.topics import COMPLAINTS
from intake.domain.codes import spell_code
from intake.http.access import SECONDS, Access
from kit.filing import Intake

FORM = {
    "classification": "complaint",
    "category": "jalan-rusak",
    "province": "35",
    "regency": "35.04",
    "district": "35.04.01",
    "village": "35.04.01.1010",
    "title": "Jalan berlubang",
    "description": "Sudah dua bulan.\r\nKalau hujan tidak kelihatan.",
    "visibility": "named",
    "email": "budi@contoh.test",
}
ABSENT = spell_code("35.04", 20261123)


@pytest_asyncio.fixture
async def visitor(intake: Intake) -> AsyncIterator[httpx2.AsyncClient]:
    """Give somebody with a browser of their own, who reads English."""
    headers = {"Accept": "text/html"}
    async with httpx2.AsyncClient(base_url=intake.url, headers=headers, cookies={"lang": "en"}, timeout=30) as client:
        yield client


async def fresh_key(visitor: httpx2.AsyncClient) -> str:
    """Open the form and take the key it holds."""
    found = re.search(r'name="key" value="([^"]+)"', (await visitor.get("/")).text)
    assert found is not None
    return found[1]


async def send(visitor: httpx2.AsyncClient, **changes: str) -> httpx2.Response:
    """Send the form."""
    return await visitor.post("/complaints", data={**FORM, "key": await fresh_key(visitor), **changes})


async def read_receipt(visitor: httpx2.AsyncClient, sent: httpx2.Response) -> tuple[str, str]:
    """Follow to the receipt and read code and secret from it."""
    assert sent.status_code == 303, sent.text
    page = await visitor.get(sent.headers["location"])
    code, secret = re.findall(r'app-reference__value">([^<]+)<', page.text)
    return code, secret


async def test_the_form_leads_to_a_receipt_with_code_secret_and_dates(visitor: httpx2.AsyncClient) -> None:
    sent = await send(visitor)
    page = await visitor.get(sent.headers["location"])
    assert re.search(r"KTG-35\.04-\w{4}-\w{4}", page.text)
    assert re.search(r"\w{5}-\w{5}-\w{5}-\w{5}-\w{6}", page.text)
    assert page.text.count("by ") >= 2
    assert "<svg" in page.text


async def test_no_address_holds_the_secret(visitor: httpx2.AsyncClient) -> None:
    sent = await send(visitor)
    _, secret = await read_receipt(visitor, sent)
    page = await visitor.get(sent.headers["location"])
    addresses = [*re.findall(r'(?:href|action|src|data-url)="([^"]*)"', page.text), sent.headers["location"]]
    assert not [address for address in addresses if secret.replace("-", "") in address.replace("-", "")]


async def test_sending_the_form_twice_files_once(visitor: httpx2.AsyncClient) -> None:
    key = await fresh_key(visitor)
    first, second = await send(visitor, key=key), await send(visitor, key=key)
    assert first.headers["location"] == second.headers["location"]


async def test_the_same_form_with_other_words_is_asked_about(visitor: httpx2.AsyncClient) -> None:
    key = await fresh_key(visitor)
    await send(visitor, key=key)
    again = await send(visitor, key=key, title="Lain")
    assert again.status_code == 409
    assert "already sent once" in again.text
    assert 'value="Lain"' in again.text
    assert key not in again.text


async def test_a_form_without_its_key_still_files(visitor: httpx2.AsyncClient) -> None:
    assert (await visitor.post("/complaints", data=FORM)).status_code == 303


async def test_an_empty_form_names_every_field_that_is_needed(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.post("/complaints", data={})
    assert answer.status_code == 422
    named = re.findall(r'<li><a href="#([a-z_]+)">', answer.text)
    assert named == ["classification", "category", "title", "description", "province"]


async def test_mistakes_lose_nothing_that_was_typed(visitor: httpx2.AsyncClient) -> None:
    typed = {"email": "budi at contoh", "phone": "12", "address": "Jalan <Contoh> & 4", "happened_on": "2026-11-01"}
    answer = await send(visitor, title="", **typed)
    assert answer.status_code == 422
    assert "Jalan &lt;Contoh&gt; &amp; 4" in answer.text
    assert "Kalau hujan tidak kelihatan." in answer.text
    for kept in ("budi at contoh", "12", "2026-11-01"):
        assert f'value="{kept}"' in answer.text
    for chosen in ("jalan-rusak", "35", "35.04", "35.04.01", "35.04.01.1010"):
        assert f'value="{chosen}" selected' in answer.text
    assert "Error:" in answer.text


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"regency": "", "district": "", "village": ""}, "regency", "Choose at least the regency or city."),
        ({"happened_on": "2999-01-01"}, "happened_on", "When did it happen: The day it happened"),
        ({"phone": "12"}, "phone", "Telephone number: Write an Indonesian telephone number"),
        ({"title": "x" * 201}, "title", "In one line: At most 200 characters."),
    ],
)
async def test_a_mistake_is_said_beside_its_field_and_in_the_summary(
    visitor: httpx2.AsyncClient, changes: dict[str, str], field: str, said: str
) -> None:
    answer = await send(visitor, **changes)
    assert answer.status_code == 422
    assert re.search(rf'<li><a href="#{field}">[^<]*{re.escape(said)}', answer.text)
    assert f'id="{field}-error"' in answer.text


async def test_areas_are_chosen_level_by_level_without_scripts(visitor: httpx2.AsyncClient) -> None:
    typed = {"title": "Jalan berlubang", "province": "35", "choose_area": "1"}
    answer = await visitor.post("/complaints", data=typed)
    assert answer.status_code == 200
    assert '<option value="35.04">Kabupaten Tulungagung</option>' in answer.text
    assert 'value="Jalan berlubang"' in answer.text
    assert "Error:" not in answer.text


async def test_an_area_outside_the_one_above_is_dropped(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.post("/complaints", data={**FORM, "regency": "32.04", "choose_area": "1"})
    assert 'value="32.04" selected' not in answer.text
    assert 'value="35" selected' in answer.text


async def test_a_link_can_choose_the_area(visitor: httpx2.AsyncClient) -> None:
    page = await visitor.get("/", params={"area": "35.04.01"})
    assert 'value="35.04.01" selected' in page.text
    assert (await visitor.get("/", params={"area": "nonsense"})).status_code == 200


async def test_code_and_secret_open_the_private_parts(intake: Intake, visitor: httpx2.AsyncClient) -> None:
    receipt = await intake.file(title="Hanya untuk saya")
    path = f"/track/{receipt['code']}"
    assert "Hanya untuk saya" not in (await visitor.get(path)).text
    opened = await visitor.post("/track", data={"code": receipt["code"].lower(), "secret": receipt["secret"]})
    assert (opened.status_code, opened.headers["location"]) == (303, path)
    assert "Hanya untuk saya" in (await visitor.get(path)).text


async def test_the_code_alone_leads_to_the_public_page(intake: Intake, visitor: httpx2.AsyncClient) -> None:
    receipt = await intake.file()
    found = await visitor.post("/track", data={"code": receipt["code"]})
    assert (found.status_code, found.headers["location"]) == (303, f"/track/{receipt['code']}")
    assert "set-cookie" not in found.headers


async def test_an_open_complaint_can_be_closed_on_a_borrowed_phone(visitor: httpx2.AsyncClient) -> None:
    code, _ = await read_receipt(visitor, await send(visitor))
    await visitor.post(f"/track/{code}/close")
    assert "Jalan berlubang" not in (await visitor.get(f"/track/{code}")).text
    assert (await visitor.get(f"/track/{code}/filed")).status_code == 303


async def test_an_address_typed_loosely_leads_to_the_right_one(intake: Intake, visitor: httpx2.AsyncClient) -> None:
    receipt = await intake.file()
    answer = await visitor.get(f"/track/{receipt['code'].lower()}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/track/{receipt['code']}")


async def test_wrong_absent_and_secret_look_alike(intake: Intake, visitor: httpx2.AsyncClient) -> None:
    public, secret = await intake.file(), await intake.file(visibility="secret")
    shown = [await visitor.get(f"/track/{code}") for code in (ABSENT, secret["code"])]
    sent = [
        await visitor.post("/track", data={"code": code, "secret": "ABCDE-FGHJK"})
        for code in (ABSENT, secret["code"], public["code"])
    ]
    for answers, codes in ((shown, (ABSENT, secret["code"])), (sent, (ABSENT, secret["code"], public["code"]))):
        pages = [answer.text.replace(code, "CODE") for answer, code in zip(answers, codes, strict=True)]
        assert {answer.status_code for answer in answers} == {404}
        assert len(set(pages)) == 1


async def test_a_mistyped_code_is_told_apart_from_an_absent_one(visitor: httpx2.AsyncClient) -> None:
    assert "mistyped" in (await visitor.post("/track", data={"code": "KTG-35.04-0000-0001"})).text
    assert "Write the code" in (await visitor.post("/track", data={"code": " "})).text


async def test_what_others_wrote_is_never_markup(intake: Intake, visitor: httpx2.AsyncClient) -> None:
    receipt = await intake.file(title="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    await visitor.post("/track", data={"code": receipt["code"], "secret": receipt["secret"]})
    page = (await visitor.get(f"/track/{receipt['code']}")).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


async def test_another_site_cannot_send_the_form(visitor: httpx2.AsyncClient) -> None:
    for headers in ({"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await visitor.post("/complaints", data=FORM, headers=headers)
        assert answer.status_code == 403


async def test_pages_are_indonesian_unless_asked_otherwise(intake: Intake) -> None:
    page = await intake.client.get("/", headers={"Accept": "text/html"})
    assert '<html lang="id"' in page.text
    assert "Sampaikan laporan" in page.text


class Clock:
    """A clock that can be turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def cookie_of(response: Response) -> Any:
    """Read the cookie that was set."""
    return SimpleCookie(response.headers["set-cookie"])["complaint"]


def test_the_cookie_is_for_one_complaint_one_browser_and_half_an_hour() -> None:
    clock, response = Clock(), Response()
    access = Access(b"k" * 32, secure=True, clock=clock)
    access.grant(response, ABSENT, "S" * 26)
    cookie = cookie_of(response)
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == (
        f"/track/{ABSENT}", True, "lax", True,
    )  # fmt: skip

    def secret_in(value: str, code: str = ABSENT) -> str | None:
        request = Request({"type": "http", "headers": [(b"cookie", f"complaint={value}".encode())]})
        return access.secret_in(request, code)

    assert secret_in(cookie.value) == "S" * 26
    assert secret_in(cookie.value, spell_code("35.04", 1)) is None
    assert secret_in(cookie.value.replace("S", "T", 1)) is None
    assert secret_in("") is None
    assert secret_in("x.y.z") is None
    assert secret_in("9999999999." + "S" * 26 + ".") is None
    clock.now = datetime.fromtimestamp(clock.now.timestamp() + SECONDS + 1, UTC)
    assert secret_in(cookie.value) is None


def test_everything_public_that_can_happen_has_words() -> None:
    words = files("intake").joinpath("templates", "_words.html").read_text()
    for event in EVENTS:
        if event.topic == COMPLAINTS and event.audience is Audience.PUBLIC:
            kind = event.type.split(".complaint.")[1].rsplit(".v", 1)[0]
            assert f'"{kind}"' in words, kind
