"""Where a complaint lands when it arrives: decided once, by whichever consumer sees it first, and kept."""

from collections.abc import Mapping
from uuid import UUID

from chassis.postgres import Connection
from contracts.vocabulary import AgencyCode, AreaCode
from routing.domain.tree import Tree


async def assign(connection: Connection, tree: Tree, areas: Mapping[UUID, AreaCode]) -> Mapping[UUID, AgencyCode]:
    """Give each complaint its desk, the one it was given before if there is one."""
    if not areas:
        return {}
    # In one order everywhere: two consumers that assign the same complaints wait for each other, not in a circle.
    complaints = sorted(areas)
    await connection.execute(_ASSIGN, complaints, [tree.gate(areas[each]) for each in complaints])
    rows = await connection.fetch("SELECT complaint_id, agency FROM desks WHERE complaint_id = ANY ($1)", complaints)
    return {row["complaint_id"]: row["agency"] for row in rows}


_ASSIGN = """
INSERT INTO desks (complaint_id, agency)
SELECT complaint_id, agency FROM unnest($1::uuid[], $2::text[]) AS given (complaint_id, agency)
ON CONFLICT (complaint_id) DO NOTHING
"""
