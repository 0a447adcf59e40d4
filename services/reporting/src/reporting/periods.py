"""Which days a page is about, and into which bins its trend is cut; pure calendar arithmetic."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

RECENT_DAYS = {"30d": 30, "90d": 90, "365d": 365}
EVERYTHING = "all"
USUAL = "90d"

BinKind = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included, and the word for it in addresses."""

    key: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Bin:
    """Some days that are counted together."""

    first: date
    last: date


def period(key: str, today: date, known: tuple[date, date] | None) -> Period | None:
    """Read a period's word; None when it is none. `known` are the first and the last day with data."""
    oldest, newest = known or (today, today)
    newest = max(newest, today)
    if key in RECENT_DAYS:
        return Period(key, today - timedelta(days=RECENT_DAYS[key] - 1), newest)
    if key == EVERYTHING:
        return Period(key, oldest, newest)
    if len(key) == 4 and key.isascii() and key.isdecimal() and oldest.year <= int(key) <= newest.year:
        return Period(key, date(int(key), 1, 1), min(date(int(key), 12, 31), newest))
    return None


def choices(today: date, known: tuple[date, date] | None) -> list[str]:
    """List the periods one can choose: recent days, everything, and each calendar year with data."""
    oldest, newest = known or (today, today)
    years = [str(year) for year in range(newest.year, oldest.year - 1, -1)]
    return [*RECENT_DAYS, EVERYTHING, *years]


def kinds(span: Period) -> tuple[BinKind, ...]:
    """Name the bins that suit a period, finest first: neither a thousand points nor three."""
    if span.days <= 31:
        return ("day", "week")
    if span.days <= 93:
        return ("day", "week", "month")
    return ("week", "month") if span.days <= 3 * 366 else ("month",)


def is_whole(span: Bin, kind: BinKind) -> bool:
    """Say whether a bin is a whole week or month, not the part of one at an end of the period."""
    begins = {"day": True, "week": span.first.weekday() == 0, "month": span.first.day == 1}[kind]
    return begins and span.last == _ENDS[kind](span.first)


def cut(span: Period, kind: BinKind) -> Iterator[Bin]:
    """Cut a period into bins; weeks begin on Monday, and the first and the last bin may be shorter."""
    first = span.first
    while first <= span.last:
        last = min(_ENDS[kind](first), span.last)
        yield Bin(first, last)
        first = last + timedelta(days=1)


def _end_of_week(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


_ENDS: dict[BinKind, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": _end_of_week,
    "month": _end_of_month,
}
