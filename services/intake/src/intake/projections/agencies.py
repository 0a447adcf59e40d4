"""Who agencies are, kept current from topic `agencies`."""

from collections.abc import Iterable, Sequence
from typing import cast

from chassis.consumer import Received, Subscription
from chassis.postgres import Connection, Pool
from contracts.routing import AgencyEvent
from contracts.topics import AGENCIES
from contracts.vocabulary import Name


def subscription() -> Subscription[Received]:
    """Follow the tree of agencies."""
    return Subscription(group="intake.agencies", topics=(AGENCIES,), apply=apply, compacted=True)


async def apply(connection: Connection, received: Sequence[Received]) -> None:
    """Keep the newest name of each agency."""
    newest = {each.subject: cast(AgencyEvent, each.event) for each in received}
    agencies = list(newest.values())
    await connection.execute(
        _KEEP,
        [agency.code for agency in agencies],
        [agency.name.id for agency in agencies],
        [agency.name.en for agency in agencies],
        [agency.active for agency in agencies],
    )


async def agency_names(pool: Pool, codes: Iterable[str]) -> dict[str, Name]:
    """Look names up; an agency not heard of yet is left out."""
    rows = await pool.fetch(
        "SELECT code, name_id, name_en FROM agencies WHERE code = ANY ($1::text[])", list(set(codes))
    )
    return {row["code"]: Name(id=row["name_id"], en=row["name_en"]) for row in rows}


_KEEP = """
INSERT INTO agencies (code, name_id, name_en, active)
SELECT code, name_id, name_en, active
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS given (code, name_id, name_en, active)
ON CONFLICT (code) DO UPDATE SET name_id = excluded.name_id, name_en = excluded.name_en, active = excluded.active
"""
