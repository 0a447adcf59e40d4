"""Every event ever published, by type and version, and the one parse from bytes."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Union, cast

from pydantic import Field, TypeAdapter, ValidationError, create_model
from pydantic_core import ErrorDetails, from_json, to_json

from contracts import intake, notify, routing
from contracts.envelope import Envelope, source_of
from contracts.events import PREFIX, Event, stem_of

EVENTS: tuple[type[Event], ...] = (
    intake.ComplaintFiled,
    intake.EvidenceAdded,
    intake.ReporterReplied,
    intake.ComplaintWithdrawn,
    intake.ComplaintSupported,
    intake.ResolutionConfirmed,
    intake.ResolutionDisputed,
    intake.ResponseRated,
    intake.ReporterErased,
    routing.AgencyRegistered,
    routing.AgencyChanged,
    routing.ComplaintVerified,
    routing.ComplaintHeld,
    routing.ComplaintArchived,
    routing.ComplaintForwarded,
    routing.ComplaintReturned,
    routing.OwnershipArbitrated,
    routing.ComplaintAssigned,
    routing.NoteAdded,
    routing.ResponseGiven,
    routing.DeadlineMissed,
    routing.ComplaintEscalated,
    routing.ComplaintLinked,
    routing.ComplaintReopened,
    routing.ComplaintClosed,
    notify.NotificationSent,
    notify.NotificationFailed,
)

Json = dict[str, Any]
Upcast = Callable[[Json], Json]
"""One pure step on the `data` of an old version that makes it the next version's."""

UPCASTS: Mapping[str, Upcast] = {}
"""Old wire type -> step to the next version. Empty until an event changes; steps are never edited once shipped."""


TYPE_NAME = re.compile(re.escape(PREFIX) + r"[a-z_]{1,40}(\.[a-z_]{1,40}){0,3}\.v[0-9]{1,4}")
"""Shape of our wire types; whatever looks different is not repeated in a reason, for it could be anything."""


class Poison(Exception):
    """A record that can never be applied as it stands; the reason is for the operator, without personal data."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def message_model(event: type[Event]) -> type[Envelope[Event]]:
    """Make the envelope class of one event: `type` and `source` are constants, `data` is the event."""
    source = source_of(event)
    model = create_model(
        f"{event.__name__}Message",
        __base__=Envelope,
        __doc__=event.__doc__,
        source=(cast(Any, Literal[source]), Field(source, description="The service that wrote it.")),
        type=(cast(Any, Literal[event.type]), Field(event.type, description="What happened, and in which version.")),
        data=(event, ...),
    )
    return cast(type[Envelope[Event]], model)


def event_of(message: type[Envelope[Event]]) -> type[Event]:
    """Give the event class of an envelope class made by `message_model`."""
    return cast(type[Event], message.model_fields["data"].annotation)


class Catalogue:
    """Reads the wire form of a set of events, lifting old versions step by step to today's."""

    def __init__(self, events: tuple[type[Event], ...], upcasts: Mapping[str, Upcast]) -> None:
        self.messages = {event.type: message_model(event) for event in events}
        self._upcasts = upcasts
        self.topics = {event.type: event.topic for event in events}
        """Topic of every type that can stand in a log, old versions included."""
        for kind in upcasts:
            self.topics[kind] = self.topics[self._newest(kind)]
        union: Any = Union[tuple(self.messages.values())]  # noqa: UP007 - a union made at run time
        shape: Any = Annotated[union, Field(discriminator="type")] if len(self.messages) > 1 else union
        self._adapter: TypeAdapter[Envelope[Event]] = TypeAdapter(shape)

    def read(self, wire: bytes) -> Envelope[Event]:
        """Parse one CloudEvent; fields that a newer writer added are ignored.

        Raises `Poison` with reason `broken_json`, `unknown_type`, `unknown_version` or `invalid_event`.
        """
        try:
            return self._adapter.validate_json(wire, extra="ignore")
        except ValidationError as error:
            return self._read_older(wire, error)

    def _read_older(self, wire: bytes, error: ValidationError) -> Envelope[Event]:
        """Read again what is not of today's versions: lift it, or say what is wrong with it."""
        if _first(error)["type"] == "json_invalid":
            raise Poison("broken_json") from None
        message = from_json(wire)
        if not isinstance(message, dict):
            raise Poison("invalid_event", "not an object") from None
        kind = message.get("type")
        if not isinstance(kind, str):
            raise Poison("unknown_type") from None
        if kind in self.messages:
            raise self._invalid(error) from None
        message["type"], message["data"] = self._lift(kind, message.get("data"))
        try:
            return self._adapter.validate_json(to_json(message), extra="ignore")
        except ValidationError as later:
            raise self._invalid(later) from None

    def _lift(self, kind: str, data: Any) -> tuple[str, Json]:
        if kind not in self._upcasts:
            raise Poison(self._why_unknown(kind), kind if TYPE_NAME.fullmatch(kind) else "") from None
        if not isinstance(data, dict):
            raise Poison("invalid_event", "data is not an object") from None
        while kind not in self.messages:
            try:
                kind, data = _next_version(kind), self._upcasts[kind](data)
            except (LookupError, ArithmeticError, TypeError, ValueError, AttributeError):
                raise Poison("invalid_event", f"not a {kind}") from None
        return kind, data

    def _newest(self, kind: str) -> str:
        """Follow the steps from an old type to today's; an interrupted chain is a programming error."""
        while kind not in self.messages:
            if kind not in self._upcasts:
                raise ValueError(f"no upcaster leads from {kind} to a version in the catalogue")
            kind = _next_version(kind)
        return kind

    def _why_unknown(self, kind: str) -> str:
        return "unknown_version" if stem_of(kind) in map(stem_of, self.topics) else "unknown_type"

    def _invalid(self, error: ValidationError) -> Poison:
        """Name the first field that is wrong, and how; never its content."""
        first = _first(error)
        where = ".".join(str(step) for step in first["loc"] if step not in self.messages)
        return Poison("invalid_event", f"{where} {first['type']}")


def _next_version(kind: str) -> str:
    return f"{stem_of(kind)}.v{int(kind.rpartition('.v')[2]) + 1}"


def _first(error: ValidationError) -> ErrorDetails:
    return error.errors(include_url=False, include_context=False, include_input=False)[0]


CATALOGUE = Catalogue(EVENTS, UPCASTS)
