"""What a reader asks for in the address: a period, and perhaps one agency."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from chassis.decider import Refused
from chassis.postgres import Pool
from contracts.clocks import WIB
from reporting import periods, reading
from reporting.figures import Figures, figures
from reporting.freshness import Ends, TopicEnds
from reporting.periods import Period


@dataclass
class UnknownPeriod(Refused):
    """The word for the period is none of those on offer."""

    period: str
    offered: list[str]


@dataclass
class UnknownAgency(Refused):
    """No agency has this code."""

    agency: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that makes sense, with the days that have data."""

    today: date
    known: tuple[date, date] | None
    period: Period
    agency: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures asked for, and where the log ended just before they were read."""

    asked: Asked
    figures: Figures
    ends: Ends | None


async def understand(pool: Pool, period: str, agency: str | None) -> Asked:
    """Read a question; raises `UnknownPeriod` or `UnknownAgency`."""
    # Days are counted where each complaint was filed; "today" is that of the capital.
    today = datetime.now(WIB).date()
    known = await reading.known_days(pool)
    found = periods.period(period, today, known)
    if found is None:
        raise UnknownPeriod(period, periods.choices(today, known))
    if agency and not await reading.is_agency(pool, agency):
        raise UnknownAgency(agency)
    return Asked(today, known, found, agency or None)


async def answer(pool: Pool, ends: TopicEnds, asked: Asked) -> Answer:
    """Read the ends of the log first and the figures after, so that no event is overlooked in the lag."""
    ended = await ends.read()
    found = await reading.read(pool, asked.period, asked.agency, datetime.now(UTC))
    return Answer(asked, figures(found, asked.period, asked.agency, asked.today), ended)
