"""After the loss of Kafka's data: let every service publish its whole log again, and read from the start."""

import shutil

import asyncpg

from kentongan.layout import Layout
from kentongan.names import SERVICES
from kentongan.stack.ports import free_port
from kentongan.stack.postgres import Postgres
from kentongan.vault import open_vault

# Consumers keep what they know of each stream's version, so what they applied before is dropped, and nothing twice.
_FROM_THE_START = (
    "UPDATE relay_cursors SET position = 0, moved_at = now()",
    "UPDATE dead_letters SET published = false",
    "DELETE FROM consumer_offsets",
)
# Only the owner of the keys publishes them; the others hold copies of what the topic carries.
_KEYS_FROM_THE_START = "UPDATE data_keys SET published = false"
_OWNER_OF_KEYS = "intake"


async def republish(layout: Layout) -> None:
    """Prepare a stopped stack of our own servers; the next start publishes everything to a new, empty broker."""
    vault = open_vault(layout.secrets)
    server = Postgres(layout.postgres, free_port(), log=layout.log("postgres"), password=vault.superuser_password)
    await server.start()
    try:
        for service in SERVICES:
            await _rewind(server.dsn(service, service, vault.database_passwords[service]), service)
    finally:
        await server.stop()
    if layout.kafka.exists():
        shutil.rmtree(layout.kafka)


async def _rewind(dsn: str, service: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            for statement in _FROM_THE_START:
                await connection.execute(statement)
            if service == _OWNER_OF_KEYS:
                await connection.execute(_KEYS_FROM_THE_START)
    finally:
        await connection.close()
