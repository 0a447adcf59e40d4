"""E-mail by SMTP: connections are kept and reused, replies are read as what they mean for the letter."""

import asyncio
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib
import structlog

from contracts.notify import Medium
from notify.channels import Accepted, Deferred, Outcome, Parcel, Rejected

log = structlog.get_logger()

LETTERS_PER_CONNECTION = 100
"""Servers close connections that stay for ever; we go first."""


class BadAddress(Exception):
    """The address is none that a letter can be sent to."""


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server we hand letters to."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class Email:
    """A channel over a few SMTP connections."""

    medium = Medium.EMAIL

    def __init__(self, server: Server, sender: str, *, connections: int = 8, timeout: float = 20.0) -> None:
        self.workers = connections
        self.timeout = timeout
        self._server = server
        self._sender = sender
        self._idle: list[_Connection] = []

    async def send(self, parcel: Parcel) -> Outcome:
        """Hand one letter to the server, over a connection that is open already when there is one."""
        try:
            message = compose(parcel, self._sender)
        except BadAddress:
            return Rejected("bad_address")
        connection = self._idle.pop() if self._idle else _Connection(self._server, self.timeout / 2)
        try:
            async with asyncio.timeout(self.timeout):
                outcome = await connection.send(message)
        except TimeoutError:
            outcome = Deferred("timed_out")
        except BaseException:
            connection.drop()
            raise
        if isinstance(outcome, Deferred) or connection.letters >= LETTERS_PER_CONNECTION:
            connection.drop()
        else:
            self._idle.append(connection)
        return outcome

    async def rest(self) -> None:
        """Say goodbye on the connections that wait."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()


class _Connection:
    """One SMTP conversation."""

    def __init__(self, server: Server, timeout: float) -> None:
        self.letters = 0
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            timeout=timeout,
        )

    async def send(self, message: EmailMessage) -> Outcome:
        """Send one letter; open or reopen the conversation first when needed."""
        try:
            if not self._client.is_connected:
                await self._client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            # Whatever the server has against us, it says nothing about this letter: even a 5xx may pass.
            return Deferred("unreachable", getattr(error, "code", None))
        self.letters += 1
        try:
            await self._client.sendmail(
                message["From"].addresses[0].addr_spec,
                message["To"].addresses[0].addr_spec,
                message.as_bytes(policy=SMTP_POLICY),
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _by_code(refused.recipients[0].code)
        except aiosmtplib.SMTPResponseException as reply:
            return _by_code(reply.code)
        except aiosmtplib.SMTPTimeoutError:
            return Deferred("timed_out")
        except (aiosmtplib.SMTPException, OSError):
            return Deferred("connection_lost")
        return Accepted(250)

    def drop(self) -> None:
        """End the conversation without a word."""
        self._client.close()

    async def close(self) -> None:
        """End the conversation politely."""
        try:
            await self._client.quit(timeout=2)
        except (aiosmtplib.SMTPException, OSError):
            self.drop()


def compose(parcel: Parcel, sender: str) -> EmailMessage:
    """Write the message; the same parcel makes the same bytes at every attempt. Raises `BadAddress`."""
    letter, domain = parcel.letter, parse_address(sender).domain
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    message["To"] = parse_address(parcel.address)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(parcel.written_at)
    message["Message-ID"] = f"<{parcel.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice shall answer it
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = letter.language.value
    message.set_boundary(f"part-{parcel.id}")
    return message


def parse_address(written: str) -> Address:
    """Read one address, with or without a name; raise `BadAddress` when it is none, or more than one."""
    try:
        parsed = EmailMessage(policy=SMTP_POLICY)
        parsed["To"] = written
        address: Address
        (address,) = parsed["To"].addresses
    except (ValueError, IndexError) as error:
        raise BadAddress from error
    if parsed["To"].defects or not address.username or not address.domain or not address.addr_spec.isascii():
        raise BadAddress
    return address


def _by_code(code: int) -> Outcome:
    return Rejected("refused_by_server", code) if code >= 500 else Deferred("try_later", code)
