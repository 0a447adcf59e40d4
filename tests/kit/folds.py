"""I5 once more, from the topic's bytes alone: what every projection has to be, told without the code that makes it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from kit.evidence import Record, first_occurrences
from kit.promises import FILED, Broken

VERIFIED = "id.kentongan.complaint.verified.v1"
FORWARDED = "id.kentongan.complaint.forwarded.v1"
ANSWERED = "id.kentongan.complaint.response_given.v1"
KNOWN = {FILED, VERIFIED, FORWARDED, ANSWERED}
"""All that the crowd sets off; anything else in the topic is a reason to look again at these folds."""

TOLD = {FILED, FORWARDED, ANSWERED}
"""What reporters get letters about."""

WIB = timezone(timedelta(hours=7))

Row = Mapping[str, Any]
Stories = dict[str, list[Record]]


def stories_of(complaints: Sequence[Record]) -> Stories:
    """Give each complaint's events in the order of its partition, each once."""
    stories: defaultdict[str, list[Record]] = defaultdict(list)
    for record in first_occurrences(complaints):
        stories[record.event["subject"]].append(record)
    return dict(stories)


def moment(record: Record) -> datetime:
    """Read an event's business time."""
    return datetime.fromisoformat(record.event["time"])


def differences(what: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> Broken:
    """Name the keys for which a table says something else than the log."""
    return [
        f"I5: {what} {key}: the log says {expected.get(key)}, the table {found.get(key)}"
        for key in expected.keys() | found.keys()
        if expected.get(key) != found.get(key)
    ]


def unknown_kinds(complaints: Sequence[Record]) -> Broken:
    """Notice events that these folds do not know."""
    return [f"I5: no fold for {kind}" for kind in {record.event["type"] for record in complaints} - KNOWN]


def tracking(stories: Stories, routed: Iterable[Row]) -> Broken:
    """intake keeps each public fact of routing, word for word."""
    expected = {
        (subject, record.version): _text(record)
        for subject, story in stories.items()
        for record in story
        if record.event["source"] == "/routing"
    }
    return differences("routed_events", expected, {(row["id"], row["version"]): row["wire"] for row in routed})


def received(stories: Stories, kept: Iterable[Row]) -> Broken:
    """routing keeps each fact of intake, word for word."""
    expected = {
        (subject, record.version): _text(record)
        for subject, story in stories.items()
        for record in story
        if record.event["source"] == "/intake"
    }
    return differences("received", expected, {(row["id"], row["version"]): row["wire"] for row in kept})


def cases(stories: Stories, inbox: Iterable[Row], steps: Iterable[Row]) -> Broken:
    """routing's inbox shows where each case stands, and every step has its number."""
    expected = {subject: _case(story) for subject, story in stories.items()}
    found = {row["id"]: tuple(row[name] for name in CASE_COLUMNS) for row in inbox}
    numbered = {subject: list(range(1, len(story) + 1)) for subject, story in stories.items()}
    counted = {row["id"]: row["steps"] for row in steps}
    return differences("cases", expected, found) + differences("case_steps", numbered, counted)


CASE_COLUMNS = ("status", "holder", "hops", "version", "first_response_at", "answered_at")


def _case(story: Sequence[Record]) -> tuple[Any, ...]:
    status, holder, hops, answers = "submitted", "35.04", 0, []
    for record in story:
        data = record.event["data"]
        match record.event["type"]:
            case kind if kind == VERIFIED:
                status = "verified"
            case kind if kind == FORWARDED:
                status, holder, hops = "in_progress", data["to"], data["hop"]
            case kind if kind == ANSWERED:
                status = "answered" if data["final"] else "in_progress"
                answers.append((moment(record), data["final"]))
    finals = [at for at, final in answers if final]
    first = min((at for at, _ in answers), default=None)
    return status, holder, hops, len(story), first, max(finals, default=None)


def figures(stories: Stories, current: Iterable[Row], daily: Iterable[Row]) -> Broken:
    """reporting's rows say what became of each complaint, and its counters count exactly these."""
    expected = {subject: _figure(story) for subject, story in stories.items()}
    found = {row["id"]: tuple(row[name] for name in FIGURE_COLUMNS) for row in current}
    cells: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for state, agency, _, filed_at, verified_at, _, first_response_at, *_ in expected.values():
        cell = cells[agency, filed_at.astimezone(WIB).date()]
        seconds = int((first_response_at - filed_at).total_seconds()) if first_response_at else 0
        cell.update(received=1, verified=bool(verified_at), answered=state == "answered", response_seconds=seconds)
        if first_response_at:
            cells[agency, first_response_at.astimezone(WIB).date()]["responses"] += 1
    counted = {(row["agency"], row["day"]): {name: row[name] for name in CELL_COLUMNS} for row in daily}
    wanted = {key: {name: cell[name] for name in CELL_COLUMNS} for key, cell in cells.items()}
    nothing = dict.fromkeys(CELL_COLUMNS, 0)
    kept = {key: cell for key, cell in counted.items() if cell != nothing}
    return differences("complaint_current", expected, found) + differences("agency_daily", wanted, kept)


FIGURE_COLUMNS = (
    "state",
    "agency",
    "hops",
    "filed_at",
    "verified_at",
    "forwarded_at",
    "first_response_at",
    "intake_version",
    "routing_version",
)
CELL_COLUMNS = ("received", "verified", "answered", "response_seconds", "responses")


def _figure(story: Sequence[Record]) -> tuple[Any, ...]:
    state, agency, hops = "filed", "", 0
    at: dict[str, datetime] = {}
    versions = Counter(record.event["source"] for record in story)
    for record in story:
        kind, data = record.event["type"], record.event["data"]
        at.setdefault(kind, moment(record))
        if kind == VERIFIED:
            state = "verified"
        elif kind == FORWARDED:
            state, agency, hops = "forwarded", data["to"], data["hop"]
        elif kind == ANSWERED:
            state = "answered" if data["final"] else "in_progress"
    times = (at[FILED], at.get(VERIFIED), at.get(FORWARDED), at.get(ANSWERED))
    return state, agency, hops, *times, versions["/intake"], versions["/routing"]


def names(agencies: Sequence[Record], service: str, table: Iterable[Row]) -> Broken:
    """A service knows each agency by the name of its newest event."""
    expected = {}
    for record in agencies:
        data = record.event["data"]
        expected[data["code"]] = (data["name"]["id"], data["name"]["en"])
    return differences(
        f"{service}.agencies", expected, {row["code"]: (row["name_id"], row["name_en"]) for row in table}
    )


def _text(record: Record) -> str:
    return (record.value or b"").decode()
