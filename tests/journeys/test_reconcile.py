"""The comparison of a load must notice whatever is missing, anywhere: one test for each place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kentongan.history.cases import Act, Case, Step, spell
from kentongan.history.runner import Outcome, Receipt
from kentongan.load.books import Found, Marks
from kentongan.load.reconcile import Comparison, compare
from kentongan.load.stores import ANSWERED, FILED, FORWARDED, TYPES, VERIFIED, Counters, Figure, Seen

AT = datetime(2022, 3, 1, tzinfo=UTC)
STEPS = (
    Step(Act.VERIFY, "35.78", AT, {}),
    Step(Act.FORWARD, "35.78", AT, {"to": "35.78.pju"}),
    Step(Act.RESPOND, "35.78.pju", AT + timedelta(hours=3), {"text": "Ya.", "final": True}),
)
CASES = [Case(f"key {number}", f"record {number}", {"filed_at": spell(AT)}, STEPS) for number in range(3)]
IDS = [f"id {number}" for number in range(3)]
FIGURE = Figure("35.78.pju", AT, AT, AT, AT + timedelta(hours=3), 4)


def seen(events: int) -> Seen:
    """Say what a place holds when nothing is missing."""
    whole = Seen(events=events)
    for kind in TYPES:
        whole.complaints[kind] = set(IDS)
    return whole


def found() -> Found:
    """Say what every place holds when nothing is missing."""
    counters = Counters(received=7, received_rows=7, answered=5, answered_rows=5)
    return Found(seen(12), seen(12), seen(0), dict.fromkeys(IDS, FIGURE), counters, Marks(3, 9))


def outcome() -> Outcome:
    """Say what HTTP answered when nothing was refused."""
    done = Outcome({case.key: Receipt(name, "KTG") for case, name in zip(CASES, IDS, strict=True)})
    done.steps.update(dict.fromkeys(Act, 3))
    return done


def differing(comparison: Comparison) -> list[str]:
    """Name the lines that differ."""
    return [line.name for line in comparison.lines if not line.agrees]


def test_nothing_differs_when_nothing_is_missing() -> None:
    assert differing(compare(CASES, outcome(), found())) == []


def test_what_others_did_since_is_no_difference() -> None:
    there = found()
    there.kafka.complaints[ANSWERED].add("id of another load")
    assert differing(compare(CASES, outcome(), there)) == []


@pytest.mark.parametrize("place", ["logs", "kafka", "inbox"])
@pytest.mark.parametrize(
    ("kind", "line"),
    [(FILED, "complaints"), (VERIFIED, "verified"), (FORWARDED, "forwarded"), (ANSWERED, "answered")],
)
def test_a_fact_that_one_place_lacks_is_a_difference(place: str, kind: str, line: str) -> None:
    there = found()
    getattr(there, place).complaints[kind].discard(IDS[1])
    assert differing(compare(CASES, outcome(), there)) == [line]


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda figure: replace(figure, filed_at=AT + timedelta(seconds=1)), ["filed at its time"]),
        (lambda figure: replace(figure, agency="35.78.lain"), ["with its agency"]),
        (lambda figure: replace(figure, first_response_at=AT), ["answered at its time"]),
        (lambda figure: replace(figure, first_response_at=None), ["answered", "answered at its time"]),
        (lambda figure: replace(figure, verified_at=None), ["verified"]),
        (lambda figure: replace(figure, versions=3), ["events"]),
    ],
)
def test_a_figure_that_says_something_else_is_a_difference(
    change: Callable[[Figure], Figure], lines: list[str]
) -> None:
    there = found()
    figures = {**there.figures, IDS[2]: change(FIGURE)}
    assert differing(compare(CASES, outcome(), replace(there, figures=figures))) == lines


def test_a_missing_row_in_the_figures_is_a_difference_in_every_line_about_it() -> None:
    there = found()
    figures = {name: there.figures[name] for name in IDS[:2]}
    assert len(differing(compare(CASES, outcome(), replace(there, figures=figures)))) == 8


def test_a_record_that_was_not_filed_is_a_difference() -> None:
    done = outcome()
    del done.receipts[CASES[0].key]
    assert "complaints" in differing(compare(CASES, done, found()))


def test_counters_that_do_not_match_their_rows_are_a_difference() -> None:
    counters = Counters(received=7, received_rows=8, answered=5, answered_rows=5)
    assert differing(compare(CASES, outcome(), replace(found(), counters=counters))) == ["all received (counters)"]
