"""Notify as it runs in production: its own process, a broker and a database of its own, killed when asked."""

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from contracts.topics import AGENCIES, COMPLAINTS, DATA_KEYS
from kentongan.stack.ports import free_port
from kit import post
from kit.streams import publish

KEK = bytes(range(32))
SETTINGS = {
    "NOTIFY_SECRET_KEY": "only-for-tests-only-for-tests-only",
    "NOTIFY_KEY_ENCRYPTION_KEYS": f"1:{base64.b64encode(KEK).decode()}",
    "NOTIFY_SMTP_HOST": "127.0.0.1",
    "NOTIFY_SMTP_FROM": "Kentongan <no-reply@kentongan.example>",
    "NOTIFY_SMTP_TIMEOUT_SECONDS": "2",
    "NOTIFY_LEASE_SECONDS": "3",
    "NOTIFY_TRACKING_URL": "http://127.0.0.1:8000",
}


@dataclass
class Notifier:
    """One deployment of notify; started, killed and started again."""

    bootstrap: str
    dsn: str
    smtp_port: int
    output: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}"

    async def run(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start `python -m notify`."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NOTIFY_")},
            **SETTINGS,
            "NOTIFY_DATABASE_URL": self.dsn,
            "NOTIFY_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "NOTIFY_HTTP_PORT": str(self.port),
            "NOTIFY_SMTP_PORT": str(self.smtp_port),
        }
        with self.output.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "notify", *arguments, env=environment, stdout=output, stderr=output
            )

    async def migrate(self) -> None:
        """Make its tables."""
        assert await (await self.run("migrate")).wait() == 0

    async def start(self, probe: str = "/readyz") -> None:
        """Start it and wait until it is ready; with `/livez` only until it answers."""
        self.process = await self.run()
        async with asyncio.timeout(30), httpx2.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"{self.url}{probe}")).status_code == 200:
                        return
                except httpx2.TransportError:
                    assert self.process.returncode is None, self.output.read_text()
                await asyncio.sleep(0.05)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, politely unless told otherwise; gives the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(15):
            return await self.process.wait()

    async def publish(self, stories: Sequence[tuple[post.Complaint, Sequence[bytes]]]) -> None:
        """Publish keys and events as intake and routing do: the key first."""
        keys = [(str(story.id).encode(), _key_record(story)) for story, _ in stories]
        events = [(str(story.id).encode(), wire) for story, wires in stories for wire in wires]
        await publish(self.bootstrap, DATA_KEYS, keys)
        await publish(self.bootstrap, COMPLAINTS, events)

    async def publish_agency(self) -> None:
        """Publish the name of the environment office."""
        office = post.Complaint()
        await publish(self.bootstrap, AGENCIES, [(str(office.id).encode(), office.wire(post.ENVIRONMENT_OFFICE))])

    async def get(self, path: str) -> Any:
        """Ask its API."""
        async with httpx2.AsyncClient() as client:
            answer = await client.get(self.url + path)
            assert answer.status_code == 200, answer.text
            return answer.json()


def _key_record(story: post.Complaint) -> bytes:
    wrapped = aes_key_wrap(KEK, story.key.secret)
    return json.dumps({"kek": 1, "wrapped": base64.b64encode(wrapped).decode()}).encode()


@asynccontextmanager
async def deployed(bootstrap: str, dsn: str, smtp_port: int, folder: Path) -> AsyncIterator[Notifier]:
    """Give a migrated notify that is not started yet; what runs at the end is stopped."""
    notifier = Notifier(bootstrap, dsn, smtp_port, folder / "notify.log")
    await notifier.migrate()
    try:
        yield notifier
    finally:
        if notifier.process is not None and notifier.process.returncode is None:
            await notifier.stop()
