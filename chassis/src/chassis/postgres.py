"""Connections to PostgreSQL, and which of its failures are worth another try."""

from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Executor: TypeAlias = "Connection | Pool"
"""Anything that runs a statement."""

TRANSIENT = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg raises of a backend that died a moment ago (asyncpg issues 784, 1069)
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
)
"""The database is away, restarting, full or busy: nothing is wrong with the statement itself."""

STATEMENT_SECONDS = 30


async def create_pool(dsn: str, *, application: str, size: int) -> Pool:
    """Open a pool of at most `size` connections; a statement may run 30 s, a lock may be waited for 10 s."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        command_timeout=STATEMENT_SECONDS,
        server_settings={"application_name": application, "lock_timeout": "10s"},
        reset=_keep_session,
    )


async def _keep_session(_: Connection) -> None:
    """Skip asyncpg's reset on release: pooled sessions hold no settings or LISTENs, and it costs a round trip."""


def affected(status: str) -> int:
    """Read the row count from a command tag such as `UPDATE 3`."""
    return int(status.rsplit(" ", 1)[-1])
