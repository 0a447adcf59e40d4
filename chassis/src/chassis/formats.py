"""How numbers, days and moments are written for people, through Babel, in the language of the page."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from chassis import translations

ZONES = {"WIB": ZoneInfo("Asia/Jakarta"), "WITA": ZoneInfo("Asia/Makassar"), "WIT": ZoneInfo("Asia/Jayapura")}


def day(when: date) -> str:
    """Write a calendar day: `24 Nov 2026`."""
    return _day(when, translations.language())


@lru_cache(maxsize=4096)
def _day(when: date, language: str) -> str:
    return format_date(when, "d MMM yyyy", locale=language)


def moment(when: datetime, zone: str = "WIB") -> str:
    """Write a moment in one of the country's three zones: `24 Nov 2026 08.00 WIB`."""
    clock = "HH.mm" if translations.language() == "id" else "HH:mm"
    local = when.astimezone(ZONES[zone])
    return f"{format_datetime(local, f'd MMM yyyy {clock}', locale=translations.language())} {zone}"


def number(value: float, digits: int = 0) -> str:
    """Write a number with the separators of the language."""
    return _number(value, digits, translations.language())


@lru_cache(maxsize=4096)
def _number(value: float, digits: int, language: str) -> str:
    # Remembered: a page of figures writes hundreds of numbers, and Babel takes its time over each.
    return format_decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), locale=language)


def percent(value: float) -> str:
    """Write a share of one as whole percents."""
    return format_percent(value, "#,##0%", locale=translations.language())


def ago(when: datetime, now: datetime | None = None) -> str:
    """Write how long ago, or in how long, roughly: `3 hari yang lalu`."""
    elapsed = when - (now or datetime.now(UTC))
    return format_timedelta(elapsed, add_direction=True, threshold=1.2, locale=translations.language())


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "moment": moment,
    "number": number,
    "percent": percent,
    "ago": ago,
}
