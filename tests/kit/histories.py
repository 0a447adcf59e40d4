"""Lives of invented complaints, as events with their places in a topic; the same seed tells the same lives."""

import base64
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from contracts import intake, routing
from contracts.clocks import due
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.sealing import Sealed
from contracts.vocabulary import (
    Actor,
    ArchiveReason,
    Channel,
    Classification,
    Clock,
    Due,
    HoldReason,
    Language,
    Name,
    Outcome,
    Visibility,
)

PARTITIONS = 12
FIRST_DAY = datetime(2026, 8, 25, 1, 0, tzinfo=UTC)
NAMES = {
    "35.04": ("Pemerintah Kabupaten Contoh", "Example Regency Government"),
    "35.04.dpupr": ("Dinas Pekerjaan Umum Contoh", "Example Public Works Office"),
    "35.04.dlh": ("Dinas Lingkungan Hidup Contoh", "Example Environment Office"),
    "35.04.dinkes": ("Dinas Kesehatan Contoh", "Example Health Office"),
    "35.04.dishub": ("Dinas Perhubungan Contoh", "Example Transport Office"),
    "35.04.latihan": ("Instansi Latihan Contoh", "Example Training Office"),
}
AGENCIES = tuple(code for code in NAMES if code not in {"35.04", "35.04.latihan"})
CATEGORIES = ("jalan-rusak", "sampah", "drainase-banjir", "lainnya")
AREAS = ("35.04.02.2004", "35.04.11", "73.71.01", "91.71")
"""In all three time zones of the country."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its place in a topic."""

    envelope: Envelope[Event]
    partition: int
    offset: int

    @property
    def subject(self) -> UUID:
        """What it is about."""
        return self.envelope.subject


def envelope(event: Event, subject: UUID, version: int, time: datetime) -> Envelope[Event]:
    """Wrap an event as its owner would."""
    return Envelope(
        id=uuid.uuid5(subject, f"{event.owner}{version}"),
        source=f"/{event.owner}",
        type=event.type,
        subject=subject,
        time=time,
        sequence=version,
        correlationid="test",
        data=event,
    )


def sealed(subject: UUID) -> Sealed:
    """Give a text that nobody can open."""
    return Sealed(key=subject, part="text", box=base64.b64encode(bytes(40)).decode())


def filed(subject: UUID, at: datetime, **changes: Any) -> intake.ComplaintFiled:
    """Give a filing with the promises intake makes."""
    area = changes.get("area", AREAS[0])
    classification = changes.get("classification", Classification.COMPLAINT)
    promises = (due(Clock.VERIFICATION, classification, at, area), due(Clock.RESOLUTION, classification, at, area))
    fields: dict[str, Any] = {
        "code": f"KTG-35.04-{subject.hex[:4].upper()}-{subject.hex[4:8].upper()}",
        "classification": classification,
        "category": CATEGORIES[0],
        "area": area,
        "visibility": Visibility.NAMED,
        "channel": Channel.WEB,
        "language": Language.INDONESIAN,
        "title": sealed(subject),
        "description": sealed(subject),
        "dues": promises,
    }
    return intake.ComplaintFiled(**{**fields, **changes})


def agency(code: str, *, training: bool = False) -> routing.AgencyRegistered:
    """Give an agency of the invented tree."""
    in_indonesian, in_english = NAMES[code]
    parent = code.rpartition(".")[0] or None
    return routing.AgencyRegistered(
        code=code,
        name=Name(id=in_indonesian, en=in_english),
        parent=parent,
        tier=code.count("."),
        areas=("35.04",),
        training=training,
    )


class Life:
    """Tells one complaint's life, event by event, in the order of the topic."""

    def __init__(self, subject: UUID, filed_at: datetime, **changes: Any) -> None:
        self.subject = subject
        self.now = filed_at
        self.story: list[Envelope[Event]] = []
        self._versions = {"intake": 0, "routing": 0}
        self._changes = changes
        self.hop = 0
        self.add(filed(subject, filed_at, **changes))

    def add(self, event: Event, after: timedelta = timedelta(0)) -> "Life":
        """Let something happen."""
        self.now += after
        self._versions[event.owner.value] += 1
        self.story.append(envelope(event, self.subject, self._versions[event.owner.value], self.now))
        return self

    def verify(self, after: timedelta = timedelta(hours=5)) -> "Life":
        """An officer finds it in order."""
        category = self._changes.get("category", CATEGORIES[0])
        return self.add(
            routing.ComplaintVerified(by=officer("35.04"), classification=Classification.COMPLAINT, category=category),
            after,
        )

    def forward(self, to: str, after: timedelta = timedelta(hours=2), dues: Sequence[Due] | None = None) -> "Life":
        """It goes to an agency; the first time a deadline for the answer begins."""
        self.hop += 1
        area = self._changes.get("area", AREAS[0])
        first = (due(Clock.FIRST_RESPONSE, Classification.COMPLAINT, self.now + after, area),)
        begun = tuple(dues) if dues is not None else first if self.hop == 1 else ()
        return self.add(
            routing.ComplaintForwarded(by=officer("35.04"), to=to, hop=self.hop, held_seconds=7200, dues=begun), after
        )

    def respond(self, by: str, after: timedelta = timedelta(days=2), *, final: bool = True) -> "Life":
        """The agency answers."""
        return self.add(routing.ResponseGiven(by=officer(by), text=sealed(self.subject), final=final), after)


