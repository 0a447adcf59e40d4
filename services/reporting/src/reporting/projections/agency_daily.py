"""Counters per agency and local day; each complaint counts once, for the agency that holds it now."""

from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from chassis.postgres import Connection
from contracts.vocabulary import Outcome
from reporting.projections.complaint_table import Row

Cell = tuple[str, date]
"""Agency (empty while no agency has the complaint) and local day."""


class Counts(NamedTuple):
    """Columns in the order of the table. All but `responses` count complaints by the day they were filed."""

    received: int = 0
    verified: int = 0
    answered: int = 0
    answered_in_time: int = 0
    answered_late: int = 0
    closed_unanswered: int = 0
    confirmed: int = 0
    closed_silent: int = 0
    response_seconds: int = 0
    responses: int = 0
    """First answers given on this day, whenever the complaint was filed."""


NOTHING = Counts()
FIRST_ANSWER = Counts(responses=1)


def seconds_to_response(row: Row) -> int:
    """Compute what the table's `response_seconds` holds; 0 while unanswered, and when imported clocks disagree."""
    if row.first_response_at is None:
        return 0
    return max(0, int((row.first_response_at - row.filed_at).total_seconds()))


def count(row: Row) -> Counts:
    """Say what a complaint adds to the cell of the day it was filed."""
    answered = row.first_response_at is not None
    judged = answered and row.first_response_due is not None
    in_time = judged and row.first_response_at <= row.first_response_due  # type: ignore[operator]  # both are there
    return Counts(
        received=1,
        verified=int(row.verified_at is not None),
        answered=int(answered),
        answered_in_time=int(in_time),
        answered_late=int(judged and not in_time),
        closed_unanswered=int(row.closed_at is not None and not answered),
        confirmed=int(row.outcome == Outcome.RESOLVED_CONFIRMED),
        closed_silent=int(row.outcome == Outcome.CLOSED_SILENT),
        response_seconds=seconds_to_response(row),
    )


COUNTED = itemgetter(
    *(
        Row._fields.index(name)
        for name in (
            "agency",
            "filed_day",
            "verified_at",
            "first_response_at",
            "first_response_day",
            "first_response_due",
            "closed_at",
            "outcome",
        )
    )
)
"""All that `contributions` looks at: a row in which none of these has changed counts as it did."""


def contributions(row: Row) -> list[tuple[Cell, Counts]]:
    """List the cells a complaint counts in: that of its filing, and that of its first answer."""
    cells = [((row.agency, row.filed_day), count(row))]
    if row.first_response_day is not None:
        cells.append(((row.agency, row.first_response_day), FIRST_ANSWER))
    return cells


def differences(moves: Iterable[tuple[Row | None, Row]]) -> dict[Cell, Counts]:
    """Add up how the cells change when rows change from old to new; cells that stay the same are left out."""
    sums: dict[Cell, list[int]] = {}
    for old, new in moves:
        if old is not None:
            if COUNTED(old) == COUNTED(new):
                continue
            for cell, counts in contributions(old):
                held = sums.get(cell, NOTHING)
                sums[cell] = [sum_ - value for sum_, value in zip(held, counts, strict=True)]
        for cell, counts in contributions(new):
            held = sums.get(cell, NOTHING)
            sums[cell] = [sum_ + value for sum_, value in zip(held, counts, strict=True)]
    return {cell: Counts(*held) for cell, held in sums.items() if any(held)}


async def add(connection: Connection, changes: dict[Cell, Counts]) -> None:
    """Move the counters in one statement, sorted, so that two batches never wait for each other in a circle."""
    if changes:
        rows = [(*cell, *counts) for cell, counts in sorted(changes.items())]
        await connection.execute(ADD, *zip(*rows, strict=True))


async def read(connection: Connection) -> dict[Cell, Counts]:
    """Read the whole table; cells that have gone back to nothing are left out."""
    records = await connection.fetch(_READ)
    cells = {(record[0], record[1]): Counts(*record[2:]) for record in records}
    return {cell: counts for cell, counts in cells.items() if counts != NOTHING}


_READ = """
SELECT agency, day, received, verified, answered, answered_in_time, answered_late, closed_unanswered, confirmed,
    closed_silent, response_seconds, responses
FROM agency_daily
"""

ADD = """
INSERT INTO agency_daily AS kept (
    agency, day, received, verified, answered, answered_in_time, answered_late, closed_unanswered, confirmed,
    closed_silent, response_seconds, responses
)
SELECT agency, day, received, verified, answered, answered_in_time, answered_late, closed_unanswered, confirmed,
    closed_silent, response_seconds, responses
FROM unnest(
    $1::text[], $2::date[], $3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[],
    $9::integer[], $10::integer[], $11::bigint[], $12::integer[]
) AS given (
    agency, day, received, verified, answered, answered_in_time, answered_late, closed_unanswered, confirmed,
    closed_silent, response_seconds, responses
)
ON CONFLICT (agency, day) DO UPDATE SET
    received = kept.received + excluded.received,
    verified = kept.verified + excluded.verified,
    answered = kept.answered + excluded.answered,
    answered_in_time = kept.answered_in_time + excluded.answered_in_time,
    answered_late = kept.answered_late + excluded.answered_late,
    closed_unanswered = kept.closed_unanswered + excluded.closed_unanswered,
    confirmed = kept.confirmed + excluded.confirmed,
    closed_silent = kept.closed_silent + excluded.closed_silent,
    response_seconds = kept.response_seconds + excluded.response_seconds,
    responses = kept.responses + excluded.responses
"""
