"""What an event class declares beside its fields: wire type, version, owner and audience."""

from enum import StrEnum
from typing import ClassVar

from contracts.sealing import SealableModel

PREFIX = "id.kentongan."


class Owner(StrEnum):
    """The service that alone writes an event; `/<owner>` is the CloudEvents source."""

    INTAKE = "intake"
    ROUTING = "routing"
    NOTIFY = "notify"


class Audience(StrEnum):
    """Who may see that the event happened, sealed fields left sealed."""

    PUBLIC = "public"
    AGENCY = "agency"
    INTERNAL = "internal"


class Event(SealableModel):
    """A fact that happened: past tense, immutable, versioned by the number at the end of its type."""

    type: ClassVar[str]
    owner: ClassVar[Owner]
    audience: ClassVar[Audience]
    topic: ClassVar[str]


def wire_type(name: str, version: int = 1) -> str:
    """Spell the CloudEvents type: `wire_type("complaint.filed")` is `id.kentongan.complaint.filed.v1`."""
    return f"{PREFIX}{name}.v{version}"


def stem_of(kind: str) -> str:
    """Take the version off a wire type: what stays the same when an event changes."""
    return kind.rsplit(".v", 1)[0]


def short_type(kind: str) -> str:
    """Leave out the prefix all types share: `complaint.filed.v1`."""
    return kind.removeprefix(PREFIX)
