"""How long we keep trying, and how we space the attempts: policy as data, one entry per medium."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from contracts.notify import Medium


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from the first to the longest."""

    first: timedelta
    longest: timedelta

    def wait(self, attempts: int, chance: float) -> timedelta:
        """Say how long to wait after that many attempts.

        `chance` in [0, 1) spreads the wait over 50 % to 150 %: letters refused together do not return together.
        """
        doublings: int = 2 ** min(max(attempts - 1, 0), 20)
        return min(self.first * doublings, self.longest) * (0.5 + chance)


@dataclass(frozen=True, slots=True)
class Patience:
    """When to try again and when to stop."""

    life: timedelta
    """How long after the event its news is still worth sending."""
    lease: timedelta
    """How long an attempt may be silent before another may begin; well above the time-out of one attempt."""
    server: Backoff
    """After the receiving server could not take it."""
    key: Backoff
    """While the key of the address has not come."""
    key_life: timedelta
    """How long a letter waits for that key."""


PATIENCE: Mapping[Medium, Patience] = {
    Medium.EMAIL: Patience(
        life=timedelta(days=5),  # RFC 5321 section 4.5.4.1: at least 4 to 5 days
        lease=timedelta(seconds=90),
        server=Backoff(timedelta(seconds=15), timedelta(hours=1)),
        key=Backoff(timedelta(seconds=0.5), timedelta(minutes=1)),
        key_life=timedelta(minutes=10),
    ),
}
