"""Who the agencies are and how they stand in the tree: the newest state of each."""

from collections.abc import Sequence
from typing import NamedTuple, cast
from uuid import UUID

from chassis.postgres import Connection
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.routing import AgencyChanged, AgencyEvent, AgencyRegistered


class Row(NamedTuple):
    """Columns in the order of the table."""

    id: UUID
    code: str
    name_id: str
    name_en: str
    parent: str | None
    tier: int
    areas: tuple[str, ...]
    categories: tuple[str, ...]
    training: bool
    active: bool
    version: int


TYPES = frozenset(event.type for event in (AgencyRegistered, AgencyChanged))


def evolve(row: Row | None, envelope: Envelope[Event]) -> Row:
    """Fold one event in: it carries the whole agency, so the newest version wins."""
    if row is not None and envelope.sequence <= row.version:
        return row
    agency = cast(AgencyEvent, envelope.data)
    return Row(
        id=envelope.subject,
        code=agency.code,
        name_id=agency.name.id,
        name_en=agency.name.en,
        parent=agency.parent,
        tier=agency.tier,
        areas=agency.areas,
        categories=agency.categories,
        training=agency.training,
        active=agency.active,
        version=envelope.sequence,
    )


async def read(connection: Connection) -> dict[UUID, Row]:
    """Read the whole tree; some hundreds of rows."""
    rows = [Row._make(record) for record in await connection.fetch(_READ)]
    return {row.id: row._replace(areas=tuple(row.areas), categories=tuple(row.categories)) for row in rows}


async def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Write the rows in one statement; lists travel as literals, since `unnest` would take nested arrays apart."""
    if rows:
        columns = [list(column) for column in zip(*sorted(rows), strict=True)]
        areas, categories = Row._fields.index("areas"), Row._fields.index("categories")
        columns[areas] = ["{" + ",".join(codes) + "}" for codes in columns[areas]]
        columns[categories] = ["{" + ",".join(codes) + "}" for codes in columns[categories]]
        await connection.execute(_WRITE, *columns)


_READ = """
SELECT id, code, name_id, name_en, parent, tier, areas, categories, training, active, version FROM agencies
"""

_WRITE = """
INSERT INTO agencies (id, code, name_id, name_en, parent, tier, areas, categories, training, active, version)
SELECT id, code, name_id, name_en, parent, tier, areas::text[], categories::text[], training, active, version
FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[],
    $9::boolean[], $10::boolean[], $11::integer[]
) AS given (id, code, name_id, name_en, parent, tier, areas, categories, training, active, version)
ON CONFLICT (id) DO UPDATE SET
    code = excluded.code, name_id = excluded.name_id, name_en = excluded.name_en, parent = excluded.parent,
    tier = excluded.tier, areas = excluded.areas, categories = excluded.categories, training = excluded.training,
    active = excluded.active, version = excluded.version
"""
