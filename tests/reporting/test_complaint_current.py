"""What each event does to a complaint's row."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts import intake, routing
from contracts.catalogue import EVENTS, Poison
from contracts.topics import COMPLAINTS
from contracts.vocabulary import ArchiveReason, Classification, Clock, Due, HoldReason, Outcome, Visibility
from kit.histories import Life, Placed, officer, sealed
from reporting.projections import complaint_current
from reporting.projections.complaint_current import STEPS, evolve
from reporting.projections.complaint_table import Row

SUBJECT = UUID("0198f1c2-5a00-7000-8000-000000000001")
MONDAY = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def row_of(life: Life) -> Row:
    row: Row | None = None
    for place, event in enumerate(life.story):
        row = evolve(row, Placed(event, 3, place))
    assert row is not None
    return row


def filed_life(**changes: object) -> Life:
    return Life(SUBJECT, MONDAY, **changes)


def test_a_filed_complaint_waits_for_verification() -> None:
    row = row_of(filed_life())
    assert (row.state, row.agency, row.hops) == ("filed", "", 0)
    assert row.verification_due is not None
    assert row.resolution_due is not None
    assert row.first_response_due is None


def test_the_day_of_filing_is_the_local_day_of_its_area() -> None:
    late_evening = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)
    days = {area: row_of(Life(SUBJECT, late_evening, area=area)).filed_day.day for area in ("35.04", "73.71", "91.71")}
    assert days == {"35.04": 2, "73.71": 2, "91.71": 3}


def test_of_a_secret_complaint_neither_code_nor_fine_place_is_kept() -> None:
    row = row_of(filed_life(visibility=Visibility.SECRET))
    assert row.code is None
    assert row.area == "35.04"
    assert row_of(filed_life(visibility=Visibility.ANONYMOUS)).code is not None


def test_verification_may_correct_class_and_category() -> None:
    life = filed_life()
    life.add(
        routing.ComplaintVerified(
            by=officer("35.04"), classification=Classification.INFORMATION_REQUEST, category="lainnya"
        ),
        timedelta(hours=3),
    )
    row = row_of(life)
    assert (row.state, row.classification, row.category) == ("verified", "information_request", "lainnya")
    assert row.verified_at == MONDAY + timedelta(hours=3)


def test_a_second_verification_keeps_the_time_of_the_first() -> None:
    assert row_of(filed_life().verify().verify()).verified_at == MONDAY + timedelta(hours=5)


def test_a_forwarded_complaint_belongs_to_its_agency_and_its_answer_clock_begins() -> None:
    row = row_of(filed_life().verify().forward("35.04.dlh"))
    assert (row.state, row.agency, row.hops) == ("forwarded", "35.04.dlh", 1)
    assert row.first_response_due is not None


def test_a_complaint_passed_on_keeps_its_clock() -> None:
    once = row_of(filed_life().verify().forward("35.04.dlh"))
    later = Due(clock=Clock.FIRST_RESPONSE, at=MONDAY + timedelta(days=90), policy="2025-05-01")
    twice = row_of(filed_life().verify().forward("35.04.dlh").forward("35.04.dishub", dues=[later]))
    assert (twice.agency, twice.hops) == ("35.04.dishub", 2)
    assert twice.first_response_due == once.first_response_due
    assert twice.forwarded_at == once.forwarded_at


def test_a_refusal_is_counted_and_gives_the_complaint_back() -> None:
    life = filed_life().verify().forward("35.04.dlh")
    life.add(
        routing.ComplaintReturned(
            by=officer("35.04.dlh"), to="35.04", hop=2, held_seconds=9, refusals=1, reason=sealed(SUBJECT)
        )
    )
    row = row_of(life)
    assert (row.state, row.agency, row.hops, row.refusals) == ("returned", "35.04", 2, 1)


def test_arbitration_assigns_it() -> None:
    life = filed_life().verify()
    life.add(routing.OwnershipArbitrated(by=officer("35"), to="35.04.dlh", hop=3, reason=sealed(SUBJECT)))
    row = row_of(life)
    assert (row.state, row.agency, row.hops) == ("forwarded", "35.04.dlh", 3)
    assert row.forwarded_at == life.now


def test_the_first_answer_counts_and_later_ones_do_not_move_it() -> None:
    life = filed_life().verify().forward("35.04.dlh")
    life.respond("35.04.dlh", timedelta(days=1), final=False)
    first = life.now
    interim = row_of(life)
    assert (interim.state, interim.first_response_at, interim.final_response_at) == ("in_progress", first, None)
    life.respond("35.04.dlh", timedelta(days=1))
    final = row_of(life)
    assert (final.state, final.first_response_at, final.final_response_at) == ("answered", first, life.now)


def test_a_held_complaint_waits_for_its_reporter_until_the_reply() -> None:
    life = filed_life()
    due = Due(clock=Clock.REPORTER_REPLY, at=MONDAY + timedelta(days=14), policy="2025-05-01")
    life.add(routing.ComplaintHeld(by=officer("35.04"), reason=HoldReason.UNCLEAR, question=sealed(SUBJECT), due=due))
    held = row_of(life)
    assert (held.state, held.reporter_reply_due, held.reporter_replied_at) == ("held", due.at, None)
    life.add(intake.ReporterReplied(text=sealed(SUBJECT)), timedelta(days=1))
    assert (row_of(life).state, row_of(life).reporter_replied_at) == ("filed", life.now)


def test_a_reply_to_an_answer_does_not_change_the_state() -> None:
    life = filed_life().verify().forward("35.04.dlh").respond("35.04.dlh")
    life.add(intake.ReporterReplied(text=sealed(SUBJECT)))
    assert row_of(life).state == "answered"


def test_silence_and_confirmation_are_different_outcomes() -> None:
    silent = filed_life().verify().forward("35.04.dlh").respond("35.04.dlh")
    silent.add(routing.ComplaintClosed(outcome=Outcome.CLOSED_SILENT, agency="35.04.dlh"), timedelta(days=14))
    assert (row_of(silent).state, row_of(silent).outcome, row_of(silent).closed_at) == (
        "closed",
        "closed_silent",
        silent.now,
    )
    confirmed = filed_life().verify().forward("35.04.dlh").respond("35.04.dlh")
    confirmed.add(intake.ResolutionConfirmed(confirmed_at=MONDAY + timedelta(days=4)))
    confirmed.add(routing.ComplaintClosed(outcome=Outcome.RESOLVED_CONFIRMED))
    assert row_of(confirmed).outcome == "resolved_confirmed"
    assert row_of(confirmed).agency == "35.04.dlh"


def test_a_withdrawn_complaint_ended_when_the_reporter_said_so() -> None:
    life = filed_life().add(intake.ComplaintWithdrawn(), timedelta(hours=1))
    withdrawn_at = life.now
    life.add(routing.ComplaintClosed(outcome=Outcome.WITHDRAWN), timedelta(hours=1))
    assert (row_of(life).outcome, row_of(life).closed_at) == ("withdrawn", withdrawn_at)


def test_an_archived_complaint_is_closed() -> None:
    life = filed_life()
    life.add(routing.ComplaintArchived(by=officer("35.04"), reason=ArchiveReason.ABUSIVE), timedelta(hours=1))
    assert (row_of(life).state, row_of(life).outcome) == ("closed", "archived")


def test_a_reopened_complaint_is_open_again_with_new_promises() -> None:
    life = filed_life().verify().forward("35.04.dlh").respond("35.04.dlh")
    life.add(routing.ComplaintClosed(outcome=Outcome.CLOSED_SILENT), timedelta(days=14))
    due = Due(clock=Clock.RESOLUTION, at=MONDAY + timedelta(days=100), policy="2025-05-01")
    life.add(routing.ComplaintReopened(to="35.04.dishub", dues=(due,)))
    row = row_of(life)
    assert (row.state, row.agency, row.closed_at, row.outcome) == ("reopened", "35.04.dishub", None, None)
    assert (row.final_response_at, row.resolution_due, row.reopenings) == (None, due.at, 1)
    assert row.first_response_at is not None


def test_disputes_escalations_supporters_and_ratings_are_kept() -> None:
    life = filed_life().verify().forward("35.04.dlh").respond("35.04.dlh")
    life.add(intake.ResolutionDisputed(reason=sealed(SUBJECT)))
    assert row_of(life).state == "disputed"
    for _ in range(2):
        life.add(routing.ComplaintEscalated(agency="35.04.dlh", to="35.04", clock=Clock.RESOLUTION, level=1))
    life.add(intake.ComplaintSupported(supporter=SUBJECT, supporters=7))
    life.add(intake.ResponseRated(rating=2)).add(intake.ResponseRated(rating=4))
    row = row_of(life)
    assert (row.disputes, row.escalations, row.supporters, row.rating) == (1, 2, 7, 4)


def test_a_missed_deadline_changes_nothing_since_lateness_follows_from_the_times() -> None:
    life = filed_life().verify().forward("35.04.dlh")
    before = row_of(life)
    life.add(
        routing.DeadlineMissed(
            clock=Clock.FIRST_RESPONSE, due_at=MONDAY + timedelta(days=9), agency="35.04.dlh", policy="2025-05-01"
        )
    )
    assert row_of(life) == before


def test_an_event_folded_twice_changes_nothing() -> None:
    life = filed_life().verify().forward("35.04.dlh").respond("35.04.dlh")
    row = row_of(life)
    for place, event in enumerate(life.story):
        assert evolve(row, Placed(event, 3, 90 + place)) is row


def test_a_complaint_that_was_never_filed_is_poison() -> None:
    life = filed_life().verify()
    with pytest.raises(Poison, match="complaint_not_filed"):
        evolve(None, Placed(life.story[1], 0, 0))


def test_the_row_says_where_its_last_event_stands() -> None:
    row = row_of(filed_life().verify().forward("35.04.dlh"))
    assert (row.partition, row.record_offset, row.intake_version, row.routing_version) == (3, 2, 1, 2)


def test_every_event_about_complaints_is_folded_or_left_out_on_purpose() -> None:
    left_out = {
        intake.EvidenceAdded,
        intake.ReporterErased,
        routing.ComplaintAssigned,
        routing.ComplaintLinked,
        routing.DeadlineMissed,
        routing.NoteAdded,
    }
    known = {event for event in EVENTS if event.topic == COMPLAINTS}
    assert known == {intake.ComplaintFiled, *STEPS} | left_out
    assert {event.type for event in known - left_out} == complaint_current.TYPES


def test_no_person_and_no_free_text_has_a_column() -> None:
    personal = {name for event in EVENTS for name in event.model_fields if "Sealed" in str(event.model_fields[name])}
    assert personal
    assert not personal & set(Row._fields)
    assert "officer" not in Row._fields
