"""Reads what a page or an answer stands on, in one snapshot: tallies, medians and up to where the log was applied."""

from dataclasses import dataclass
from datetime import date, datetime

from chassis.postgres import Connection, Pool
from reporting.consumers import PROJECTIONS
from reporting.periods import Period


@dataclass(frozen=True, slots=True)
class AgencyTally:
    """One agency's complaints filed in the period; `code` is empty for those no agency has yet."""

    code: str
    name_id: str | None
    name_en: str | None
    received: int
    answered: int
    in_time: int
    late: int
    closed_unanswered: int
    overdue: int
    median_seconds: float | None
    """Exact middle of the times to first response; None when nothing was answered."""


@dataclass(frozen=True, slots=True)
class DayTally:
    """What happened on one local day: complaints filed, and first answers given to complaints of any day."""

    day: date
    filed: int
    answers: int


@dataclass(frozen=True, slots=True)
class Applied:
    """Up to where one partition of the log has been applied."""

    topic: str
    partition: int
    next_offset: int
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read in one snapshot."""

    taken_at: datetime
    applied: list[Applied]
    agencies: list[AgencyTally]
    days: list[DayTally]
    median_seconds: float | None


async def known_days(pool: Pool) -> tuple[date, date] | None:
    """Find the first and the last day on which anything was filed; None when nothing was."""
    found = await pool.fetchrow("SELECT min(day) AS first, max(day) AS last FROM agency_daily WHERE received > 0")
    return (found["first"], found["last"]) if found and found["first"] else None


async def is_agency(pool: Pool, code: str) -> bool:
    """Say whether an agency of the tree has this code."""
    return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM agencies WHERE code = $1)", code))


async def applied(connection: "Connection | Pool") -> list[Applied]:
    """Read how far the projections are."""
    return [Applied(*row) for row in await connection.fetch(_APPLIED, PROJECTIONS)]


async def read(pool: Pool, period: Period, agency: str | None, now: datetime) -> Reading:
    """Read the figures of a period, of everybody or of one agency; sandboxes are left out."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        places = await applied(connection)
        agencies = await _agencies(connection, period, now)
        days = await connection.fetch(_DAYS, period.first, period.last, agency)
        answered = sum(tally.answered for tally in agencies)
        median = next((tally.median_seconds for tally in agencies if tally.code == agency), None)
        if agency is None and answered:
            median = await connection.fetchval(_MEDIAN, period.first, period.last, answered)
    return Reading(now, places, agencies, [DayTally(*row) for row in days], median)


async def _agencies(connection: Connection, period: Period, now: datetime) -> list[AgencyTally]:
    rows = await connection.fetch(_AGENCIES, period.first, period.last, now)
    answered = [row for row in rows if row["answered"]]
    found = await connection.fetch(
        _MEDIANS, [row["code"] for row in answered], [row["answered"] for row in answered], period.first, period.last
    )
    medians = {row["agency"]: row["median"] for row in found}
    return [AgencyTally(**row, median_seconds=medians.get(row["code"])) for row in rows]


_APPLIED = """
SELECT topic, partition, next_offset, moved_at FROM consumer_offsets WHERE group_name = $1 ORDER BY topic, partition
"""

_AGENCIES = """
WITH late AS (
    SELECT agency, count(*)::integer AS overdue
    FROM complaint_current
    WHERE answer_due < $3 AND filed_day BETWEEN $1 AND $2
    GROUP BY agency
),
counted AS (
    SELECT agency, sum(received)::integer AS received, sum(answered)::integer AS answered,
        sum(answered_in_time)::integer AS in_time, sum(answered_late)::integer AS late,
        sum(closed_unanswered)::integer AS closed_unanswered
    FROM agency_daily
    WHERE day BETWEEN $1 AND $2
    GROUP BY agency
)
SELECT counted.agency AS code, agencies.name_id, agencies.name_en, counted.received, counted.answered, counted.in_time,
    counted.late, counted.closed_unanswered, coalesce(late.overdue, 0) AS overdue
FROM counted
LEFT JOIN late ON late.agency = counted.agency
LEFT JOIN agencies ON agencies.code = counted.agency
WHERE counted.received > 0 AND agencies.training IS NOT TRUE
ORDER BY counted.received DESC, counted.agency
"""

_DAYS = """
SELECT day, sum(received)::integer AS filed, sum(responses)::integer AS answers
FROM agency_daily
WHERE day BETWEEN $1 AND $2 AND ($3::text IS NULL OR agency = $3)
    AND agency <> ALL (SELECT code FROM agencies WHERE training)
GROUP BY day
ORDER BY day
"""

# The middle of an ordered index, found by walking to it: exact, without sorting. $3 is how many there are.
_MEDIAN = """
SELECT avg(middle.response_seconds)::float8
FROM (
    SELECT response_seconds
    FROM complaint_current
    WHERE response_seconds IS NOT NULL AND filed_day BETWEEN $1 AND $2
        AND agency <> ALL (ARRAY(SELECT code FROM agencies WHERE training))
    ORDER BY response_seconds
    OFFSET ($3::integer - 1) / 2 LIMIT 2 - $3::integer % 2
) AS middle
"""

_MEDIANS = """
SELECT given.agency, (
    SELECT avg(middle.response_seconds)::float8
    FROM (
        SELECT response_seconds
        FROM complaint_current
        WHERE complaint_current.agency = given.agency AND response_seconds IS NOT NULL
            AND filed_day BETWEEN $3 AND $4
        ORDER BY response_seconds
        OFFSET (given.answered - 1) / 2 LIMIT 2 - given.answered % 2
    ) AS middle
) AS median
FROM unnest($1::text[], $2::integer[]) AS given (agency, answered)
"""
