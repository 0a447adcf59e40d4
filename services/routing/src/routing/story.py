"""A case's story: what intake and routing say of one complaint, in the order in which it became known here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.postgres import Executor
from contracts.catalogue import CATALOGUE
from contracts.envelope import Envelope, compose
from contracts.events import Event
from contracts.intake import ComplaintFiled, ReporterErased
from contracts.vocabulary import AgencyCode
from routing.domain.case_state import Fact, State, fold

SOURCE = "/routing"


@dataclass(frozen=True, slots=True)
class Story:
    """Every step about one complaint; sealed fields are sealed."""

    id: UUID
    steps: tuple[Envelope[Event], ...] = ()
    desk: AgencyCode | None = None

    @property
    def facts(self) -> list[Fact]:
        """Give the steps as the domain wants them."""
        return [self.fact(step.data, step.time) for step in self.steps]

    def fact(self, event: Event, at: datetime) -> Fact:
        """Make one more fact of this story."""
        return Fact(event, at, self.desk if isinstance(event, ComplaintFiled) else None)

    @property
    def state(self) -> State:
        """Say what has become of the case."""
        return fold(self.facts)

    @property
    def version(self) -> int:
        """Number of the last step."""
        return len(self.steps)

    @property
    def own_version(self) -> int:
        """Version of routing's own stream about this complaint."""
        return sum(step.source == SOURCE for step in self.steps)

    @property
    def last_at(self) -> datetime | None:
        """When the last step was taken."""
        return max((step.time for step in self.steps), default=None)

    @property
    def filed(self) -> ComplaintFiled | None:
        """Find the filing it began with."""
        return next((step.data for step in self.steps if isinstance(step.data, ComplaintFiled)), None)

    @property
    def erased(self) -> bool:
        """Say whether the reporter asked to be forgotten."""
        return any(isinstance(step.data, ReporterErased) for step in self.steps)


async def load(source: Executor, complaint_id: UUID) -> Story:
    """Read one story; an empty one when nobody knows the complaint."""
    return (await load_many(source, [complaint_id]))[complaint_id]


async def load_many(source: Executor, complaint_ids: Iterable[UUID]) -> Mapping[UUID, Story]:
    """Read stories in one statement, so that each is whole as of one moment."""
    wanted = list(complaint_ids)
    steps: defaultdict[UUID, list[Envelope[Event]]] = defaultdict(list)
    desks: dict[UUID, AgencyCode] = {}
    for complaint_id, head, body, desk in await source.fetch(_LOAD, wanted):
        wire = body if head is None else compose(head, body)
        steps[complaint_id].append(CATALOGUE.read(wire.encode()))
        if desk is not None:
            desks[complaint_id] = desk
    return {each: Story(each, tuple(steps[each]), desks.get(each)) for each in wanted}


_LOAD = """
SELECT complaint_id, head, body, desk
FROM (
    SELECT position, stream_id AS complaint_id, metadata::text AS head, data::text AS body, NULL AS desk
    FROM events
    WHERE stream_id = ANY ($1::uuid[])
    UNION ALL
    SELECT received.position, received.complaint_id, NULL, received.wire, desks.agency
    FROM received
    LEFT JOIN desks USING (complaint_id)
    WHERE received.complaint_id = ANY ($1::uuid[])
) AS story
ORDER BY position
"""
