"""Intake in a test: its parts in this process or as a process of its own, and named complaints to file."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from chassis.event_log import EventLog
from chassis.health import Health
from chassis.keys import KeyStore
from chassis.migrate import migrate
from chassis.postgres import Pool, create_pool
from chassis.service import Runtime
from contracts.topics import DATA_KEYS
from intake.app import compose
from intake.settings import Settings
from kentongan.stack.ports import free_port
from kit.serving import serving

KEY_ENCRYPTION_KEY = bytes(range(32))
IMPORT_TOKEN = "import-token-of-the-tests"
NOWHERE = "127.0.0.1:1"

BODY: dict[str, Any] = {
    "classification": "complaint",
    "category": "jalan-rusak",
    "area": "35.04.01.1010",
    "title": "Jalan berlubang di depan Pasar Contoh",
    "description": "Sudah dua bulan berlubang.\nKalau hujan tidak kelihatan.",
    "address": "Jalan Contoh 4",
    "happened_on": "2026-11-02",
    "reporter": {"name": "Budi Contoh", "email": "budi@contoh.test", "phone": "0812-3456-7890"},
}
"""A complaint as a program files it; nobody in it exists."""


def body(**changes: Any) -> dict[str, Any]:
    """Give the complaint with some fields changed; None leaves a field out."""
    return {name: value for name, value in {**BODY, **changes}.items() if value is not None}


def environment(dsn: str, port: int, *, kafka: str = NOWHERE, **more: str) -> dict[str, str]:
    """Give the variables a process of intake needs."""
    return {
        "INTAKE_DATABASE_URL": dsn,
        "INTAKE_KAFKA_BOOTSTRAP_SERVERS": kafka,
        "INTAKE_HTTP_PORT": str(port),
        "INTAKE_SECRET_KEY": "not a secret, only for the tests of intake",
        "INTAKE_KEY_ENCRYPTION_KEYS": f"1:{base64.b64encode(KEY_ENCRYPTION_KEY).decode()}",
        "INTAKE_IMPORT_TOKEN": IMPORT_TOKEN,
        **more,
    }


@dataclass(frozen=True)
class Intake:
    """Intake serving in this process, on a database of its own; nothing is published."""

    url: str
    pool: Pool
    keys: KeyStore
    log: EventLog
    client: httpx2.AsyncClient

    async def file(self, headers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
        """File a complaint that is accepted; give the receipt."""
        answer = await self.client.post("/api/complaints", json=body(**changes), headers=headers or {})
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    async def read(self, code: str, secret: str | None = None) -> httpx2.Response:
        """Look a complaint up."""
        headers = {} if secret is None else {"Complaint-Secret": secret}
        return await self.client.get(f"/api/complaints/{code}", headers=headers)


@asynccontextmanager
async def intake_in_process(dsn: str) -> AsyncIterator[Intake]:
    """Serve intake inside the block; its log writes, its relay and consumers do not run."""
    await migrate(dsn, "chassis", "intake")
    port = free_port()
    variables = environment(dsn, port)
    settings = Settings.model_validate(
        {name.removeprefix("INTAKE_").lower(): value for name, value in variables.items()}
    )
    pool = await create_pool(dsn, application="test", size=10)
    health = Health(pool, NOWHERE)
    keys = KeyStore(pool, {1: KEY_ENCRYPTION_KEY}, DATA_KEYS)
    runtime = Runtime("intake", settings, pool, EventLog(pool, "intake", health), health, keys)
    app = compose(runtime).app
    assert app is not None
    writer = asyncio.ensure_future(runtime.log.run())
    try:
        async with serving(app, port) as url, httpx2.AsyncClient(base_url=url, timeout=30) as client:
            yield Intake(url, pool, keys, runtime.log, client)
    finally:
        writer.cancel()
        pool.terminate()


class IntakeProcess:
    """`python -m intake` on a database, with every loop unless a mode is named; it can be killed and started again."""

    def __init__(self, dsn: str, kafka: str = NOWHERE, mode: str = "all") -> None:
        self._mode = mode
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, **environment(dsn, self.port, kafka=kafka)}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and return when it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "intake", self._mode, env=self._environment, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(30), httpx2.AsyncClient(base_url=self.url) as client:
            while True:
                with suppress(httpx2.TransportError):
                    if (await client.get("/readyz")).status_code == 200:
                        return
                assert self._process.returncode is None, "intake has ended"
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """SIGKILL it, as a crash would."""
        await self._end(lambda process: process.kill())

    async def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        await self._end(lambda process: process.terminate())

    async def _end(self, how: Any) -> None:
        if self._process is not None and self._process.returncode is None:
            how(self._process)
            await self._process.wait()
