"""What notify remembers of a complaint, and what of an event is worth telling."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.envelope import Envelope
from contracts.events import Event
from contracts.intake import ComplaintFiled, ReporterErased
from contracts.routing import ComplaintForwarded, ResponseGiven
from contracts.sealing import Place, Sealed
from contracts.vocabulary import Classification, Clock, Due, Language, Visibility


class Message(StrEnum):
    """A letter we know how to write: the name of its folder in `messages/`."""

    COMPLAINT_FILED = "complaint-filed"
    COMPLAINT_FORWARDED = "complaint-forwarded"
    RESPONSE_GIVEN = "response-given"
    NEWS = "news"
    """All that is said about a secret complaint: there is news, open your page."""


@dataclass(frozen=True, slots=True)
class Box:
    """A sealed text with the place it was sealed for, without which it cannot be opened."""

    sealed: Sealed
    place: Place


@dataclass(frozen=True, slots=True)
class Complaint:
    """What every letter about a complaint needs; nothing here says who filed it or what it says."""

    id: UUID
    code: str
    classification: Classification
    area: str
    visibility: Visibility
    language: Language
    dues: Mapping[Clock, datetime]
    erased: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """One event as it is told, whoever it is told to."""

    event_id: UUID
    complaint: UUID
    message: Message
    happened_at: datetime
    agency: str | None = None
    dues: Mapping[Clock, datetime] | None = None
    final: bool = False
    answer: Box | None = None


TOLD: frozenset[str] = frozenset(
    event.type for event in (ComplaintFiled, ComplaintForwarded, ResponseGiven, ReporterErased)
)
"""Wire types of the events that change what is told to whom."""


def remember(known: Complaint | None, envelope: Envelope[Event]) -> Complaint | None:
    """Fold one event into what is known; None as long as the filing itself was not seen."""
    match envelope.data:
        case ComplaintFiled() as filed if known is None:
            return Complaint(
                id=envelope.subject,
                code=filed.code,
                classification=filed.classification,
                area=filed.area,
                visibility=filed.visibility,
                language=filed.language,
                dues=_by_clock(filed.dues),
            )
        case ComplaintForwarded() as forwarded if known is not None:
            return replace(known, dues={**known.dues, **_by_clock(forwarded.dues)})
        case ReporterErased() if known is not None:
            return replace(known, erased=True)
        case _:
            return known


def tell(complaint: Complaint, envelope: Envelope[Event]) -> News | None:
    """Say what there is to tell after an event; None when there is nothing."""
    event = envelope.data
    news = News(envelope.id, complaint.id, _message(complaint, event), envelope.time, dues=complaint.dues)
    match event:
        case ComplaintFiled():
            return news
        case ComplaintForwarded():
            return replace(news, agency=event.to)
        case ResponseGiven():
            window = (event.reply_due,) if event.reply_due is not None else ()
            return replace(
                news,
                agency=event.by.agency,
                dues={**complaint.dues, **_by_clock(window)},
                final=event.final,
                answer=_answer(complaint, envelope, event),
            )
        case _:
            return None


def reporter_address(envelope: Envelope[Event]) -> Box | None:
    """Find the sealed e-mail address in a filing; None when the reporter left none."""
    filed = envelope.data
    if isinstance(filed, ComplaintFiled) and isinstance(filed.reporter_email, Sealed):
        return Box(filed.reporter_email, Place(envelope.stream, envelope.sequence, "reporter_email"))
    return None


def _answer(complaint: Complaint, envelope: Envelope[Event], event: ResponseGiven) -> Box | None:
    if complaint.visibility is Visibility.SECRET or not isinstance(event.text, Sealed):
        return None
    return Box(event.text, Place(envelope.stream, envelope.sequence, "text"))


def _message(complaint: Complaint, event: Event) -> Message:
    if complaint.visibility is Visibility.SECRET:
        return Message.NEWS
    if isinstance(event, ComplaintForwarded):
        return Message.COMPLAINT_FORWARDED
    return Message.RESPONSE_GIVEN if isinstance(event, ResponseGiven) else Message.COMPLAINT_FILED


def _by_clock(dues: tuple[Due, ...]) -> dict[Clock, datetime]:
    return {due.clock: due.at for due in dues}
