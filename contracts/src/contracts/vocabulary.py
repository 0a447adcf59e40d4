"""Words every service shares: enumerations and small value types that events are made of."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from contracts.sealing import Clear, Sealed, SealedPart

ComplaintText = Annotated[Clear | Sealed, SealedPart("text")]
"""Free text about the matter; sealed under the complaint's `text` key."""

ReporterText = Annotated[Clear | Sealed, SealedPart("reporter")]
"""A name or contact of the person who filed; sealed under the complaint's `reporter` key."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first and the last hours of the calendar have no name in UTC
        raise ValueError("beyond the calendar") from error


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, RFC 3339, always UTC."""

AreaCode = Annotated[
    str,
    Field(
        pattern=r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$",
        description="Kemendagri code: province `35`, regency `35.04`, district `35.04.02`, village `35.04.02.2004`.",
    ),
]

AgencyCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(\.[a-z0-9]+)*$",
        max_length=80,
        description="Code of an agency: words joined by dots, e.g. `35.04.dlh`; also the tail of its topic's name.",
    ),
]

CategoryCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=60,
        description="Code of a category, e.g. `jalan-rusak` (contracts/categories.toml).",
    ),
]


class Part(BaseModel):
    """A value inside an event: immutable, and closed to fields it does not know when written."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Classification(StrEnum):
    """What kind of thing was filed (SP4N-LAPOR!: pengaduan, aspirasi, permintaan informasi)."""

    COMPLAINT = "complaint"
    ASPIRATION = "aspiration"
    INFORMATION_REQUEST = "information_request"


class Visibility(StrEnum):
    """Who may know: `named` (the agency sees who filed), `anonymous` (only intake does), `secret` (not public)."""

    NAMED = "named"
    ANONYMOUS = "anonymous"
    SECRET = "secret"  # noqa: S105 - a word, not a password


class Channel(StrEnum):
    """How a complaint came in."""

    WEB = "web"
    API = "api"
    OPEN311 = "open311"
    COUNTER = "counter"
    IMPORT = "import"


class Language(StrEnum):
    """Language a person wants to be answered in (ISO 639-1)."""

    INDONESIAN = "id"
    ENGLISH = "en"


class Clock(StrEnum):
    """A deadline that runs for a complaint."""

    VERIFICATION = "verification"
    FIRST_RESPONSE = "first_response"
    REPORTER_REPLY = "reporter_reply"
    RESOLUTION = "resolution"


class Outcome(StrEnum):
    """How a complaint ended; silence is never counted as resolved."""

    RESOLVED_CONFIRMED = "resolved_confirmed"
    CLOSED_SILENT = "closed_silent"
    DISPUTE_REJECTED = "dispute_rejected"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"


class ArchiveReason(StrEnum):
    """Why a complaint was archived instead of handled."""

    NOT_ABOUT_GOVERNMENT = "not_about_government"
    TOO_GENERAL = "too_general"
    NO_EVIDENCE = "no_evidence"
    DUPLICATE = "duplicate"
    ABUSIVE = "abusive"
    INCOMPLETE_IN_TIME = "incomplete_in_time"
    OUT_OF_SCOPE = "out_of_scope"


class HoldReason(StrEnum):
    """What the reporter is asked to complete."""

    PLACE_MISSING = "place_missing"
    TIME_MISSING = "time_missing"
    EVIDENCE_MISSING = "evidence_missing"
    UNCLEAR = "unclear"


class Due(Part):
    """A deadline with the policy it was computed by."""

    clock: Clock
    at: Instant = Field(description="End of the last permitted day, UTC.")
    policy: str = Field(description="Version of the policy file the limit came from, e.g. `2025-05-01`.")


class Point(Part):
    """A position, WGS 84, decimal degrees."""

    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False, description="Degrees north of the equator.")
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False, description="Degrees east of Greenwich.")


class Attachment(Part):
    """A file, known by its content."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the stored bytes, hexadecimal.")
    media_type: str = Field(description="Media type found from the content, e.g. `image/webp`.")
    size: int = Field(ge=1, description="Length in bytes.")


class Actor(Part):
    """The officer who did it; an opaque id, never a name: figures name units, not people."""

    agency: AgencyCode
    officer: UUID = Field(description="Opaque id of the officer's account.")


class Name(Part):
    """A name in both languages."""

    id: str = Field(min_length=1, max_length=200, description="In Indonesian.")
    en: str = Field(min_length=1, max_length=200, description="In English.")


IncidentDay = Annotated[date, Field(description="Local calendar day on which it happened.")]
