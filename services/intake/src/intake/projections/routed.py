"""What routing published about complaints, kept sealed as it came; the story is told from it."""

from collections.abc import Sequence
from uuid import UUID

from chassis.consumer import Received, Subscription
from chassis.postgres import Connection, Pool
from contracts.catalogue import CATALOGUE, EVENTS
from contracts.envelope import Envelope
from contracts.events import Audience, Event, Owner
from contracts.intake import ReporterErased
from contracts.topics import COMPLAINTS

ROUTED = frozenset(
    event.type
    for event in EVENTS
    if event.topic == COMPLAINTS and event.owner is Owner.ROUTING and event.audience is Audience.PUBLIC
)
"""Facts the public may know; assignments and notes inside an agency are not kept."""


def subscription() -> Subscription[Received]:
    """Follow what happens to complaints."""
    return Subscription(
        group="intake.tracking",
        topics=(COMPLAINTS,),
        apply=apply,
        types=ROUTED | {ReporterErased.type},
    )


async def apply(connection: Connection, received: Sequence[Received]) -> None:
    """Keep routed facts; blot out the texts of those who asked to be forgotten."""
    routed = [each for each in received if each.envelope.type in ROUTED]
    erased = [each.subject for each in received if isinstance(each.event, ReporterErased)]
    await connection.execute(
        _KEEP,
        [each.subject for each in routed],
        [each.envelope.sequence for each in routed],
        [each.wire.decode() for each in routed],
    )
    await connection.execute(_BLOT_OUT, erased)


async def routed_facts(pool: Pool, complaint_id: UUID) -> list[Envelope[Event]]:
    """Read what is known of one complaint, in order; texts are still sealed."""
    rows = await pool.fetch("SELECT wire FROM routed_events WHERE complaint_id = $1 ORDER BY version", complaint_id)
    return [CATALOGUE.read(row["wire"].encode()) for row in rows]


_KEEP = """
INSERT INTO routed_events (complaint_id, version, wire)
SELECT complaint_id, version, wire
FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS given (complaint_id, version, wire)
ON CONFLICT (complaint_id, version) DO NOTHING
"""

# Without its key a box can not be opened; it is removed all the same, so that a key found later opens nothing here.
_BLOT_OUT = """
UPDATE routed_events SET wire = regexp_replace(wire, '"box":"[^"]*"', '"box":""', 'g')
WHERE complaint_id = ANY ($1::uuid[])
"""
