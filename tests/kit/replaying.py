"""Every service's projections of topic `complaints`, delivered to real tables in any way a cluster may think of."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.applier import Applier
from chassis.consumer import Raw, Received, Subscription
from chassis.migrate import migrate
from chassis.postgres import Connection, Pool, create_pool
from contracts.topics import COMPLAINTS
from intake.projections import routed
from kit import histories
from kit.servers import PostgresForTests
from notify.consumers import complaints_subscription
from notify.domain.patience import PATIENCE
from reporting.consumers import subscriptions
from routing.consumers import cases_subscription
from routing.registry import Trees
from routing.streams.ledger import streams_subscription

BARE = "bare"
"""A projection that belongs to no service and defends itself against nothing."""

NOW = histories.FIRST_DAY + timedelta(days=91)

Make = Callable[[Pool], Sequence["Subscription[Received]"]]
Contents = dict[str, list[tuple[Any, ...]]]


class Crash(ConnectionResetError):
    """The process, or its connection, dies after the effects and before the commit."""


@dataclass
class Tables:
    """One service's tables, empty at first, and the processes that fill them."""

    service: str
    pool: Pool
    make: Make
    crash_next: bool = False

    def process(self) -> list["Applier[Received]"]:
        """Start a process: everything it remembers is in these objects."""
        return [Applier(self.pool, self._fragile(each)) for each in self.make(self.pool)]

    async def fold(self, records: Iterable[Raw]) -> None:
        """Apply records one by one, in order; some offsets may be left out."""
        for subscription in self.make(self.pool):
            applier = Applier(self.pool, replace(subscription, compacted=True))
            for record in records:
                await applier.apply([record])

    def _fragile(self, subscription: "Subscription[Received]") -> "Subscription[Received]":
        async def apply(connection: Connection, items: Sequence[Received]) -> None:
            await subscription.apply(connection, items)
            if self.crash_next:
                raise Crash

        return replace(subscription, apply=apply)

    async def offsets(self, group: str) -> dict[int, int]:
        """Read what a group has applied of each partition."""
        rows = await self.pool.fetch("SELECT partition, next_offset FROM consumer_offsets WHERE group_name = $1", group)
        return {row["partition"]: row["next_offset"] for row in rows}

    async def clear(self) -> None:
        """Empty every table that a consumer fills."""
        for table in ("consumer_offsets", "consumer_streams", "dead_letters", *_FILLED[self.service]):
            await self.pool.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the table below

    async def contents(self) -> Contents:
        """Read every projection, without places and times that depend on when a record was applied."""
        found = {name: await self.pool.fetch(statement) for name, statement in _CONTENTS[self.service].items()}
        return {name: sorted((tuple(row) for row in rows), key=repr) for name, rows in found.items()}


