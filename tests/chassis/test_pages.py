"""The shared pages in a real browser: nothing asked from outside, no violations, both languages, without scripts."""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from kit.browser import Device, OpenPage, assert_fits, axe
from kit.serving import serving
from kit.showcase.app import build

pytestmark = pytest.mark.browser

PAGES = ("/", "/form", "/track", "/dashboard", "/inbox", "/mail", "/nowhere", "/problems/too-large")
CHASSIS = Path(__file__).parents[2] / "chassis"
PAGE_LIMIT = 100_000
Screenshot = Callable[[Page, str], Awaitable[Path]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def showcase() -> AsyncIterator[str]:
    """Give the address of the showcase."""
    async with serving(build()) as address:
        yield address


@pytest.mark.parametrize("device", ["phone", "desktop"])
@pytest.mark.parametrize("path", PAGES)
async def test_every_block_is_accessible_and_fits(
    showcase: str, open_page: OpenPage, screenshot: Screenshot, path: str, device: Device
) -> None:
    page = await open_page(showcase + path, device)
    await screenshot(page, f"showcase-{path.strip('/').replace('/', '-') or 'start'}-{device}")
    await assert_fits(page)
    await axe(page)


async def test_the_english_pages_are_accessible_too(showcase: str, open_page: OpenPage) -> None:
    page = await open_page(showcase + "/form", "phone", "en")
    assert await page.locator("h1").inner_text() == "File a complaint"
    await assert_fits(page)
    await axe(page)


async def test_the_first_visit_weighs_less_than_a_photo(showcase: str, open_page: OpenPage) -> None:
    page = await open_page(showcase + "/livez")
    weight = dict[str, int]()
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    requests = dict[str, str]()
    session.on("Network.requestWillBeSent", lambda seen: requests.update({seen["requestId"]: seen["request"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda seen: weight.update({requests[seen["requestId"]]: int(seen["encodedDataLength"])}),
    )
    await page.goto(showcase + "/", wait_until="networkidle")
    assert len(weight) >= 5  # page, style, script, font, mark
    assert sum(weight.values()) < PAGE_LIMIT, weight


async def test_a_mistake_in_a_form_takes_the_focus_and_leads_to_its_field(
    showcase: str, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = await open_page(showcase + "/form", "phone")
    await page.get_by_role("button", name="Kirim").click()
    summary = page.locator(".govuk-error-summary")
    await summary.wait_for()
    assert await summary.evaluate("element => element === document.activeElement")
    assert (await page.title()).startswith("Ada kesalahan:")
    await screenshot(page, "showcase-form-mistake-phone")
    await axe(page)
    await summary.get_by_role("link").click()
    assert await page.locator("#title").evaluate("element => element === document.activeElement")


async def test_characters_are_counted_in_the_readers_language(showcase: str, open_page: OpenPage) -> None:
    for language, said in (("id", "Sisa 1.990 karakter"), ("en", "You have 1,990 characters remaining")):
        page = await open_page(showcase + "/form", language=language)
        await page.locator("#description").fill("x" * 10)
        message = page.locator(".govuk-character-count__status")
        await page.wait_for_function("document.querySelector('.govuk-character-count__status').textContent")
        assert await message.inner_text() == said


async def test_everything_works_without_scripts(showcase: str, open_page: OpenPage, screenshot: Screenshot) -> None:
    page = await open_page(showcase + "/", "phone", javascript=False)
    await page.locator("main").get_by_role("button", name="Sampaikan laporan").click()
    await page.get_by_role("button", name="Kirim").click()
    await page.locator(".govuk-error-summary").wait_for()
    await page.locator("#title").fill("Jalan berlubang")
    await page.get_by_role("button", name="Kirim").click()
    assert await page.locator(".govuk-error-summary").count() == 0
    assert await page.locator("#title").input_value() == "Jalan berlubang"
    await page.goto(showcase + "/dashboard")
    await page.get_by_text("Lihat sebagai tabel").click()
    assert await page.get_by_role("cell", name="155").is_visible()
    assert await page.locator("button[data-copy]").count() == 0
    await screenshot(page, "showcase-dashboard-without-scripts-phone")


async def test_the_language_switch_keeps_the_page(showcase: str, open_page: OpenPage) -> None:
    page = await open_page(showcase + "/inbox?state=new")
    await page.get_by_role("link", name="English").click()
    assert page.url == showcase + "/inbox?state=new&lang=en"
    assert await page.locator("h1").inner_text() == "Inbox"
    await page.goto(showcase + "/track")
    assert await page.locator("html").get_attribute("lang") == "en"


async def test_text_from_people_does_nothing_in_the_browser(showcase: str, open_page: OpenPage) -> None:
    attack = "%3Cscript%3Edocument.title=1%3C/script%3E%3Cimg src=x onerror=document.title=2%3E"
    page = await open_page(f"{showcase}/track?said={attack}")
    assert await page.title() not in {"1", "2"}
    assert "<script>" in await page.locator(".app-quote").inner_text()


async def test_a_reader_can_skip_to_the_content_with_the_keyboard(showcase: str, open_page: OpenPage) -> None:
    page = await open_page(showcase + "/track")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent.trim()") == "Langsung ke isi utama"
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


async def test_a_code_can_be_copied(showcase: str, open_page: OpenPage) -> None:
    page = await open_page(showcase + "/track")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.locator("button[data-copy]").click()
    await page.get_by_text("Tersalin").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == "KTG-35.04-7K2M-9QX4"


async def test_the_api_page_works_on_its_own(showcase: str, open_page: OpenPage, screenshot: Screenshot) -> None:
    page = await open_page(showcase + "/docs")
    await page.get_by_text("/api/drums").first.wait_for()
    await screenshot(page, "showcase-docs-desktop")


async def test_paper_shows_the_matter_without_the_frame(showcase: str, open_page: OpenPage) -> None:
    page = await open_page(showcase + "/track")
    await page.emulate_media(media="print")
    assert not await page.locator(".app-header").is_visible()
    assert await page.get_by_role("heading", level=1).is_visible()


def test_what_is_served_was_built_from_what_is_here() -> None:
    """When this fails: `make assets`."""
    sources = [CHASSIS / "front" / name for name in ("build.mjs", "mark.svg", "package-lock.json")]
    sources += [*CHASSIS.glob("front/script/*"), *CHASSIS.glob("front/style/*")]
    sums = {str(path.relative_to(CHASSIS / "front")): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    built = (CHASSIS / "src/chassis/front/static/sources.sha256").read_text()
    assert {name: total for total, name in (line.split("  ") for line in built.splitlines())} == sums


def test_nothing_of_another_government_is_left_in_the_style() -> None:
    style = (CHASSIS / "src/chassis/front/static/app.css").read_text()
    assert not re.search(r"GDS Transport|crown|gov\.uk/|url\(.?https?:|@import", style, re.IGNORECASE)
