"""Real Kafka and PostgreSQL for tests: one of each per session, started when the first test asks."""

import itertools
from pathlib import Path

import asyncpg

from kentongan.stack.kafka import Kafka
from kentongan.stack.ports import free_port
from kentongan.stack.postgres import Postgres

OWNER = "service"
ANALYST = "analyst"
_PASSWORD = "only-for-tests"


class PostgresForTests(Postgres):
    """A server that hands out new empty databases, each owned by an ordinary role as in production."""

    def __init__(self, data_dir: Path, port: int) -> None:
        super().__init__(data_dir, port, password=_PASSWORD)
        self._numbers = itertools.count(1)

    async def prepare_roles(self) -> None:
        """Make the role that owns test databases and the analyst that services grant their views to."""
        connection = await asyncpg.connect(self.dsn())
        try:
            await connection.execute("CREATE ROLE service LOGIN PASSWORD 'only-for-tests'")
            await connection.execute("CREATE ROLE analyst LOGIN PASSWORD 'only-for-tests'")
        finally:
            await connection.close()

    async def fresh_database(self) -> str:
        """Return the connection string, as its owner, of a database nobody has used."""
        name = f"fresh_{next(self._numbers)}"
        connection = await asyncpg.connect(self.dsn())
        try:
            # A name cannot be a parameter; this one is made of a counter and nothing else.
            await connection.execute(f"CREATE DATABASE {name} OWNER service")
            await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO analyst")
        finally:
            await connection.close()
        return self.dsn(name, OWNER, _PASSWORD)

    def analyst_dsn(self, dsn: str) -> str:
        """Return the read-only analyst's connection string for the database of another one."""
        return self.dsn(dsn.rsplit("/", 1)[1], ANALYST, _PASSWORD)

    def superuser_dsn(self, dsn: str) -> str:
        """Return the superuser's connection string for the database of another one."""
        return self.dsn(dsn.rsplit("/", 1)[1])


async def start_kafka(folder: Path) -> Kafka:
    """Start a broker with its data in this folder, on a free port."""
    kafka = Kafka(folder, free_port())
    await kafka.start()
    return kafka


async def start_postgres(folder: Path) -> PostgresForTests:
    """Start a server with its data in this folder, on a free port."""
    postgres = PostgresForTests(folder, free_port())
    await postgres.start()
    await postgres.prepare_roles()
    return postgres
