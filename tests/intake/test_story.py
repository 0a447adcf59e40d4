"""The story of a complaint, told from what intake and routing wrote."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import intake, routing
from contracts.envelope import Envelope
from contracts.events import Audience, Event, Owner
from contracts.sealing import Clear
from contracts.topics import COMPLAINTS
from contracts.vocabulary import Actor, ArchiveReason, Clock, Due, HoldReason, Outcome
from intake.projections.routed import ROUTED
from intake.projections.story import Status, Story, tell
from kit.sample_events import ANSWER_BY, BY, COMPLAINT, FILED_AT, REPLY_BY, VERIFY_BY, filed, samples

DLH = "35.04.dlh"
SETTLE_BY = Due(clock=Clock.RESOLUTION, at=FILED_AT + timedelta(days=90), policy="2025-05-01")

VERIFIED = routing.ComplaintVerified(by=BY, classification="complaint", category="sampah")
FORWARDED = routing.ComplaintForwarded(by=BY, to=DLH, hop=1, held_seconds=60, dues=(ANSWER_BY,))
ANSWERED = routing.ResponseGiven(
    by=Actor(agency=DLH, officer=UUID(int=7)), text=Clear("Sudah diangkut."), final=True, reply_due=REPLY_BY
)


def stream(*events: Event, after: timedelta = timedelta(0)) -> list[Envelope[Event]]:
    """Give the envelopes of one stream, an hour between one and the next."""
    return [
        Envelope[Event].model_construct(
            id=UUID(int=version),
            source=f"/{event.owner.value}",
            type=event.type,
            subject=COMPLAINT,
            time=FILED_AT + after + timedelta(hours=version),
            sequence=version,
            correlationid="test",
            data=event,
        )
        for version, event in enumerate(events, 1)
    ]


def story(*routed: Event, own: tuple[Event, ...] = ()) -> Story:
    """Tell what follows when a complaint was filed."""
    first = filed(title=Clear("Sampah"), dues=(VERIFY_BY, SETTLE_BY))
    return tell(stream(first, *own), stream(*routed, after=timedelta(minutes=30)))


def test_a_new_complaint_waits_to_be_checked() -> None:
    told = story()
    assert (told.status, told.agency, told.hops) == (Status.FILED, None, 0)
    assert told.next_promise is not None
    assert told.next_promise.due == VERIFY_BY


def test_a_verified_complaint_is_with_the_agency_that_checked_it() -> None:
    told = story(VERIFIED)
    assert (told.status, told.agency, told.category) == (Status.VERIFIED, BY.agency, "sampah")
    assert told.next_promise is not None
    assert told.next_promise.due == SETTLE_BY


def test_a_title_cleaned_by_an_officer_replaces_the_first_one() -> None:
    assert story(VERIFIED.model_copy(update={"title": Clear("Sampah di pasar")})).title == "Sampah di pasar"
    assert story(VERIFIED).title == "Sampah"


def test_a_forwarded_complaint_keeps_its_clock() -> None:
    told = story(VERIFIED, FORWARDED)
    assert (told.status, told.agency, told.hops) == (Status.FORWARDED, DLH, 1)
    assert [promise.due for promise in told.promises] == [VERIFY_BY, SETTLE_BY, ANSWER_BY]
    assert told.next_promise is not None
    assert told.next_promise.due == ANSWER_BY


def test_an_answer_meets_its_deadline_and_opens_the_time_to_reply() -> None:
    told = story(VERIFIED, FORWARDED, ANSWERED)
    assert told.status is Status.ANSWERED
    assert [(each.agency, each.text, each.final) for each in told.responses] == [(DLH, "Sudah diangkut.", True)]
    met = {promise.due.clock: promise.met_at for promise in told.promises}
    assert met[Clock.FIRST_RESPONSE] == told.responses[0].time
    assert met[Clock.REPORTER_REPLY] is None


def test_only_the_first_answer_counts_for_the_deadline() -> None:
    told = story(VERIFIED, FORWARDED, ANSWERED, ANSWERED)
    assert len(told.responses) == 2
    met = {promise.due.clock: promise.met_at for promise in told.promises}
    assert met[Clock.FIRST_RESPONSE] == told.responses[0].time


def test_a_returned_complaint_is_with_the_agency_above() -> None:
    returned = routing.ComplaintReturned(
        by=BY, to="35.04", hop=2, held_seconds=5, refusals=1, reason=Clear("Bukan wewenang")
    )
    told = story(VERIFIED, FORWARDED, returned)
    assert (told.status, told.agency, told.hops) == (Status.FORWARDED, "35.04", 2)


def test_a_held_complaint_waits_for_the_reporter() -> None:
    held = routing.ComplaintHeld(by=BY, reason=HoldReason.PLACE_MISSING, question=Clear("Di mana?"), due=REPLY_BY)
    told = story(held)
    assert told.status is Status.HELD
    assert (told.timeline[-1].word, told.timeline[-1].text) == ("place_missing", "Di mana?")


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (routing.ComplaintArchived(by=BY, reason=ArchiveReason.TOO_GENERAL), Status.ARCHIVED),
        (routing.ComplaintClosed(outcome=Outcome.CLOSED_SILENT), Status.CLOSED),
    ],
)
def test_an_ended_complaint_promises_nothing_more(ending: Event, status: Status) -> None:
    told = story(VERIFIED, ending)
    assert told.status is status
    assert told.next_promise is None


def test_a_reopened_complaint_is_handled_again() -> None:
    closed = routing.ComplaintClosed(outcome=Outcome.CLOSED_SILENT)
    told = story(VERIFIED, FORWARDED, ANSWERED, closed, routing.ComplaintReopened(to=DLH, dues=(ANSWER_BY,)))
    assert (told.status, told.agency) == (Status.FORWARDED, DLH)
    assert told.next_promise is not None


def test_a_withdrawn_complaint_says_so() -> None:
    assert story(own=(intake.ComplaintWithdrawn(),)).status is Status.WITHDRAWN


def test_an_erased_reporter_leaves_the_facts_and_no_text() -> None:
    told = story(VERIFIED, own=(intake.ReporterErased(requested_at=FILED_AT),))
    assert told.title is told.description is told.reporter_name is None
    assert len(told.timeline) == 3


def test_the_timeline_names_the_agency_that_received_it() -> None:
    told = story(VERIFIED, FORWARDED, ANSWERED)
    assert [step.agency for step in told.timeline] == [None, BY.agency, DLH, DLH]


PUBLIC = [sample.event for sample in samples() if sample.event.topic == COMPLAINTS]
OWN = [event for event in PUBLIC if event.owner is Owner.INTAKE and not isinstance(event, intake.ComplaintFiled)]
ROUTING = [event for event in PUBLIC if event.type in ROUTED]


def test_what_happens_inside_an_agency_is_not_kept() -> None:
    assert {event.type for event in PUBLIC if event.audience is not Audience.PUBLIC}.isdisjoint(ROUTED)
    assert routing.NoteAdded.type not in ROUTED


@given(
    st.lists(st.sampled_from(OWN), max_size=4), st.lists(st.sampled_from(ROUTING), max_size=8), st.integers(-100, 100)
)
def test_any_story_can_be_told_and_each_stream_keeps_its_order(
    own: list[Event], routed: list[Event], hours: int
) -> None:
    told = tell(stream(filed(), *own), stream(*routed, after=timedelta(hours=hours)))
    assert len(told.timeline) == 1 + len(own) + len(routed)
    assert told.timeline[0].type == intake.ComplaintFiled.type
    for source in ("/intake", "/routing"):
        versions = [step.version for step in told.timeline if step.source == source]
        assert versions == sorted(versions)


def test_streams_are_merged_by_time() -> None:
    told = tell(stream(filed(), intake.ComplaintWithdrawn()), stream(VERIFIED, FORWARDED, after=timedelta(hours=0.5)))
    times: list[datetime] = [step.time for step in told.timeline]
    assert times == sorted(times)
