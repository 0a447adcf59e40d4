"""Numbered SQL migrations, forward only, each applied once in its own transaction."""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files

import asyncpg
import structlog

from chassis.postgres import Connection

log = structlog.get_logger()

LOCK = 0x6D69_6772
"""Advisory lock "migr": two deployments at once take turns."""

NAME = re.compile(r"^(\d{4})_[a-z0-9]+(_[a-z0-9]+)+\.sql$")


class MigrationEdited(Exception):
    """A migration that was already applied has been changed or removed; write a new one instead."""


class MigrationMisnamed(Exception):
    """A file in a migrations folder is not called `NNNN_verb_noun.sql`, or a number is used twice."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `package` says whose, `number` its place in that package's order."""

    package: str
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def find(package: str) -> list[Migration]:
    """Read a package's migrations in order."""
    found: list[Migration] = []
    for entry in sorted((files(package) / "migrations").iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".sql"):
            continue
        match = NAME.match(entry.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise MigrationMisnamed(f"{package}/migrations/{entry.name}")
        found.append(Migration(package, int(match[1]), entry.name, entry.read_text()))
    return found


async def migrate(dsn: str, *packages: str) -> list[str]:
    """Apply what is missing, package by package; return the names applied.

    Raises `MigrationEdited` when an applied file no longer has the checksum it was applied with.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(_CREATE_TABLE)
        pending = [step for package in packages for step in await _pending(connection, package)]
        for step in pending:
            await _apply(connection, step)
        return [f"{step.package}/{step.name}" for step in pending]
    finally:
        await connection.close()


async def is_current(connection: Connection, *packages: str) -> bool:
    """Say whether every migration has been applied; a service refuses to start on an older schema."""
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return False
    return not [step for package in packages for step in await _pending(connection, package)]


async def _pending(connection: Connection, package: str) -> list[Migration]:
    rows = await connection.fetch("SELECT number, checksum FROM schema_migrations WHERE package = $1", package)
    applied = {row["number"]: row["checksum"] for row in rows}
    steps = find(package)
    for step in steps:
        if applied.get(step.number, step.checksum) != step.checksum:
            raise MigrationEdited(f"{package}/{step.name}")
    return [step for step in steps if step.number not in applied]


async def _apply(connection: Connection, step: Migration) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '5s'")
        await connection.execute(step.sql)
        await connection.execute(
            "INSERT INTO schema_migrations (package, number, name, checksum) VALUES ($1, $2, $3, $4)",
            step.package,
            step.number,
            step.name,
            step.checksum,
        )
    log.info("migration_applied", package=step.package, name=step.name)


_CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    package text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package, number)
)
"""
