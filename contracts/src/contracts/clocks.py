"""What "within 5 working days" means: policies with validity dates, working days, and the zones of Indonesia."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

import holidays

from contracts.vocabulary import Classification, Clock, Due

DayKind = Literal["working", "calendar"]
IsHoliday = Callable[[date], bool]

WIB = ZoneInfo("Asia/Jakarta")
WITA = ZoneInfo("Asia/Makassar")
WIT = ZoneInfo("Asia/Jayapura")
_WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


def zone_of(area: str) -> ZoneInfo:
    """Give the time zone of an area by its province (Keputusan Presiden 41/1987; Kemendagri codes)."""
    province = area[:2]
    if province in _WITA_PROVINCES:
        return WITA
    return WIT if province in _WIT_PROVINCES else WIB


@dataclass(frozen=True, slots=True)
class Limit:
    """How many days a clock may run; the day it starts on is not counted."""

    days: int
    kind: DayKind


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the service promise; `version` is the day from which it holds."""

    version: str
    valid_from: date
    limits: dict[Clock, dict[Classification, Limit]]


@cache
def policies() -> tuple[Policy, ...]:
    """Read the policy files, oldest first."""
    found = [entry for entry in files("contracts.policies").iterdir() if entry.name.endswith(".toml")]
    return tuple(_parse(entry.name.removesuffix(".toml"), entry.read_text("utf-8")) for entry in sorted(found, key=str))


def _parse(version: str, text: str) -> Policy:
    table = tomllib.loads(text)
    limits = {clock: {kind: Limit(**table[clock.value][kind.value]) for kind in Classification} for clock in Clock}
    return Policy(version, table["valid_from"], limits)


def policy_on(day: date) -> Policy:
    """Find the policy in force on a day; days before the first policy use the first."""
    current = policies()[0]
    for policy in policies():
        if policy.valid_from <= day:
            current = policy
    return current


@cache
def _calendar() -> holidays.HolidayBase:
    return holidays.country_holidays("ID", categories=("public", "government"))


def corrections(text: str) -> dict[date, bool]:
    """Parse a table of corrections: day -> whether it is a holiday after all."""
    table = tomllib.loads(text)
    days = {date.fromisoformat(day): False for day in table["worked"]}
    return days | {date.fromisoformat(day): True for day in table["off"]}


@cache
def _corrections() -> dict[date, bool]:
    return corrections(files("contracts").joinpath("working_days.toml").read_text("utf-8"))


def is_public_holiday(day: date) -> bool:
    """Say whether a day is a national holiday or collective leave (cuti bersama) in Indonesia."""
    corrected = _corrections().get(day)
    return day in _calendar() if corrected is None else corrected


def add_days(start: date, limit: Limit, is_holiday: IsHoliday = is_public_holiday) -> date:
    """Count the limit's days after `start`; working days skip weekends and holidays."""
    if limit.kind == "calendar":
        return start + timedelta(days=limit.days)
    day, left = start, limit.days
    while left:
        day += timedelta(days=1)
        if day.weekday() < 5 and not is_holiday(day):
            left -= 1
    return day


def due(clock: Clock, classification: Classification, start: datetime, area: str) -> Due:
    """Compute a deadline: the end of the last permitted local day, by the policy in force when the clock starts."""
    zone = zone_of(area)
    local_day = start.astimezone(zone).date()
    policy = policy_on(local_day)
    last_day = _last_day(policy.version, clock, classification, local_day)
    end = datetime.combine(last_day, time(23, 59, 59), zone)
    return Due(clock=clock, at=end.astimezone(UTC), policy=policy.version)


@lru_cache(maxsize=10_000)
def _last_day(version: str, clock: Clock, classification: Classification, start: date) -> date:
    policy = next(policy for policy in policies() if policy.version == version)
    return add_days(start, policy.limits[clock][classification])
