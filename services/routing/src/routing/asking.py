"""What somebody wants done to a case, and what the shell refuses before or after the rules were asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chassis.decider import Refused
from contracts.vocabulary import Actor
from routing.accounts import Viewer
from routing.domain.case import Command
from routing.domain.roles import Act
from routing.domain.tree import Tree
from routing.repeats import Repeatable


@dataclass(eq=False)
class CaseHasMovedOn(Refused):
    """Somebody took a step since the one who asks looked."""

    version: int


@dataclass(eq=False)
class NotAllowed(Refused):
    """The role of the account does not include this act."""

    act: Act


class TimeIsInTheFuture(Refused):
    """A decision cannot be dated after now."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Something somebody wants done to a case."""

    viewer: Viewer
    act: Act
    command: Callable[[Actor, datetime, Tree], Command]
    expected_version: int | None = None
    at: datetime | None = None
    """Set by imports only."""
    request: Repeatable | None = None
