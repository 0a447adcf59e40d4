"""What may be shown of a reading, and with which denominators."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from reporting.figures import figures
from reporting.periods import Period
from reporting.reading import AgencyTally, DayTally, Reading

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SPAN = Period("90d", TODAY - timedelta(days=89), TODAY)


def tally(code: str, received: int, **changes: Any) -> AgencyTally:
    counted: dict[str, Any] = {
        "answered": received,
        "in_time": received,
        "late": 0,
        "closed_unanswered": 0,
        "overdue": 0,
        "median_seconds": 3600.0,
    }
    return AgencyTally(code=code, name_id=code, name_en=code, received=received, **{**counted, **changes})


def reading(*agencies: AgencyTally, days: list[DayTally] | None = None) -> Reading:
    return Reading(NOW, [], list(agencies), days if days is not None else steady(20), 7200.0)


def steady(count: int, answers: int = 18) -> list[DayTally]:
    return [DayTally(SPAN.first + timedelta(days=number), count, answers) for number in range(SPAN.days)]


def test_the_four_standings_add_up_to_what_was_filed() -> None:
    found = figures(
        reading(tally("a", 100, answered=60, in_time=40, late=15, closed_unanswered=5, overdue=12)), SPAN, None, TODAY
    )
    assert found.tally is not None
    assert (found.tally.answered, found.tally.waiting, found.tally.overdue, found.tally.closed_unanswered) == (
        60,
        23,
        12,
        5,
    )
    assert found.tally.judged == 40 + 15 + 12


def test_small_agencies_are_added_up_and_named_without_their_sizes() -> None:
    found = figures(reading(tally("big", 50), tally("small-b", 4), tally("small-a", 3)), SPAN, None, TODAY)
    assert [agency.code for agency in found.agencies] == ["big"]
    assert found.others is not None
    assert [agency.code for agency in found.others.agencies] == ["small-a", "small-b"]
    assert found.others.tally is not None
    assert found.others.tally.received == 7


def test_an_agency_withheld_from_the_table_has_no_page() -> None:
    known = reading(tally("big", 50), tally("middle", 9), tally("small", 2))
    assert figures(known, SPAN, "big", TODAY).tally is not None
    assert figures(known, SPAN, "small", TODAY).tally is None
    assert figures(known, SPAN, "middle", TODAY).tally is None


def test_too_few_complaints_give_no_figures_at_all() -> None:
    found = figures(reading(tally("a", 3), days=[DayTally(TODAY, 3, 3)]), SPAN, None, TODAY)
    assert (found.tally, found.median_seconds, found.trend, found.agencies) == (None, None, (), ())
    assert found.others is not None
    assert found.others.tally is None
    assert found.answers is None


def test_nothing_filed_is_said_as_such() -> None:
    found = figures(reading(days=[]), SPAN, None, TODAY)
    assert found.is_empty
    assert not found.trend


def test_a_median_of_too_few_answers_is_not_told() -> None:
    known = reading(tally("a", 40, answered=4, in_time=4), tally("b", 40))
    by_code = {agency.code: agency.median_seconds for agency in figures(known, SPAN, None, TODAY).agencies}
    assert by_code == {"a": None, "b": 3600.0}


def test_the_trend_has_the_finest_bins_of_which_few_are_small() -> None:
    busy, quiet, sparse = steady(20), steady(2), [DayTally(TODAY - timedelta(days=9 * n), 2, 1) for n in range(9)]
    kinds = [figures(reading(tally("a", 180), days=days), SPAN, None, TODAY).bin_kind for days in (busy, quiet, sparse)]
    assert kinds == ["day", "week", "month"]


def test_bins_add_up_to_what_was_filed() -> None:
    found = figures(reading(tally("a", 1800), days=steady(20)), SPAN, None, TODAY)
    assert sum(each.filed or 0 for each in found.trend) == 1800
    assert found.answers == 18 * 90


def test_the_day_that_is_not_over_is_marked() -> None:
    trend = figures(reading(tally("a", 1800), days=steady(20)), SPAN, None, TODAY).trend
    assert [each.complete for each in trend[-3:]] == [True, True, False]


def test_a_small_day_is_withheld_together_with_another_one() -> None:
    days = steady(20)
    days[10] = DayTally(days[10].day, 2, 18)
    trend = figures(reading(tally("a", 1782), days=days), SPAN, None, TODAY).trend
    assert trend[10].filed is None
    assert sum(each.filed is None for each in trend) > 1


def test_the_largest_come_first_and_what_no_agency_has_comes_last() -> None:
    found = figures(reading(tally("", 90), tally("b", 50), tally("a", 20)), SPAN, None, TODAY)
    assert [agency.code for agency in found.agencies] == ["b", "a", ""]
