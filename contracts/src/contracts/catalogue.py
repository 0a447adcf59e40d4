"""Every event ever published, by type and version, and the one parse from bytes."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Union, cast

from pydantic import Field, TypeAdapter, ValidationError, create_model

from contracts import intake, notify, routing
from contracts.envelope import Envelope
from contracts.events import Event

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


class Poison(Exception):
    """A record that can never be applied as it stands; the reason is for the operator, without personal data."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def message_model(event: type[Event]) -> type[Envelope[Event]]:
    """Make the envelope class of one event: `type` is a constant, `data` is the event."""
    model = create_model(
        f"{event.__name__}Message",
        __base__=Envelope,
        __doc__=event.__doc__,
        type=(cast(Any, Literal[event.type]), event.type),
        data=(event, ...),
    )
    return cast(type[Envelope[Event]], model)


class Catalogue:
    """Reads the wire form of a set of events, lifting old versions step by step to today's."""

    def __init__(self, events: tuple[type[Event], ...], upcasts: Mapping[str, Upcast]) -> None:
        self.messages = {event.type: message_model(event) for event in events}
        self._upcasts = upcasts
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
            kinds = {line["type"] for line in error.errors(include_url=False, include_input=False)}
            if kinds <= {"union_tag_invalid", "literal_error"}:
                return self._read_older(wire)
            raise _poison(error) from None

    def _read_older(self, wire: bytes) -> Envelope[Event]:
        message = json.loads(wire)
        message["type"], message["data"] = self._lift(message["type"], message["data"])
        try:
            return self._adapter.validate_python(message, extra="ignore")
        except ValidationError as error:
            raise _poison(error) from None

    def _lift(self, kind: str, data: Json) -> tuple[str, Json]:
        while kind not in self.messages:
            step = self._upcasts.get(kind)
            if step is None:
                raise Poison(self._why_unknown(kind), kind)
            stem, number = kind.rsplit(".v", 1)
            kind, data = f"{stem}.v{int(number) + 1}", step(data)
        return kind, data

    def _why_unknown(self, kind: str) -> str:
        stems = {known.rsplit(".v", 1)[0] for known in (*self.messages, *self._upcasts)}
        return "unknown_version" if kind.rsplit(".v", 1)[0] in stems else "unknown_type"


def _poison(error: ValidationError) -> Poison:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Poison("broken_json")
    if first["type"].startswith("union_tag"):
        return Poison("unknown_type")
    where = ".".join(str(step) for step in first["loc"] if step not in CATALOGUE.messages)
    return Poison("invalid_event", f"{where} {first['type']}")


CATALOGUE = Catalogue(EVENTS, UPCASTS)
