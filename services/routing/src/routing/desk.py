"""Everything the routes need, in one value."""

from dataclasses import dataclass
from typing import Any

from chassis.keys import KeyStore
from chassis.pages import Pages, Site
from chassis.postgres import Pool
from chassis.service import Runtime
from contracts.vocabulary import Name
from routing.accounts import Accounts
from routing.clock import Clock, now
from routing.handling import Handling
from routing.registry import Registry, Trees
from routing.settings import Settings
from routing.streams.bell import Bell
from routing.streams.reading import Streams
from routing.tokens import Tokens

SITE = Site(
    name=Name(id="Kentongan: meja kerja", en="Kentongan: workbench"),
    tagline=Name(id="Tindak lanjut laporan warga", en="Handling what citizens file"),
)


@dataclass(frozen=True)
class Desk:
    """The parts of routing that answer requests."""

    settings: Settings
    pool: Pool
    keys: KeyStore
    trees: Trees
    registry: Registry
    handling: Handling
    accounts: Accounts
    tokens: Tokens
    streams: Streams
    pages: Pages
    clock: Clock

    @property
    def is_encrypted(self) -> bool:
        """Say whether browsers come over TLS, which may end at a proxy in front."""
        return self.settings.public_url.startswith("https://")


def desk_of(runtime: Runtime[Any], trees: Trees, bell: Bell) -> Desk:
    """Gather what the routes need."""
    settings: Settings = runtime.settings
    return Desk(
        settings=settings,
        pool=runtime.pool,
        keys=runtime.keys,
        trees=trees,
        registry=Registry(runtime.log, trees, now),
        handling=Handling(runtime.log, runtime.keys, runtime.pool, trees, now),
        accounts=Accounts(runtime.pool),
        tokens=Tokens(settings.secret_key.get_secret_value()),
        streams=Streams(runtime.pool, runtime.keys, bell, runtime.health.stopping),
        pages=Pages("routing", SITE),
        clock=now,
    )
