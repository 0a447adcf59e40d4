"""Granian inside our own event loop, so that HTTP, log and consumers share one process."""

from dataclasses import dataclass, field

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server


@dataclass
class HttpServer:
    """The HTTP loop of a process."""

    app: FastAPI
    host: str
    port: int
    name: str = "http"
    server: Server | None = field(default=None, init=False)

    async def run(self) -> None:
        """Serve until stopped."""
        self.server = Server(
            self.app,
            address=self.host,
            port=self.port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_level=LogLevels.warning,
            backlog=1024,
        )
        await self.server.serve()

    def stop(self) -> None:
        """Stop taking requests; those under way are answered."""
        if self.server is not None:
            self.server.stop()  # type: ignore[no-untyped-call]  # granian leaves it untyped
