"""Serves an app on a real port of this machine, with the server that services use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from chassis.server import HttpServer
from kentongan.stack.ports import free_port

HOST = "127.0.0.1"


@asynccontextmanager
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """Serve inside the block; gives the base address."""
    chosen = port or free_port()
    server = HttpServer(app, HOST, chosen)
    task = asyncio.ensure_future(server.run())
    try:
        await _reachable(chosen)
        yield f"http://{HOST}:{chosen}"
    finally:
        server.stop()
        await asyncio.wait([task], timeout=5)
        task.cancel()


async def _reachable(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection(HOST, port)
                writer.close()
                return
            await asyncio.sleep(0.02)
