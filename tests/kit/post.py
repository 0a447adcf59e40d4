"""A post office for tests: real SMTP servers with tempers, and the events that letters are about."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts.envelope import Context, compose, context_json
from contracts.events import Event
from contracts.intake import ComplaintFiled, ComplaintSupported, ResolutionConfirmed
from contracts.routing import AgencyRegistered, ComplaintClosed, ComplaintForwarded, ResponseGiven
from contracts.sealing import Clear, DataKey, seal
from contracts.vocabulary import (
    Actor,
    Channel,
    Classification,
    Clock,
    Due,
    Language,
    Name,
    Outcome,
    Visibility,
)

Temper = Callable[["Sink", Session, Envelope], Awaitable[str]]
"""What a server does when a letter has come in: answers, or does worse."""

REPORTER = "sari@contoh.example"
OFFICER = UUID("0193a1b2-0000-7000-8000-00000000000f")


async def accept(sink: "Sink", session: Session, envelope: Envelope) -> str:
    """Take every letter."""
    sink.letters.append(_parsed(envelope))
    return "250 OK"


def answer(reply: str) -> Temper:
    """Answer every letter with this."""

    async def temper(sink: "Sink", session: Session, envelope: Envelope) -> str:
        sink.refused.append(_parsed(envelope))
        return reply

    return temper


async def hang_up(sink: "Sink", session: Session, envelope: Envelope) -> str:
    """Break the connection after the letter has come in, before any answer."""
    sink.refused.append(_parsed(envelope))
    for transport in list(sink.transports):
        transport.abort()
    return "250 never heard"


def keep_waiting(seconds: float) -> Temper:
    """Answer long after everybody has lost patience."""

    async def temper(sink: "Sink", session: Session, envelope: Envelope) -> str:
        sink.refused.append(_parsed(envelope))
        await asyncio.sleep(seconds)
        return "250 OK"

    return temper


def then(*tempers: Temper) -> Temper:
    """One temper after another; the last one stays."""
    left = list(tempers)

    async def temper(sink: "Sink", session: Session, envelope: Envelope) -> str:
        chosen = left.pop(0) if len(left) > 1 else left[0]
        return await chosen(sink, session, envelope)

    return temper


def _parsed(envelope: Envelope) -> EmailMessage:
    raw = envelope.content if isinstance(envelope.content, bytes) else b""
    return message_from_bytes(raw, policy=default)


@dataclass
class Sink:
    """A mail server of this test."""

    temper: Temper = accept
    greeting: str | None = None
    """Said instead of taking a conversation, e.g. `554 no`."""
    port: int = 0
    connections: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refused: list[EmailMessage] = field(default_factory=list)
    transports: list[asyncio.Transport] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd calls it so
        """Let the temper decide."""
        return await self.temper(self, session, envelope)

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse one address, take all others."""
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        """Message-IDs of the letters taken, in order."""
        return [str(letter["Message-ID"]) for letter in self.letters]

    async def has_taken(self, count: int) -> None:
        """Wait until so many letters were taken."""
        await _grown(self.letters, count)

    async def has_refused(self, count: int) -> None:
        """Wait until so many letters were refused, or left without an answer."""
        await _grown(self.refused, count)

    def meet(self) -> asyncio.Protocol:
        """Begin a conversation."""
        self.connections += 1
        return _Refusing(self.greeting) if self.greeting else _Counted(self)


async def _grown(letters: list[EmailMessage], count: int) -> None:
    async with asyncio.timeout(20):
        while True:
            if len(letters) >= count:
                return
            await asyncio.sleep(0.005)


class _Counted(SMTP):
    def __init__(self, sink: Sink) -> None:
        super().__init__(sink, hostname="sink", loop=asyncio.get_running_loop())
        self._sink = sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._sink.transports.append(transport)
        super().connection_made(transport)


class _Refusing(asyncio.Protocol):
    def __init__(self, greeting: str) -> None:
        self._greeting = greeting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"{self._greeting}\r\n".encode())
        transport.close()


