"""Counters move with the complaint they count."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kit.histories import Life, Placed
from reporting.projections.agency_daily import COUNTED, Counts, contributions, count, differences
from reporting.projections.complaint_current import evolve
from reporting.projections.complaint_table import Row

SUBJECT = UUID("0198f1c2-5a00-7000-8000-000000000001")
MONDAY = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 2)


def rows_of(life: Life) -> list[Row]:
    rows: list[Row] = []
    for place, event in enumerate(life.story):
        rows.append(evolve(rows[-1] if rows else None, Placed(event, 0, place)))
    return rows


def test_a_new_complaint_counts_where_no_agency_has_it_yet() -> None:
    [row] = rows_of(Life(SUBJECT, MONDAY))
    assert differences([(None, row)]) == {("", DAY): Counts(received=1)}


def test_a_forwarded_complaint_takes_its_counts_along() -> None:
    rows = rows_of(Life(SUBJECT, MONDAY).verify().forward("35.04.dlh"))
    assert differences([(rows[1], rows[2])]) == {
        ("", DAY): Counts(received=-1, verified=-1),
        ("35.04.dlh", DAY): Counts(received=1, verified=1),
    }


def test_an_answer_in_time_counts_on_the_day_of_filing_and_as_a_response_on_its_own_day() -> None:
    life = Life(SUBJECT, MONDAY).verify().forward("35.04.dlh").respond("35.04.dlh", timedelta(days=2))
    before, after = rows_of(life)[-2:]
    seconds = int((life.now - MONDAY).total_seconds())
    assert differences([(before, after)]) == {
        ("35.04.dlh", DAY): Counts(answered=1, answered_in_time=1, response_seconds=seconds),
        ("35.04.dlh", DAY + timedelta(days=2)): Counts(responses=1),
    }


def test_an_answer_after_the_promised_time_is_late() -> None:
    life = Life(SUBJECT, MONDAY).verify().forward("35.04.dlh").respond("35.04.dlh", timedelta(days=30))
    row = rows_of(life)[-1]
    assert (count(row).answered, count(row).answered_in_time, count(row).answered_late) == (1, 0, 1)


def test_an_answer_without_a_promised_time_is_neither_in_time_nor_late() -> None:
    life = Life(SUBJECT, MONDAY).verify().forward("35.04.dlh", dues=()).respond("35.04.dlh")
    row = rows_of(life)[-1]
    assert (count(row).answered, count(row).answered_in_time, count(row).answered_late) == (1, 0, 0)


def test_an_answer_before_the_filing_counts_as_given_at_once() -> None:
    life = Life(SUBJECT, MONDAY).verify().forward("35.04.dlh").respond("35.04.dlh", timedelta(days=-3))
    assert count(rows_of(life)[-1]).response_seconds == 0


def test_a_change_that_is_not_counted_moves_nothing() -> None:
    [row] = rows_of(Life(SUBJECT, MONDAY))
    assert differences([(row, row._replace(supporters=9, rating=5, hops=4))]) == {}


def test_moves_that_cancel_out_leave_no_trace() -> None:
    rows = rows_of(Life(SUBJECT, MONDAY).verify().forward("35.04.dlh"))
    assert differences([(rows[1], rows[2]), (rows[2], rows[1])]) == {}


def test_an_answer_at_the_last_moment_is_in_time() -> None:
    row = rows_of(Life(SUBJECT, MONDAY).verify().forward("35.04.dlh").respond("35.04.dlh"))[-1]
    assert count(row._replace(first_response_due=row.first_response_at)).answered_in_time == 1


@pytest.mark.parametrize("answered", [True, False])
def test_whatever_is_counted_is_compared_before_counting(*, answered: bool) -> None:
    """`COUNTED` decides that a row need not be counted anew: it must hold every field that counting reads."""
    life = Life(SUBJECT, MONDAY).verify().forward("35.04.dlh")
    row = rows_of(life.respond("35.04.dlh") if answered else life)[-1]
    changed: dict[str, Any] = {
        "agency": "35.04.dishub",
        "filed_at": MONDAY - timedelta(days=1),
        "filed_day": DAY - timedelta(days=1),
        "closed_at": MONDAY,
        "outcome": "closed_silent",
    }
    for name in Row._fields:
        other = Row(**{**row._asdict(), name: changed.get(name)})
        # What is set once at filing never changes afterwards, so it need not be compared.
        if name != "filed_at" and contributions_or_none(other) != contributions(row):
            assert COUNTED(other) != COUNTED(row), name


def contributions_or_none(row: Row) -> object:
    try:
        return contributions(row)
    except TypeError:
        return None
