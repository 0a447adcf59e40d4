"""An agency's life in the registry: it joins the tree, and is changed; everything it is stands in each event."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from chassis.decider import Refused
from contracts.events import Event
from contracts.routing import AgencyChanged, AgencyEvent, AgencyRegistered
from contracts.vocabulary import AgencyCode, AreaCode, CategoryCode, Name
from routing.domain.tree import DEEPEST, ROOT, Agency, Tree

NAMESPACE = UUID("7d0d4a3e-2f5b-5c1e-9f0a-6b1a4c8e3504")


def agency_id(code: AgencyCode) -> UUID:
    """Give the id of an agency's stream, the same wherever it is computed."""
    return uuid5(NAMESPACE, code)


@dataclass(frozen=True, slots=True)
class Charter:
    """What an agency is, as somebody asks for it; its tier follows from its parent."""

    name: Name
    parent: AgencyCode | None = None
    areas: tuple[AreaCode, ...] = ()
    categories: tuple[CategoryCode, ...] = ()
    role_label: Name | None = None
    contact: str | None = None
    stream: bool = False
    training: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class RegisterAgency:
    """Add an agency to the tree."""

    code: AgencyCode
    charter: Charter
    tree: Tree


@dataclass(frozen=True, slots=True)
class ChangeAgency:
    """Give an agency another name, place or duty, or retire it."""

    code: AgencyCode
    charter: Charter
    tree: Tree


Command: TypeAlias = RegisterAgency | ChangeAgency


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Nobody has registered it."""


@dataclass(frozen=True, slots=True)
class Registered:
    """It is in the tree, as this says."""

    agency: Agency


State: TypeAlias = Unregistered | Registered


@dataclass(eq=False)
class AgencyIsRegistered(Refused):
    """There is an agency with this code, and it is another one."""

    agency: AgencyCode


@dataclass(eq=False)
class AgencyIsNotRegistered(Refused):
    """There is no agency with this code to change."""

    agency: AgencyCode


@dataclass(eq=False)
class ParentIsNotKnown(Refused):
    """The agency above is not in the tree."""

    parent: AgencyCode


@dataclass(eq=False)
class ParentIsBelow(Refused):
    """An agency cannot stand below itself."""

    parent: AgencyCode


@dataclass(eq=False)
class OnlyOneRoot(Refused):
    """One agency, and no other, has nobody above it."""

    root: AgencyCode


@dataclass(eq=False)
class AgencyHasUnits(Refused):
    """An agency moves only without units: theirs would move with it unsaid."""

    agency: AgencyCode


@dataclass(eq=False)
class TreeIsTooDeep(Refused):
    """Nobody joins below the deepest tier."""

    deepest: int


def decide(command: Command, state: State) -> list[AgencyEvent]:
    """Say what happens; nothing when the agency is so already. Raises one of the refusals above."""
    wanted = _place(command.code, command.charter, command.tree)
    match command:
        case RegisterAgency():
            return _register(wanted, state)
        case ChangeAgency():
            return _change(wanted, state, command.tree)
        case _:
            assert_never(command)


def _place(code: AgencyCode, charter: Charter, tree: Tree) -> Agency:
    """Find the agency's place in the tree, and with it its tier."""
    return Agency(
        code=code,
        name=charter.name,
        parent=charter.parent,
        tier=_tier(code, charter.parent, tree),
        areas=charter.areas,
        categories=charter.categories,
        role_label=charter.role_label,
        contact=charter.contact,
        stream=charter.stream,
        training=charter.training,
        active=charter.active,
    )


def _tier(code: AgencyCode, parent: AgencyCode | None, tree: Tree) -> int:
    if (parent is None) != (code == ROOT):
        raise OnlyOneRoot(ROOT)
    if parent is None:
        return 0
    above = tree.find(parent)
    if above is None and parent != code:
        raise ParentIsNotKnown(parent)
    if above is None or tree.oversees(code, parent):
        raise ParentIsBelow(parent)
    if above.tier >= DEEPEST:
        raise TreeIsTooDeep(DEEPEST)
    return above.tier + 1


def _register(wanted: Agency, state: State) -> list[AgencyEvent]:
    match state:
        case Unregistered():
            return [AgencyRegistered(**_fields(wanted))]
        case Registered(agency):
            if agency == wanted:
                return []
            raise AgencyIsRegistered(wanted.code)
        case _:
            assert_never(state)


def _change(wanted: Agency, state: State, tree: Tree) -> list[AgencyEvent]:
    match state:
        case Unregistered():
            raise AgencyIsNotRegistered(wanted.code)
        case Registered(agency):
            if agency == wanted:
                return []
            if agency.parent != wanted.parent and tree.units(wanted.code):
                raise AgencyHasUnits(wanted.code)
            return [AgencyChanged(**_fields(wanted))]
        case _:
            assert_never(state)


def evolve(state: State, event: Event) -> State:
    """Take one event into account: the newest one says all."""
    return Registered(agency_of(event)) if isinstance(event, AgencyEvent) else state


def agency_of(event: AgencyEvent) -> Agency:
    """Read the agency out of an event."""
    return Agency(**{name: getattr(event, name) for name in Agency.__slots__})


def _fields(agency: Agency) -> dict[str, object]:
    return {name: getattr(agency, name) for name in Agency.__slots__}
