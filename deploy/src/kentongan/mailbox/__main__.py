"""`python -m kentongan.mailbox --smtp-port N --http-port M --data DIR`."""

import argparse
import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from chassis import logs
from chassis.server import HttpServer
from chassis.service import run_loops
from kentongan.mailbox import web
from kentongan.mailbox.smtp import HOST, Keeper, Postbox
from kentongan.mailbox.store import Store


def main() -> int:
    """Read the command line and run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m kentongan.mailbox", description=__doc__)
    parser.add_argument("--smtp-port", type=int, default=2525)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    logs.configure("mailbox", "info")
    return uvloop.run(run(arguments.smtp_port, arguments.http_port, arguments.data))


async def run(smtp_port: int, http_port: int, data: Path) -> int:
    """Take letters and show them."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    store = Store(data)
    postbox = Postbox(Keeper(store, lambda: datetime.now(UTC)), smtp_port)
    server = HttpServer(web.create(store, f"http://{HOST}:{http_port}"), HOST, http_port)
    try:
        return await run_loops([postbox, server], stopping)
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
