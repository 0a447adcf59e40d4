"""The table `complaint_current`: its row, and the two statements that read and write many rows at once."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from chassis.postgres import Connection


class Row(NamedTuple):
    """Columns in the order of the table; what follows from others (`response_seconds`, `answer_due`) is the table's."""

    id: UUID
    code: str | None
    classification: str
    category: str
    area: str
    visibility: str
    channel: str
    filed_at: datetime
    filed_day: date
    verification_due: datetime | None
    resolution_due: datetime | None
    intake_version: int
    first_response_due: datetime | None = None
    reporter_reply_due: datetime | None = None
    state: str = "filed"
    agency: str = ""
    verified_at: datetime | None = None
    forwarded_at: datetime | None = None
    first_response_at: datetime | None = None
    first_response_day: date | None = None
    final_response_at: datetime | None = None
    reporter_replied_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    hops: int = 0
    refusals: int = 0
    escalations: int = 0
    disputes: int = 0
    reopenings: int = 0
    supporters: int = 0
    rating: int | None = None
    routing_version: int = 0
    partition: int = 0
    record_offset: int = 0


async def read(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Read the rows of these complaints, as many as there are."""
    rows = [Row(*record) for record in await connection.fetch(_READ, list(ids))]
    return {row.id: row for row in rows}


async def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Write the rows in one statement, in the order of their ids so that two writers never wait for each other."""
    if rows:
        await connection.execute(WRITE, *zip(*sorted(rows), strict=True))


_READ = """
SELECT id, code, classification, category, area, visibility, channel, filed_at, filed_day, verification_due,
    resolution_due, intake_version, first_response_due, reporter_reply_due, state, agency, verified_at, forwarded_at,
    first_response_at, first_response_day, final_response_at, reporter_replied_at, closed_at, outcome, hops, refusals,
    escalations, disputes, reopenings, supporters, rating, routing_version, partition, record_offset
FROM complaint_current
WHERE id = ANY ($1::uuid[])
"""

WRITE = """
INSERT INTO complaint_current (
    id, code, classification, category, area, visibility, channel, filed_at, filed_day, verification_due,
    resolution_due, intake_version, first_response_due, reporter_reply_due, state, agency, verified_at, forwarded_at,
    first_response_at, first_response_day, final_response_at, reporter_replied_at, closed_at, outcome, hops, refusals,
    escalations, disputes, reopenings, supporters, rating, routing_version, partition, record_offset
)
SELECT
    id, code, classification, category, area, visibility, channel, filed_at, filed_day, verification_due,
    resolution_due, intake_version, first_response_due, reporter_reply_due, state, agency, verified_at, forwarded_at,
    first_response_at, first_response_day, final_response_at, reporter_replied_at, closed_at, outcome, hops, refusals,
    escalations, disputes, reopenings, supporters, rating, routing_version, partition, record_offset
FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::date[],
    $10::timestamptz[], $11::timestamptz[], $12::integer[], $13::timestamptz[], $14::timestamptz[], $15::text[],
    $16::text[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::date[], $21::timestamptz[],
    $22::timestamptz[], $23::timestamptz[], $24::text[], $25::integer[], $26::integer[], $27::integer[],
    $28::integer[], $29::integer[], $30::integer[], $31::smallint[], $32::integer[], $33::integer[], $34::bigint[]
) AS given (
    id, code, classification, category, area, visibility, channel, filed_at, filed_day, verification_due,
    resolution_due, intake_version, first_response_due, reporter_reply_due, state, agency, verified_at, forwarded_at,
    first_response_at, first_response_day, final_response_at, reporter_replied_at, closed_at, outcome, hops, refusals,
    escalations, disputes, reopenings, supporters, rating, routing_version, partition, record_offset
)
ON CONFLICT (id) DO UPDATE SET
    classification = excluded.classification, category = excluded.category, state = excluded.state,
    agency = excluded.agency, verified_at = excluded.verified_at, forwarded_at = excluded.forwarded_at,
    first_response_at = excluded.first_response_at, first_response_day = excluded.first_response_day,
    final_response_at = excluded.final_response_at, reporter_replied_at = excluded.reporter_replied_at,
    closed_at = excluded.closed_at, outcome = excluded.outcome, verification_due = excluded.verification_due,
    resolution_due = excluded.resolution_due, first_response_due = excluded.first_response_due,
    reporter_reply_due = excluded.reporter_reply_due, hops = excluded.hops, refusals = excluded.refusals,
    escalations = excluded.escalations, disputes = excluded.disputes, reopenings = excluded.reopenings,
    supporters = excluded.supporters, rating = excluded.rating, intake_version = excluded.intake_version,
    routing_version = excluded.routing_version, partition = excluded.partition, record_offset = excluded.record_offset
"""
