"""What routing publishes about a complaint, sealed as on the wire, and who delivers it to services that listen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.applier import Applier
from chassis.consumer import Received, Subscription
from chassis.postgres import Pool
from contracts.envelope import Context, compose, context_json
from contracts.events import Event
from contracts.sealing import DataKey, seal
from kit.streams import raw

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


class Postman:
    """Delivers records through the real applier, from the start of topics of its own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._ends: dict[str, int] = {}

    async def __call__(self, subscription: Subscription[Received], wires: Sequence[bytes]) -> None:
        """Deliver once, again from the same offsets, and again as a stale re-publish."""
        [topic] = subscription.topics
        applier = Applier(self._pool, subscription)
        for _ in range(2):
            first = self._ends.get(topic, 0)
            records = [raw(topic, offset, value) for offset, value in enumerate(wires, first)]
            self._ends[topic] = first + len(records)
            for _ in range(2):
                await applier.apply(records)
