"""What a reading says, ready to be shown to anybody: sums, shares with their denominators, and what is withheld."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from reporting import disclosure, periods
from reporting.periods import Bin, BinKind, Period
from reporting.reading import AgencyTally, DayTally, Reading

SMALL_BINS = 0.05
"""A trend is drawn in longer bins when more than this share of its counts would be too small to show."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Complaints filed in the period; each is answered, waiting, overdue or closed without an answer."""

    received: int
    answered: int
    in_time: int
    late: int
    closed_unanswered: int
    overdue: int

    @property
    def waiting(self) -> int:
        """Not answered, and still within what was promised."""
        return self.received - self.answered - self.closed_unanswered - self.overdue

    @property
    def judged(self) -> int:
        """How many can be judged: answered with a due time known, or overdue."""
        return self.in_time + self.late + self.overdue


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """One agency that has enough complaints to be shown."""

    code: str
    name_id: str | None
    name_en: str | None
    tally: Tally
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Others:
    """Agencies that are not shown one by one, added up."""

    agencies: tuple[AgencyTally, ...]
    tally: Tally | None
    """None when even together they would tell too much."""


@dataclass(frozen=True, slots=True)
class TrendBin:
    """What happened in some days; None is withheld."""

    bin: Bin
    filed: int | None
    answers: int | None
    complete: bool
    """False when it is not over yet, or only a part of a week or month."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a page, the JSON and the CSV say."""

    period: Period
    agency: str | None
    tally: Tally | None
    """None when there are too few complaints to say anything about them."""
    median_seconds: float | None
    bin_kind: BinKind
    trend: tuple[TrendBin, ...]
    answers: int | None
    """First answers given in the period, whenever the complaint was filed; None when there are too few."""
    agencies: tuple[AgencyFigures, ...]
    others: Others | None
    reading: Reading

    @property
    def is_empty(self) -> bool:
        """Say whether nothing at all was filed in the period."""
        return self.tally is not None and self.tally.received == 0


def figures(reading: Reading, period: Period, agency: str | None, today: date) -> Figures:
    """Work out what may be shown of a reading."""
    received = [tally.received for tally in reading.agencies]
    hidden = disclosure.withheld(received)
    shown = [_agency(tally) for place, tally in enumerate(reading.agencies) if place not in hidden]
    # Sorted by code: in the order of their sizes the withheld would tell something after all.
    rest = sorted((tally for place, tally in enumerate(reading.agencies) if place in hidden), key=_code)
    total = _total(reading, agency, {row.code for row in rest})
    kind, trend = _trend(reading.days, period, today) if total and total.received else ("day", ())
    answers = [tally.answers for tally in reading.days]
    return Figures(
        period=period,
        agency=agency,
        tally=total,
        median_seconds=_median(reading.median_seconds, total),
        bin_kind=kind,
        trend=trend,
        answers=None if disclosure.too_small(sum(answers)) else sum(answers),
        # The largest first, as they were read; what no agency has yet stands apart from those that can be compared.
        agencies=tuple(sorted(shown, key=lambda agency: not agency.code)),
        others=Others(tuple(rest), add(rest) if disclosure.may_total(received) else None) if rest else None,
        reading=reading,
    )


def _code(tally: AgencyTally) -> str:
    return tally.code


def add(tallies: Iterable[AgencyTally]) -> Tally:
    """Add tallies up."""
    rows = list(tallies)
    return Tally(
        received=sum(row.received for row in rows),
        answered=sum(row.answered for row in rows),
        in_time=sum(row.in_time for row in rows),
        late=sum(row.late for row in rows),
        closed_unanswered=sum(row.closed_unanswered for row in rows),
        overdue=sum(row.overdue for row in rows),
    )


def _total(reading: Reading, agency: str | None, withheld: set[str]) -> Tally | None:
    """Add up what is asked for; an agency withheld from the table has no page of its own either."""
    if agency is None and not disclosure.may_total([tally.received for tally in reading.agencies]):
        return None
    if agency is not None and agency in withheld:
        return None
    return add(row for row in reading.agencies if agency is None or row.code == agency)


def _agency(tally: AgencyTally) -> AgencyFigures:
    total = add([tally])
    return AgencyFigures(tally.code, tally.name_id, tally.name_en, total, _median(tally.median_seconds, total))


def _median(seconds: float | None, total: Tally | None) -> float | None:
    """Keep a median to ourselves when too few answers stand behind it."""
    return seconds if total is not None and total.answered >= disclosure.SMALLEST_GROUP else None


def _trend(days: Sequence[DayTally], period: Period, today: date) -> tuple[BinKind, tuple[TrendBin, ...]]:
    """Cut the period into the finest bins of which few are too small to show; no trend when all would be."""
    by_day = {tally.day: tally for tally in days}
    found: tuple[BinKind, tuple[TrendBin, ...]] = ("day", ())
    for kind in periods.kinds(period):
        bins = list(periods.cut(period, kind))
        sums = [_sum(by_day, each) for each in bins]
        filed = [count for count, _ in sums]
        if disclosure.may_total(filed):
            found = kind, _bins(kind, bins, sums, today)
            counts = [count for pair in sums for count in pair if count]
            if sum(map(disclosure.too_small, counts)) <= SMALL_BINS * len(counts):
                break
    return found


def _bins(kind: BinKind, bins: Sequence[Bin], sums: Sequence[tuple[int, int]], today: date) -> tuple[TrendBin, ...]:
    filed, answers = [count for count, _ in sums], [count for _, count in sums]
    hidden = disclosure.withheld(filed)
    # A total that would give single bins away takes the whole series with it.
    hidden_answers = disclosure.withheld(answers) if disclosure.may_total(answers) else range(len(bins))
    return tuple(
        TrendBin(
            bin=each,
            filed=None if place in hidden else filed[place],
            answers=None if place in hidden_answers else answers[place],
            complete=each.last < today and periods.is_whole(each, kind),
        )
        for place, each in enumerate(bins)
    )


def _sum(by_day: dict[date, DayTally], span: Bin) -> tuple[int, int]:
    found = [
        tally
        for offset in range((span.last - span.first).days + 1)
        if (tally := by_day.get(date.fromordinal(span.first.toordinal() + offset))) is not None
    ]
    return sum(tally.filed for tally in found), sum(tally.answers for tally in found)
