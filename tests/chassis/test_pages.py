"""The shared pages in a real browser: nothing asked from outside, no violations, both languages, without scripts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from kit.browser import Device, OpenPage, assert_fits, axe
from kit.serving import serving
from kit.showcase.app import build
from playwright.async_api import Page

pytestmark = pytest.mark.browser

PAGES = ("/", "/form", "/track", "/dashboard", "/inbox", "/mail", "/nowhere", "/problems/too-large")
Screenshot = Callable[[Page, str], Awaitable[Path]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
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
