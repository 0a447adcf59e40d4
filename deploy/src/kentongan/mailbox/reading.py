"""Reads a message's bytes: headers and the two forms of its body; broken messages are read as far as they go."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from kentongan.mailbox.store import Kept


@dataclass(frozen=True, slots=True)
class Body:
    """The two forms of a letter; either may be missing."""

    text: str | None
    html: str | None


def parse(raw: bytes) -> EmailMessage:
    """Parse the bytes; the standard library reports defects instead of raising."""
    return message_from_bytes(raw, policy=default)


def entry(raw: bytes, sender: str, recipients: list[str], received_at: datetime) -> Kept:
    """Make the line of the list; sender and recipients are those of the envelope."""
    message = parse(raw)
    return Kept(0, sender, tuple(recipients), _header(message, "Subject"), _header(message, "Message-ID"), received_at)


def headers(raw: bytes) -> list[tuple[str, str]]:
    """List the headers worth showing, in the order of the message."""
    message = parse(raw)
    return [(name, _header(message, name)) for name in message if name.lower() in _SHOWN]


def body(raw: bytes) -> Body:
    """Find the text and the HTML form."""
    message = parse(raw)
    return Body(_part(message, "plain"), _part(message, "html"))


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # unknown charset or broken encoding
        return str(part.get_payload())


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError):  # the parser of structured headers chokes on some broken ones
        return ""


_SHOWN = frozenset(("from", "to", "cc", "reply-to", "date", "message-id", "auto-submitted", "content-language"))
