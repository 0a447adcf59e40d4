"""The dashboard in a real browser: phone and desktop, both languages, nothing asked from outside."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from chassis.migrate import migrate
from chassis.postgres import create_pool
from kentongan.stack.kafka import Kafka
from kit import histories, projecting
from kit.browser import Device, OpenPage, assert_fits, axe
from kit.histories import lives, topic
from kit.servers import PostgresForTests
from kit.serving import serving
from reporting.app import make_app

pytestmark = pytest.mark.browser

Screenshot = Callable[[Page, str], Awaitable[Path]]
COMPLAINTS = 900


async def serve(postgres: PostgresForTests, kafka: Kafka, complaints: int) -> AsyncIterator[str]:
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis", "reporting")
    pool = await create_pool(dsn, application="test", size=10)
    now = datetime.now(UTC)
    begin = now - timedelta(days=90) - histories.FIRST_DAY
    log = list(topic([histories.shift(life, begin, now) for life in lives(complaints)]))
    name = await projecting.published(kafka.bootstrap, log)
    await projecting.deliver(pool, projecting.tree("a"), projecting.raws(projecting.tree_of_agencies(), "a"))
    await projecting.deliver(pool, projecting.complaints(name), projecting.raws(log, name))
    app = make_app(projecting.runtime(dsn, pool, kafka.bootstrap, intake_url="http://127.0.0.1:8000", demo=True), name)
    async with serving(app) as url:
        yield url
    await app.state.ends.close()
    pool.terminate()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dashboard(postgres: PostgresForTests, kafka: Kafka) -> AsyncIterator[str]:
    """Give the address of a dashboard of 900 complaints over 90 days."""
    async for url in serve(postgres, kafka, COMPLAINTS):
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def empty(postgres: PostgresForTests, kafka: Kafka) -> AsyncIterator[str]:
    """Give the address of a dashboard that has heard of nothing."""
    async for url in serve(postgres, kafka, 0):
        yield url


PATHS = {"home": "/", "agency": "/?period=all&agency=35.04.dpupr"}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
@pytest.mark.parametrize("name", PATHS)
async def test_the_dashboard_is_accessible_and_fits(
    dashboard: str, open_page: OpenPage, screenshot: Screenshot, name: str, device: Device, language: str
) -> None:
    page = await open_page(dashboard + PATHS[name], device, language)
    await screenshot(page, f"reporting-{name}-{device}-{language}")
    await assert_fits(page)
    await axe(page)
    for summary in await page.locator("summary").all():
        await summary.click()
    await assert_fits(page)
    await axe(page)


@pytest.mark.parametrize("device", ["phone", "desktop"])
async def test_an_empty_dashboard_says_so(
    empty: str, open_page: OpenPage, screenshot: Screenshot, device: Device
) -> None:
    page = await open_page(empty, device)
    await screenshot(page, f"reporting-empty-{device}-id")
    assert await page.locator("h1").inner_text() == "Belum ada pengaduan"
    await assert_fits(page)
    await axe(page)


async def test_the_title_states_the_finding(dashboard: str, open_page: OpenPage) -> None:
    page = await open_page(dashboard, language="en")
    heading = await page.locator("h1").inner_text()
    overdue = await page.locator(".app-tile.app-tone-bad .app-tile__value").inner_text()
    assert heading.endswith(f"{overdue} complaints wait past their promised date")
    assert (await page.title()).startswith(heading)


async def test_filters_are_part_of_the_address_and_survive_the_language_switch(
    dashboard: str, open_page: OpenPage
) -> None:
    page = await open_page(dashboard, language="en")
    await page.select_option("#period", "30d")
    agency = await page.locator("#agency option").nth(1).get_attribute("value")
    await page.select_option("#agency", agency)
    await page.click("text=Show")
    assert f"period=30d&agency={agency}" in page.url
    await page.click("header >> text=ID")
    assert f"period=30d&agency={agency}" in page.url
    assert await page.locator("#period").input_value() == "30d"
    assert await page.locator("html").get_attribute("lang") == "id"


async def test_the_page_works_without_scripts(dashboard: str, open_page: OpenPage) -> None:
    page = await open_page(dashboard, javascript=False)
    await page.locator("summary").first.click()
    assert await page.locator("table").first.is_visible()


async def test_the_table_below_a_chart_holds_what_the_chart_shows(dashboard: str, open_page: OpenPage) -> None:
    page = await open_page(dashboard)
    figure = page.locator("figure.app-chart")
    assert await figure.locator("svg.chart--wide").is_visible()
    assert not await figure.locator("svg.chart--narrow").is_visible()
    notes = await figure.locator("svg.chart--wide .chart__touch title").all_text_contents()
    await figure.locator("summary").click()
    rows = await figure.locator("tbody tr").all_inner_texts()
    assert len(rows) == len(notes) > 10
    for row, note in zip(rows, notes, strict=True):
        shown = [line.rpartition(": ")[2] for line in note.split("\n")[1:]]
        assert row.split("\t")[1:] == shown


async def test_a_phone_gets_the_chart_drawn_for_phones(dashboard: str, open_page: OpenPage) -> None:
    page = await open_page(dashboard, "phone")
    assert await page.locator("svg.chart--narrow").is_visible()
    assert not await page.locator("svg.chart--wide").is_visible()


async def test_the_page_says_as_of_when_which_position_and_how_far_behind(dashboard: str, open_page: OpenPage) -> None:
    page = await open_page(dashboard, language="en")
    said = await page.locator(".app-freshness").inner_text()
    assert "As of" in said
    assert "event position" in said
    assert "0 behind" in said


async def test_everything_the_page_offers_for_download_is_there(dashboard: str, open_page: OpenPage) -> None:
    page = await open_page(dashboard)
    for link in await page.locator(".figures-downloads a").all():
        answer = await page.request.get(dashboard + str(await link.get_attribute("href")))
        assert answer.status == 200
