"""The tree of agencies in this process: kept current from the table, changed through the event log."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.decider import Refused
from chassis.event_log import Append, Conflict, EventLog, Row
from chassis.postgres import Connection, Executor, Pool
from contracts.routing import AgencyEvent, AgencyRegistered
from contracts.vocabulary import AgencyCode
from routing.clock import Clock
from routing.domain.agency import (
    ChangeAgency,
    Charter,
    RegisterAgency,
    Registered,
    State,
    Unregistered,
    agency_id,
    agency_of,
    decide,
)
from routing.domain.tree import Tree

TRIES = 3


class AgencyNotFound(Refused):
    """There is no such agency, or it is out of the asker's reach; which of the two is not told."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tree at one moment, with the version of each agency's stream."""

    tree: Tree
    versions: Mapping[AgencyCode, int]
    changes: int


@dataclass
class Trees:
    """Gives the tree as it is now; reads it again only when somebody has changed it."""

    pool: Pool
    _snapshot: Snapshot = field(default_factory=lambda: Snapshot(Tree(), {}, -1))

    async def current(self, connection: "Connection | None" = None) -> Tree:
        """Give the tree; who holds a connection passes it, so as not to wait for a second one."""
        return (await self.snapshot(connection)).tree

    async def snapshot(self, connection: "Connection | None" = None) -> Snapshot:
        """Give the tree with the versions that a change of it expects."""
        source = connection or self.pool
        changes: int = await source.fetchval("SELECT changes FROM tree_changes")
        if changes != self._snapshot.changes:
            self._snapshot = await _read(source, changes)
        return self._snapshot


async def _read(source: Executor, changes: int) -> Snapshot:
    # Read after the count: a change in between is in the tree already, and is read once more at the next question.
    rows = await source.fetch("SELECT code, version, details FROM agencies")
    events = [AgencyRegistered.model_validate_json(row["details"], extra="ignore") for row in rows]
    return Snapshot(Tree.of(map(agency_of, events)), {row["code"]: row["version"] for row in rows}, changes)


@dataclass(frozen=True, slots=True)
class Registry:
    """The shell around the decisions on the tree."""

    log: EventLog
    trees: Trees
    clock: Clock

    async def put(self, code: AgencyCode, charter: Charter) -> bool:
        """Register the agency, or change it to this; say whether it is new. Raises what `decide` refuses."""
        for tries_left in reversed(range(TRIES)):
            snapshot = await self.trees.snapshot()
            state = state_of(code, snapshot.tree)
            events = decide(command_for(code, charter, snapshot.tree), state)
            try:
                await self._append(code, events, snapshot.versions.get(code, 0))
            except Conflict:
                if not tries_left:
                    raise
            else:
                break
        return isinstance(state, Unregistered)

    async def _append(self, code: AgencyCode, events: list[AgencyEvent], version: int) -> None:
        if events:
            await self.log.append(append_of(code, events, version, self.clock))


def state_of(code: AgencyCode, tree: Tree) -> State:
    """Say what the tree knows of the agency."""
    found = tree.find(code)
    return Unregistered() if found is None else Registered(found)


def command_for(code: AgencyCode, charter: Charter, tree: Tree) -> RegisterAgency | ChangeAgency:
    """Ask for the agency to be as the charter says."""
    asked = ChangeAgency if tree.find(code) else RegisterAgency
    return asked(code, charter, tree)


def append_of(code: AgencyCode, events: list[AgencyEvent], version: int, clock: Clock) -> Append:
    """Spell the append of an agency's events, with the row of the table that they lead to."""
    stream = agency_id(code)
    rows = [
        Row(_KEEP_AGENCY, (code, stream, version + len(events), events[-1].model_dump_json())),
        Row(_COUNT_CHANGE, (stream,)),
    ]
    return Append(stream, version, events, clock(), rows=rows)


_KEEP_AGENCY = """
INSERT INTO agencies (code, id, version, details)
SELECT code, id, version, details
FROM unnest($1::text[], $2::uuid[], $3::integer[], $4::json[]) AS given (code, id, version, details)
ON CONFLICT (code) DO UPDATE SET version = excluded.version, details = excluded.details
"""

_COUNT_CHANGE = "UPDATE tree_changes SET changes = changes + cardinality($1::uuid[])"
