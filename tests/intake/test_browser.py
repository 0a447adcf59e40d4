"""The pages in a real browser: two minutes on a phone, with and without scripts, in both languages."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from contracts import routing
from intake.projections import agencies, routed
from kit.browser import Device, OpenPage, assert_fits, axe
from kit.filing import Intake
from kit.routed import Postman, RoutingStream
from kit.sample_events import WORKS, samples
from kit.streams import wire

pytestmark = pytest.mark.browser

Screenshot = Callable[[Page, str], Awaitable[Path]]

SEND = "form[action='/complaints'] button:not([name])"
NEXT_AREAS = "button[name=choose_area]"
AREAS = (("province", "35"), ("regency", "35.04"), ("district", "35.04.01"), ("village", "35.04.01.1010"))


async def judge(page: Page, screenshot: Screenshot, name: str) -> None:
    """Look at a page as a demanding reader would."""
    await screenshot(page, f"intake-{name}")
    await assert_fits(page)
    await axe(page)


async def write(page: Page) -> None:
    """Fill everything in but the area."""
    await page.check("input[name=classification][value=complaint]")
    await page.select_option("#category", "jalan-rusak")
    await page.fill("#title", "Jalan berlubang di depan Pasar Contoh")
    await page.fill("#description", "Sudah dua bulan berlubang.\nKalau hujan tidak kelihatan.")
    await page.fill("#address", "Jalan Contoh 4")
    await page.fill("#happened_on", "2026-11-02")
    await page.check("input[name=visibility][value=anonymous]")
    await page.fill("#name", "Budi Contoh")
    await page.fill("#email", "budi@contoh.test")


async def choose_areas(page: Page, *, javascript: bool) -> None:
    """Choose down to the village; without scripts the button brings each next list."""
    for level, code in AREAS:
        await page.select_option(f"#{level}", code)
        if not javascript and level != "village":
            await page.click(NEXT_AREAS)


async def handle(intake: Intake, deliver: Postman, complaint: UUID) -> None:
    """Let agencies do everything with a complaint that the public may know."""
    key = await intake.keys.get(complaint)
    assert key is not None
    registered = routing.AgencyRegistered(code="35.04.dpupr", name=WORKS, parent="35.04", tier=3)
    await deliver(agencies.subscription(), [wire(registered, UUID(int=35), 1)])
    happened = [sample.event for sample in samples() if sample.name == "full" and sample.event.type in routed.ROUTED]
    await deliver(routed.subscription(), RoutingStream(complaint, key).add(*happened).wires)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
async def test_a_citizen_files_and_follows(
    intake: Intake, open_page: OpenPage, screenshot: Screenshot, device: Device, language: str, javascript: bool
) -> None:
    name = f"{device}-{language}-{'scripts' if javascript else 'plain'}"
    page = await open_page(intake.url, device, language, javascript=javascript)
    await screenshot(page, f"intake-start-{name}")
    await assert_fits(page)
    if javascript:
        await axe(page)
    await write(page)
    await choose_areas(page, javascript=javascript)
    await page.click(SEND)
    await page.wait_for_url(re.compile(r"/track/KTG-35\.04-\w{4}-\w{4}/filed$"))
    code, secret = await page.locator(".app-reference__value").all_inner_texts()
    await screenshot(page, f"intake-filed-{name}")

    opened = (await intake.read(code, secret)).json()
    assert opened["area"] == "35.04.01.1010"
    assert opened["description"] == "Sudah dua bulan berlubang.\nKalau hujan tidak kelihatan."
    assert opened["visibility"] == "anonymous"

    await page.context.clear_cookies(name="complaint")
    await page.goto(f"{intake.url}/track")
    await page.fill("#code", code.lower().replace("-", ""))
    await page.fill("#secret", secret.lower())
    await page.click("form[action='/track'] button")
    await page.wait_for_url(f"**/track/{code}")
    await expect(page.locator("h1")).to_have_text("Jalan berlubang di depan Pasar Contoh")
    await screenshot(page, f"intake-track-{name}")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
async def test_every_page_is_accessible_and_fits(
    intake: Intake, deliver: Postman, open_page: OpenPage, screenshot: Screenshot, device: Device, language: str
) -> None:
    receipt = await intake.file()
    await handle(intake, deliver, UUID(receipt["id"]))
    page = await open_page(f"{intake.url}/track", device, language)
    await judge(page, screenshot, f"search-{device}-{language}")
    await page.fill("#code", "KTG-35.04-0000-0001")
    await page.click("form[action='/track'] button")
    await judge(page, screenshot, f"mistyped-{device}-{language}")
    await page.goto(f"{intake.url}/track/{receipt['code']}")
    await judge(page, screenshot, f"public-{device}-{language}")
    await page.fill("#secret", receipt["secret"])
    await page.click("form[action='/track'] button")
    await expect(page.locator(".app-quote")).to_contain_text("Sudah dua bulan berlubang.")
    await judge(page, screenshot, f"opened-{device}-{language}")
    await page.goto(f"{intake.url}/track/{receipt['code']}/filed")
    await judge(page, screenshot, f"receipt-{device}-{language}")
    await page.goto(f"{intake.url}/complaints")
    await page.click(SEND)
    await judge(page, screenshot, f"mistakes-{device}-{language}")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "plain"])
async def test_a_mistake_loses_nothing(intake: Intake, open_page: OpenPage, javascript: bool) -> None:
    page = await open_page(f"{intake.url}/complaints", "phone", javascript=javascript)
    await write(page)
    await choose_areas(page, javascript=javascript)
    await page.fill("#email", "budi")
    await page.click(SEND)
    await expect(page.locator(".govuk-error-summary a")).to_have_attribute("href", "#email")
    await expect(page.locator("#title")).to_have_value("Jalan berlubang di depan Pasar Contoh")
    await expect(page.locator("#village")).to_have_value("35.04.01.1010")
    await expect(page.locator("#happened_on")).to_have_value("2026-11-02")
    await expect(page.locator("input[value=anonymous]")).to_be_checked()
    await page.fill("#email", "budi@contoh.test")
    await page.click(SEND)
    await page.wait_for_url("**/filed")


async def test_the_summary_of_mistakes_takes_the_focus(intake: Intake, open_page: OpenPage) -> None:
    page = await open_page(f"{intake.url}/complaints")
    await page.click(SEND)
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await page.click(".govuk-error-summary a[href='#title']")
    await expect(page.locator("#title")).to_be_focused()


async def test_pressing_twice_and_going_back_to_reload_files_once(intake: Intake, open_page: OpenPage) -> None:
    page = await open_page(f"{intake.url}/complaints", javascript=False)
    before = await intake.pool.fetchval("SELECT count(*) FROM complaint_codes")
    await write(page)
    await choose_areas(page, javascript=False)
    await page.dblclick(SEND)
    await page.wait_for_url("**/filed")
    await page.reload()
    assert await intake.pool.fetchval("SELECT count(*) FROM complaint_codes") == before + 1


async def test_another_province_empties_the_lists_below(intake: Intake, open_page: OpenPage) -> None:
    page = await open_page(f"{intake.url}/complaints")
    await expect(page.locator(NEXT_AREAS)).to_be_hidden()
    await choose_areas(page, javascript=True)
    await page.select_option("#province", "32")
    await expect(page.locator("#regency option[value='32.04']")).to_be_attached()
    await expect(page.locator("#regency option[value='35.04']")).not_to_be_attached()
    await expect(page.locator("#district")).to_be_hidden()
    await expect(page.locator("#village")).to_be_hidden()


async def test_the_switch_of_language_stays_on_the_page(intake: Intake, open_page: OpenPage) -> None:
    receipt = await intake.file()
    page = await open_page(f"{intake.url}/track/{receipt['code']}")
    await page.click("a[hreflang=en]")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert receipt["code"] in page.url
