"""Periods and the bins they are cut into."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.periods import BinKind, Period, choices, cut, is_whole, kinds, period

TODAY = date(2026, 11, 24)
KNOWN = (date(2022, 1, 3), date(2026, 11, 24))


def test_the_last_ninety_days_include_today() -> None:
    found = period("90d", TODAY, KNOWN)
    assert found == Period("90d", date(2026, 8, 27), TODAY)
    assert found is not None
    assert found.days == 90


def test_a_day_that_has_begun_further_east_already_belongs_to_the_period() -> None:
    tomorrow = TODAY + timedelta(days=1)
    found = period("30d", TODAY, (KNOWN[0], tomorrow))
    assert found is not None
    assert found.last == tomorrow


def test_a_year_ends_today_when_it_is_not_over() -> None:
    assert period("2022", TODAY, KNOWN) == Period("2022", date(2022, 1, 1), date(2022, 12, 31))
    assert period("2026", TODAY, KNOWN) == Period("2026", date(2026, 1, 1), TODAY)


def test_everything_is_all_days_with_data() -> None:
    assert period("all", TODAY, KNOWN) == Period("all", *KNOWN)
    assert period("all", TODAY, None) == Period("all", TODAY, TODAY)


@pytest.mark.parametrize("word", ["", "2021", "2027", "90", "week", "٢٠٢٢", "20222", "-1"])
def test_other_words_are_no_period(word: str) -> None:
    assert period(word, TODAY, KNOWN) is None


def test_every_choice_is_a_period() -> None:
    offered = choices(TODAY, KNOWN)
    assert offered == ["30d", "90d", "365d", "all", "2026", "2025", "2024", "2023", "2022"]
    assert all(period(word, TODAY, KNOWN) for word in offered)


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.integers(0, 4000),
    st.sampled_from(["day", "week", "month"]),
)
def test_bins_cover_a_period_once_without_gaps(first: date, length: int, kind: BinKind) -> None:
    span = Period("x", first, first + timedelta(days=length))
    bins = list(cut(span, kind))
    assert bins[0].first == span.first
    assert bins[-1].last == span.last
    assert all(one.last + timedelta(days=1) == other.first for one, other in itertools.pairwise(bins))
    assert all(each.first <= each.last for each in bins)


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    span = Period("x", date(2026, 10, 28), date(2026, 11, 24))
    assert [(each.first.day, each.last.day) for each in cut(span, "week")] == [
        (28, 1),
        (2, 8),
        (9, 15),
        (16, 22),
        (23, 24),
    ]
    assert [(each.first.day, each.last.day) for each in cut(span, "month")] == [(28, 31), (1, 24)]


@pytest.mark.parametrize(("days", "finest"), [(7, "day"), (90, "day"), (365, "week"), (4000, "month")])
def test_longer_periods_have_wider_bins(days: int, finest: str) -> None:
    assert kinds(Period("x", TODAY - timedelta(days=days - 1), TODAY))[0] == finest


def test_a_week_or_month_at_the_end_of_a_period_is_not_whole() -> None:
    span = Period("x", date(2026, 10, 28), date(2026, 11, 24))
    assert [is_whole(each, "week") for each in cut(span, "week")] == [False, True, True, True, False]
    assert [is_whole(each, "month") for each in cut(span, "month")] == [False, False]
    assert all(is_whole(each, "day") for each in cut(span, "day"))
    assert all(is_whole(each, "month") for each in cut(Period("x", date(2026, 2, 1), date(2026, 3, 31)), "month"))
