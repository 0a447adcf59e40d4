"""Deadlines are counted in Indonesian working days, end with the local day, and name the policy they came from."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import lokal
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import areas
from contracts.clocks import (
    WIB,
    WIT,
    WITA,
    Limit,
    add_days,
    corrections,
    due,
    is_public_holiday,
    policies,
    policy_on,
    zone_of,
)
from contracts.vocabulary import Classification, Clock

TULUNGAGUNG, DENPASAR, JAYAPURA = "35.04", "51.71", "91.71"
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
COVERED = st.dates(date(2026, 1, 1), date(2027, 8, 1))
"""Starts from which 60 working days end in years that lokal-id covers."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def last_day(clock: Clock, classification: Classification, start: str, area: str = TULUNGAGUNG) -> date:
    return due(clock, classification, at(start), area).at.astimezone(zone_of(area)).date()


def is_working(day: date) -> bool:
    return day.weekday() < 5 and not is_public_holiday(day)


COMPLAINT, ASPIRATION, QUESTION = Classification

HAND_CHECKED = [
    ("an ordinary week", Clock.VERIFICATION, COMPLAINT, "2026-11-02T09:00+07:00", "2026-11-05"),
    ("over a weekend", Clock.VERIFICATION, COMPLAINT, "2026-11-05T09:00+07:00", "2026-11-10"),
    ("filed on a Saturday", Clock.VERIFICATION, COMPLAINT, "2026-11-07T09:00+07:00", "2026-11-11"),
    # Nyepi 19 March, Lebaran 21-22 March, cuti bersama 18, 20, 23 and 24 March
    ("before Lebaran 2026", Clock.VERIFICATION, COMPLAINT, "2026-03-16T09:00+07:00", "2026-03-26"),
    ("on the first day of Lebaran 2026", Clock.VERIFICATION, COMPLAINT, "2026-03-21T09:00+07:00", "2026-03-27"),
    ("first response over Lebaran 2026", Clock.FIRST_RESPONSE, COMPLAINT, "2026-03-16T09:00+07:00", "2026-03-30"),
    # Nyepi 8 March, Lebaran 10-11 March, cuti bersama 9, 12 and 15 March
    ("before Lebaran 2027", Clock.VERIFICATION, COMPLAINT, "2027-03-05T09:00+07:00", "2027-03-18"),
    # cuti bersama 24 December, Christmas on a Friday
    ("before Christmas", Clock.VERIFICATION, COMPLAINT, "2026-12-23T14:00+07:00", "2026-12-30"),
    ("over the year's end", Clock.FIRST_RESPONSE, COMPLAINT, "2026-12-23T14:00+07:00", "2027-01-04"),
    ("an aspiration, 14 days", Clock.RESOLUTION, ASPIRATION, "2026-11-02T09:00+07:00", "2026-11-20"),
    ("a request for information, 5 days", Clock.RESOLUTION, QUESTION, "2026-11-02T09:00+07:00", "2026-11-09"),
    # 20 working days left in November, 21 in December, 1 January and Isra Mikraj on 5 January off
    ("a complaint, 60 days", Clock.RESOLUTION, COMPLAINT, "2026-11-02T09:00+07:00", "2027-01-29"),
    # Independence Day on Monday the 17th, Maulid Nabi on Tuesday the 25th
    ("ten days to reply", Clock.REPORTER_REPLY, COMPLAINT, "2026-08-14T09:00+07:00", "2026-09-01"),
]


@pytest.mark.parametrize(
    ("clock", "kind", "start", "end"), [case[1:] for case in HAND_CHECKED], ids=[case[0] for case in HAND_CHECKED]
)
def test_a_hand_checked_deadline(clock: Clock, kind: Classification, start: str, end: str) -> None:
    assert last_day(clock, kind, start) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("area", "end"),
    [
        (TULUNGAGUNG, "2026-11-05T16:59:59+00:00"),  # 23.30 WIB on Monday
        (DENPASAR, "2026-11-06T15:59:59+00:00"),  # 00.30 WITA on Tuesday
        (JAYAPURA, "2026-11-06T14:59:59+00:00"),  # 01.30 WIT on Tuesday
    ],
    ids=["WIB", "WITA", "WIT"],
)
def test_the_local_day_decides_when_the_clock_starts_and_ends(area: str, end: str) -> None:
    found = due(Clock.VERIFICATION, COMPLAINT, at("2026-11-02T16:30Z"), area)
    assert found.at == at(end)
    assert found.at.utcoffset() == timedelta(0)


def test_a_second_after_midnight_is_the_next_day() -> None:
    before, after = at("2026-11-02T23:59:59+07:00"), at("2026-11-03T00:00:00+07:00")
    ends = [due(Clock.VERIFICATION, COMPLAINT, moment, TULUNGAGUNG).at for moment in (before, after)]
    assert ends == [at("2026-11-05T23:59:59+07:00"), at("2026-11-06T23:59:59+07:00")]


