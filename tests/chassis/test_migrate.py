"""Migrations: each once, in order, never edited, safe to run by two deployments at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from chassis.migrate import MigrationEdited, MigrationMisnamed, find, is_current, migrate
from kit.servers import PostgresForTests


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a package `toy` with an empty migrations folder on the path."""
    folder = tmp_path / "toy" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / "toy" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    import sys

    sys.modules.pop("toy", None)


async def test_migrations_are_applied_once_and_in_order(postgres: PostgresForTests, package: Path) -> None:
    (package / "0001_create_things.sql").write_text("CREATE TABLE things (id integer);")
    (package / "0002_add_name.sql").write_text("ALTER TABLE things ADD COLUMN name text;")
    dsn = await postgres.fresh_database()
    assert await migrate(dsn, "toy") == ["toy/0001_create_things.sql", "toy/0002_add_name.sql"]
    assert await migrate(dsn, "toy") == []


async def test_an_edited_migration_is_refused(postgres: PostgresForTests, package: Path) -> None:
    (package / "0001_create_things.sql").write_text("CREATE TABLE things (id integer);")
    dsn = await postgres.fresh_database()
    await migrate(dsn, "toy")
    (package / "0001_create_things.sql").write_text("CREATE TABLE things (id bigint);")
    with pytest.raises(MigrationEdited, match=r"toy/0001_create_things\.sql"):
        await migrate(dsn, "toy")


async def test_a_failing_migration_leaves_nothing_behind(postgres: PostgresForTests, package: Path) -> None:
    (package / "0001_create_things.sql").write_text("CREATE TABLE things (id integer); SELECT 1 / 0;")
    dsn = await postgres.fresh_database()
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(dsn, "toy")
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT to_regclass('things')") is None
    assert not await is_current(connection, "toy")
    await connection.close()


async def test_two_deployments_at_once_take_turns(postgres: PostgresForTests) -> None:
    dsn = await postgres.fresh_database()
    applied = await asyncio.gather(*[migrate(dsn, "chassis") for _ in range(4)])
    assert sorted(len(names) for names in applied) == [0, 0, 0, len(find("chassis"))]


@pytest.mark.parametrize("name", ["1_create_things.sql", "0001.sql", "0001_Create.sql", "0002_create_things.sql"])
def test_a_misnamed_or_misnumbered_migration_is_refused(package: Path, name: str) -> None:
    (package / name).write_text("SELECT 1;")
    with pytest.raises(MigrationMisnamed):
        find("toy")


async def test_a_schema_that_is_behind_is_not_current(postgres: PostgresForTests, package: Path) -> None:
    dsn = await postgres.fresh_database()
    connection = await asyncpg.connect(dsn)
    assert not await is_current(connection, "chassis")
    await migrate(dsn, "chassis")
    assert await is_current(connection, "chassis")
    (package / "0001_create_things.sql").write_text("SELECT 1;")
    assert not await is_current(connection, "chassis", "toy")
    await connection.close()
