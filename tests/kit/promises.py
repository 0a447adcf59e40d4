"""The promises of delivery as questions to evidence; each answers with what breaks it, and with nothing when it holds.

They know the wire form, the tables of the chassis and nothing of the code that fills them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kit.evidence import Logged, Offsets, Place, Record, first_occurrences
from kit.ledger import Entry

Broken = list[str]

Sample = tuple[str, Mapping[tuple[str, ...], int]]
"""A service, and how far it was with each thing that only grows."""

FILED = "id.kentongan.complaint.filed.v1"
DECIDED = {
    "verifications": "id.kentongan.complaint.verified.v1",
    "forwards": "id.kentongan.complaint.forwarded.v1",
    "responses": "id.kentongan.complaint.response_given.v1",
}


def acknowledged_is_logged_once(ledger: Iterable[Entry], intake: Sequence[Logged], routing: Sequence[Logged]) -> Broken:
    """I1: whatever was answered with success is in the log, exactly once."""
    filed = Counter(event.stream for event in intake if event.type == FILED)
    decided = Counter((event.stream, event.type) for event in routing)
    told: Counter[str] = Counter()
    broken = []
    for entry in ledger:
        if entry.outcome != "ok":
            continue
        if entry.what == "file":
            told[str(entry.id)] += 1
            if filed[str(entry.id)] != 1:
                broken.append(f"I1: filing {entry.key} of {entry.id} is {filed[str(entry.id)]} times in the log")
        elif decided[str(entry.subject), DECIDED[entry.what]] != 1:
            times = decided[str(entry.subject), DECIDED[entry.what]]
            broken.append(f"I1: {entry.what} {entry.key} of {entry.subject} is {times} times in the log")
    return broken + [f"I1: {each} was given to {times} filings" for each, times in told.items() if times > 1]


def logged_was_sent(ledger: Iterable[Entry], intake: Sequence[Logged], routing: Sequence[Logged]) -> Broken:
    """I2: nothing is in the log that nobody sent; asked once every outcome is known."""
    entries = list(ledger)
    doubtful = [f"I2: {entry.what} {entry.key} has no outcome" for entry in entries if entry.outcome != "ok"]
    filed = {str(entry.id) for entry in entries if entry.what == "file"}
    decided = {(str(entry.subject), DECIDED[entry.what]) for entry in entries if entry.what != "file"}
    broken = [f"I2: nobody filed {event.stream}" for event in intake if event.stream not in filed]
    broken += [
        f"I2: nobody asked for {event.type} of {event.stream}"
        for event in routing
        if ".complaint." in event.type and (event.stream, event.type) not in decided
    ]
    return doubtful + broken


def versions_count_from_one(service: str, log: Sequence[Logged]) -> Broken:
    """I3: in the order of positions the versions of each stream are 1, 2, 3 and so on."""
    last: Counter[str] = Counter()
    broken = []
    for event in log:
        if event.version != last[event.stream] + 1:
            broken.append(f"I3: {service} {event.stream} goes from {last[event.stream]} to {event.version}")
        last[event.stream] = event.version
    return broken


def published_in_order(service: str, log: Sequence[Logged], topic: Sequence[Record]) -> Broken:
    """I4: the topic has every event of the log, the first time in order, in one partition, word for word."""
    source = f"/{service}"
    mine = [record for record in topic if record.event["source"] == source]
    stories: defaultdict[str, list[Record]] = defaultdict(list)
    for record in first_occurrences(mine):
        stories[record.stream[1]].append(record)
    wanted: defaultdict[str, list[Logged]] = defaultdict(list)
    for event in log:
        wanted[event.stream].append(event)
    broken = []
    for stream in wanted.keys() | stories.keys():
        ids = [event.id for event in wanted[stream]]
        found = [record.event["id"] for record in stories[stream]]
        if ids != found:
            broken.append(
                f"I4: {service} {stream}: the log has {len(ids)} events, the topic {len(found)}, or in disorder"
            )
    return broken + _places(service, mine) + _words(service, log, mine)


def _places(service: str, topic: Sequence[Record]) -> Broken:
    partitions: defaultdict[str, set[int]] = defaultdict(set)
    for record in topic:
        partitions[record.stream[1]].add(record.partition)
    spread = [
        f"I4: {service} {stream} is spread over {len(many)} partitions"
        for stream, many in partitions.items()
        if len(many) > 1
    ]
    return spread + [
        f"I4: {service} {record.stream[1]} is keyed {record.key}" for record in topic if record.key != record.stream[1]
    ]


def _words(service: str, log: Sequence[Logged], topic: Sequence[Record]) -> Broken:
    logged = {event.id: event.event for event in log}
    return [
        f"I4: {service} published something else than {record.event['id']}"
        for record in topic
        if record.event["id"] in logged and logged[record.event["id"]] != record.event
    ]


def keys_went_ahead(keys: Sequence[Record], complaints: Sequence[Record]) -> Broken:
    """Section 4: the broker has a complaint's key before it has the first event that uses it."""
    first: dict[str | None, int] = {}
    for record in keys:
        first.setdefault(record.key, record.at)
    broken = []
    for record in first_occurrences([each for each in complaints if each.event["type"] == FILED]):
        if record.key not in first:
            broken.append(f"I4: the key of {record.key} was never published")
        elif first[record.key] > record.at:
            broken.append(f"I4: the key of {record.key} came {first[record.key] - record.at} ms after its filing")
    return broken


def caught_up(offsets: Offsets, ends: Mapping[Place, tuple[int, int]], groups: Mapping[str, str]) -> Broken:
    """I6: at rest each group's own offsets are the ends of its topic, in every partition."""
    broken = []
    for group, topic in groups.items():
        for (name, partition), (_, high) in sorted(ends.items()):
            offset = offsets.get((group, topic, partition), 0)
            if name == topic and offset != high:
                broken.append(f"I6: {group} is at {offset} of {topic}-{partition}, which ends at {high}")
    return broken + [f"I6: nobody knows group {group}" for group, _, _ in offsets if group not in groups]


def never_backwards(samples: Sequence[Sample]) -> Broken:
    """I6: no offset, cursor or length that was once seen is ever smaller later."""
    highest: dict[tuple[str, ...], int] = {}
    broken = []
    for service, sample in samples:
        for name, value in sample.items():
            place = (service, *name)
            if value < highest.get(place, 0):
                broken.append(f"I6: {' '.join(place)} went back from {highest[place]} to {value}")
            highest[place] = max(value, highest.get(place, 0))
    return broken


def versions_applied(
    applied: Mapping[tuple[str, str, str], int], topics: Mapping[str, Sequence[Record]], groups: Mapping[str, str]
) -> Broken:
    """I6: of each stream in its topic, a group has applied the last version."""
    broken = []
    for group, topic in groups.items():
        last: dict[tuple[str, str], int] = {}
        for record in topics[topic]:
            last[record.stream] = max(record.version, last.get(record.stream, 0))
        broken += [
            f"I6: {group} applied {applied.get((group, *stream), 0)} of {version} events of {'/'.join(stream)}"
            for stream, version in last.items()
            if applied.get((group, *stream), 0) != version
        ]
    return broken


def duplicates(topic: Sequence[Record]) -> int:
    """Count what was published more than once."""
    return len(topic) - len(first_occurrences(topic))
