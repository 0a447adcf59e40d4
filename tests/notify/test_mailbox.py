"""The built-in mailbox: takes everything, forgets the oldest, survives a kill, and cages other people's HTML."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiosmtplib
import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from contracts.vocabulary import Classification, Clock, Language, Visibility
from kentongan.mailbox import reading
from kentongan.mailbox.store import Store
from kentongan.stack.ports import free_port
from kit.browser import OpenPage, assert_fits, axe
from notify import letters
from notify.channels import Accepted, Parcel
from notify.channels.email import Email, Server
from notify.domain.news import Complaint, Message, News

Screenshot = Callable[[Page, str], Awaitable[Path]]
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


class Mailbox:
    """The mailbox as `kentongan up` starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smtp, self.http = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"
        self.output = folder / "mailbox.log"

    @asynccontextmanager
    async def running(self, stop: signal.Signals = signal.SIGTERM) -> AsyncIterator[None]:
        ports = ["--smtp-port", str(self.smtp), "--http-port", str(self.http)]
        with self.output.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "kentongan.mailbox", *ports, "--data", str(self.folder / "data"),
                stdout=output, stderr=output,
            )  # fmt: skip
        try:
            await self._reachable()
            yield
        finally:
            process.send_signal(stop)
            code = await asyncio.wait_for(process.wait(), 10)
            assert code == (0 if stop == signal.SIGTERM else -stop)

    async def _reachable(self) -> None:
        async with asyncio.timeout(20), httpx2.AsyncClient() as client:
            while True:
                try:
                    assert (await client.get(f"{self.url}/livez")).status_code == 200
                    return
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)

    async def send(self, *messages: EmailMessage | bytes, to: str = "sari@contoh.example") -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.smtp) as client:
            for message in messages:
                raw = message if isinstance(message, bytes) else message.as_bytes()
                await client.sendmail("no-reply@kentongan.example", [to], raw)

    async def send_news(self) -> None:
        """Let notify send one of its letters."""
        due = {Clock.VERIFICATION: NOON + timedelta(days=3), Clock.RESOLUTION: NOON + timedelta(days=84)}
        visibility, language = Visibility.NAMED, Language.INDONESIAN
        complaint = Complaint(
            uuid4(), "KTG-35.04-7K2M-9QX4", Classification.COMPLAINT, "35.04.01.1003", visibility, language, due
        )
        news = News(uuid4(), complaint.id, Message.COMPLAINT_FILED, NOON)
        written = letters.write(news, complaint, None, None, "http://127.0.0.1:8000")
        channel = Email(Server("127.0.0.1", self.smtp), "Kentongan <no-reply@kentongan.example>")
        assert await channel.send(Parcel(uuid4(), "sari@contoh.example", written, NOON)) == Accepted(250)
        await channel.rest()

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        async with httpx2.AsyncClient() as client:
            return await client.get(self.url + path, headers=headers)


def letter(subject: str = "Ada kabar", html: str | None = "<p>Halo <b>Sari</b>.</p>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Kentongan <no-reply@kentongan.example>"
    message["To"] = "sari@contoh.example"
    message["Subject"] = subject
    message["Message-ID"] = f"<{abs(hash(subject))}@kentongan.example>"
    message.set_content("Halo Sari.\n\nTerima kasih.\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


@pytest_asyncio.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[Mailbox]:
    made = Mailbox(tmp_path)
    async with made.running():
        yield made


async def test_what_is_sent_is_listed_newest_first(mailbox: Mailbox) -> None:
    await mailbox.send(letter("pertama"), letter("kedua"))
    await mailbox.send(letter("lain"), to="budi@contoh.example")
    listed: list[dict[str, Any]] = (await mailbox.get("/api/messages")).json()
    assert [one["subject"] for one in listed] == ["lain", "kedua", "pertama"]
    assert set(listed[0]) == {"id", "to", "from", "subject", "received_at", "message_id"}
    assert listed[0]["to"] == ["budi@contoh.example"]
    assert listed[0]["from"] == "no-reply@kentongan.example"
    hers = (await mailbox.get("/api/messages?to=Sari@contoh.example&limit=1")).json()
    assert [one["subject"] for one in hers] == ["kedua"]


async def test_one_letter_can_be_read_in_both_forms_and_as_it_came(mailbox: Mailbox) -> None:
    await mailbox.send(letter())
    (listed,) = (await mailbox.get("/api/messages")).json()
    read = (await mailbox.get(f"/api/messages/{listed['id']}")).json()
    assert read["text"].split() == ["Halo", "Sari.", "Terima", "kasih."]
    assert "<b>Sari</b>" in read["html"]
    raw = await mailbox.get(f"/messages/{listed['id']}/raw")
    assert raw.headers["content-type"].startswith("message/rfc822")
    assert b"Message-ID" in raw.content


async def test_letters_survive_a_kill(tmp_path: Path) -> None:
    made = Mailbox(tmp_path)
    async with made.running(stop=signal.SIGKILL):
        await made.send(letter("sebelum"))
    async with made.running():
        await made.send(letter("sesudah"))
        assert [one["subject"] for one in (await made.get("/api/messages")).json()] == ["sesudah", "sebelum"]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, kept=10)
    for number in range(35):
        raw = letter(f"nomor {number}").as_bytes()
        store.add(reading.entry(raw, "a@contoh.example", ["b@contoh.example"], NOON), raw)
    assert store.count() == 10
    assert [kept.subject for kept in store.newest(100)] == [f"nomor {number}" for number in range(34, 24, -1)]
    store.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no headers at all",
        b"Subject: =?utf-8?b?broken\r\n\r\n",
        b"From: <<<>>>\r\nTo: \xff\xfe\r\nSubject: \xff\r\nMessage-ID: <[x]>\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nx",
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n",
        b"Subject: " + b"x" * 900 + b"\r\n\r\n" + b"y\r\n" * 1000,
    ],
)
async def test_a_broken_letter_is_kept_and_shown_as_far_as_it_goes(mailbox: Mailbox, raw: bytes) -> None:
    await mailbox.send(raw, letter("utuh"))
    for path in ("/", "/messages/1", "/api/messages/1", "/messages/2"):
        assert (await mailbox.get(path, accept="text/html")).status_code == 200


