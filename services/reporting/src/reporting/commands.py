"""What an operator can ask of reporting on the command line."""

import sys
from collections.abc import Sequence
from typing import Any

from chassis.service import Runtime
from reporting.settings import Settings
from reporting.verify import verify

SHOWN = 50
"""Differences beyond this many are counted, not listed."""


async def verify_tables(runtime: Runtime[Any], _: Sequence[str]) -> int:
    """`python -m reporting verify`: recompute every table from the log; exit 1 when one differs."""
    settings: Settings = runtime.settings
    found = await verify(settings.database_url.get_secret_value(), settings.kafka_bootstrap_servers)
    lines = [
        f"{difference.table} {difference.key}: the log says {difference.log}, the table {difference.found}"
        for difference in found.differences[:SHOWN]
    ]
    lines.append(
        f"{found.events} events give {found.complaints} complaints, {found.cells} daily cells and"
        f" {found.agencies} agencies: {len(found.differences)} differences"
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found.differences else 0


async def admit_analyst(runtime: Runtime[Any], _: Sequence[str]) -> int:
    """`python -m reporting admit-analyst`: grant the views to role `analyst` when it was made after the migration."""
    admitted: bool = await runtime.pool.fetchval("SELECT admit_analyst()")
    sys.stdout.write("role analyst may read schema analytics\n" if admitted else "there is no role analyst\n")
    return 0 if admitted else 1
