"""What an import says: complaints to file, steps to take on them, agencies there shall be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Body = Mapping[str, Any]


class Act(StrEnum):
    """A decision of an agency; the value is the end of its address."""

    VERIFY = "verifications"
    FORWARD = "forwards"
    RESPOND = "responses"


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: who made it, when, and what it says besides."""

    act: Act
    agency: str
    at: datetime
    says: Body

    @property
    def body(self) -> Body:
        """The body of the request."""
        return {"agency": self.agency, "at": spell(self.at), **self.says}


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint with all that became of it; the key makes it the same complaint when it is sent again."""

    key: str
    name: str
    """How people find it in its source, such as `row 12`."""
    filing: Body
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be told as the source has it."""

    @property
    def filed_at(self) -> datetime:
        """When it was filed."""
        return datetime.fromisoformat(self.filing["filed_at"])

    def step(self, act: Act) -> Step | None:
        """Find a step; there is at most one of each kind."""
        return next((step for step in self.steps if step.act is act), None)


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency there shall be, after its parent in any list."""

    code: str
    name: str
    parent: str
    areas: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    stream: bool = False

    @property
    def body(self) -> Body:
        """The body of the request."""
        return {
            "name": {"id": self.name, "en": self.name},
            "parent": self.parent,
            "areas": list(self.areas),
            "categories": list(self.categories),
            "stream": self.stream,
        }


def spell(moment: datetime) -> str:
    """Write a moment down in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