def test_every_province_has_its_zone() -> None:
    zones = {province.code: zone_of(province.code) for province in areas.children()}
    assert {code[0] for code, zone in zones.items() if zone == WIT} == {"8", "9"}
    assert {code for code, zone in zones.items() if zone == WITA} == {
        *("51", "52", "53"),  # Bali, Nusa Tenggara
        *("63", "64", "65"),  # Kalimantan: south, east, north
        *("71", "72", "73", "74", "75", "76"),  # Sulawesi
    }
    assert set(zones.values()) == {WIB, WITA, WIT}
    assert zone_of("35.04.02.2004") == ZoneInfo("Asia/Jakarta")


@given(start=DAYS, days=st.integers(0, 90))
def test_working_days_between_start_and_end_are_as_many_as_promised(start: date, days: int) -> None:
    end = add_days(start, Limit(days, "working"))
    passed = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(map(is_working, passed)) == days
    assert days == 0 or is_working(end)


@given(start=DAYS, days=st.integers(0, 90))
def test_calendar_days_skip_nothing(start: date, days: int) -> None:
    assert add_days(start, Limit(days, "calendar")) == start + timedelta(days=days)


@given(start=COVERED, days=st.integers(0, 60))
def test_working_days_agree_with_the_calendar_of_lokal_id(start: date, days: int) -> None:
    assert add_days(start, Limit(days, "working")) == lokal.add_working_days(start, days)


@pytest.mark.parametrize("year", lokal.HOLIDAY_YEARS)
def test_holidays_agree_with_the_decrees_in_lokal_id_day_by_day(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    decreed = {date.fromisoformat(holiday.date) for holiday in lokal.get_holidays(year).holidays}
    assert {day for day in days if is_public_holiday(day)} == decreed


@given(first=DAYS, later=st.integers(0, 400), clock=st.sampled_from(Clock), kind=st.sampled_from(Classification))
def test_who_comes_later_is_never_due_earlier(first: date, later: int, clock: Clock, kind: Classification) -> None:
    start = datetime.combine(first, datetime.min.time(), WIB)
    ends = [due(clock, kind, moment, TULUNGAGUNG).at for moment in (start, start + timedelta(hours=later))]
    assert start < ends[0] <= ends[1]


@given(start=DAYS, kind=st.sampled_from(Classification))
def test_a_deadline_never_falls_on_a_day_off(start: date, kind: Classification) -> None:
    for clock in Clock:
        end = due(clock, kind, datetime.combine(start, datetime.min.time(), WIB), TULUNGAGUNG)
        local = end.at.astimezone(WIB)
        assert is_working(local.date())
        assert local.time().isoformat() == "23:59:59"
        assert end.policy == policy_on(start).version


def test_a_policy_is_named_after_the_day_from_which_it_holds() -> None:
    assert [policy.version for policy in policies()] == [policy.valid_from.isoformat() for policy in policies()]
    assert [policy.valid_from for policy in policies()] == sorted(policy.valid_from for policy in policies())


@pytest.mark.parametrize(
    ("day", "version"),
    [
        ("2010-01-01", "2018-12-31"),
        ("2018-12-31", "2018-12-31"),
        ("2025-04-30", "2018-12-31"),
        ("2025-05-01", "2025-05-01"),
        ("2099-01-01", "2025-05-01"),
    ],
)
def test_the_policy_in_force_on_the_starting_day_counts(day: str, version: str) -> None:
    assert policy_on(date.fromisoformat(day)).version == version


def test_the_policy_of_the_local_day_is_stamped() -> None:
    moment = at("2025-04-30T16:30Z")  # still April in Java, already May in Bali
    assert due(Clock.VERIFICATION, COMPLAINT, moment, TULUNGAGUNG).policy == "2018-12-31"
    assert due(Clock.VERIFICATION, COMPLAINT, moment, DENPASAR).policy == "2025-05-01"


def test_every_policy_limits_every_clock_of_every_class() -> None:
    for policy in policies():
        for clock in Clock:
            assert set(policy.limits[clock]) == set(Classification)
            assert all(limit.days > 0 for limit in policy.limits[clock].values())


def test_a_decree_can_correct_the_calendar_both_ways() -> None:
    table = corrections('[off]\n2026-11-25 = "SKB contoh"\n[worked]\n2026-12-24 = "SKB contoh"\n')
    assert table == {date(2026, 11, 25): True, date(2026, 12, 24): False}

    def is_holiday(day: date) -> bool:
        return table.get(day, is_public_holiday(day))

    assert add_days(date(2026, 11, 24), Limit(1, "working"), is_holiday) == date(2026, 11, 26)
    assert add_days(date(2026, 12, 23), Limit(1, "working"), is_holiday) == date(2026, 12, 24)
