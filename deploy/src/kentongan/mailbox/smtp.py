"""The SMTP side: takes any letter for anybody, on loopback only."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from kentongan.mailbox import reading
from kentongan.mailbox.store import Store

log = structlog.get_logger()

LARGEST = 2_000_000
HOST = "127.0.0.1"


@dataclass
class Keeper:
    """What aiosmtpd asks when a letter has come in."""

    store: Store
    now: Callable[[], datetime]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd calls it so
        """Keep the letter; the reply is given only once it is in the file."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        kept = reading.entry(raw, str(envelope.mail_from), [str(one) for one in envelope.rcpt_tos], self.now())
        try:
            number = self.store.add(kept, raw)
        except sqlite3.OperationalError as error:
            log.error("message_not_kept", error=error.sqlite_errorname)
            return "452 Insufficient storage"
        log.info("message_kept", number=number, bytes=len(raw))
        return f"250 OK: kept as {number}"


@dataclass
class Postbox:
    """The listening socket, as a loop of the process."""

    keeper: Keeper
    port: int
    name: str = "smtp"

    async def run(self) -> None:
        """Take letters until cancelled."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # at lower levels aiosmtpd logs addresses
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._conversation, HOST, self.port)
        async with server:
            await server.serve_forever()

    def _conversation(self) -> SMTP:
        return SMTP(
            self.keeper,
            data_size_limit=LARGEST,
            hostname="localhost",
            ident="Kentongan mailbox",
            enable_SMTPUTF8=True,
            timeout=120,
            loop=asyncio.get_running_loop(),
        )
