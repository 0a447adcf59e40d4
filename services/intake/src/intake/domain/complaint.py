"""A complaint as the one who files it knows it: what may be filed, and what filing promises."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import TypeAlias, assert_never

from chassis.decider import Refused
from contracts import areas
from contracts.categories import CATEGORIES
from contracts.clocks import due, zone_of
from contracts.intake import ComplaintFiled
from contracts.sealing import Clear
from contracts.vocabulary import Channel, Classification, Clock, Due, Language, Point, Visibility
from intake.domain.codes import spell_code

# Commands


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who files, as far as they say."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """Hand in a complaint, an aspiration or an information request."""

    serial: int
    """Random, 35 bits: what the public code is spelled from."""
    classification: Classification
    category: str
    area: str
    visibility: Visibility
    channel: Channel
    language: Language
    title: str
    description: str
    reporter: Reporter
    filed_at: datetime
    now: datetime
    address: str | None = None
    happened_on: date | None = None
    point: Point | None = None


Command: TypeAlias = FileComplaint

# Events

ComplaintEvent: TypeAlias = ComplaintFiled

# States


@dataclass(frozen=True, slots=True)
class Absent:
    """Nobody has filed it yet."""


@dataclass(frozen=True, slots=True)
class Filed:
    """It is filed and owed an answer."""

    classification: Classification
    area: str
    visibility: Visibility


State: TypeAlias = Absent | Filed

# Refusals


class ComplaintIsFiled(Refused):
    """A complaint is filed once."""


@dataclass
class UnknownCategory(Refused):
    """The category is not in the catalogue of categories."""

    category: str


@dataclass
class UnknownArea(Refused):
    """No area of Indonesia has this code."""

    area: str


@dataclass
class AreaTooWide(Refused):
    """A whole province is no place to look at: the regency or city is needed."""

    area: str


@dataclass
class HappenedInFuture(Refused):
    """What is complained about has not happened yet where it happened."""

    happened_on: date


@dataclass
class FiledInFuture(Refused):
    """Nobody can have filed later than now."""

    filed_at: datetime


@dataclass
class PointOutsideIndonesia(Refused):
    """The position is not in Indonesia."""

    point: Point


# Decide

_SOUTH, _NORTH = -11.5, 6.5
_WEST, _EAST = 94.5, 141.5
_REGENCY_LENGTH = len("35.04")


def decide(command: Command, state: State) -> list[ComplaintEvent]:
    """Say what follows from a command, or refuse it."""
    match command:
        case FileComplaint():
            return _file(command, state)
        case _:
            assert_never(command)


def evolve(_: State, event: ComplaintEvent) -> State:
    """Fold one event into the state."""
    match event:
        case ComplaintFiled():
            return Filed(event.classification, event.area, event.visibility)
        case _:
            assert_never(event)


def regency_of(area: str) -> str:
    """Give the regency (or city) an area lies in; refuse what is unknown or wider than a regency."""
    if areas.area(area) is None:
        raise UnknownArea(area)
    if len(area) < _REGENCY_LENGTH:
        raise AreaTooWide(area)
    return area[:_REGENCY_LENGTH]


def _file(command: FileComplaint, state: State) -> list[ComplaintEvent]:
    match state:
        case Absent():
            _check(command)
            return [_filed(command)]
        case Filed():
            raise ComplaintIsFiled
        case _:
            assert_never(state)


def _check(command: FileComplaint) -> None:
    if command.category not in CATEGORIES:
        raise UnknownCategory(command.category)
    regency_of(command.area)
    if command.filed_at > command.now:
        raise FiledInFuture(command.filed_at)
    if command.happened_on and command.happened_on > command.filed_at.astimezone(zone_of(command.area)).date():
        raise HappenedInFuture(command.happened_on)
    if command.point and not _in_indonesia(command.point):
        raise PointOutsideIndonesia(command.point)


def _in_indonesia(point: Point) -> bool:
    return _SOUTH <= point.latitude <= _NORTH and _WEST <= point.longitude <= _EAST


def _filed(command: FileComplaint) -> ComplaintFiled:
    secret = command.visibility is Visibility.SECRET
    return ComplaintFiled(
        code=spell_code(regency_of(command.area), command.serial),
        classification=command.classification,
        category=command.category,
        area=command.area,
        visibility=command.visibility,
        channel=command.channel,
        language=command.language,
        title=Clear(command.title),
        description=Clear(command.description),
        address=_clear(command.address),
        happened_on=command.happened_on,
        # A position gives a secret complaint away as surely as its text does.
        point=None if secret else command.point,
        sealed_point=Clear(command.point.model_dump_json()) if secret and command.point else None,
        reporter_name=_clear(command.reporter.name),
        reporter_email=_clear(command.reporter.email),
        reporter_phone=_clear(command.reporter.phone),
        dues=_promises(command),
    )


def _promises(command: FileComplaint) -> tuple[Due, ...]:
    province = command.area[:2]
    return _promised(command.classification, command.filed_at.astimezone(zone_of(province)).date(), province)


@lru_cache(maxsize=4096)
def _promised(classification: Classification, filed_on: date, province: str) -> tuple[Due, ...]:
    """Give what is promised to everybody who files on one day; a thousand filings ask it once."""
    noon = datetime.combine(filed_on, time(12), zone_of(province))
    return tuple(due(clock, classification, noon, province) for clock in (Clock.VERIFICATION, Clock.RESOLUTION))


def _clear(text: str | None) -> Clear | None:
    return None if text is None else Clear(text)
