"""Draws the pictures of the documentation from a running stack: `python -m handbook.screenshots [--data DIR]`."""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).parents[2] / "images"
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=860)


@dataclass(frozen=True)
class Stack:
    """Where the running stack's pages are, and one login of an officer."""

    intake: str
    routing: str
    reporting: str
    mailbox: str
    login: str
    password: str


def main() -> None:
    """Draw every picture anew."""
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__)
    parser.add_argument("--data", default=".kentongan", help="the data folder of the running stack")
    parser.add_argument("--into", type=Path, default=IMAGES, help="the folder to write to")
    asked = parser.parse_args()
    stack = running(asked.data)
    asked.into.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, (size, draw) in PICTURES.items():
            page = browser.new_page(viewport=size, device_scale_factor=1.5, locale="id-ID", timezone_id="Asia/Jakarta")
            draw(page, stack)
            page.screenshot(path=asked.into / f"{name}.png")
            page.close()
            print(f"wrote {name}.png")


def running(data: str) -> Stack:
    """Ask the running stack where it is."""
    command = [str(Path(sys.executable).with_name("kentongan")), "status", "--json", "--data", data]
    said: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    services = said["services"]
    officer = next(login for login in said["logins"] if login["login"] == "tulungagung")
    return Stack(
        services["intake"]["url"],
        services["routing"]["url"],
        services["reporting"]["url"],
        said["mailbox"]["url"],
        officer["login"],
        officer["password"],
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open the installed Chromium; one sentence when there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        sys.exit("Chromium is missing: install it (Debian, Ubuntu: apt install chromium), then draw again.")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


def _form(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.intake}/")


def _dashboard(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.reporting}/")


def _inbox(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.routing}/")
    page.locator("input[name=login]").fill(stack.login)
    page.locator("input[name=password]").fill(stack.password)
    page.locator("form button[type=submit], form .govuk-button").last.click()
    page.wait_for_load_state()


def _mailbox(page: Page, stack: Stack) -> None:
    page.goto(stack.mailbox)


PICTURES: dict[str, tuple[ViewportSize, Callable[[Page, Stack], None]]] = {
    "citizen": (PHONE, _form),
    "dashboard": (DESKTOP, _dashboard),
    "inbox": (DESKTOP, _inbox),
    "mailbox": (DESKTOP, _mailbox),
}


if __name__ == "__main__":
    main()
