"""What is remembered of a complaint and what is told of an event."""

from uuid import uuid4

import pytest

from contracts.catalogue import CATALOGUE
from contracts.events import Event
from contracts.intake import ReporterErased
from contracts.vocabulary import Clock, Visibility
from kit import post
from notify.domain.news import Complaint, Message, News, remember, reporter_address, tell


def tell_all(*events: Event) -> tuple[Complaint | None, list[News]]:
    """Fold a story in and collect what is told of it."""
    source = post.Complaint()
    known: Complaint | None = None
    told: list[News] = []
    for event in events:
        envelope = CATALOGUE.read(source.wire(event))
        known = remember(known, envelope)
        news = tell(known, envelope) if known else None
        told += [news] if news else []
    return known, told


ERASED = ReporterErased(requested_at=post.filed().dues[0].at)


def test_filing_forwarding_and_answering_are_told() -> None:
    _, told = tell_all(post.filed(), post.forwarded(), post.answered())
    assert [news.message for news in told] == [
        Message.COMPLAINT_FILED,
        Message.COMPLAINT_FORWARDED,
        Message.RESPONSE_GIVEN,
    ]


def test_a_forwarded_complaint_keeps_its_clock_and_gets_the_new_ones() -> None:
    known, told = tell_all(post.filed(), post.forwarded())
    assert known is not None
    assert set(known.dues) == {Clock.VERIFICATION, Clock.RESOLUTION, Clock.FIRST_RESPONSE}
    assert told[-1].dues == known.dues
    assert told[-1].agency == "35.04.dlh"


def test_an_answer_carries_its_text_sealed_and_the_reply_window() -> None:
    _, told = tell_all(post.filed(), post.answered())
    assert told[-1].answer is not None
    assert told[-1].final
    assert Clock.REPORTER_REPLY in (told[-1].dues or {})


def test_of_a_secret_complaint_only_that_there_is_news_is_told() -> None:
    _, told = tell_all(post.filed(visibility=Visibility.SECRET), post.forwarded(), post.answered())
    assert [news.message for news in told] == [Message.NEWS] * 3
    assert told[-1].answer is None


def test_nothing_is_known_before_the_filing_was_seen() -> None:
    known, told = tell_all(post.forwarded(), post.answered())
    assert known is None
    assert told == []


def test_a_filing_seen_twice_changes_nothing() -> None:
    known, _ = tell_all(post.filed(), post.forwarded(), ERASED, post.filed())
    assert known is not None
    assert known.erased
    assert Clock.FIRST_RESPONSE in known.dues


def test_an_erasure_tells_nobody_anything() -> None:
    _, told = tell_all(post.filed(), ERASED)
    assert len(told) == 1


@pytest.mark.parametrize("address", [None, post.filed().reporter_email])
def test_the_address_stays_sealed(address: object) -> None:
    source = post.Complaint(uuid4())
    box = reporter_address(CATALOGUE.read(source.wire(post.filed(reporter_email=address))))
    assert (box is None) == (address is None)
    assert "sari" not in repr(box)
