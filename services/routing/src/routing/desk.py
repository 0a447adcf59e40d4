"""Everything the routes need, in one value."""

from dataclasses import dataclass

from chassis.keys import KeyStore
from chassis.pages import Pages
from chassis.postgres import Pool

from routing.accounts import Accounts
from routing.clock import Clock
from routing.handling import Handling
from routing.registry import Registry, Trees
from routing.settings import Settings
from routing.streams.reading import Streams
from routing.tokens import Tokens


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
