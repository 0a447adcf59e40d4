"""The tree of agencies as one value: who stands above whom, and on whose desk a new complaint lands."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from contracts.vocabulary import AgencyCode, AreaCode, CategoryCode, Name

ROOT: AgencyCode = "id"
"""The agency that has nobody above it; complaints land there while nobody nearer is registered."""

DEEPEST = 12
"""Tier below which nobody can join."""

LOWEST_GATE = 2
"""Tier of the regencies and cities, the lowest that have an officer who verifies (admin instansi)."""


@dataclass(frozen=True, slots=True)
class Agency:
    """A node of the tree: what it is called, what it looks after, and whom it answers to."""

    code: AgencyCode
    name: Name
    parent: AgencyCode | None = None
    tier: int = 0
    areas: tuple[AreaCode, ...] = ()
    categories: tuple[CategoryCode, ...] = ()
    role_label: Name | None = None
    contact: str | None = None
    stream: bool = False
    training: bool = False
    active: bool = True

    def covers(self, area: AreaCode) -> bool:
        """Say whether the area, or one that it lies in, is its own."""
        return any(lies_in(area, own) for own in self.areas)


def lies_in(area: AreaCode, outer: AreaCode) -> bool:
    """Say whether an area is another one or part of it; the codes nest."""
    return area == outer or area.startswith(f"{outer}.")


@dataclass(frozen=True)
class Tree:
    """Every agency by code, at one moment."""

    agencies: dict[AgencyCode, Agency] = field(default_factory=dict)

    @classmethod
    def of(cls, agencies: Iterable[Agency]) -> "Tree":
        """Build the tree of these agencies."""
        return cls({agency.code: agency for agency in agencies})

    def find(self, code: AgencyCode) -> Agency | None:
        """Look one agency up, retired ones included."""
        return self.agencies.get(code)

    def path(self, code: AgencyCode) -> tuple[Agency, ...]:
        """Give the agency and all above it, itself first; empty when there is none with this code."""
        return tuple(self._upwards(code))

    def oversees(self, above: AgencyCode, code: AgencyCode) -> bool:
        """Say whether an agency is another one or stands above it."""
        return any(agency.code == above for agency in self._upwards(code))

    def is_below(self, code: AgencyCode, above: AgencyCode) -> bool:
        """Say whether an agency stands below another one, at any depth."""
        return code != above and self.oversees(above, code)

    def units(self, code: AgencyCode) -> tuple[Agency, ...]:
        """List the agencies directly below, by code."""
        return self._children.get(code, ())

    def below(self, code: AgencyCode) -> tuple[Agency, ...]:
        """List all agencies below, each followed by its own units."""
        return tuple(self._downwards(code))

    def gate(self, area: AreaCode) -> AgencyCode:
        """Find the desk on which a complaint from this area lands: the nearest government that verifies.

        Agencies with duties of their own (a health office) receive what is forwarded to them; they are no gates.
        """
        return next((gate.code for gate in self._gates if gate.covers(area)), ROOT)

    @cached_property
    def _gates(self) -> tuple[Agency, ...]:
        """The governments that verify, the nearest to the people first."""
        gates = (
            agency
            for agency in self.agencies.values()
            if agency.active and not agency.categories and agency.tier <= LOWEST_GATE
        )
        return tuple(sorted(gates, key=lambda agency: (-agency.tier, agency.code)))

    @cached_property
    def _children(self) -> dict[AgencyCode | None, tuple[Agency, ...]]:
        children: defaultdict[AgencyCode | None, list[Agency]] = defaultdict(list)
        for code in sorted(self.agencies):
            children[self.agencies[code].parent].append(self.agencies[code])
        return {parent: tuple(units) for parent, units in children.items()}

    def _upwards(self, code: AgencyCode) -> Iterator[Agency]:
        agency = self.agencies.get(code)
        while agency is not None:
            yield agency
            agency = None if agency.parent is None else self.agencies.get(agency.parent)

    def _downwards(self, code: AgencyCode) -> Iterator[Agency]:
        for unit in self.units(code):
            yield unit
            yield from self._downwards(unit.code)
