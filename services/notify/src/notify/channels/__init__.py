"""How letters leave the house: one protocol, one module per medium."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.notify import Medium
from notify.letters import Letter


@dataclass(frozen=True, slots=True)
class Parcel:
    """One letter for one address, with the id that stays the same over all attempts."""

    id: UUID
    address: str
    letter: Letter
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiving server took responsibility for it."""

    code: int | None = None


@dataclass(frozen=True, slots=True)
class Deferred:
    """It may work later: the server is away, busy, or says so."""

    reason: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """It will never work: the server refuses this letter or this address for good."""

    reason: str
    code: int | None = None


Outcome = Accepted | Deferred | Rejected


class Channel(Protocol):
    """Sends parcels by one medium.

    `send` is called by several workers at once; it returns within `timeout` seconds and never raises for what a
    server or a network does. Cancelling it leaves open whether the parcel arrived.
    """

    medium: Medium
    workers: int
    timeout: float

    async def send(self, parcel: Parcel) -> Outcome:
        """Hand one parcel to its server."""

    async def rest(self) -> None:
        """Close connections that are not in use: there is nothing to send for now."""
