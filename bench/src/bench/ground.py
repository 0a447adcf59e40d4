"""The ground every measurement stands on: a broker and a database server of its own, real and on this machine."""

import asyncio
import base64
import itertools
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2

from chassis.migrate import migrate
from chassis.postgres import Pool, create_pool
from kentongan.stack.kafka import Kafka
from kentongan.stack.ports import free_port
from kentongan.stack.postgres import Postgres
from kentongan.topics import create

_numbers = itertools.count(1)


@dataclass
class Ground:
    """Kafka and PostgreSQL in a folder that goes away afterwards."""

    kafka: Kafka
    postgres: Postgres
    folder: Path
    keys: str

    async def database(self, *packages: str) -> str:
        """Make a new database with the tables of these packages; return its connection string."""
        name = f"bench_{next(_numbers)}"
        connection = await asyncpg.connect(self.postgres.dsn())
        try:
            await connection.execute(f"CREATE DATABASE {name}")  # a name is no parameter; it is a counter's
        finally:
            await connection.close()
        dsn = self.postgres.dsn(name)
        await migrate(dsn, "chassis", *packages)
        return dsn

    @asynccontextmanager
    async def service(self, module: str, mode: str, prefix: str, dsn: str, **more: str) -> AsyncIterator[str]:
        """Run a service as its own process; yield its address once it is ready."""
        port = free_port()
        environment = {
            f"{prefix}_DATABASE_URL": dsn,
            f"{prefix}_KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            f"{prefix}_HTTP_PORT": str(port),
            f"{prefix}_SECRET_KEY": secrets.token_hex(32),
            f"{prefix}_LOG_LEVEL": "warning",
            **more,
        }
        with (self.folder / f"{prefix.lower()}.log").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, mode], env={**os.environ, **environment}, stdout=output, stderr=output
            )
        try:
            address = f"http://127.0.0.1:{port}"
            await _ready(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(15)


async def _ready(address: str, process: "subprocess.Popen[bytes]") -> None:
    async with httpx2.AsyncClient() as client, asyncio.timeout(60):
        while process.poll() is None:
            try:
                if (await client.get(f"{address}/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError(f"the service ended with {process.returncode} before it was ready")


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Start both servers in a temporary folder; stop and remove them afterwards."""
    with tempfile.TemporaryDirectory(prefix="kentongan-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user than we do
        kafka = Kafka(folder / "kafka", free_port())
        postgres = Postgres(folder / "postgres", free_port(), password=secrets.token_hex(16))
        try:
            await kafka.start()
            await postgres.start()
            create(kafka.bootstrap)
            keys = "1:" + base64.b64encode(os.urandom(32)).decode()
            yield Ground(kafka, postgres, folder, keys)
        finally:
            await kafka.stop()
            await postgres.stop()


@asynccontextmanager
async def pool_on(dsn: str, size: int = 10) -> AsyncIterator[Pool]:
    """Open a pool for the length of a measurement."""
    pool = await create_pool(dsn, application="bench", size=size)
    try:
        yield pool
    finally:
        pool.terminate()
