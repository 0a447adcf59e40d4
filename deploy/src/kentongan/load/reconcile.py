"""Compares what a file says with what every part of the system says, complaint by complaint."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kentongan.history.cases import Act, Case
from kentongan.history.runner import Outcome
from kentongan.load.books import Found, Marks
from kentongan.load.stores import ANSWERED, FILED, FORWARDED, TYPES, VERIFIED, Figure

_ACTS = {VERIFIED: Act.VERIFY, FORWARDED: Act.FORWARD, ANSWERED: Act.RESPOND}
_NAMES = {FILED: "complaints", VERIFIED: "verified", FORWARDED: "forwarded", ANSWERED: "answered"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison; None where a place does not know such a thing."""

    name: str
    file: int | None = None
    http: int | None = None
    log: int | None = None
    kafka: int | None = None
    inbox: int | None = None
    figures: int | None = None
    rows: int | None = None

    @property
    def counts(self) -> tuple[int | None, ...]:
        """What each place has, the file first."""
        return (self.file, self.http, self.log, self.kafka, self.inbox, self.figures, self.rows)

    @property
    def agrees(self) -> bool:
        """Whether all that know have the same."""
        return len({count for count in self.counts if count is not None}) == 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """The lines, what this run added, and how many records Kafka holds twice."""

    lines: Sequence[Line]
    added: Marks
    repeats: int


def compare(cases: Sequence[Case], outcome: Outcome, found: Found) -> Comparison:
    """Compare every place with the file."""
    lines = [
        *_counted(cases, outcome, found),
        *_checked(cases, outcome, found.figures),
        Line(
            "events",
            log=found.logs.events,
            kafka=found.kafka.events,
            figures=sum(each.versions for each in found.figures.values()),
        ),
        Line("all received (counters)", figures=found.counters.received, rows=found.counters.received_rows),
        Line("all answered (counters)", figures=found.counters.answered, rows=found.counters.answered_rows),
    ]
    return Comparison(lines, found.added, found.kafka.repeats)


def _counted(cases: Sequence[Case], outcome: Outcome, found: Found) -> Iterator[Line]:
    """Count the complaints that must have an event; what somebody else has done since is no difference."""
    told = _told_by(found.figures)
    for kind in TYPES:
        concerned = cases if kind == FILED else [case for case in cases if case.step(_ACTS[kind])]
        expected = {outcome.receipts[case.key].id for case in concerned if case.key in outcome.receipts}
        yield Line(
            name=_NAMES[kind],
            file=len(concerned),
            http=len(expected) if kind == FILED else outcome.steps[_ACTS[kind]],
            log=len(expected & found.logs.complaints[kind]),
            kafka=len(expected & found.kafka.complaints[kind]),
            inbox=len(expected & found.inbox.complaints[kind]),
            figures=len(expected & told[kind]),
        )


def _told_by(figures: Mapping[str, Figure]) -> dict[str, set[str]]:
    return {
        FILED: set(figures),
        VERIFIED: {name for name, each in figures.items() if each.verified_at},
        FORWARDED: {name for name, each in figures.items() if each.forwarded_at},
        ANSWERED: {name for name, each in figures.items() if each.first_response_at},
    }


def _checked(cases: Sequence[Case], outcome: Outcome, figures: Mapping[str, Figure]) -> Iterator[Line]:
    """Compare times and agencies, not only numbers."""
    facts: dict[str, list[bool]] = {}
    for case in cases:
        receipt = outcome.receipts.get(case.key)
        for name, is_so in _facts(case, figures.get(receipt.id) if receipt else None):
            facts.setdefault(name, []).append(is_so)
    for name, found in facts.items():
        yield Line(name, file=len(found), figures=sum(found))


def _facts(case: Case, figure: Figure | None) -> Iterator[tuple[str, bool]]:
    yield "filed at its time", figure is not None and figure.filed_at == case.filed_at
    if answer := case.step(Act.RESPOND):
        yield "answered at its time", figure is not None and figure.first_response_at == answer.at
    if forward := case.step(Act.FORWARD):
        yield "with its agency", figure is not None and figure.agency == forward.says["to"]
