"""The workbench in Chromium: accessible, fitting and usable on a phone and on a desk, in both languages."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page

from contracts.intake import ReporterReplied
from contracts.sealing import Clear
from kit.browser import Device, OpenPage, assert_fits, axe
from kit.post import Complaint, filed
from kit.workbench import PASSWORD, Office, Workbench

pytestmark = pytest.mark.browser

Screenshot = Callable[[Page, str], Awaitable[Path]]
READERS: list[tuple[Device, str]] = [("phone", "id"), ("phone", "en"), ("desktop", "id"), ("desktop", "en")]


async def furnish(bench: Workbench, desk: Office) -> dict[str, Complaint]:
    """Fill an inbox with cases in every state."""
    cases: dict[str, Complaint] = {}
    for state, title in (
        ("submitted", "Lampu jalan padam di depan SDN 2 Kampungdalem"),
        ("verified", "Sampah menumpuk di tepi Sungai Ngrowo"),
        ("in_progress", "Bau limbah dari pabrik pada malam hari"),
        ("answered", "Pohon tumbang menutup jalan desa"),
    ):
        category = "penerangan-jalan" if state == "submitted" else "sampah"
        cases[state] = complaint = await bench.open(filed(title=Clear(title), category=category))
        if state == "submitted":
            continue
        await desk.decide("tulungagung", complaint.id, "verifications", {})
        if state == "verified":
            continue
        note = {"note": "Mohon ditindaklanjuti minggu ini."}
        await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dlh", **note})
        if state == "answered":
            await desk.decide("dlh", complaint.id, "responses", {"text": "Pohon sudah kami potong dan jalan dibuka."})
    return cases


async def sign_in(page: Page, login: str = "tulungagung") -> None:
    """Fill in the form."""
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.click("main button[type=submit]")
    await page.wait_for_url("**/")


@pytest.mark.parametrize(("device", "language"), READERS)
async def test_every_page_is_accessible_and_fits(
    bench: Workbench, desk: Office, open_page: OpenPage, screenshot: Screenshot, device: Device, language: str
) -> None:
    cases = await furnish(bench, desk)
    page = await open_page(f"{desk.url}/sign-in", device, language)
    await _inspect(page, screenshot, f"routing-sign-in-{device}-{language}")
    await sign_in(page)
    await _inspect(page, screenshot, f"routing-inbox-{device}-{language}")
    await page.goto(f"{desk.url}/?state=withdrawn")
    await _inspect(page, screenshot, f"routing-empty-{device}-{language}")
    for state, complaint in cases.items():
        await page.goto(f"{desk.url}/cases/{complaint.id}")
        await _inspect(page, screenshot, f"routing-case-{state}-{device}-{language}")


async def _inspect(page: Page, screenshot: Screenshot, name: str) -> None:
    await screenshot(page, name)
    await axe(page)
    await assert_fits(page)


@pytest.mark.parametrize(("device", "language"), [READERS[0], READERS[3]])
async def test_a_decision_a_mistake_and_a_clash_are_said_where_they_happen(
    bench: Workbench, desk: Office, open_page: OpenPage, screenshot: Screenshot, device: Device, language: str
) -> None:
    cases = await furnish(bench, desk)
    page = await open_page(f"{desk.url}/sign-in", device, language)
    await sign_in(page)
    await page.goto(f"{desk.url}/cases/{cases['submitted'].id}")
    await page.click("section:has(#verify-title) button[type=submit]")
    await page.wait_for_url("**?done=verifications")
    await _inspect(page, screenshot, f"routing-done-{device}-{language}")
    await page.click("section:has(#respond-title) button[type=submit]")
    await page.wait_for_selector(".govuk-error-summary")
    await _inspect(page, screenshot, f"routing-mistake-{device}-{language}")
    late = cases["in_progress"]
    await page.goto(f"{desk.url}/cases/{late.id}")
    await page.fill("#text", "Petugas kami sudah ke lokasi malam ini.")
    await bench.receive(late.wire(ReporterReplied(text=Clear("Baunya sudah hilang sejak kemarin."))))
    await page.click("section:has(#respond-title) button[type=submit]")
    await page.wait_for_selector("text=Petugas kami sudah ke lokasi")
    await _inspect(page, screenshot, f"routing-clash-{device}-{language}")


async def test_everything_works_without_scripts(bench: Workbench, desk: Office, open_page: OpenPage) -> None:
    complaint = await bench.open(filed())
    page = await open_page(f"{desk.url}/sign-in", "phone", "id", javascript=False)
    await sign_in(page)
    await page.click(f'a[href="/cases/{complaint.id}"]')
    await page.click("section:has(#verify-title) button[type=submit]")
    await page.wait_for_url("**?done=verifications")
    await page.click("section:has(#forward-title) button[type=submit]")
    await page.wait_for_url("**?done=forwards")
    assert "Agency 35.04.dlh" not in await page.inner_text("main")
    assert await bench.pool.fetchval("SELECT holder FROM cases WHERE id = $1", complaint.id) == "35.04.dlh"
