"""The inbox: one row per case, kept in the transaction of the fact that changes it, sorted by what is due next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from chassis.event_log import Row
from chassis.postgres import Connection, Pool
from contracts.intake import ComplaintFiled
from contracts.vocabulary import AgencyCode, AreaCode, CategoryCode, Classification, Clock, Visibility
from routing.projections.progress import Progress, Status

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One case as the inbox lists it."""

    id: UUID
    code: str
    area: AreaCode
    visibility: Visibility
    filed_at: datetime
    classification: Classification
    category: CategoryCode
    status: Status
    holder: AgencyCode
    hops: int
    next_clock: Clock | None
    next_due: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases somebody asks for: those of these agencies (None = of all), in these states, due after a place."""

    holders: Sequence[AgencyCode] | None
    statuses: Sequence[Status]
    limit: int = 50
    after: tuple[datetime, UUID] | None = None


async def page(pool: Pool, wanted: Wanted) -> list[Line]:
    """Read one page, what is due first first."""
    due, last = wanted.after or (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    rows = await pool.fetch(_PAGE, wanted.holders, list(wanted.statuses), due, last, wanted.limit)
    return [_line(row) for row in rows]


async def counts(pool: Pool, holders: Sequence[AgencyCode] | None, now: datetime) -> Mapping[Status, tuple[int, int]]:
    """Count the cases in each state, and those of them that are overdue."""
    rows = await pool.fetch(_COUNTS, holders, now)
    return {Status(row["status"]): (row["cases"], row["overdue"]) for row in rows}


def place_of(line: Line) -> tuple[datetime, UUID]:
    """Say where a case stands in the order of the inbox; the next page begins after it."""
    return line.next_due or END_OF_TIME, line.id


def _line(row: asyncpg.Record) -> Line:
    return Line(
        id=row["id"],
        code=row["code"],
        area=row["area"],
        visibility=Visibility(row["visibility"]),
        filed_at=row["filed_at"],
        classification=Classification(row["classification"]),
        category=row["category"],
        status=Status(row["status"]),
        holder=row["holder"],
        hops=row["hops"],
        next_clock=Clock(row["next_clock"]) if row["next_clock"] else None,
        next_due=row["next_due"],
        version=row["version"],
    )


async def open_cases(connection: Connection, filed: Mapping[UUID, tuple[ComplaintFiled, datetime, Progress]]) -> None:
    """Add the rows of newly filed complaints."""
    if not filed:
        return
    rows = [
        (case, event.code, event.area, event.visibility.value, filed_at, *_values(case, progress)[1:])
        for case, (event, filed_at, progress) in filed.items()
    ]
    await connection.execute(_OPEN, *(list(column) for column in zip(*rows, strict=True)))


async def move(connection: Connection, cases: Mapping[UUID, Progress]) -> None:
    """Bring the rows of several cases up to date."""
    if cases:
        rows = [_values(case, progress) for case, progress in cases.items()]
        await connection.execute(_MOVE, *(list(column) for column in zip(*rows, strict=True)))


def moved(case: UUID, progress: Progress) -> Row:
    """Spell the row change that goes with an append."""
    return Row(_MOVE, _values(case, progress))


def stepped(case: UUID, steps: Sequence[int]) -> list[Row]:
    """Claim the numbers of the steps that an append adds; whoever else claims one of them conflicts."""
    return [Row(STEP, (case, step)) for step in steps]


def _values(case: UUID, progress: Progress) -> tuple[object, ...]:
    due = progress.dues.get
    at = {clock: None if (found := due(clock)) is None else found.at for clock in Clock}
    return (
        case,
        progress.classification.value,
        progress.category,
        progress.status.value,
        progress.holder,
        progress.hops,
        at[Clock.VERIFICATION],
        at[Clock.FIRST_RESPONSE],
        at[Clock.RESOLUTION],
        at[Clock.REPORTER_REPLY],
        None if progress.next_due is None else progress.next_due.clock.value,
        None if progress.next_due is None else progress.next_due.at,
        progress.first_response_at,
        progress.answered_at,
        progress.erased,
        progress.version,
    )


STEP = """
INSERT INTO case_steps (complaint_id, step)
SELECT complaint_id, step FROM unnest($1::uuid[], $2::integer[]) AS given (complaint_id, step)
"""

_OPEN = """
INSERT INTO cases (
    id, code, area, visibility, filed_at, classification, category, status, holder, hops, verification_due,
    first_response_due, resolution_due, reply_due, next_clock, next_due, first_response_at, answered_at, erased, version
)
SELECT
    id, code, area, visibility, filed_at, classification, category, status, holder, hops, verification_due,
    first_response_due, resolution_due, reply_due, next_clock, next_due, first_response_at, answered_at, erased, version
FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::integer[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::text[],
    $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::boolean[], $20::integer[]
) AS given (
    id, code, area, visibility, filed_at, classification, category, status, holder, hops, verification_due,
    first_response_due, resolution_due, reply_due, next_clock, next_due, first_response_at, answered_at, erased, version
)
"""

_MOVE = """
UPDATE cases SET
    classification = given.classification,
    category = given.category,
    status = given.status,
    holder = given.holder,
    hops = given.hops,
    verification_due = given.verification_due,
    first_response_due = given.first_response_due,
    resolution_due = given.resolution_due,
    reply_due = given.reply_due,
    next_clock = given.next_clock,
    next_due = given.next_due,
    first_response_at = given.first_response_at,
    answered_at = given.answered_at,
    erased = given.erased,
    version = given.version
FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::timestamptz[], $8::timestamptz[],
    $9::timestamptz[], $10::timestamptz[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
    $15::boolean[], $16::integer[]
) AS given (
    id, classification, category, status, holder, hops, verification_due, first_response_due, resolution_due, reply_due,
    next_clock, next_due, first_response_at, answered_at, erased, version
)
WHERE cases.id = given.id
"""

_PAGE = """
SELECT
    id, code, area, visibility, filed_at, classification, category, status, holder, hops, next_clock, next_due, version
FROM cases
WHERE ($1::text[] IS NULL OR holder = ANY ($1::text[]))
    AND status = ANY ($2::text[])
    AND (coalesce(next_due, 'infinity'), id) > ($3::timestamptz, $4::uuid)
ORDER BY coalesce(next_due, 'infinity'), id
LIMIT $5
"""

_COUNTS = """
SELECT status, count(*) AS cases, count(*) FILTER (WHERE next_due < $2) AS overdue
FROM cases
WHERE $1::text[] IS NULL OR holder = ANY ($1::text[])
GROUP BY status
"""
