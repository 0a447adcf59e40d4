"""When people file and when offices work: weekdays, hours, and the hours that offices count."""

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from contracts.clocks import WIB, is_public_holiday

DAYS = 90
OPENS, CLOSES = 8, 16
"""Local hours in which offices work."""

_WEEKDAYS = (1.25, 1.2, 1.1, 1.05, 1.0, 0.7, 0.6)
_HOURS = (
    0.3, 0.2, 0.1, 0.1, 0.2, 0.6, 1.2, 2.0, 3.0, 3.6, 3.4, 2.8,
    2.2, 2.4, 2.4, 2.2, 2.0, 1.8, 2.2, 2.8, 2.6, 2.0, 1.2, 0.6,
)  # fmt: skip
_GROWTH = 0.35
"""How much busier the last day is than the first."""


def filing_times(dice: Random, count: int, end: datetime) -> Sequence[datetime]:
    """Draw moments of the last 90 days, in order, by the rhythm of days and hours."""
    days = [end - timedelta(days=back) for back in range(DAYS, -1, -1)]
    weights = [_weight(dice, day.astimezone(WIB).date(), place) for place, day in enumerate(days)]
    drawn: list[datetime] = []
    while len(drawn) < count:
        [day] = dice.choices(days, weights)
        moment = _at_some_hour(dice, day.astimezone(WIB).date())
        if end - timedelta(days=DAYS) <= moment <= end:
            drawn.append(moment)
    return sorted(drawn)


def office_time(start: datetime, hours: float) -> datetime:
    """Add hours that offices work: nights, weekends and holidays do not count."""
    moment, left = _next_opening(start.astimezone(WIB)), timedelta(hours=hours)
    while (until_close := _close_of(moment) - moment) < left:
        left -= until_close
        moment = _next_opening(_close_of(moment))
    return moment + left


def around(dice: Random, median: float, spread: float) -> float:
    """Draw a length that is mostly near its median and sometimes much longer, as waiting times are."""
    return median * math.exp(dice.gauss(0, spread))


def _weight(dice: Random, day: date, place: int) -> float:
    rest = 0.6 if is_public_holiday(day) else 1.0
    return _WEEKDAYS[day.weekday()] * rest * (1 + _GROWTH * place / DAYS) * dice.uniform(0.75, 1.25)


def _at_some_hour(dice: Random, day: date) -> datetime:
    [hour] = dice.choices(range(24), _HOURS)
    return datetime.combine(day, time(hour), WIB) + timedelta(seconds=dice.randrange(3600))


def _close_of(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(CLOSES), WIB)


def _next_opening(moment: datetime) -> datetime:
    """Return the moment itself when an office is open then, else when it opens next."""
    day = moment.date()
    if _is_workday(day) and moment < _close_of(moment):
        return max(moment, datetime.combine(day, time(OPENS), WIB))
    day += timedelta(days=1)
    while not _is_workday(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(OPENS), WIB)


def _is_workday(day: date) -> bool:
    return day.weekday() < 5 and not is_public_holiday(day)
