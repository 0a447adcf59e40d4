"""What reporting subscribes to; each batch is one read, one fold in memory and one statement per table."""

from collections.abc import Sequence

from chassis.consumer import Received, Subscription
from chassis.postgres import Connection
from contracts.topics import AGENCIES, COMPLAINTS
from reporting.projections import agencies, agency_daily, complaint_current, complaint_table

PROJECTIONS = "reporting.projections"
TREE = "reporting.agencies"


async def apply_complaints(connection: Connection, received: Sequence[Received]) -> None:
    """Move complaints and the counters that count them, in the caller's transaction."""
    before = await complaint_table.read(connection, {item.subject for item in received})
    after = complaint_current.fold(before, received)
    await complaint_table.write(connection, list(after.values()))
    moves = [(before.get(subject), row) for subject, row in after.items()]
    await agency_daily.add(connection, agency_daily.differences(moves))


async def apply_agencies(connection: Connection, received: Sequence[Received]) -> None:
    """Keep the newest state of each agency, in the caller's transaction."""
    before = await agencies.read(connection)
    after = dict(before)
    for item in received:
        after[item.subject] = agencies.evolve(after.get(item.subject), item.envelope)
    await agencies.write(connection, [row for key, row in after.items() if row is not before.get(key)])


def subscriptions(complaints: str = COMPLAINTS, tree: str = AGENCIES) -> tuple[Subscription[Received], ...]:
    """List the consumer groups with the topics they read."""
    return (
        Subscription(PROJECTIONS, (complaints,), apply_complaints, types=complaint_current.TYPES),
        Subscription(TREE, (tree,), apply_agencies, types=agencies.TYPES, compacted=True),
    )