def officer(code: str) -> Actor:
    """Give the officer of an agency."""
    return Actor(agency=code, officer=uuid.uuid5(uuid.NAMESPACE_DNS, code))


def life(random: Random, subject: UUID, filed_at: datetime) -> list[Envelope[Event]]:
    """Make up one life: most are verified, forwarded and answered; some come to every other end."""
    told = Life(
        subject,
        filed_at,
        category=random.choice(CATEGORIES),
        area=random.choice(AREAS),
        visibility=random.choices(tuple(Visibility), (80, 14, 6))[0],
    )
    for step in (_begin, _handle, _end):
        if not step(random, told):
            break
    return told.story


def _hours(random: Random, most: int) -> timedelta:
    return timedelta(seconds=random.randint(60, most * 3600))


def _begin(random: Random, told: Life) -> bool:
    if random.random() < 0.1:
        told.add(intake.ComplaintSupported(supporter=told.subject, supporters=1), _hours(random, 20))
    chance = random.random()
    if chance < 0.06:
        told.add(intake.ComplaintWithdrawn(), _hours(random, 200))
    elif chance < 0.12:
        told.add(routing.ComplaintArchived(by=officer("35.04"), reason=ArchiveReason.TOO_GENERAL), _hours(random, 200))
    elif chance < 0.2:
        asked = due(Clock.REPORTER_REPLY, Classification.COMPLAINT, told.now, AREAS[0])
        question = sealed(told.subject)
        told.add(
            routing.ComplaintHeld(by=officer("35.04"), reason=HoldReason.PLACE_MISSING, question=question, due=asked)
        )
        told.add(intake.ReporterReplied(text=question), _hours(random, 90))
    if chance >= 0.12:
        told.verify(_hours(random, 96))
    return chance >= 0.16


def _handle(random: Random, told: Life) -> bool:
    told.forward(random.choice(AGENCIES), _hours(random, 24))
    if random.random() < 0.15:
        told.hop += 1
        told.add(
            routing.ComplaintReturned(
                by=officer(AGENCIES[0]),
                to="35.04",
                hop=told.hop,
                held_seconds=60,
                refusals=1,
                reason=sealed(told.subject),
            ),
            _hours(random, 60),
        )
        told.forward(random.choice(AGENCIES), _hours(random, 30))
    if random.random() < 0.2:
        return False
    told.respond(AGENCIES[0], _hours(random, 260), final=random.random() < 0.8)
    return random.random() < 0.7


def _end(random: Random, told: Life) -> bool:
    chance = random.random()
    if chance < 0.3:
        told.add(intake.ResolutionConfirmed(confirmed_at=told.now), _hours(random, 50))
        told.add(routing.ComplaintClosed(outcome=Outcome.RESOLVED_CONFIRMED))
        told.add(intake.ResponseRated(rating=random.randint(1, 5)))
    elif chance < 0.5:
        told.add(intake.ResolutionDisputed(reason=sealed(told.subject)), _hours(random, 50))
        told.add(routing.ComplaintReopened(to=random.choice(AGENCIES)), _hours(random, 5))
        told.respond(AGENCIES[1], _hours(random, 90))
    else:
        told.add(routing.ComplaintClosed(outcome=Outcome.CLOSED_SILENT), timedelta(days=14))
    return True


def lives(count: int, seed: int = 3504, days: int = 90) -> list[list[Envelope[Event]]]:
    """Make up many lives, filed over some days, in the order of filing."""
    random = Random(seed)
    times = sorted(random.uniform(0, days) for _ in range(count))
    return [
        life(random, UUID(int=random.getrandbits(128), version=4), FIRST_DAY + timedelta(days=time)) for time in times
    ]


def shift(story: Sequence[Envelope[Event]], by: timedelta, until: datetime) -> list[Envelope[Event]]:
    """Move a life in time, promises included; what would come later than `until` has not happened yet."""
    moved = [_moved(event, by) for event in story]
    return [event for event in moved if event.time <= until]


def _moved(event: Envelope[Event], by: timedelta) -> Envelope[Event]:
    data = event.data
    if isinstance(data, intake.ComplaintFiled | routing.ComplaintForwarded):
        dues = tuple(promise.model_copy(update={"at": promise.at + by}) for promise in data.dues)
        data = data.model_copy(update={"dues": dues})
    return event.model_copy(update={"time": event.time + by, "data": data})


def topic(stories: Sequence[Sequence[Envelope[Event]]], random: Random | None = None) -> Iterator[Placed]:
    """Lay stories into partitions by subject, interleaved at random, each in its own order."""
    dice = random or Random(7)
    rest = [list(reversed(story)) for story in stories if story]
    ends = [0] * PARTITIONS
    while rest:
        place = dice.randrange(len(rest))
        event = rest[place].pop()
        if not rest[place]:
            rest[place] = rest[-1]
            rest.pop()
        partition = event.subject.int % PARTITIONS
        yield Placed(event, partition, ends[partition])
        ends[partition] += 1
