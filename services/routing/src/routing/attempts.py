"""A brake on guessing passwords: too many failures for one login, and it has to wait."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from chassis.decider import Refused

LIMIT = 10
WINDOW_SECONDS = 900.0
REMEMBERED = 10_000
"""Logins counted at once; the one that failed longest ago is forgotten first."""


@dataclass(eq=False)
class TooManyAttempts(Refused):
    """Somebody has been guessing; nobody may try this login for a while."""

    login_waits_seconds: int


@dataclass
class Attempts:
    """Failures of the last quarter of an hour by login, in this process."""

    clock: Callable[[], float] = time.monotonic
    _failures: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    def check(self, login: str) -> None:
        """Raise `TooManyAttempts` when this login has to wait."""
        recent = self._recent(login)
        if len(recent) >= LIMIT:
            raise TooManyAttempts(int(recent[0] + WINDOW_SECONDS - self.clock()) + 1)

    def failed(self, login: str) -> None:
        """Count a failure."""
        self._failures[login] = [*self._recent(login), self.clock()]
        self._failures.move_to_end(login)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, login: str) -> None:
        """Forget the failures."""
        self._failures.pop(login, None)

    def _recent(self, login: str) -> list[float]:
        since = self.clock() - WINDOW_SECONDS
        return [failure for failure in self._failures.get(login, []) if failure > since]