async def test_a_letter_that_is_not_there_is_not_found(mailbox: Mailbox) -> None:
    await mailbox.send(letter(html=None))
    for path in ("/messages/7", "/messages/7/html", "/messages/7/raw", "/api/messages/7", "/messages/1/html"):
        assert (await mailbox.get(path)).status_code == 404
    for path in ("/messages/x", "/messages/0", "/messages/99999999999999999999", "/api/messages?limit=0"):
        assert (await mailbox.get(path)).status_code == 422


async def test_the_log_names_no_address(mailbox: Mailbox) -> None:
    await mailbox.send(letter("Untuk Sari"))
    said = mailbox.output.read_text()
    assert "message_kept" in said
    for personal in ("sari", "Sari", "contoh.example"):
        assert personal not in said


def hostile(evil: str) -> str:
    """Give HTML that tries to run, to fetch, to submit and to lead away."""
    return f"""<p id="seen">Surat</p>
<script>fetch('/api/messages').then(() => document.title = 'stolen'); parent.document.title = 'stolen'</script>
<img src="{evil}/pixel.gif" onerror="parent.document.title='stolen'">
<form action="{evil}/form"><button id="go">kirim</button></form>
<link rel="stylesheet" href="{evil}/x.css">
<style>@import url("{evil}/y.css"); p {{ background: url("{evil}/z.png") }}</style>
<object data="{evil}/object"></object><iframe src="{evil}/frame"></iframe>
"""


async def test_the_html_of_a_letter_is_answered_in_a_cage(mailbox: Mailbox) -> None:
    await mailbox.send(letter(html=hostile("http://evil.example")))
    answer = await mailbox.get("/messages/1/html")
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.browser
async def test_hostile_html_does_nothing_in_a_browser(mailbox: Mailbox, browser: Browser) -> None:
    asked: list[str] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode())  # empty: Chromium connects ahead, then may not ask
        writer.close()

    async with await asyncio.start_server(meet, "127.0.0.1", 0) as evil:
        port = evil.sockets[0].getsockname()[1]
        await mailbox.send(letter(subject="jahat", html=hostile(f"http://127.0.0.1:{port}")))
        context = await browser.new_context()
        page = await context.new_page()
        for path in ("/messages/1", "/messages/1/html"):
            await page.goto(mailbox.url + path, wait_until="load")
            cage = page.frame(url=f"{mailbox.url}/messages/1/html")
            assert cage is not None
            await cage.locator("#go").click()
            await page.wait_for_timeout(500)
            assert await page.title() != "stolen"
            assert page.url == mailbox.url + path
        await context.close()
    assert [line for line in asked if line] == []


@pytest.mark.browser
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
async def test_the_pages_can_be_read_by_everybody(
    mailbox: Mailbox, open_page: OpenPage, screenshot: Screenshot, device: Any, language: str
) -> None:
    empty = await open_page(mailbox.url + "/", device, language)
    await screenshot(empty, f"mailbox-empty-{device}-{language}")
    await axe(empty)
    await mailbox.send(*(letter(f"Pengaduan Anda kami terima (KTG-35.04-7K2M-{number:04})") for number in range(60)))
    page = await open_page(mailbox.url + "/", device, language)
    await screenshot(page, f"mailbox-{device}-{language}")
    await assert_fits(page)
    await axe(page)
    assert await page.locator(".app-mail li").count() == 50
    await page.get_by_role("link", name={"id": "Lebih lama", "en": "Older"}[language]).click()
    assert await page.locator(".app-mail li").count() == 10
    await mailbox.send_news()
    await page.goto(mailbox.url)
    await page.locator(".app-mail a").first.click()
    shown = page.frame_locator("iframe").get_by_role("heading", name="Pengaduan Anda sudah kami terima")
    await page.locator("iframe").scroll_into_view_if_needed()
    await shown.wait_for()
    await screenshot(page, f"mailbox-one-{device}-{language}")
    await assert_fits(page)
    await axe(page)
