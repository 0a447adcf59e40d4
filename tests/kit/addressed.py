"""What has to reach agencies and reporters: streams without gaps, and one letter for each piece of news."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kit.evidence import Record
from kit.folds import FORWARDED, TOLD, Row, Stories, differences
from kit.promises import FILED, Broken

Entries = dict[str, list[tuple[int, str, int]]]
"""Agency -> (number in its stream, complaint, number in the complaint's story)."""


def told_stories(stories: Stories, kept: Iterable[Row]) -> Broken:
    """routing keeps each story for its streams in the order of the topic, word for word."""
    expected = {
        (subject, number): (record.value or b"").decode()
        for subject, story in stories.items()
        for number, record in enumerate(story, 1)
    }
    return differences("stream_stories", expected, {(row["id"], row["number"]): row["wire"] for row in kept})


def streams(stories: Stories, agencies: Sequence[Record], entries: Entries, counters: Mapping[str, int]) -> Broken:
    """Each agency has been given exactly its own events, whole stories in order, numbered without gaps."""
    tree = {record.event["data"]["code"]: record.event["data"] for record in agencies}
    expected = {
        (agency, subject): list(range(1, last + 1))
        for subject, story in stories.items()
        for agency, last in _readers(story, tree).items()
    }
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    broken = []
    for agency, given in entries.items():
        numbers = [sequence for sequence, _, _ in given]
        if numbers != list(range(1, len(numbers) + 1)) or counters.get(agency) != len(numbers):
            broken.append(f"I5: the stream of {agency} has {len(numbers)} events, numbered otherwise")
        for _, subject, number in given:
            found[agency, subject].append(number)
    return broken + differences("agency_events", expected, found)


def _readers(story: Sequence[Record], tree: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Say up to which event each agency with a stream has been told: those of the path to who has it, and had it."""
    holder, last = "35.04", {}
    for number, record in enumerate(story, 1):
        after = record.event["data"]["to"] if record.event["type"] == FORWARDED else holder
        for agency in {*_path(holder, tree), *_path(after, tree)}:
            if tree[agency].get("stream") and tree[agency].get("active", True):
                last[agency] = number
        holder = after
    return last


def _path(code: str | None, tree: Mapping[str, Mapping[str, Any]]) -> list[str]:
    path = []
    while code is not None:
        path.append(code)
        code = tree[code].get("parent")
    return path


def stream_topics(stories: Stories, entries: Entries, topics: Mapping[str, Sequence[Record]]) -> Broken:
    """I4 for `agency.<code>`: the topic is the table, the first time in order, each event as it was in `complaints`."""
    broken = []
    for agency in entries.keys() | topics.keys():
        seen: dict[int, tuple[str, str]] = {}
        for record in topics.get(agency, ()):
            seen.setdefault(int(record.event["agencysequence"]), (record.event["agency"], record.event["id"]))
        wanted = {
            sequence: (agency, stories[subject][number - 1].event["id"])
            for sequence, subject, number in entries.get(agency, ())
        }
        if list(seen.items()) != list(wanted.items()):
            broken.append(f"I4: agency.{agency} has {len(seen)} events, the table {len(wanted)}, or in disorder")
    return broken


def news(stories: Stories, contacts: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Say what has to be told: (event, recipient) -> address, for every reporter who left one."""
    return {
        (record.event["id"], subject): contacts[subject]
        for subject, story in stories.items()
        if subject in contacts and "reporter_email" in story[0].event["data"]
        for record in story
        if record.event["type"] in TOLD
    }


def deliveries(wanted: Mapping[tuple[str, str], str], kept: Sequence[Row]) -> Broken:
    """I7: each (event, recipient) has one delivery, and it was sent."""
    found = Counter((row["event_id"], row["recipient_id"]) for row in kept)
    states = {(row["event_id"], row["recipient_id"]): row["state"] for row in kept}
    return [
        f"I7: {key} has {found[key]} deliveries, {states.get(key)}"
        for key in wanted.keys() | found.keys()
        if key not in wanted or found[key] != 1 or states[key] != "sent"
    ]


def letters(
    wanted: Mapping[tuple[str, str], str],
    kept: Sequence[Row],
    box: Sequence[Mapping[str, Any]],
    tries: Mapping[str, int],
) -> Broken:
    """I7: each delivery has its letter, under its own Message-ID, at most once for each try to send it."""
    to = {row["delivery_id"]: wanted.get((row["event_id"], row["recipient_id"])) for row in kept}
    arrived = Counter(_id_of(letter) for letter in box)
    broken = [f"I7: {each} never arrived" for each in to if arrived[each] == 0]
    broken += [f"I7: nobody sent {each}" for each in arrived if each not in to]
    broken += [
        f"I7: {each} arrived {times} times after {tries.get(each, 0)} tries"
        for each, times in arrived.items()
        if times > tries.get(each, 0)
    ]
    return broken + [
        f"I7: {_id_of(letter)} went to somebody else"
        for letter in box
        if to.get(_id_of(letter)) not in (None, *letter["to"])
    ]


def repeated_in_windows(box: Sequence[Mapping[str, Any]], windows: Iterable[tuple[float, float]]) -> Broken:
    """I7: whatever arrived again had left for the first time while a fault was being done (seconds since 1970)."""
    held = list(windows)
    return [
        f"I7: {each} arrived again, and at {moment} nothing was wrong"
        for each, moments in repeated(box).items()
        for moment in moments[:-1]
        if not any(begin <= datetime.fromisoformat(moment).timestamp() <= end for begin, end in held)
    ]


def repeated(box: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Give the letters that arrived more than once, with the moments when."""
    moments: defaultdict[str, list[str]] = defaultdict(list)
    for letter in box:
        moments[_id_of(letter)].append(letter["received_at"])
    return {each: times for each, times in moments.items() if len(times) > 1}


def _id_of(letter: Mapping[str, Any]) -> str:
    return str(letter["message_id"]).strip("<>").split("@", 1)[0]


def addresses(stories: Stories, emails: Mapping[str, str], known: Iterable[str]) -> Broken:
    """notify knows the address of exactly those reporters who left one."""
    wanted = {subject for subject, story in stories.items() if story[0].event["type"] == FILED and subject in emails}
    return [f"I5: contacts of {each}" for each in wanted ^ set(known)]
