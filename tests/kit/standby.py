"""A second process of a running service, made like the first one: what a deployment with two of each has."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import psutil

from kentongan.stack.ports import free_port
from kit import evidence
from kit.stack import Stack

START_SECONDS = 40.0
STOP_SECONDS = 20.0


@asynccontextmanager
async def standby(stack: Stack, service: str) -> AsyncIterator[str]:
    """Run another process of the service on the same database and broker; give its address, end it in good order."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = {**_environment(stack, service), f"{service.upper()}_HTTP_PORT": str(port)}
    with stack.layout.log(f"{service}-standby").open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", service, env=variables, stdout=said, stderr=said
        )
    try:
        await _answers(process, f"{url}/livez")
        yield url
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), STOP_SECONDS)
        assert code == 0, f"the standby of {service} ended with {code}"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def cut_off(stack: Stack, service: str, pid: int) -> int:
    """End the database sessions of one process, as a server does with a client that it holds for dead."""
    ports = [each.laddr.port for each in psutil.Process(pid).net_connections("tcp") if each.laddr]
    found = await evidence.rows(
        stack.dsn(service),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = ANY ($1::integer[])",
        ports,
    )
    return len(found)


def _environment(stack: Stack, service: str) -> dict[str, str]:
    pid = stack.pid(service)
    assert pid is not None, f"{service} does not run"
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return {**dict(each.split("=", 1) for each in variables if "=" in each), "PATH": os.environ["PATH"]}


async def _answers(process: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(START_SECONDS), httpx2.AsyncClient(timeout=3) as client:
        while True:
            assert process.returncode is None, "the standby has ended"
            try:
                if (await client.get(url)).status_code == httpx2.codes.OK:
                    return
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
