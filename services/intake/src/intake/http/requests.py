"""What a filing may look like when it comes in: shape, lengths and normal forms, checked in one pass from bytes."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from lokal import normalize_phone
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from contracts.vocabulary import (
    AreaCode,
    CategoryCode,
    Channel,
    Classification,
    Instant,
    Language,
    Point,
    Visibility,
)
from intake.domain.complaint import FileComplaint, Reporter
from intake.texts import is_email, one_line, prose


def _filled(text: str) -> str:
    if not text:
        raise PydanticCustomError("blank", "Nothing is written here")
    return text


def _email(text: str) -> str:
    if not is_email(text):
        raise PydanticCustomError("email", "This is not an e-mail address")
    return text


def _phone(text: str) -> str:
    number = normalize_phone(text)
    if number is None:
        raise PydanticCustomError("phone", "This is not an Indonesian telephone number")
    return number


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Line = Annotated[str, AfterValidator(one_line)]
Optionally = BeforeValidator(_none_if_blank)

Title = Annotated[str, Field(max_length=200), AfterValidator(one_line), AfterValidator(_filled)]
Description = Annotated[str, Field(max_length=10_000), AfterValidator(prose), AfterValidator(_filled)]
Address = Annotated[Annotated[Line, Field(max_length=300)] | None, Optionally]
PersonName = Annotated[Annotated[Line, Field(max_length=120)] | None, Optionally]
Email = Annotated[Annotated[Line, AfterValidator(_email)] | None, Optionally]
Phone = Annotated[Annotated[Line, Field(max_length=40), AfterValidator(_phone)] | None, Optionally]


EARLIEST = datetime(1945, 8, 17, tzinfo=UTC)
"""Nobody complained to this republic before; and PostgreSQL's driver takes the very first year for minus infinity."""


class Contact(BaseModel):
    """Who files and how to reach them; all of it may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PersonName = None
    email: Email = None
    phone: Phone = Field(None, description="Any common Indonesian way of writing it; kept as E.164.")


class FilingRequest(BaseModel):
    """Body of `POST /api/complaints`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classification: Classification
    category: CategoryCode
    area: AreaCode = Field(description="Where it happened: a regency or city, or better a district or village.")
    visibility: Visibility = Visibility.NAMED
    title: Title
    description: Description
    address: Address = Field(None, description="Where in the area, in the reporter's words.")
    happened_on: date | None = Field(None, ge=EARLIEST.date())
    point: Point | None = None
    reporter: Contact = Contact()
    language: Language = Language.INDONESIAN
    channel: Channel = Field(Channel.API, description="Other than `api` only with the import token.")
    filed_at: Instant | None = Field(
        None, ge=EARLIEST, description="In the past, only with the import token; now when left out."
    )

    @property
    def needs_import_token(self) -> bool:
        """Say whether the request asks for what only an import may do."""
        return self.filed_at is not None or self.channel is not Channel.API

    def command(self, serial: int, now: datetime) -> FileComplaint:
        """Make the command of it."""
        return FileComplaint(
            serial=serial,
            classification=self.classification,
            category=self.category,
            area=self.area,
            visibility=self.visibility,
            channel=self.channel,
            language=self.language,
            title=self.title,
            description=self.description,
            reporter=Reporter(self.reporter.name, self.reporter.email, self.reporter.phone),
            filed_at=self.filed_at or now,
            now=now,
            address=self.address,
            happened_on=self.happened_on,
            point=self.point,
        )
