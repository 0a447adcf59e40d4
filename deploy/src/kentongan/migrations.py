"""Bring a service's database up to date, as `python -m <service> migrate` does, without starting a process for it."""

import asyncpg

from chassis import migrate
from kentongan.stack.errors import StackError


async def apply(service: str, dsn: str) -> int:
    """Apply what is missing to one database; return how many files that were."""
    try:
        return len(await migrate.migrate(dsn, "chassis", service))
    except migrate.MigrationEdited as error:
        raise StackError(
            f"The database of {service} was made by another version of {error}: use that version, "
            "or start over with `kentongan reset`."
        ) from error
    except (OSError, asyncpg.PostgresError) as error:
        raise StackError(f"The database of {service} could not be migrated ({error}).") from error
