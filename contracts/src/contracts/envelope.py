"""The wire form of an event: CloudEvents 1.0, JSON format, structured mode."""

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import to_json

from contracts.events import Event
from contracts.vocabulary import Instant

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
SEQUENCE_DIGITS = 10

Sequence = Annotated[
    int,
    Field(ge=1, lt=10**SEQUENCE_DIGITS),
    PlainSerializer(lambda number: f"{number:0{SEQUENCE_DIGITS}d}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{10}$"}),
]
"""Version of the event in its stream, counted from 1.

On the wire a string of ten digits, because CloudEvents' `sequence` extension wants strings that sort as text."""

D_co = TypeVar("D_co", bound=Event, covariant=True)


class Context(BaseModel):
    """Who caused an event, for tracing: carried HTTP -> event -> Kafka -> consumer."""

    model_config = ConfigDict(frozen=True)

    correlationid: str
    causationid: str | None = None
    traceparent: str | None = None


class Envelope(BaseModel, Generic[D_co]):
    """One event with its CloudEvents attributes; `source` and `subject` name its stream."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"] = Field("1.0", description="Version of CloudEvents.")
    id: UUID = Field(description="UUIDv7 (RFC 9562), unique for ever.")
    source: str = Field(description="The service that wrote it: `/intake`, `/routing`, `/notify`.")
    type: str
    subject: UUID = Field(description="What it is about; with `source` the stream it belongs to, and the Kafka key.")
    time: Instant = Field(description="When it happened (business time), UTC.")
    datacontenttype: Literal["application/json"] = Field("application/json", description="Media type of `data`.")
    sequence: Sequence = Field(description="Version of the event in its stream, from 1; ten digits that sort as text.")
    correlationid: str = Field(description="Same for everything one outside request set off.")
    causationid: str | None = Field(None, description="Id of the event that led to this one.")
    traceparent: str | None = Field(None, description="W3C Trace Context of the request.")
    agency: str | None = Field(None, description="On agency streams: whose stream this is.")
    agencysequence: Sequence | None = Field(
        None, description="On agency streams: number in the stream, from 1, no gaps."
    )
    data: D_co

    @property
    def stream(self) -> str:
        """`<source>/<subject>`: the stream whose versions `sequence` counts."""
        return f"{self.source}/{self.subject}"

    def to_bytes(self) -> bytes:
        """Spell the wire form; optional attributes that are absent are left out."""
        return compose(self.context_json(), self.data.model_dump_json(exclude_none=True)).encode()

    def context_json(self) -> str:
        """Spell the attributes without `data`, as the event log keeps them."""
        return self.model_dump_json(exclude={"data"}, exclude_none=True)


def source_of(event: type[Event]) -> str:
    """Name the service that alone writes an event, as CloudEvents `source`."""
    return f"/{event.owner.value}"


def context_json(
    event: type[Event], event_id: UUID, subject: UUID, version: int, time: datetime, context: Context
) -> str:
    """Spell the CloudEvents attributes of a new event, in the form the log stores and the relay publishes."""
    head = {
        "specversion": "1.0",
        "id": event_id,
        "source": source_of(event),
        "type": event.type,
        "subject": subject,
        "time": time.astimezone(UTC),
        "datacontenttype": "application/json",
        "sequence": f"{version:0{SEQUENCE_DIGITS}d}",
        "correlationid": context.correlationid,
    }
    if context.causationid is not None:
        head["causationid"] = context.causationid
    if context.traceparent is not None:
        head["traceparent"] = context.traceparent
    return to_json(head).decode()


def compose(context: str, data: str) -> str:
    """Join stored attributes and stored data into one CloudEvent without parsing either."""
    return f'{context[:-1]},"data":{data}}}'


def address(wire: str, agency: str, number: int) -> str:
    """Return the same event as copy number `number` of an agency's stream."""
    return f'{{"agency":"{agency}","agencysequence":"{number:0{SEQUENCE_DIGITS}d}",{wire[1:]}'
