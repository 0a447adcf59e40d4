"""The rules of a case, one sentence each."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.routing import ComplaintForwarded, ComplaintVerified, ResponseGiven
from contracts.sealing import Clear
from contracts.vocabulary import Classification, Clock, Due, Outcome
from kit.cases import (
    ANSWERED,
    BINA_MARGA,
    CONFIRMED,
    DESA,
    DISPUTED,
    DLH,
    DPUPR,
    ERASED,
    FILED,
    FIRST_RESPONSE_DUE,
    FORWARD,
    FORWARDED,
    INTERIM,
    KECAMATAN,
    NATIONAL,
    PROVINCE,
    REGENCY,
    REPLIED,
    RESPOND,
    VERIFIED,
    VERIFY,
    WITHDRAWN,
    after,
    at,
    by,
    given,
    officer_of,
)
from routing.domain.case import Command
from routing.domain.case_state import Answered, Ended, Fact, InProgress, Submitted, Unknown, Verified, evolve
from routing.domain.refusals import (
    AgencyIsNotBelow,
    AgencyIsNotKnown,
    CaseIsAnswered,
    CaseIsClosed,
    CaseIsNotKnown,
    CaseIsNotVerified,
    CaseIsNotYours,
    CaseIsVerifiedAlready,
    CaseIsWithdrawn,
    DecisionIsTooEarly,
    ReporterIsErased,
)


def test_a_filed_complaint_waits_on_the_desk_where_it_landed() -> None:
    state = given(FILED).state
    assert isinstance(state, Submitted)
    assert (state.desk.holder, state.desk.hops) == (REGENCY, 0)


def test_an_officer_verifies_what_was_filed() -> None:
    given(FILED).when(VERIFY).then(VERIFIED.event)


def test_an_officer_puts_class_and_category_right_when_verifying() -> None:
    corrected = replace(VERIFY, classification=Classification.INFORMATION_REQUEST, category="pencemaran")
    given(FILED).when(corrected).then(
        ComplaintVerified(
            by=officer_of(REGENCY), classification=Classification.INFORMATION_REQUEST, category="pencemaran"
        )
    )


def test_verifying_twice_changes_nothing() -> None:
    given(FILED, VERIFIED).when(VERIFY).then()
    given(FILED, VERIFIED, FORWARDED).when(at(VERIFY, after(hours=4))).then()


def test_a_verified_case_keeps_its_category() -> None:
    other = replace(VERIFY, category="pencemaran")
    given(FILED, VERIFIED).when(other).refused(CaseIsVerifiedAlready, category="sampah")


def test_an_answered_case_is_not_verified_again() -> None:
    given(FILED, VERIFIED, ANSWERED).when(at(VERIFY, after(days=3))).refused(CaseIsAnswered, by=DLH)


def test_a_case_is_forwarded_once_it_is_verified() -> None:
    given(FILED, VERIFIED).when(FORWARD).then(FORWARDED.event)


def test_a_case_is_not_forwarded_before_it_is_verified() -> None:
    given(FILED).when(FORWARD).refused(CaseIsNotVerified)


def test_the_first_forwarding_starts_the_clock_of_the_first_response() -> None:
    state = given(FILED, VERIFIED, FORWARDED).state
    assert isinstance(state, InProgress)
    assert state.desk.response_owed
    assert FIRST_RESPONSE_DUE.at == datetime(2026, 11, 9, 16, 59, 59, tzinfo=UTC)  # five working days, end of day WIB


def test_the_clock_never_restarts_on_a_hop() -> None:
    onward = replace(FORWARD, by=officer_of(REGENCY), at=after(days=1, hours=3), to=DPUPR)
    given(FILED, VERIFIED, FORWARDED).when(onward).then(
        ComplaintForwarded(by=officer_of(REGENCY), to=DPUPR, hop=2, held_seconds=86_400)
    )


def test_a_hop_says_how_long_the_sender_had_it() -> None:
    given(FILED, VERIFIED).when(at(FORWARD, after(hours=10))).then(
        ComplaintForwarded(by=officer_of(REGENCY), to=DLH, hop=1, held_seconds=36_000, dues=(FIRST_RESPONSE_DUE,))
    )


def test_a_note_travels_with_the_forwarding() -> None:
    [event] = given(FILED, VERIFIED).when(replace(FORWARD, note="Mohon dicek hari ini."))._decide()
    assert event.note == Clear("Mohon dicek hari ini.")


def test_a_case_goes_straight_to_a_unit_far_below() -> None:
    [event] = given(FILED, VERIFIED).when(replace(FORWARD, to=BINA_MARGA))._decide()
    assert event.to == BINA_MARGA


def test_an_agency_forwards_only_to_those_below_it() -> None:
    sideways = replace(at(by(FORWARD, DLH), after(hours=5)), to=DPUPR)
    given(FILED, VERIFIED, FORWARDED).when(sideways).refused(AgencyIsNotBelow, agency=DPUPR, above=DLH)
    upwards = replace(sideways, to=REGENCY)
    given(FILED, VERIFIED, FORWARDED).when(upwards).refused(AgencyIsNotBelow, agency=REGENCY, above=DLH)


def test_a_case_is_not_forwarded_to_an_agency_nobody_registered() -> None:
    given(FILED, VERIFIED).when(replace(FORWARD, to="35.04.nihil")).refused(AgencyIsNotKnown, agency="35.04.nihil")


def test_a_case_is_not_forwarded_to_a_retired_agency() -> None:
    given(FILED, VERIFIED).when(replace(FORWARD, to="35.04.lama")).refused(AgencyIsNotKnown)


def test_forwarding_to_the_one_who_has_it_changes_nothing() -> None:
    given(FILED, VERIFIED, FORWARDED).when(at(FORWARD, after(hours=4))).then()


def test_the_agency_above_may_act_for_the_one_below() -> None:
    for above in (NATIONAL, PROVINCE, REGENCY):
        [event] = given(FILED, VERIFIED, FORWARDED).when(by(RESPOND, above))._decide()
        assert event.by.agency == above


@pytest.mark.parametrize("command", [VERIFY, FORWARD, RESPOND])
def test_an_agency_does_not_touch_a_case_that_is_elsewhere(command: Command) -> None:
    late = at(command, after(days=2))
    given(FILED, VERIFIED, FORWARDED).when(by(late, DPUPR)).refused(CaseIsNotYours, agency=DPUPR)
    given(FILED, VERIFIED, FORWARDED).when(by(late, KECAMATAN)).refused(CaseIsNotYours)
    given(FILED).when(by(late, DESA)).refused(CaseIsNotYours)


@pytest.mark.parametrize("command", [VERIFY, FORWARD, RESPOND])
def test_nothing_is_done_to_a_case_nobody_knows(command: Command) -> None:
    given().when(command).refused(CaseIsNotKnown)


@pytest.mark.parametrize("command", [VERIFY, FORWARD, RESPOND])
def test_nothing_is_done_to_a_withdrawn_case(command: Command) -> None:
    given(FILED, VERIFIED, WITHDRAWN).when(by(at(command, after(days=2)), REGENCY)).refused(CaseIsWithdrawn)


@pytest.mark.parametrize("command", [VERIFY, FORWARD, RESPOND])
def test_nothing_is_done_to_a_case_the_reporter_called_resolved(command: Command) -> None:
    story = given(FILED, VERIFIED, FORWARDED, ANSWERED, CONFIRMED)
    story.when(by(at(command, after(days=5)), REGENCY)).refused(CaseIsClosed, outcome=Outcome.RESOLVED_CONFIRMED)


@pytest.mark.parametrize("command", [VERIFY, FORWARD, RESPOND])
def test_a_decision_is_not_dated_before_the_case_came_to_the_desk(command: Command) -> None:
    early = by(at(command, after(hours=-1)), REGENCY)
    given(FILED).when(early).refused(DecisionIsTooEarly, since=FILED.at)


def test_a_foreign_agency_learns_nothing_of_how_a_case_ended() -> None:
    given(FILED, WITHDRAWN).when(by(VERIFY, DLH)).refused(CaseIsNotYours)


def test_an_answer_starts_the_clock_of_the_reporters_reply() -> None:
    reply_due = Due(clock=Clock.REPORTER_REPLY, at=datetime(2026, 11, 18, 16, 59, 59, tzinfo=UTC), policy="2025-05-01")
    given(FILED, VERIFIED, FORWARDED).when(RESPOND).then(
        ResponseGiven(by=officer_of(DLH), text=Clear("Sudah diangkut."), final=True, reply_due=reply_due)
    )


def test_a_word_in_between_leaves_the_case_in_progress() -> None:
    given(FILED, VERIFIED, FORWARDED).when(replace(RESPOND, final=False)).then(
        ResponseGiven(by=officer_of(DLH), text=Clear("Sudah diangkut."), final=False)
    )
    assert isinstance(given(FILED, VERIFIED, FORWARDED, INTERIM).state, InProgress)


def test_the_desk_that_verified_may_answer_by_itself() -> None:
    [event] = given(FILED, VERIFIED).when(by(RESPOND, REGENCY))._decide()
    assert event.by.agency == REGENCY


def test_a_case_is_not_answered_before_it_is_verified() -> None:
    given(FILED).when(by(RESPOND, REGENCY)).refused(CaseIsNotVerified)


@pytest.mark.parametrize("command", [FORWARD, RESPOND])
def test_an_answered_case_waits_for_the_reporter(command: Command) -> None:
    late = by(at(command, after(days=3)), REGENCY)
    given(FILED, VERIFIED, FORWARDED, ANSWERED).when(late).refused(CaseIsAnswered, by=DLH)


def test_the_reporters_reply_makes_the_agency_owe_another_answer() -> None:
    assert isinstance(given(FILED, VERIFIED, FORWARDED, ANSWERED).state, Answered)
    again = at(RESPOND, after(days=4))
    [event] = given(FILED, VERIFIED, FORWARDED, ANSWERED, REPLIED).when(again)._decide()
    assert isinstance(event, ResponseGiven)


def test_a_disputed_answer_is_no_answer() -> None:
    assert isinstance(given(FILED, VERIFIED, FORWARDED, ANSWERED, DISPUTED).state, InProgress)


def test_a_reply_before_any_answer_changes_no_state() -> None:
    assert isinstance(given(FILED, REPLIED).state, Submitted)
    assert isinstance(given(FILED, VERIFIED, REPLIED).state, Verified)


def test_a_withdrawn_case_stays_withdrawn_whatever_arrives_later() -> None:
    state = given(FILED, VERIFIED, WITHDRAWN, ANSWERED, CONFIRMED).state
    assert isinstance(state, Ended)
    assert state.outcome is Outcome.WITHDRAWN


def test_nothing_is_written_to_a_reporter_who_asked_to_be_forgotten() -> None:
    given(FILED, VERIFIED, FORWARDED, ERASED).when(RESPOND).refused(ReporterIsErased)
    with_note = replace(FORWARD, at=after(days=2), to=DPUPR, note="Mohon dicek.")
    given(FILED, VERIFIED, FORWARDED, ERASED).when(with_note).refused(ReporterIsErased)


def test_a_case_without_its_reporter_can_still_be_forwarded() -> None:
    onward = replace(FORWARD, at=after(days=2), to=DPUPR)
    [event] = given(FILED, VERIFIED, FORWARDED, ERASED).when(onward)._decide()
    assert event.to == DPUPR


def test_a_case_begins_with_its_filing() -> None:
    assert isinstance(given(VERIFIED, FORWARDED).state, Unknown)


def test_a_second_filing_of_the_same_case_is_ignored() -> None:
    state = given(FILED, VERIFIED).state
    assert evolve(state, Fact(FILED.event, after(days=1), desk=NATIONAL)) == state
