"""The judges judged: a page that asks outside, breaks, or shuts people out is noticed."""

import pytest
from playwright.async_api import Browser

from kit.browser import Watch, assert_fits, axe

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("content", "noticed"),
    [
        ('<img src="http://elsewhere.test/pixel.png" alt="">', "request to elsewhere.test"),
        ('<link rel="stylesheet" href="https://cdn.test/style.css">', "request to cdn.test"),
        ("<script>throw new Error('cracked')</script>", "cracked"),
        ("<script>console.error('cracked')</script>", "cracked"),
    ],
)
async def test_a_misdeed_is_noticed(browser: Browser, content: str, noticed: str) -> None:
    watch, context = Watch(), await browser.new_context()
    await watch.attach(context)
    page = await context.new_page()
    await page.set_content(f"<!DOCTYPE html><title>Drum</title>{content}", wait_until="networkidle")
    await context.close()
    assert any(noticed in misdeed for misdeed in watch.misdeeds), watch.misdeeds


async def test_a_page_that_shuts_people_out_is_noticed(browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.set_content('<!DOCTYPE html><title>Drum</title><img src="data:,"><input>')
    with pytest.raises(AssertionError, match=r"(?s)html-has-lang.*image-alt.*label"):
        await axe(page)
    await context.close()


async def test_a_page_wider_than_the_screen_is_noticed(browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.set_content('<!DOCTYPE html><div style="width: 900px">drum</div>')
    with pytest.raises(AssertionError, match="wider than the screen"):
        await assert_fits(page)
    await context.close()
