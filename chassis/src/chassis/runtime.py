"""What a service is made of, and what it adds to the chassis."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from fastapi import FastAPI

from chassis import migrate
from chassis.consumer import Subscription
from chassis.event_log import EventLog
from chassis.health import Health
from chassis.keys import KeyStore
from chassis.postgres import Pool, create_pool
from chassis.relay import Feed
from chassis.settings import SealingSettings, ServiceSettings, parse_key_encryption_keys
from contracts.topics import DATA_KEYS

S = TypeVar("S", bound=ServiceSettings)


class Loop(Protocol):
    """Background work that ends only when cancelled, or with the error that ends the process."""

    name: str

    async def run(self) -> None:
        """Work for ever."""


@dataclass(frozen=True)
class Runtime(Generic[S]):
    """What a service is made of."""

    name: str
    settings: S
    pool: Pool
    log: EventLog
    health: Health
    key_store: KeyStore | None

    @property
    def keys(self) -> KeyStore:
        """The key store; only services with `SealingSettings` have one."""
        if self.key_store is None:
            raise LookupError(f"{self.name} holds no keys")
        return self.key_store


@dataclass(frozen=True)
class Composition:
    """What a service adds to the chassis."""

    app: FastAPI | None = None
    subscriptions: Sequence[Subscription[Any]] = ()
    feeds: Sequence[Feed] = ()
    loops: Sequence[Loop] = ()


async def open_runtime(name: str, settings: ServiceSettings) -> Runtime[Any]:
    """Connect and put the parts together; `SystemExit` with a sentence when the schema is not up to date."""
    pool = await create_pool(
        settings.database_url.get_secret_value(), application=name, size=settings.database_pool_size
    )
    async with pool.acquire() as connection:
        if not await migrate.is_current(connection, "chassis", name):
            sys.exit(f"the database of {name} is not migrated: run `python -m {name} migrate` first")
    health = Health(pool, settings.kafka_bootstrap_servers)
    keys = None
    if isinstance(settings, SealingSettings):
        keys = KeyStore(pool, parse_key_encryption_keys(settings.key_encryption_keys), DATA_KEYS)
    return Runtime(name, settings, pool, EventLog(pool, name, health), health, keys)
