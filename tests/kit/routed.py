"""What routing publishes about one complaint, sealed as on the wire, for services that only listen."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.envelope import Context, compose, context_json
from contracts.events import Event
from contracts.sealing import DataKey, seal

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@dataclass
class RoutingStream:
    """Numbers events as routing would; an hour lies between one and the next."""

    complaint: UUID
    key: DataKey
    began: datetime = MONDAY
    wires: list[bytes] = field(default_factory=list)

    def add(self, *events: Event) -> "RoutingStream":
        """Publish some events."""
        for event in events:
            version = len(self.wires) + 1
            source = f"/{event.owner.value}"
            sealed = seal(event, self.key, f"{source}/{self.complaint}", version)
            event_id = UUID(int=self.complaint.int ^ version)
            at = self.began + timedelta(hours=version)
            head = context_json(type(event), event_id, self.complaint, version, at, Context(correlationid="test"))
            self.wires.append(compose(head, sealed.model_dump_json(exclude_none=True)).encode())
        return self
