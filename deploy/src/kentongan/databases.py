"""One database and one owner role per service, and the analyst who may read reporting's only."""

from collections.abc import Sequence

import asyncpg

from kentongan.names import SERVICES
from kentongan.vault import Vault

# The password goes in as a parameter and is quoted by the server: CREATE ROLE itself takes no parameters.
_ENSURE_ROLE = """
CREATE OR REPLACE FUNCTION pg_temp.ensure_role(name text, secret text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        EXECUTE format('CREATE ROLE %I LOGIN', name);
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', name, secret);
END
$$
"""

_CREATE_DATABASE = {
    "intake": "CREATE DATABASE intake OWNER intake",
    "routing": "CREATE DATABASE routing OWNER routing",
    "notify": "CREATE DATABASE notify OWNER notify",
    "reporting": "CREATE DATABASE reporting OWNER reporting",
}

_CLOSE_DATABASE = {
    "intake": "REVOKE ALL ON DATABASE intake FROM PUBLIC",
    "routing": "REVOKE ALL ON DATABASE routing FROM PUBLIC",
    "notify": "REVOKE ALL ON DATABASE notify FROM PUBLIC",
    "reporting": "REVOKE ALL ON DATABASE reporting FROM PUBLIC",
}

_CLOSE_THE_REST = (
    "REVOKE ALL ON DATABASE postgres FROM PUBLIC",
    "REVOKE ALL ON DATABASE template1 FROM PUBLIC",
)

# An analyst's forgotten query must never hold back the service that writes the figures.
_ANALYST = (
    "GRANT CONNECT ON DATABASE reporting TO analyst",
    "ALTER ROLE analyst CONNECTION LIMIT 20",
    "ALTER ROLE analyst SET default_transaction_read_only = on",
    "ALTER ROLE analyst SET statement_timeout = '60s'",
    "ALTER ROLE analyst SET lock_timeout = '2s'",
    "ALTER ROLE analyst SET idle_in_transaction_session_timeout = '60s'",
)

# Read-only is a default that a session may change; what must hold is taken away. Large objects would be writing, and
# advisory locks are how our services take turns.
_ANALYST_INSIDE_REPORTING = """
DO $$
DECLARE
    risky regprocedure;
BEGIN
    FOR risky IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
          AND (proname LIKE 'lo\\_%' OR proname IN ('lowrite', 'loread') OR proname LIKE 'pg\\_%advisory%')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', risky);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO reporting', risky);
    END LOOP;
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER ROLE analyst IN DATABASE reporting SET search_path = analytics;
"""


async def prepare(superuser_dsn: str, vault: Vault, services: Sequence[str] = SERVICES) -> None:
    """Make the databases and roles that are missing; running it again changes nothing."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        await connection.execute(_ENSURE_ROLE)
        for statement in _CLOSE_THE_REST:
            await connection.execute(statement)
        for service in services:
            await _prepare_one(connection, service, vault.database_passwords[service])
        if "reporting" in services:
            await connection.execute("SELECT pg_temp.ensure_role('analyst', $1)", vault.analyst_password)
            for statement in _ANALYST:
                await connection.execute(statement)
            await _confine_analyst(superuser_dsn)
    finally:
        await connection.close()


async def _prepare_one(connection: asyncpg.Connection, service: str, password: str) -> None:
    await connection.execute("SELECT pg_temp.ensure_role($1, $2)", service, password)
    there = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", service)
    if not there:
        await connection.execute(_CREATE_DATABASE[service])
    await connection.execute(_CLOSE_DATABASE[service])


async def _confine_analyst(superuser_dsn: str) -> None:
    connection = await asyncpg.connect(superuser_dsn, database="reporting")
    try:
        await connection.execute(_ANALYST_INSIDE_REPORTING)
    finally:
        await connection.close()
