"""Writes the streams: each event from the topic goes to those whose business it is, whole stories first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis.consumer import Received, Subscription
from chassis.postgres import Connection
from contracts.catalogue import EVENTS
from contracts.events import Audience
from contracts.intake import ComplaintFiled
from contracts.topics import COMPLAINTS
from contracts.vocabulary import AgencyCode
from routing.desks import assign
from routing.domain.streams import holder_after, recipients
from routing.domain.tree import Tree
from routing.registry import Trees

GROUP = "routing.streams"
CHANNEL = "agency_events"

TOLD: frozenset[str] = frozenset(
    event.type for event in EVENTS if event.topic == COMPLAINTS and event.audience is not Audience.INTERNAL
)
"""Internal notes never leave."""

Reader = tuple[AgencyCode, UUID]
Entry = tuple[AgencyCode, UUID, int]
"""Agency, complaint, and the number of the event in the complaint's story."""


@dataclass(slots=True)
class Ledger:
    """What the tables say of the complaints of a batch; `entries` is what is added, in order."""

    lengths: dict[UUID, int]
    holders: dict[UUID, AgencyCode]
    given: dict[Reader, int]
    entries: list[Entry] = field(default_factory=list)

    def tell(self, received: Received, tree: Tree) -> int:
        """Give the event to its readers, each with what it has missed of the story; return its number there."""
        complaint = received.subject
        number = self.lengths[complaint] = self.lengths.get(complaint, 0) + 1
        before = self.holders.get(complaint)
        if before is None:  # its filing was never seen, so it is nobody's
            return number
        after = self.holders[complaint] = holder_after(received.event, before)
        for agency in recipients(tree, before, after):
            first = self.given.get((agency, complaint), 0) + 1
            self.entries.extend((agency, complaint, each) for each in range(first, number + 1))
            self.given[agency, complaint] = number
        return number


def streams_subscription(trees: Trees) -> Subscription[Received]:
    """Keep the streams current from the topic of complaints, intake's facts and our own alike."""

    async def apply(connection: Connection, received: Sequence[Received]) -> None:
        tree = await trees.current(connection)
        # Commit order is position order then, which the relay relies on; and counters are read only by us.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('agency_events'))")
        ledger = await _open(connection, {item.subject for item in received})
        areas = {item.subject: item.event.area for item in received if isinstance(item.event, ComplaintFiled)}
        ledger.holders.update(await assign(connection, tree, areas))
        numbers = [ledger.tell(item, tree) for item in received]
        await _keep_story(connection, received, numbers)
        await _keep_entries(connection, ledger.entries)
        await _keep_holders(connection, ledger)
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)

    return Subscription(group=GROUP, topics=(COMPLAINTS,), apply=apply, types=TOLD)


async def _open(connection: Connection, complaints: Iterable[UUID]) -> Ledger:
    wanted = list(complaints)
    lengths = await connection.fetch(_LENGTHS, wanted)
    holders = await connection.fetch(_HOLDERS, wanted)
    readers = await connection.fetch(_READERS, wanted)
    return Ledger(
        {row["complaint_id"]: row["length"] for row in lengths},
        {row["complaint_id"]: row["agency"] for row in holders},
        {(row["agency"], row["complaint_id"]): row["given"] for row in readers},
    )


async def _keep_story(connection: Connection, received: Sequence[Received], numbers: Sequence[int]) -> None:
    await connection.execute(
        _KEEP_STORY,
        [item.subject for item in received],
        list(numbers),
        [item.envelope.id for item in received],
        [item.wire.decode() for item in received],
    )


async def _keep_entries(connection: Connection, entries: Sequence[Entry]) -> None:
    """Number the entries in their agencies' streams and add them."""
    if not entries:
        return
    agencies = sorted({agency for agency, _, _ in entries})
    rows = await connection.fetch("SELECT agency, last_sequence FROM agency_streams WHERE agency = ANY ($1)", agencies)
    last = dict.fromkeys(agencies, 0) | {row["agency"]: row["last_sequence"] for row in rows}
    sequences = [_next(last, agency) for agency, _, _ in entries]
    codes, complaints, numbers = (list(column) for column in zip(*entries, strict=True))
    await connection.execute(_KEEP_ENTRIES, codes, sequences, complaints, numbers)
    await connection.execute(_KEEP_COUNTERS, agencies, [last[agency] for agency in agencies])
    given: Mapping[Reader, int] = {(agency, complaint): number for agency, complaint, number in entries}
    await connection.execute(
        _KEEP_READERS, [agency for agency, _ in given], [complaint for _, complaint in given], list(given.values())
    )


def _next(last: dict[AgencyCode, int], agency: AgencyCode) -> int:
    last[agency] += 1
    return last[agency]


async def _keep_holders(connection: Connection, ledger: Ledger) -> None:
    await connection.execute(_KEEP_HOLDERS, list(ledger.holders), list(ledger.holders.values()))


_LENGTHS = """
SELECT complaint_id, max(number) AS length FROM stream_stories
WHERE complaint_id = ANY ($1::uuid[]) GROUP BY complaint_id
"""

_HOLDERS = "SELECT complaint_id, agency FROM stream_holders WHERE complaint_id = ANY ($1::uuid[])"

_READERS = "SELECT agency, complaint_id, given FROM stream_readers WHERE complaint_id = ANY ($1::uuid[])"

_KEEP_STORY = """
INSERT INTO stream_stories (complaint_id, number, event_id, wire)
SELECT complaint_id, number, event_id, wire
FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[]) AS given (complaint_id, number, event_id, wire)
"""

_KEEP_ENTRIES = """
INSERT INTO agency_events (agency, sequence, complaint_id, number)
SELECT agency, sequence, complaint_id, number
FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::integer[])
    WITH ORDINALITY AS given (agency, sequence, complaint_id, number, place)
ORDER BY place
"""

_KEEP_COUNTERS = """
INSERT INTO agency_streams (agency, last_sequence)
SELECT agency, last_sequence FROM unnest($1::text[], $2::bigint[]) AS given (agency, last_sequence)
ON CONFLICT (agency) DO UPDATE SET last_sequence = excluded.last_sequence
"""

_KEEP_READERS = """
INSERT INTO stream_readers (agency, complaint_id, given)
SELECT agency, complaint_id, given
FROM unnest($1::text[], $2::uuid[], $3::integer[]) AS told (agency, complaint_id, given)
ON CONFLICT (agency, complaint_id) DO UPDATE SET given = excluded.given
"""

_KEEP_HOLDERS = """
INSERT INTO stream_holders (complaint_id, agency)
SELECT complaint_id, agency FROM unnest($1::uuid[], $2::text[]) AS given (complaint_id, agency)
ON CONFLICT (complaint_id) DO UPDATE SET agency = excluded.agency
"""