@asynccontextmanager
async def running(sink: Sink) -> AsyncIterator[Sink]:
    """Let the server listen inside the block; the port stays the same when it is entered again."""
    server = await asyncio.get_running_loop().create_server(sink.meet, "127.0.0.1", sink.port)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for transport in sink.transports:
            transport.abort()
        sink.transports.clear()


@dataclass
class Complaint:
    """A complaint as the topics tell of it, with its key."""

    id: UUID = field(default_factory=uuid4)
    versions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = DataKey.fresh(self.id)

    def wire(self, event: Event, at: datetime | None = None, event_id: UUID | None = None) -> bytes:
        """Spell the next event of its story as the service that owns it publishes it."""
        source = f"/{event.owner.value}"
        version = self.versions[source] = self.versions.get(source, 0) + 1
        sealed = seal(event, self.key, f"{source}/{self.id}", version)
        when = at or datetime.now(UTC)
        context = Context(correlationid=f"test-{self.id}")
        head = context_json(type(event), event_id or uuid4(), self.id, version, when, context)
        return compose(head, sealed.model_dump_json(exclude_none=True)).encode()


def filed(**changes: Any) -> ComplaintFiled:
    """What intake publishes when somebody who left an address complains of waste."""
    facts: dict[str, Any] = {
        "code": "KTG-35.04-7K2M-9QX4",
        "classification": Classification.COMPLAINT,
        "category": "sampah",
        "area": "35.04.01.1003",
        "visibility": Visibility.NAMED,
        "channel": Channel.WEB,
        "language": Language.INDONESIAN,
        "title": Clear("Sampah menumpuk di tepi sungai"),
        "description": Clear("Sudah dua minggu tidak diangkut."),
        "reporter_name": Clear("Sari Contoh"),
        "reporter_email": Clear(REPORTER),
        "dues": (
            Due(clock=Clock.VERIFICATION, at=datetime(2026, 11, 26, 16, 59, 59, tzinfo=UTC), policy="2025-05-01"),
            Due(clock=Clock.RESOLUTION, at=datetime(2027, 2, 1, 16, 59, 59, tzinfo=UTC), policy="2025-05-01"),
        ),
    }
    return ComplaintFiled(**facts | changes)


def forwarded(to: str = "35.04.dlh", hop: int = 1) -> ComplaintForwarded:
    """What routing publishes when the complaint goes to an agency."""
    due = Due(clock=Clock.FIRST_RESPONSE, at=datetime(2026, 11, 30, 16, 59, 59, tzinfo=UTC), policy="2025-05-01")
    by = Actor(agency="35.04", officer=OFFICER)
    return ComplaintForwarded(by=by, to=to, hop=hop, held_seconds=60, dues=(due,))


def answered(text: str = "Sampah sudah kami angkut pagi ini.", *, final: bool = True) -> ResponseGiven:
    """What routing publishes when the agency answers."""
    due = Due(clock=Clock.REPORTER_REPLY, at=datetime(2026, 12, 14, 16, 59, 59, tzinfo=UTC), policy="2025-05-01")
    by = Actor(agency="35.04.dlh", officer=OFFICER)
    return ResponseGiven(by=by, text=Clear(text), final=final, reply_due=due if final else None)


ENVIRONMENT_OFFICE = AgencyRegistered(
    code="35.04.dlh",
    name=Name(id="Dinas Lingkungan Hidup (contoh)", en="Environment Office (example)"),
    parent="35.04",
    tier=3,
)

EVERY_OTHER_EVENT: tuple[Event, ...] = (
    ComplaintSupported(supporter=OFFICER, supporters=1),
    ResolutionConfirmed(confirmed_at=datetime(2026, 11, 24, tzinfo=UTC)),
    ComplaintClosed(outcome=Outcome.RESOLVED_CONFIRMED),
)
"""Some that nobody is written about."""
