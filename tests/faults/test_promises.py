"""The checks themselves: each is content with the smallest whole evidence, and names what is spoilt in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kit import addressed, folds, promises
from kit.evidence import Logged, Record
from kit.folds import ANSWERED, FORWARDED, VERIFIED
from kit.ledger import Entry, Ledger, read
from kit.promises import FILED, Broken

ONE, TWO = "0193a1b2-0000-7000-8000-000000000001", "0193a1b2-0000-7000-8000-000000000002"
DATA: dict[str, dict[str, Any]] = {
    FILED: {"reporter_email": {}},
    VERIFIED: {},
    FORWARDED: {"to": "35.04.dlh", "hop": 1},
    ANSWERED: {"final": True},
}


def logged(position: int, stream: str, version: int, kind: str, source: str) -> Logged:
    head = {"id": f"{source}{stream}{version}", "source": source, "type": kind, "subject": stream}
    times = {"time": f"2026-11-02T02:00:{position:02}Z", "sequence": f"{version:010}"}
    return Logged(position, stream, version, head["id"], kind, json.dumps({**head, **times}), json.dumps(DATA[kind]))


def record(event: Logged, offset: int) -> Record:
    return Record("complaints", int(event.stream[-1]), offset, event.stream, json.dumps(event.event).encode(), offset)


@dataclass
class Whole:
    """Two complaints, one of them answered, with nothing wrong."""

    intake: list[Logged]
    routing: list[Logged]
    topic: list[Record]
    keys: list[Record]
    ledger: list[Entry]

    def broken(self) -> Broken:
        return [
            *promises.acknowledged_is_logged_once(self.ledger, self.intake, self.routing),
            *promises.logged_was_sent(self.ledger, self.intake, self.routing),
            *promises.versions_count_from_one("intake", self.intake),
            *promises.versions_count_from_one("routing", self.routing),
            *promises.published_in_order("intake", self.intake, self.topic),
            *promises.published_in_order("routing", self.routing, self.topic),
            *promises.keys_went_ahead(self.keys, self.topic),
        ]


def whole() -> Whole:
    intake = [logged(1, ONE, 1, FILED, "/intake"), logged(2, TWO, 1, FILED, "/intake")]
    kinds = (VERIFIED, FORWARDED, ANSWERED)
    routing = [logged(place, ONE, place, kind, "/routing") for place, kind in enumerate(kinds, 1)]
    topic = [record(event, offset) for offset, event in enumerate([*intake, *routing], 1)]
    keys = [Record("complaint-keys", 0, 0, stream, b"{}", 0) for stream in (ONE, TWO)]
    ledger = [Entry(stream, "file", None, outcome="ok", id=stream) for stream in (ONE, TWO)]
    ledger += [Entry(what, what, ONE, outcome="ok") for what in promises.DECIDED]
    return Whole(intake, routing, topic, keys, ledger)


def test_whole_evidence_breaks_no_promise() -> None:
    assert whole().broken() == []


def test_what_was_published_again_in_its_order_or_late_breaks_no_promise() -> None:
    evidence = whole()
    again = [replace(each, offset=each.offset + 10) for each in [*evidence.topic, evidence.topic[2]]]
    evidence.topic += again
    assert evidence.broken() == []
    assert promises.duplicates(evidence.topic) == len(again)


def _answer_twice_with_one_id(evidence: Whole) -> None:
    evidence.ledger[1].id = ONE


def _swap(evidence: Whole) -> None:
    evidence.topic[2], evidence.topic[3] = evidence.topic[3], evidence.topic[2]


def _falsify(evidence: Whole) -> None:
    event = {**evidence.topic[4].event, "data": {"final": False}}
    evidence.topic[4] = replace(evidence.topic[4], value=json.dumps(event).encode())


def _set(name: str, place: int, **changes: Any) -> Callable[[Whole], None]:
    def spoil(evidence: Whole) -> None:
        found = getattr(evidence, name)
        found[place] = replace(found[place], **changes)

    return spoil


SPOILT: list[tuple[str, Callable[[Whole], object]]] = [
    ("I1: filing", lambda evidence: evidence.intake.pop()),
    ("I1: responses", lambda evidence: evidence.routing.pop()),
    ("I1: filing", lambda evidence: evidence.intake.append(evidence.intake[0])),
    ("I1: 0193a1b2", _answer_twice_with_one_id),
    ("I2: nobody filed", lambda evidence: evidence.ledger.pop(0)),
    ("I2: nobody asked", lambda evidence: evidence.ledger.pop()),
    ("I2: file", _set("ledger", 0, outcome="unknown")),
    ("I3: intake", _set("intake", 1, version=2)),
    ("I3: routing", lambda evidence: evidence.routing.pop(1)),
    ("I4: intake", lambda evidence: evidence.topic.pop(0)),
    ("I4: routing", _swap),
    ("I4: routing", _falsify),
    ("I4: routing 0193a1b2-0000-7000-8000-000000000001 is spread", _set("topic", 3, partition=7)),
    ("I4: intake 0193a1b2-0000-7000-8000-000000000001 is keyed None", _set("topic", 0, key=None)),
    ("I4: the key", lambda evidence: evidence.keys.pop()),
    ("I4: the key", _set("keys", 0, at=50)),
]


@pytest.mark.parametrize(("named", "spoil"), SPOILT, ids=[f"{n} {named[:12]}" for n, (named, _) in enumerate(SPOILT)])
def test_what_is_spoilt_is_named(named: str, spoil: Callable[[Whole], object]) -> None:
    evidence = whole()
    spoil(evidence)
    assert any(each.startswith(named) for each in evidence.broken()), evidence.broken()


def test_offsets_are_at_the_ends_and_never_go_back() -> None:
    ends, groups = {("complaints", 0): (0, 5), ("complaints", 1): (0, 0)}, {"a": "complaints"}
    assert promises.caught_up({("a", "complaints", 0): 5}, ends, groups) == []
    assert promises.caught_up({("a", "complaints", 0): 4}, ends, groups) != []
    assert promises.caught_up({("a", "complaints", 0): 5, ("b", "complaints", 0): 5}, ends, groups) != []
    samples: list[promises.Sample] = [("intake", {("offset", "a"): place}) for place in (1, 1, 4)]
    assert promises.never_backwards(samples) == []
    assert promises.never_backwards([*samples, ("intake", {("offset", "a"): 3})]) != []
    assert promises.never_backwards([*samples, ("routing", {("offset", "a"): 3})]) == []


def test_versions_applied_are_the_last_ones() -> None:
    topics, groups = {"complaints": whole().topic}, {"a": "complaints"}
    applied = {("a", "/intake", ONE): 1, ("a", "/intake", TWO): 1, ("a", "/routing", ONE): 3}
    assert promises.versions_applied(applied, topics, groups) == []
    assert promises.versions_applied({**applied, ("a", "/routing", ONE): 2}, topics, groups) != []


def test_cases_and_figures_are_told_from_the_topic() -> None:
    stories = folds.stories_of(whole().topic)
    answered = folds.moment(whole().topic[4])
    rows: list[dict[str, Any]] = [
        dict(zip(("id", *folds.CASE_COLUMNS), (ONE, "answered", "35.04.dlh", 1, 4, answered, answered), strict=True)),
        dict(zip(("id", *folds.CASE_COLUMNS), (TWO, "submitted", "35.04", 0, 1, None, None), strict=True)),
    ]
    steps = [{"id": ONE, "steps": [1, 2, 3, 4]}, {"id": TWO, "steps": [1]}]
    assert folds.cases(stories, rows, steps) == []
    assert folds.cases(stories, [{**rows[0], "hops": 2}, rows[1]], steps) != []
    assert folds.cases(stories, rows, [{"id": ONE, "steps": [1, 2, 4]}, steps[1]]) != []
    assert folds.cases(stories, rows[:1], steps) != []


def test_each_piece_of_news_has_one_letter() -> None:
    wanted = addressed.news(folds.stories_of(whole().topic), {ONE: "a@b.example"})
    assert len(wanted) == 3
    kept = [
        {"delivery_id": f"d{n}", "event_id": event, "recipient_id": person, "state": "sent"}
        for n, (event, person) in enumerate(wanted)
    ]
    box = [
        {"message_id": f"<{each['delivery_id']}@x>", "to": ["a@b.example"], "received_at": "2026-11-02T02:00:09+00:00"}
        for each in kept
    ]
    tries = {each["delivery_id"]: 1 for each in kept}
    assert addressed.deliveries(wanted, kept) + addressed.letters(wanted, kept, box, tries) == []
    assert addressed.deliveries(wanted, kept[1:]) != []
    assert addressed.deliveries(wanted, [*kept, kept[0]]) != []
    assert addressed.deliveries(wanted, [{**kept[0], "state": "queued"}, *kept[1:]]) != []
    assert addressed.letters(wanted, kept, box[1:], tries) != []
    assert addressed.letters(wanted, kept, [*box, box[0]], tries) != []
    assert addressed.letters(wanted, kept, [*box, box[0]], {**tries, "d0": 2}) == []
    assert addressed.letters(wanted, kept, [{**box[0], "to": ["c@d.example"]}, *box[1:]], tries) != []
    moment = 1793584809.0
    assert addressed.repeated_in_windows([*box, box[0]], [(moment - 1, moment + 1)]) == []
    assert addressed.repeated_in_windows([*box, box[0]], [(moment + 1, moment + 2)]) != []


def test_streams_have_whole_stories_and_no_gaps() -> None:
    stories = folds.stories_of(whole().topic)
    tree = [
        _agency("35.04", None, stream=True),
        _agency("35.04.dlh", "35.04", stream=True),
        _agency("35.04.dpupr", "35.04", stream=True),
    ]
    gate = [(1, ONE, 1), (2, TWO, 1), (3, ONE, 2), (4, ONE, 3), (5, ONE, 4)]
    unit = [(1, ONE, 1), (2, ONE, 2), (3, ONE, 3), (4, ONE, 4)]
    counters = {"35.04": 5, "35.04.dlh": 4}
    assert addressed.streams(stories, tree, {"35.04": gate, "35.04.dlh": unit}, counters) == []
    assert addressed.streams(stories, tree, {"35.04": gate, "35.04.dlh": unit}, {**counters, "35.04": 6}) != []
    assert addressed.streams(stories, tree, {"35.04": gate, "35.04.dlh": unit[1:]}, counters) != []
    assert addressed.streams(stories, tree, {"35.04": gate[:-1], "35.04.dlh": unit}, {**counters, "35.04": 4}) != []
    swapped = [(1, ONE, 2), (2, ONE, 1), *unit[2:]]
    assert addressed.streams(stories, tree, {"35.04": gate, "35.04.dlh": swapped}, counters) != []


def _agency(code: str, parent: str | None, *, stream: bool) -> Record:
    value = {"source": "/routing", "subject": code, "data": {"code": code, "parent": parent, "stream": stream}}
    return Record("agencies", 0, 0, code, json.dumps(value).encode(), 0)


def test_the_ledger_remembers_the_last_certain_outcome(tmp_path: Any) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.sent("k", "file")
    ledger.told("k", "unknown")
    assert read(ledger.path)["k"].outcome == "unknown"
    ledger.sent("k", "file")
    ledger.told("k", "ok", ONE)
    ledger.sent("other", "responses", ONE)
    ledger.close()
    entries = read(ledger.path)
    assert (entries["k"].outcome, entries["k"].id, entries["k"].sends, entries["k"].unknowns) == ("ok", ONE, 2, 1)
    assert (entries["other"].outcome, entries["other"].subject) == ("unknown", ONE)
