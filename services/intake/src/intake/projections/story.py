"""One complaint's story as its reporter reads it: intake's and routing's facts, folded when the page is asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, cast
from uuid import UUID

from contracts import intake, routing
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.sealing import Clear, Sealed, text_of
from contracts.vocabulary import Classification, Clock, Due, Visibility

Fact: TypeAlias = Envelope[Event]


class Status(StrEnum):
    """Where a complaint stands."""

    FILED = "filed"
    HELD = "held"
    VERIFIED = "verified"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    CLOSED = "closed"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"


ENDED = frozenset({Status.CLOSED, Status.ARCHIVED, Status.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    type: str
    time: datetime
    source: str
    version: int
    agency: str | None
    word: str | None
    """The machine word that tells more: a reason, an outcome, a clock."""
    text: str | None
    """What was written; only for the reporter."""


@dataclass(frozen=True, slots=True)
class Response:
    """An agency's answer; only for the reporter."""

    agency: str
    text: str | None
    time: datetime
    final: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """A deadline, and when it was met."""

    due: Due
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything there is to tell; `text` fields are None without the key, or without the right to read."""

    id: UUID
    code: str
    classification: Classification
    category: str
    area: str
    visibility: Visibility
    filed_at: datetime
    status: Status
    agency: str | None
    hops: int
    promises: tuple[Promise, ...]
    timeline: tuple[Step, ...]
    responses: tuple[Response, ...]
    title: str | None
    description: str | None
    address: str | None
    reporter_name: str | None

    @property
    def next_promise(self) -> Promise | None:
        """What is due next, while anything is."""
        if self.status in ENDED:
            return None
        return min((promise for promise in self.promises if not promise.met_at), key=lambda p: p.due.at, default=None)


def tell(own: Sequence[Fact], routed: Sequence[Fact]) -> Story:
    """Fold the facts of one complaint; each list is one stream in its order, intake's begins with the filing."""
    first, *rest = own
    story = _begin(first)
    for fact in _merged(rest, routed):
        story = _evolve(story, fact)
    return story


def _merged(left: Sequence[Fact], right: Sequence[Fact]) -> Iterable[Fact]:
    """Merge two streams by time without ever turning one of them around."""
    one, two = list(left), list(right)
    while one and two:
        yield one.pop(0) if one[0].time <= two[0].time else two.pop(0)
    yield from (*one, *two)


def _begin(fact: Fact) -> Story:
    filed = cast(intake.ComplaintFiled, fact.data)
    return Story(
        id=fact.subject,
        code=filed.code,
        classification=filed.classification,
        category=filed.category,
        area=filed.area,
        visibility=filed.visibility,
        filed_at=fact.time,
        status=Status.FILED,
        agency=None,
        hops=0,
        promises=tuple(Promise(due) for due in filed.dues),
        timeline=(_step(fact),),
        responses=(),
        title=text_of(filed.title),
        description=text_of(filed.description),
        address=text_of(filed.address),
        reporter_name=text_of(filed.reporter_name),
    )


def _evolve(story: Story, fact: Fact) -> Story:
    story = replace(story, timeline=(*story.timeline, _step(fact)))
    if fact.data.owner is intake.ComplaintFiled.owner:
        return _evolve_by_reporter(story, fact)
    return _evolve_by_agency(story, fact)


def _evolve_by_reporter(story: Story, fact: Fact) -> Story:
    match fact.data:
        case intake.ReporterReplied():
            return _met(story, fact, Clock.REPORTER_REPLY)
        case intake.ComplaintWithdrawn():
            return replace(story, status=Status.WITHDRAWN)
        case intake.ReporterErased():
            return replace(story, title=None, description=None, address=None, reporter_name=None)
        case _:
            return story


def _evolve_by_agency(story: Story, fact: Fact) -> Story:
    match fact.data:
        case routing.ComplaintVerified() as verified:
            story = _verified(_met(story, fact, Clock.VERIFICATION), verified)
        case routing.ComplaintHeld() as held:
            story = replace(_promised(story, [held.due]), status=Status.HELD, agency=held.by.agency)
        case routing.ComplaintArchived():
            story = replace(_met(story, fact, Clock.VERIFICATION), status=Status.ARCHIVED)
        case routing.ComplaintForwarded(to=to, hop=hop, dues=dues):
            story = _promised(_met(story, fact, Clock.VERIFICATION), dues)
            story = replace(story, status=Status.FORWARDED, agency=to, hops=hop)
        case routing.ComplaintReturned(to=to, hop=hop) | routing.OwnershipArbitrated(to=to, hop=hop):
            story = replace(story, status=Status.FORWARDED, agency=to, hops=hop)
        case routing.ResponseGiven() as answer:
            story = _answered(_met(story, fact, Clock.FIRST_RESPONSE), answer, fact.time)
        case routing.ComplaintReopened(to=to, dues=dues):
            story = replace(_promised(story, dues), status=Status.FORWARDED, agency=to)
        case routing.ComplaintClosed():
            story = replace(_met(story, fact, Clock.RESOLUTION), status=Status.CLOSED)
    return story


def _verified(story: Story, verified: routing.ComplaintVerified) -> Story:
    return replace(
        story,
        status=Status.VERIFIED,
        agency=verified.by.agency,
        classification=verified.classification,
        category=verified.category,
        title=text_of(verified.title) or story.title,
    )


def _answered(story: Story, answer: routing.ResponseGiven, time: datetime) -> Story:
    response = Response(answer.by.agency, text_of(answer.text), time, answer.final)
    story = _promised(story, [answer.reply_due] if answer.reply_due else [])
    return replace(story, status=Status.ANSWERED, responses=(*story.responses, response))


def _promised(story: Story, dues: Sequence[Due]) -> Story:
    """Add deadlines; a new one replaces the earlier one of the same clock."""
    clocks = {due.clock for due in dues}
    kept = [promise for promise in story.promises if promise.due.clock not in clocks]
    return replace(story, promises=(*kept, *(Promise(due) for due in dues)))


def _met(story: Story, fact: Fact, clock: Clock) -> Story:
    return replace(
        story,
        promises=tuple(
            replace(promise, met_at=fact.time) if promise.due.clock is clock and not promise.met_at else promise
            for promise in story.promises
        ),
    )


def _step(fact: Fact) -> Step:
    return Step(
        type=fact.type,
        time=fact.time,
        source=fact.source,
        version=fact.sequence,
        agency=_agency_of(fact.data),
        word=_word_of(fact.data),
        text=text_of(_written(fact.data)),
    )


def _agency_of(event: Event) -> str | None:
    """Name the agency the line is about: who received it when it moved, else who acted."""
    for name in ("to", "agency"):
        code = getattr(event, name, None)
        if code is not None:
            return cast(str, code)
    actor = getattr(event, "by", None)
    return None if actor is None else cast(str, actor.agency)


def _word_of(event: Event) -> str | None:
    for name in ("reason", "outcome", "clock"):
        word = getattr(event, name, None)
        if isinstance(word, StrEnum):
            return word.value
    return None


def _written(event: Event) -> Clear | Sealed | None:
    match event:
        case routing.ComplaintHeld():
            return event.question
        case routing.ComplaintArchived():
            return event.explanation
        case routing.ResponseGiven() | intake.ReporterReplied():
            return event.text
        case _:
            return None