@asynccontextmanager
async def tables_of(service: str, postgres: PostgresForTests, count: int) -> AsyncIterator[list[Tables]]:
    """Make the tables of a service so many times, each in a database of its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_tables(service, postgres)) for _ in range(count)]


@asynccontextmanager
async def _tables(service: str, postgres: PostgresForTests) -> AsyncIterator[Tables]:
    dsn = await postgres.fresh_database()
    await migrate(dsn, *(("chassis",) if service == BARE else ("chassis", service)))
    pool = await create_pool(dsn, application="replaying", size=6)
    if service == "routing":
        await _plant(pool)
    if service == BARE:
        await pool.execute(_CREATE_BARE)
    try:
        yield Tables(service, pool, SUBSCRIPTIONS[service])
    finally:
        pool.terminate()


async def _plant(pool: Pool) -> None:
    """Register the invented agencies, each with a stream."""
    events = [histories.agency(code).model_copy(update={"stream": True}) for code in histories.NAMES]
    await pool.execute(
        "INSERT INTO agencies (code, id, version, details)"
        " SELECT code, id, 1, details FROM unnest($1::text[], $2::uuid[], $3::json[]) AS given (code, id, details)",
        list(histories.NAMES),
        [UUID(int=number) for number, _ in enumerate(events)],
        [event.model_dump_json() for event in events],
    )
    await pool.execute("UPDATE tree_changes SET changes = 1")


async def _apply_bare(connection: Connection, items: Sequence[Received]) -> None:
    """Keep every event without any guard of its own, so that nothing but the chassis stands between it and doubles."""
    await connection.execute(
        "INSERT INTO bare (subject, source, version)"
        " SELECT subject, source, version"
        " FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS given (subject, source, version)",
        [item.subject for item in items],
        [item.envelope.source for item in items],
        [item.envelope.sequence for item in items],
    )


def _now() -> datetime:
    return NOW


def _routing(pool: Pool) -> Sequence["Subscription[Received]"]:
    trees = Trees(pool)
    return cases_subscription(trees), streams_subscription(trees)


SUBSCRIPTIONS: dict[str, Make] = {
    BARE: lambda _: (Subscription(BARE, (COMPLAINTS,), _apply_bare),),
    "intake": lambda _: (routed.subscription(),),
    "routing": _routing,
    "notify": lambda _: (complaints_subscription(_now, PATIENCE),),
    "reporting": lambda _: (subscriptions()[0],),
}


def raw(placed: histories.Placed) -> Raw:
    """Spell an event as the broker would hand it over."""
    key = str(placed.subject).encode()
    return Raw(COMPLAINTS, placed.partition, placed.offset, key, placed.envelope.to_bytes())


_CREATE_BARE = (
    "CREATE TABLE bare (place bigint GENERATED ALWAYS AS IDENTITY, subject uuid, source text, version integer)"
)

_FILLED = {
    BARE: (BARE,),
    "intake": ("routed_events",),
    "routing": (
        "received",
        "cases",
        "case_steps",
        "desks",
        "agency_events",
        "stream_stories",
        "stream_holders",
        "stream_readers",
        "agency_streams",
    ),
    "notify": ("deliveries", "news", "contacts", "complaints"),
    "reporting": ("complaint_current", "agency_daily"),
}

_OF_CHASSIS = {
    "versions": "SELECT group_name, source, subject, version FROM consumer_streams",
    "letters": "SELECT group_name, subject, reason, state FROM dead_letters",
}

_CONTENTS = {
    BARE: {
        **_OF_CHASSIS,
        "events": "SELECT subject, source, array_agg(version ORDER BY place) FROM bare GROUP BY subject, source",
    },
    "intake": {**_OF_CHASSIS, "routed": "SELECT complaint_id, version, wire FROM routed_events"},
    "routing": {
        **_OF_CHASSIS,
        "received": "SELECT complaint_id, source, version, type, wire,"
        " row_number() OVER (PARTITION BY complaint_id ORDER BY position) FROM received",
        "steps": "SELECT complaint_id, step FROM case_steps",
        "desks": "SELECT complaint_id, agency FROM desks",
        "cases": "SELECT id, code, area, visibility, filed_at, classification, category, status, holder, hops,"
        " verification_due, first_response_due, resolution_due, reply_due, next_clock, next_due, first_response_at,"
        " answered_at, erased, version FROM cases",
        "stories": "SELECT complaint_id, number, event_id, wire FROM stream_stories",
        "holders": "SELECT complaint_id, agency FROM stream_holders",
        "readers": "SELECT agency, complaint_id, given FROM stream_readers",
        "entries": "SELECT agency, complaint_id, number FROM agency_events",
        "order": "SELECT agency, complaint_id, array_agg(number ORDER BY sequence) FROM agency_events"
        " GROUP BY agency, complaint_id",
        "counters": "SELECT agency, last_sequence FROM agency_streams",
        "gaps": "SELECT agency, max(sequence) - count(*) FROM agency_events GROUP BY agency",
    },
    "notify": {
        **_OF_CHASSIS,
        "complaints": "SELECT complaint_id, code, classification, area, visibility, language, dues::text, erased"
        " FROM complaints",
        "contacts": "SELECT recipient_id, medium, complaint_id, address::text, place_stream, place_version, place_name"
        " FROM contacts",
        "news": "SELECT event_id, complaint_id, message, happened_at, agency, dues::text, final, answer::text"
        " FROM news",
        "deliveries": "SELECT delivery_id, event_id, recipient_id, medium, complaint_id, message, state, reason,"
        " attempts, wake_at, expires_at, version, created_at, changed_at FROM deliveries",
    },
    "reporting": {
        **_OF_CHASSIS,
        "complaints": "SELECT id, code, classification, category, area, visibility, channel, state, agency, filed_at,"
        " filed_day, verified_at, forwarded_at, first_response_at, first_response_day, final_response_at,"
        " reporter_replied_at, closed_at, outcome, verification_due, first_response_due, reporter_reply_due,"
        " resolution_due, hops, refusals, escalations, disputes, reopenings, supporters, rating, intake_version,"
        " routing_version, partition, record_offset FROM complaint_current",
        "daily": "SELECT agency, day, received, verified, answered, answered_in_time, answered_late, closed_unanswered,"
        " confirmed, closed_silent, response_seconds, responses FROM agency_daily"
        " WHERE (received, responses) <> (0, 0)",
    },
}
