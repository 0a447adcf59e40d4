"""Notify's page and API: what was told and how it went, without addresses or words."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Page
from pydantic import TypeAdapter

from chassis.event_log import EventLog
from chassis.health import Health
from chassis.keys import KeyStore
from chassis.postgres import Pool
from chassis.service import Runtime
from contracts.intake import ReporterErased
from contracts.sealing import Clear
from contracts.vocabulary import Visibility
from kit import post
from kit.browser import OpenPage, assert_fits, axe
from kit.notifier import SETTINGS
from kit.office import Office
from kit.post import Sink
from kit.serving import serving
from notify.app import compose
from notify.settings import Settings

Screenshot = Callable[[Page, str], Awaitable[Path]]


@pytest.fixture
def office(pool: Pool, log: EventLog, keys: KeyStore, health: Health) -> Office:
    return Office(pool, log, keys, health)


@pytest_asyncio.fixture
async def url(office: Office, dsn: str, sink: Sink) -> AsyncIterator[str]:
    """Give the address of notify's web as composed, without its loops."""
    values = {name.removeprefix("NOTIFY_").lower(): value for name, value in SETTINGS.items()}
    settings = TypeAdapter(Settings).validate_python(
        {
            **values,
            "database_url": dsn,
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "http_port": 0,
            "smtp_port": sink.port,
        }
    )
    runtime = Runtime("notify", settings, office.pool, office.log, office.health, office.keys)
    app = compose(runtime).app
    assert app is not None
    async with serving(app) as address:
        yield address


async def every_kind(office: Office, sink: Sink) -> list[post.Complaint]:
    """Leave one delivery of every kind behind."""
    stories = [post.Complaint() for _ in range(6)]
    plain, secret, wrong, late, erased, waiting = stories
    await office.know_agencies()
    await office.tell(plain, post.filed(), post.forwarded(), post.answered())
    await office.tell(secret, post.filed(visibility=Visibility.SECRET))
    await office.tell(wrong, post.filed(reporter_email=Clear("nobody@contoh.example"), code="KTG-35.04-0000-0001"))
    await office.tell(late, post.filed(code="KTG-35.04-0000-0002"), at=datetime.now(UTC) - timedelta(days=90))
    await office.tell(erased, post.filed(), ReporterErased(requested_at=office.now()))
    async with office.sending(sink.port):
        await office.until("sent", "failed", "suppressed")
    await office.tell(waiting, post.filed(code="KTG-35.04-0000-0003"))
    return stories


async def ask(url: str, path: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as client:
        return await client.get(url + path, headers=headers)


async def test_the_api_tells_each_delivery_with_its_attempts(office: Office, sink: Sink, url: str) -> None:
    plain, *_ = await every_kind(office, sink)
    body: dict[str, Any] = (await ask(url, f"/api/notifications?complaint={plain.id}")).json()
    assert [(one["message"], one["state"], one["code"]) for one in body["notifications"]] == [
        ("response-given", "sent", "KTG-35.04-7K2M-9QX4"),
        ("complaint-forwarded", "sent", "KTG-35.04-7K2M-9QX4"),
        ("complaint-filed", "sent", "KTG-35.04-7K2M-9QX4"),
    ]
    (attempt,) = body["notifications"][0]["attempts"]
    assert (attempt["number"], attempt["result"], attempt["code"]) == (1, "accepted", 250)
    assert attempt["milliseconds"] >= 0
    assert datetime.fromisoformat(attempt["started_at"]) <= datetime.fromisoformat(attempt["finished_at"])
    assert body["next"] is None


async def test_the_api_pages_through_everything_once(office: Office, sink: Sink, url: str) -> None:
    await every_kind(office, sink)
    seen: list[str] = []
    path = "/api/notifications?limit=3"
    while True:
        body = (await ask(url, path)).json()
        seen += [one["id"] for one in body["notifications"]]
        if body["next"] is None:
            break
        path = f"/api/notifications?limit=3&before={body['next']}"
    assert len(seen) == len(set(seen)) == 8


async def test_the_api_filters_by_state_and_refuses_what_it_does_not_know(office: Office, sink: Sink, url: str) -> None:
    await every_kind(office, sink)
    failed = (await ask(url, "/api/notifications?state=failed")).json()["notifications"]
    assert [(one["reason"], one["attempts"][0]["code"]) for one in failed] == [("refused_by_server", 550)]
    for wrong in ("state=lost", "complaint=x", "limit=0", "limit=501", "before=x"):
        answer = await ask(url, f"/api/notifications?{wrong}")
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert (await ask(url, f"/api/notifications?complaint={uuid4()}")).json()["notifications"] == []


async def test_neither_page_nor_api_shows_addresses_words_or_secret_codes(office: Office, sink: Sink, url: str) -> None:
    secret = (await every_kind(office, sink))[1]
    ids = [str(row["delivery_id"]) for row in await office.pool.fetch("SELECT delivery_id FROM deliveries")]
    paths = ["/", "/api/notifications", *(f"/deliveries/{one}" for one in ids)]
    for path in paths:
        answer = await ask(url, path, accept="text/html")
        assert answer.status_code == 200
        for hidden in ("sari", "nobody@", "contoh.example", "sungai", "angkut"):
            assert hidden not in answer.text
    (news,) = (await ask(url, f"/api/notifications?complaint={secret.id}")).json()["notifications"]
    assert (news["message"], news["code"]) == ("news", None)


async def test_a_delivery_nobody_made_is_a_page_that_says_so(url: str) -> None:
    for path in (f"/deliveries/{uuid4()}", "/deliveries/x", "/?state=lost"):
        answer = await ask(url, path, accept="text/html")
        assert answer.status_code in {404, 422}
        assert "text/html" in answer.headers["content-type"]


@pytest.mark.browser
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
async def test_the_pages_can_be_read_by_everybody(
    office: Office, sink: Sink, url: str, open_page: OpenPage, screenshot: Screenshot, device: Any, language: str
) -> None:
    empty = await open_page(url + "/", device, language)
    await screenshot(empty, f"notify-empty-{device}-{language}")
    await axe(empty)
    await every_kind(office, sink)
    page = await open_page(url + "/", device, language)
    await screenshot(page, f"notify-{device}-{language}")
    await assert_fits(page)
    await axe(page)
    await page.select_option("#state", "failed")
    await page.get_by_role("button", name={"id": "Tampilkan", "en": "Show"}[language]).click()
    assert await page.locator("tbody tr").count() == 1
    await page.locator("tbody a").click()
    await screenshot(page, f"notify-one-{device}-{language}")
    await assert_fits(page)
    await axe(page)
    assert await page.locator("html").get_attribute("lang") == language
