"""One realistic, visibly invented event of every type, as full and as bare as it can be; nobody in it exists."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts import intake, notify, routing
from contracts.events import Event
from contracts.sealing import Clear, DataKey
from contracts.topics import COMPLAINTS
from contracts.vocabulary import (
    Actor,
    ArchiveReason,
    Attachment,
    Channel,
    Classification,
    Clock,
    Due,
    HoldReason,
    Language,
    Name,
    Outcome,
    Point,
    Visibility,
)

COMPLAINT = UUID("0198f1c2-5a00-7000-8000-000000000001")
OTHER_COMPLAINT = UUID("0198f1c2-5a00-7000-8000-000000000002")
AGENCY = UUID("0198f1c2-5a00-7000-8000-0000000000a1")
NOTIFICATION = UUID("0198f1c2-5a00-7000-8000-0000000000b1")
CAUSE = UUID("0198f1c2-5a00-7000-8000-0000000000c1")
OFFICER = UUID("0198f1c2-5a00-7000-8000-0000000000d1")

TEST_SECRET = bytes.fromhex("6b656e746f6e67616e2d746573742d6b65792d6e6f742d7365637265742d2121")
"""Spells `kentongan-test-key-not-secret-!!`: opens the sealed fields of every frozen example."""
TEST_KEY = DataKey(COMPLAINT, TEST_SECRET)

FILED_AT = datetime(2026, 11, 2, 2, 15, 30, 250_000, tzinfo=UTC)
BY = Actor(agency="35.04.dpupr", officer=OFFICER)
PHOTO = Attachment(sha256="c0ffee" * 10 + "c0ff", media_type="image/webp", size=184_320)
VERIFY_BY = Due(clock=Clock.VERIFICATION, at=datetime(2026, 11, 5, 16, 59, 59, tzinfo=UTC), policy="2025-05-01")
ANSWER_BY = Due(clock=Clock.FIRST_RESPONSE, at=datetime(2026, 11, 10, 16, 59, 59, tzinfo=UTC), policy="2025-05-01")
REPLY_BY = Due(clock=Clock.REPORTER_REPLY, at=datetime(2026, 11, 19, 16, 59, 59, tzinfo=UTC), policy="2025-05-01")
WORKS = Name(id="Dinas Pekerjaan Umum dan Penataan Ruang (contoh)", en="Public Works Office (example)")


@dataclass(frozen=True, slots=True)
class Sample:
    """An event with what its envelope needs."""

    name: str
    event: Event
    version: int

    @property
    def subject(self) -> UUID:
        """What the event is about: a complaint, an agency or a notification."""
        if self.event.topic == COMPLAINTS:
            return COMPLAINT
        return AGENCY if isinstance(self.event, routing.AgencyEvent) else NOTIFICATION

    @property
    def time(self) -> datetime:
        """Business time: one hour after another."""
        return FILED_AT + timedelta(hours=self.version - 1)


def samples() -> Iterator[Sample]:
    """Give a full and a least sample of every event, and some variants worth freezing."""
    for version, (full, least) in enumerate([*_intake(), *_routing(), *_agencies(), *_notify()], 1):
        yield Sample("full", full, version)
        yield Sample("least", least, version)
    yield Sample("anonymous", filed(visibility=Visibility.ANONYMOUS, reporter_name=None), 1)
    yield Sample("secret", filed(visibility=Visibility.SECRET, point=None, sealed_point=Clear(_POINT)), 1)


_POINT = '{"latitude":-8.0911,"longitude":111.8902}'


def filed(**changes: Any) -> intake.ComplaintFiled:
    """A complaint about a road, with every field filled but the sealed position."""
    fields: dict[str, Any] = {
        "code": "KTG-35.04-7K2M-9QX4",
        "classification": Classification.COMPLAINT,
        "category": "jalan-rusak",
        "area": "35.04.02.2004",
        "visibility": Visibility.NAMED,
        "channel": Channel.WEB,
        "language": Language.INDONESIAN,
        "title": Clear("Jalan berlubang di depan Pasar Contoh"),
        "description": Clear("Sudah tiga minggu ada lubang besar. Dua pengendara jatuh saat hujan (cerita rekaan)."),
        "address": Clear("Jl. Contoh Raya nomor 0, depan Pasar Contoh"),
        "happened_on": date(2026, 10, 12),
        "point": Point(latitude=-8.0911, longitude=111.8902),
        "reporter_name": Clear("Warga Contoh"),
        "reporter_email": Clear("warga.contoh@contoh.example"),
        "reporter_phone": Clear("+6281200000000"),
        "attachments": (PHOTO,),
        "dues": (VERIFY_BY, ANSWER_BY),
    }
    return intake.ComplaintFiled(**{**fields, **changes})


def _filed() -> tuple[Event, Event]:
    least = intake.ComplaintFiled(
        code="KTG-35.04-0000-0000",
        classification=Classification.INFORMATION_REQUEST,
        category="lainnya",
        area="35.04",
        visibility=Visibility.ANONYMOUS,
        channel=Channel.API,
        language=Language.ENGLISH,
        title=Clear("Opening hours of the example office"),
        description=Clear("When can papers be handed in at the example office?"),
        dues=(),
    )
    return filed(sealed_point=Clear(_POINT)), least


def _intake() -> list[tuple[Event, Event]]:
    return [
        _filed(),
        (
            intake.EvidenceAdded(attachments=(PHOTO,), note=Clear("Foto lubang, pagi ini.")),
            intake.EvidenceAdded(attachments=(PHOTO,)),
        ),
        (
            intake.ReporterReplied(text=Clear("Lubangnya di sisi utara pasar."), attachments=(PHOTO,)),
            intake.ReporterReplied(text=Clear("Terima kasih.")),
        ),
        (intake.ComplaintWithdrawn(reason=Clear("Sudah diperbaiki warga.")), intake.ComplaintWithdrawn()),
        _twice(intake.ComplaintSupported(supporter=CAUSE, supporters=3)),
        _twice(intake.ResolutionConfirmed(confirmed_at=FILED_AT + timedelta(days=6))),
        _twice(intake.ResolutionDisputed(reason=Clear("Tambalannya lepas lagi setelah sehari."))),
        (intake.ResponseRated(rating=4, comment=Clear("Cepat, tetapi kurang rapi.")), intake.ResponseRated(rating=1)),
        _twice(intake.ReporterErased(requested_at=FILED_AT + timedelta(days=90))),
    ]


def _twice(event: Event) -> tuple[Event, Event]:
    """An event without optional fields is as full as it is bare."""
    return event, event


def _routing() -> list[tuple[Event, Event]]:
    return [*_first_steps(), *_changes_of_hands(), *_inside_the_agency(), *_endings()]


def _first_steps() -> list[tuple[Event, Event]]:
    checked = {"by": BY, "classification": Classification.COMPLAINT, "category": "jalan-rusak"}
    return [
        (
            routing.ComplaintVerified(**checked, title=Clear("Jalan berlubang di depan Pasar Contoh, sisi utara")),
            routing.ComplaintVerified(**checked),
        ),
        _twice(
            routing.ComplaintHeld(
                by=BY,
                reason=HoldReason.PLACE_MISSING,
                question=Clear("Di sisi mana pasar lubangnya?"),
                due=REPLY_BY,
            )
        ),
        (
            routing.ComplaintArchived(
                by=BY, reason=ArchiveReason.DUPLICATE, explanation=Clear("Sama dengan pengaduan contoh yang lain.")
            ),
            routing.ComplaintArchived(by=BY, reason=ArchiveReason.TOO_GENERAL),
        ),
    ]


def _changes_of_hands() -> list[tuple[Event, Event]]:
    return [
        (
            routing.ComplaintForwarded(
                by=Actor(agency="35.04", officer=OFFICER),
                to="35.04.dpupr",
                hop=1,
                held_seconds=7_200,
                dues=(ANSWER_BY,),
                note=Clear("Mohon dicek hari ini."),
            ),
            routing.ComplaintForwarded(
                by=Actor(agency="35.04", officer=OFFICER), to="35.04.dpupr", hop=1, held_seconds=0
            ),
        ),
        _twice(
            routing.ComplaintReturned(
                by=BY, to="35.04", hop=2, held_seconds=3_600, refusals=1, reason=Clear("Ini jalan provinsi (contoh).")
            )
        ),
        _twice(
            routing.OwnershipArbitrated(
                by=Actor(agency="35", officer=OFFICER),
                to="35.04.dpupr",
                hop=3,
                reason=Clear("Jalan ini milik kabupaten (contoh)."),
            )
        ),
    ]


def _inside_the_agency() -> list[tuple[Event, Event]]:
    return [
        _twice(routing.ComplaintAssigned(by=BY, officer=OFFICER)),
        _twice(routing.NoteAdded(by=BY, text=Clear("Aspal dingin masih ada di gudang contoh."))),
        (
            routing.ResponseGiven(
                by=BY,
                text=Clear("Lubang sudah ditambal pada 7 November. Terima kasih atas laporannya."),
                final=True,
                attachments=(PHOTO,),
                reply_due=REPLY_BY,
            ),
            routing.ResponseGiven(by=BY, text=Clear("Tim survei berangkat besok."), final=False),
        ),
    ]


def _endings() -> list[tuple[Event, Event]]:
    late = FILED_AT + timedelta(days=8)
    return [
        _twice(
            routing.DeadlineMissed(clock=Clock.FIRST_RESPONSE, due_at=late, agency="35.04.dpupr", policy="2025-05-01")
        ),
        _twice(routing.ComplaintEscalated(agency="35.04.dpupr", to="35.04", clock=Clock.FIRST_RESPONSE, level=1)),
        _twice(routing.ComplaintLinked(by=BY, primary=OTHER_COMPLAINT)),
        (
            routing.ComplaintReopened(by=BY, to="35.04.dpupr", dues=(ANSWER_BY,)),
            routing.ComplaintReopened(to="35.04.dpupr"),
        ),
        (
            routing.ComplaintClosed(by=BY, outcome=Outcome.RESOLVED_CONFIRMED, agency="35.04.dpupr"),
            routing.ComplaintClosed(outcome=Outcome.CLOSED_SILENT),
        ),
    ]


def _agencies() -> list[tuple[Event, Event]]:
    full: dict[str, Any] = {
        "code": "35.04.dpupr",
        "name": WORKS,
        "parent": "35.04",
        "tier": 3,
        "areas": ("35.04",),
        "categories": ("jalan-rusak", "drainase-banjir"),
        "role_label": Name(id="Petugas (contoh)", en="Officer (example)"),
        "contact": "loket@dpupr.contoh.example",
        "stream": True,
        "training": True,
        "active": True,
    }
    least: dict[str, Any] = {"code": "id", "name": Name(id="Nasional (contoh)", en="National (example)"), "tier": 0}
    return [
        (routing.AgencyRegistered(**full), routing.AgencyRegistered(**least)),
        (routing.AgencyChanged(**{**full, "active": False}), routing.AgencyChanged(**least)),
    ]


def _notify() -> list[tuple[Event, Event]]:
    told: dict[str, Any] = {
        "complaint": COMPLAINT,
        "cause": CAUSE,
        "message": "complaint-filed",
        "medium": notify.Medium.EMAIL,
        "attempt": 1,
    }
    failed = notify.NotificationFailed(**{**told, "attempt": 8}, reason="expired")
    return [_twice(notify.NotificationSent(**told)), _twice(failed)]
