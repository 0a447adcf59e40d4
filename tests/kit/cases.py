"""Named facts and a given/when/then for the life of a case in routing."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from chassis.decider import Refused
from contracts.events import Event
from contracts.intake import (
    ComplaintFiled,
    ComplaintWithdrawn,
    ReporterErased,
    ReporterReplied,
    ResolutionConfirmed,
    ResolutionDisputed,
)
from contracts.routing import ComplaintForwarded, ComplaintVerified, ResponseGiven
from contracts.sealing import Clear
from contracts.vocabulary import Actor, Channel, Classification, Clock, Due, Language, Name, Visibility
from routing.domain.case import Command, ForwardCase, RespondToCase, VerifyCase, decide
from routing.domain.case_state import Fact, State, fold
from routing.domain.tree import Agency, Tree

FILED_AT = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
"""A Monday, 09.00 in Tulungagung."""

COMPLAINT = UUID("0193a1b2-0000-7000-8000-000000000001")
OFFICER = UUID("0193a1b2-0000-7000-8000-00000000000f")

NATIONAL, PROVINCE, REGENCY = "id", "35", "35.04"
DLH, BINA_MARGA, DPUPR, KECAMATAN, DESA = "35.04.dlh", "35.04.dpupr.bm", "35.04.dpupr", "35.04.01", "35.04.01.1003"


def agency(code: str, parent: str | None, tier: int, **duties: Any) -> Agency:
    """Make an agency with a plain name."""
    return Agency(code, Name(id=f"Instansi {code}", en=f"Agency {code}"), parent, tier, **duties)


TREE = Tree.of(
    [
        agency(NATIONAL, None, 0),
        agency(PROVINCE, NATIONAL, 1, areas=("35",)),
        agency(REGENCY, PROVINCE, 2, areas=("35.04",), stream=True),
        agency(DLH, REGENCY, 3, areas=("35.04",), categories=("sampah", "pencemaran"), stream=True),
        agency(DPUPR, REGENCY, 3, areas=("35.04",), categories=("jalan-rusak",), stream=True),
        agency(BINA_MARGA, DPUPR, 4, areas=("35.04",), categories=("jalan-rusak",)),
        agency(KECAMATAN, REGENCY, 3, areas=("35.04.01",), stream=True),
        agency(DESA, KECAMATAN, 4, areas=("35.04.01.1003",), categories=("desa-kelurahan",)),
        agency("35.04.lama", REGENCY, 3, areas=("35.04",), categories=("sampah",), active=False),
    ]
)


def officer_of(code: str) -> Actor:
    """An officer of an agency."""
    return Actor(agency=code, officer=OFFICER)


def after(**elapsed: float) -> datetime:
    """A moment after the filing."""
    return FILED_AT + timedelta(**elapsed)


def filed(**fields: Any) -> ComplaintFiled:
    """What intake publishes when somebody complains of waste."""
    facts: dict[str, Any] = {
        "code": "KTG-35.04-7K2M-9QX4",
        "classification": Classification.COMPLAINT,
        "category": "sampah",
        "area": "35.04.01.1003",
        "visibility": Visibility.NAMED,
        "channel": Channel.WEB,
        "language": Language.INDONESIAN,
        "title": Clear("Sampah menumpuk di tepi sungai"),
        "description": Clear("Sudah dua minggu tidak diangkut."),
        "reporter_name": Clear("Sari Contoh"),
        "reporter_email": Clear("sari@contoh.invalid"),
        "dues": (
            Due(clock=Clock.VERIFICATION, at=after(days=3), policy="2025-05-01"),
            Due(clock=Clock.RESOLUTION, at=after(days=84), policy="2025-05-01"),
        ),
    }
    return ComplaintFiled(**facts | fields)


FILED = Fact(filed(), FILED_AT, desk=REGENCY)
VERIFIED = Fact(
    ComplaintVerified(by=officer_of(REGENCY), classification=Classification.COMPLAINT, category="sampah"),
    after(hours=2),
)
FIRST_RESPONSE_DUE = Due(
    clock=Clock.FIRST_RESPONSE, at=datetime(2026, 11, 9, 16, 59, 59, tzinfo=UTC), policy="2025-05-01"
)
FORWARDED = Fact(
    ComplaintForwarded(by=officer_of(REGENCY), to=DLH, hop=1, held_seconds=10_800, dues=(FIRST_RESPONSE_DUE,)),
    after(hours=3),
)
INTERIM = Fact(ResponseGiven(by=officer_of(DLH), text=Clear("Sedang kami periksa."), final=False), after(days=1))
ANSWERED = Fact(ResponseGiven(by=officer_of(DLH), text=Clear("Sudah diangkut."), final=True), after(days=2))
REPLIED = Fact(ReporterReplied(text=Clear("Masih ada sisanya.")), after(days=3))
WITHDRAWN = Fact(ComplaintWithdrawn(), after(days=1))
CONFIRMED = Fact(ResolutionConfirmed(confirmed_at=after(days=4)), after(days=4))
DISPUTED = Fact(ResolutionDisputed(reason=Clear("Belum bersih.")), after(days=4))
ERASED = Fact(ReporterErased(requested_at=after(days=1)), after(days=1))

VERIFY = VerifyCase(officer_of(REGENCY), after(hours=2), TREE)
FORWARD = ForwardCase(officer_of(REGENCY), after(hours=3), TREE, to=DLH)
RESPOND = RespondToCase(officer_of(DLH), after(days=2), TREE, text="Sudah diangkut.")


C = TypeVar("C", bound=Command)


def by(command: C, code: str) -> C:
    """The same command, decided by an officer of another agency."""
    return replace(command, by=officer_of(code))


def at(command: C, moment: datetime) -> C:
    """The same command, at another time."""
    return replace(command, at=moment)


@dataclass(frozen=True)
class Case:
    """A story so far, and what is asked of it."""

    facts: tuple[Fact, ...]
    command: Command | None = None

    def when(self, command: Command) -> "Case":
        """Ask for something."""
        return Case(self.facts, command)

    def then(self, *events: Event) -> None:
        """This happens; nothing when no event is given."""
        assert self._decide() == list(events)

    def refused(self, refusal: type[Refused], **facts: object) -> None:
        """A rule says no, and says why."""
        with pytest.raises(refusal) as caught:
            self._decide()
        assert {name: getattr(caught.value, name) for name in facts} == facts

    def _decide(self) -> list[Any]:
        assert self.command is not None
        return list(decide(self.command, self.state))

    @property
    def state(self) -> State:
        """What the facts lead to."""
        return fold(self.facts)


def given(*facts: Fact) -> Case:
    """Begin with these facts."""
    return Case(facts)
