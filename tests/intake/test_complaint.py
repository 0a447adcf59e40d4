"""What may be filed, and what filing promises."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.decider import Refused
from contracts.sealing import Clear
from contracts.vocabulary import Channel, Classification, Clock, Language, Point, Visibility
from intake.domain.codes import SERIAL_BITS, read_code
from intake.domain.complaint import (
    Absent,
    AreaTooWide,
    ComplaintEvent,
    ComplaintIsFiled,
    FileComplaint,
    Filed,
    FiledInFuture,
    HappenedInFuture,
    PointOutsideIndonesia,
    Reporter,
    State,
    UnknownArea,
    UnknownCategory,
    decide,
    evolve,
)

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
"""A Monday, 09.00 in Tulungagung."""

FILE = FileComplaint(
    serial=1,
    classification=Classification.COMPLAINT,
    category="jalan-rusak",
    area="35.04.01.1010",
    visibility=Visibility.NAMED,
    channel=Channel.API,
    language=Language.INDONESIAN,
    title="Jalan berlubang",
    description="Sudah dua bulan.",
    reporter=Reporter("Budi Contoh", "budi@contoh.test", "+6281234567890"),
    filed_at=NOW,
    now=NOW,
)
SQUARE = Point(latitude=-8.066, longitude=111.902)


def filed(command: FileComplaint = FILE) -> ComplaintEvent:
    """Give the event that filing leads to."""
    [event] = decide(command, Absent())
    return event


def test_a_filed_complaint_carries_what_was_said() -> None:
    event = filed()
    assert event.title == Clear("Jalan berlubang")
    assert event.description == Clear("Sudah dua bulan.")
    assert event.reporter_phone == Clear("+6281234567890")
    assert event.address is None


def test_its_code_names_the_regency_and_can_be_read_back() -> None:
    code = filed().code
    assert code.startswith("KTG-35.04-")
    assert read_code(code) == code


def test_filing_promises_a_check_and_a_settlement_with_dates() -> None:
    dues = {due.clock: due.at for due in filed().dues}
    assert dues == {
        Clock.VERIFICATION: datetime(2026, 11, 5, 16, 59, 59, tzinfo=UTC),
        # 60 working days on: without weekends, 24 and 25 December, New Year and Isra Mikraj (5 January).
        Clock.RESOLUTION: datetime(2027, 1, 29, 16, 59, 59, tzinfo=UTC),
    }


def test_promises_end_at_midnight_where_it_happened() -> None:
    far_east = filed(replace(FILE, area="91.03"))
    assert far_east.dues[0].at == datetime(2026, 11, 5, 14, 59, 59, tzinfo=UTC)


def test_promises_run_from_the_time_of_filing_not_of_importing() -> None:
    imported = filed(replace(FILE, filed_at=NOW - timedelta(days=365)))
    assert imported.dues[0].at.year == 2025


def test_the_position_of_a_secret_complaint_is_sealed() -> None:
    event = filed(replace(FILE, visibility=Visibility.SECRET, point=SQUARE))
    assert event.point is None
    assert event.sealed_point == Clear(SQUARE.model_dump_json())


@pytest.mark.parametrize("visibility", [Visibility.NAMED, Visibility.ANONYMOUS])
def test_the_position_of_other_complaints_is_open(visibility: Visibility) -> None:
    event = filed(replace(FILE, visibility=visibility, point=SQUARE))
    assert event.point == SQUARE
    assert event.sealed_point is None


def test_it_may_have_happened_today_even_where_today_began_earlier() -> None:
    one_in_the_morning_in_jayapura = datetime(2026, 11, 1, 16, 0, tzinfo=UTC)
    command = replace(
        FILE,
        area="91.03",
        filed_at=one_in_the_morning_in_jayapura,
        now=one_in_the_morning_in_jayapura,
        happened_on=date(2026, 11, 2),
    )
    assert filed(command).happened_on == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(FILE, category="cuaca"), UnknownCategory),
        (replace(FILE, area="35.99"), UnknownArea),
        (replace(FILE, area="35.04.01.9999"), UnknownArea),
        (replace(FILE, area=""), UnknownArea),
        (replace(FILE, area="35"), AreaTooWide),
        (replace(FILE, happened_on=date(2026, 11, 3)), HappenedInFuture),
        (replace(FILE, filed_at=NOW + timedelta(seconds=1)), FiledInFuture),
        (replace(FILE, filed_at=NOW - timedelta(days=9), happened_on=date(2026, 11, 1)), HappenedInFuture),
        (replace(FILE, point=Point(latitude=52.4, longitude=4.9)), PointOutsideIndonesia),
        (replace(FILE, point=Point(latitude=0, longitude=0)), PointOutsideIndonesia),
    ],
)
def test_what_cannot_be_is_refused(command: FileComplaint, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        decide(command, Absent())


def test_a_complaint_is_filed_once() -> None:
    with pytest.raises(ComplaintIsFiled):
        decide(FILE, evolve(Absent(), filed()))


commands = st.builds(
    replace,
    st.just(FILE),
    serial=st.integers(0, 2**SERIAL_BITS - 1),
    classification=st.sampled_from(Classification),
    category=st.sampled_from(["jalan-rusak", "sampah", "cuaca"]),
    area=st.sampled_from(["35.04.01.1010", "35.04", "91.03", "35", "99.99"]),
    visibility=st.sampled_from(Visibility),
    filed_at=st.integers(-4000, 2).map(lambda days: NOW + timedelta(days=days)),
    happened_on=st.none() | st.dates(date(2015, 1, 1), date(2026, 11, 4)),
    point=st.none() | st.builds(Point, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)),
)


@given(st.lists(commands, max_size=5))
def test_any_accepted_history_replays_to_the_same_state(history: list[FileComplaint]) -> None:
    state: State = Absent()
    log: list[ComplaintEvent] = []
    for command in history:
        try:
            decided = decide(command, state)
        except Refused:
            continue
        state = reduce(evolve, decided, state)
        log += decided
    nothing: State = Absent()
    assert reduce(evolve, log, nothing) == state
    assert len(log) == (1 if isinstance(state, Filed) else 0)
