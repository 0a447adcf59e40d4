"""What routing does with the facts of intake: it keeps them, opens a case, and brings the inbox up to date."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.consumer import Received, Subscription
from chassis.postgres import Connection
from contracts.intake import (
    ComplaintFiled,
    ComplaintWithdrawn,
    EvidenceAdded,
    ReporterErased,
    ReporterReplied,
    ResolutionConfirmed,
    ResolutionDisputed,
)
from contracts.topics import COMPLAINTS
from routing import story
from routing.desks import assign
from routing.projections import inbox
from routing.projections.progress import progress_of
from routing.registry import Trees
from routing.story import Story

GROUP = "routing.cases"

STEPS: frozenset[str] = frozenset(
    event.type
    for event in (
        ComplaintFiled,
        EvidenceAdded,
        ReporterReplied,
        ComplaintWithdrawn,
        ResolutionConfirmed,
        ResolutionDisputed,
        ReporterErased,
    )
)
"""Facts of intake that an officer decides by. Routing's own come back on the same topic and are known already."""


def cases_subscription(trees: Trees) -> Subscription[Received]:
    """Keep the cases current from the topic of complaints."""

    async def apply(connection: Connection, received: Sequence[Received]) -> None:
        tree = await trees.current(connection)
        await connection.execute("SELECT FROM lock_log_and_read_versions('{}')")
        areas = {item.subject: item.event.area for item in received if isinstance(item.event, ComplaintFiled)}
        await assign(connection, tree, areas)
        await _keep(connection, received)
        stories = await story.load_many(connection, dict.fromkeys(item.subject for item in received))
        await _claim_steps(connection, received, stories)
        await _show(connection, stories, opened=set(areas))

    return Subscription(group=GROUP, topics=(COMPLAINTS,), apply=apply, types=STEPS)


async def _keep(connection: Connection, received: Sequence[Received]) -> None:
    envelopes = [item.envelope for item in received]
    await connection.execute(
        _KEEP,
        [envelope.subject for envelope in envelopes],
        [envelope.source for envelope in envelopes],
        [envelope.sequence for envelope in envelopes],
        [envelope.type for envelope in envelopes],
        [item.wire.decode() for item in received],
    )


async def _claim_steps(connection: Connection, received: Sequence[Received], stories: Mapping[UUID, Story]) -> None:
    """Number the new steps; they are the last ones of their stories, since the log's lock is held."""
    steps = [
        (case, stories[case].version - later)
        for case, added in Counter(item.subject for item in received).items()
        for later in reversed(range(added))
    ]
    await connection.execute(inbox.STEP, [case for case, _ in steps], [step for _, step in steps])


async def _show(connection: Connection, stories: Mapping[UUID, Story], opened: set[UUID]) -> None:
    shown = {case: (told, progress) for case, told in stories.items() if (progress := progress_of(told.facts))}
    await inbox.open_cases(
        connection,
        {
            case: (told.filed, told.steps[0].time, progress)
            for case, (told, progress) in shown.items()
            if case in opened and told.filed is not None
        },
    )
    await inbox.move(connection, {case: progress for case, (_, progress) in shown.items() if case not in opened})


_KEEP = """
INSERT INTO received (complaint_id, source, version, type, wire)
SELECT complaint_id, source, version, type, wire
FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::text[])
    WITH ORDINALITY AS given (complaint_id, source, version, type, wire, place)
ORDER BY place
"""
