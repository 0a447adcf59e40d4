"""A real Chromium for tests: found or installed, watched for requests to the outside, and audited with axe."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

Device = Literal["phone", "desktop"]
SIZES: dict[Device, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
LOOPBACK = re.compile(r"127(\.\d+){3}|localhost|\[::1\]|::1")
HOW_TO_INSTALL = (
    "Browser tests need Chromium: install it (Debian, Ubuntu: apt install chromium), or run the tests as root,"
    " then they install it themselves."
)


def find_chromium() -> str | None:
    """Return the path of an installed browser that speaks Chromium's protocol."""
    return next((found for name in NAMES if (found := shutil.which(name, path=_search_path()))), None)


def _search_path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/bin", "/usr/local/bin", "/snap/bin"])


async def install_chromium() -> str:
    """Install the browser with apt, as root; fail with one sentence where that cannot be done."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.fail(HOW_TO_INSTALL, pytrace=False)
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        process = await asyncio.create_subprocess_exec(
            "apt-get",
            *command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        if process.returncode:
            reason = said.decode(errors="replace").strip().splitlines()[-1:]
            pytest.fail(f"{HOW_TO_INSTALL} apt-get {command[0]} failed: {' '.join(reason)}", pytrace=False)
    found = find_chromium()
    if found is None:
        pytest.fail(HOW_TO_INSTALL, pytrace=False)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Give one Chromium for the whole session."""
    executable = find_chromium() or await install_chromium()
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=flags)
        yield chromium
        await chromium.close()


class OpenPage(Protocol):
    """Opens a page as one kind of reader."""

    def __call__(
        self, url: str, device: Device = "desktop", language: str = "id", *, javascript: bool = True
    ) -> Awaitable[Page]:
        """Go to an address and wait until it has loaded."""


class Watch:
    """What pages did that they must not: requests to other machines, breaches of the content policy, script errors."""

    def __init__(self) -> None:
        self.misdeeds: list[str] = []

    async def attach(self, context: BrowserContext) -> None:
        """Watch every page of a context; nothing leaves this machine."""
        await context.route("**/*", self._decide)
        context.on("weberror", lambda error: self.misdeeds.append(f"script error: {error.error}"))
        context.on("console", lambda line: self._listen(line.type, line.text))

    async def _decide(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"data", "blob"} or LOOPBACK.fullmatch(address.hostname or ""):
            await route.continue_()
            return
        self.misdeeds.append(f"request to {address.hostname}")
        await route.abort()

    def _listen(self, kind: str, text: str) -> None:
        # A page that answers 4xx on purpose is announced as an error too; that one is expected.
        if (kind == "error" or "Error:" in text) and "Failed to load resource" not in text:
            self.misdeeds.append(text)


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Give a function that opens pages; when the test ends, no page may have misbehaved."""
    watch, contexts = Watch(), list[BrowserContext]()

    async def go(url: str, device: Device = "desktop", language: str = "id", *, javascript: bool = True) -> Page:
        context = await browser.new_context(
            **SIZES[device], java_script_enabled=javascript, locale=f"{language}-ID", reduced_motion="reduce"
        )
        contexts.append(context)
        await watch.attach(context)
        await context.add_cookies([{"name": "lang", "value": language, "url": url}])
        page = await context.new_page()
        await page.goto(url, wait_until="load")
        return page

    yield go
    for context in contexts:
        await context.close()
    assert watch.misdeeds == []


async def axe(page: Page) -> None:
    """Assert that the page has no accessibility violations (WCAG 2.2 A and AA, best practice)."""
    found = await Axe().run(page, options={"runOnly": list(STANDARDS)})
    violations = [
        f"{violation['id']}: {violation['help']}\n    " + "\n    ".join(node["html"] for node in violation["nodes"])
        for violation in found.response["violations"]
    ]
    assert not violations, "\n".join([page.url, *violations])


async def assert_fits(page: Page) -> None:
    """Assert that nothing makes the page scroll sideways."""
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{page.url} is {wider} px wider than the screen"


@pytest.fixture(scope="session")
def screenshot(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Page, str], Awaitable[Path]]:
    """Give a function that writes `<name>.png` to the folder SCREENSHOTS, or to a temporary one."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)

    async def take(page: Page, name: str) -> Path:
        path = folder / f"{name}.png"
        await page.screenshot(path=path, full_page=True)
        return path

    return take
