"""Granian inside our own event loop, so that HTTP, log and consumers share one process."""

import socket
from dataclasses import dataclass, field

from fastapi import FastAPI
from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server


class _SoleServer(Server):
    """Granian alone on its port; left to itself it shares it with any other server, and each answers some requests."""

    def _init_shared_socket(self) -> None:
        family = socket.AF_INET6 if ":" in self.bind_addr else socket.AF_INET
        listener = socket.create_server((self.bind_addr, self.bind_port), family=family, backlog=self.backlog)
        listener.setblocking(False)
        number = listener.detach()
        self._shd = SocketHolder(number, False, self.backlog)  # type: ignore[assignment,call-arg]  # granian types neither


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
        self.server = _SoleServer(
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
