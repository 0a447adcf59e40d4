"""Goes through a whole running stack after a fault and asks every promise."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from confluent_kafka import KafkaException

from kit import addressed, evidence, folds, ledger, promises
from kit.evidence import Logged, Record
from kit.promises import Broken, Sample
from kit.stack import SERVICES, Stack
from reporting.verify import verify

GROUPS = {
    "intake": {"intake.tracking": "complaints", "intake.agencies": "agencies"},
    "routing": {"routing.keys": "complaint-keys", "routing.cases": "complaints", "routing.streams": "complaints"},
    "notify": {"notify.keys": "complaint-keys", "notify.complaints": "complaints", "notify.agencies": "agencies"},
    "reporting": {"reporting.projections": "complaints", "reporting.agencies": "agencies"},
}
AWAY = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    KafkaException,
    httpx2.TransportError,
)
"""What asking gets from a server that was just killed."""


@dataclass
class Findings:
    """What an inspection found."""

    broken: Broken = field(default_factory=list)
    events: int = 0
    published_twice: int = 0
    arrived_twice: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Watch:
    """Looks at offsets, cursors and lengths all the time; none of them may ever go back."""

    stack: Stack
    samples: list[Sample] = field(default_factory=list)

    async def run(self) -> None:
        """Look until cancelled; a database that is away shows nothing."""
        while True:
            for service in SERVICES:
                try:
                    found = await evidence.rows(self.stack.dsn(service), _PLACES)
                except AWAY:
                    continue
                self.samples.append((service, {(row["kind"], row["name"], row["part"]): row["place"] for row in found}))
            await asyncio.sleep(0.3)


async def unrest(stack: Stack) -> Broken:
    """Say what is still under way: what is not published, not applied, not sent, or not up."""
    try:
        ends = await evidence.watermarks(stack.bootstrap)
        found = [f"{part} is not ready" for part in stack.facts["components"] if not await stack.ready(part)]
        for service in SERVICES:
            found += promises.caught_up(await evidence.offsets_of(stack.dsn(service)), ends, GROUPS[service])
            waiting = await evidence.rows(stack.dsn(service), _WAITING)
            found += [f"{service} has {row['count']} {row['what']}" for row in waiting if row["count"]]
        [row] = await evidence.rows(stack.dsn("notify"), _UNSENT)
        found += [f"{row['count']} letters are not sent"] if row["count"] else []
        [row] = await evidence.rows(stack.dsn("routing"), _UNSTREAMED)
    except AWAY as error:
        return [type(error).__name__]
    return found + ([f"{row['count']} stream events are not published"] if row["count"] else [])


async def rest(stack: Stack, seconds: float) -> float:
    """Wait until nothing is under way (I9); return how long that took. Fails with what would not end."""
    began = time.monotonic()
    while found := await unrest(stack):
        assert time.monotonic() - began < seconds, found
        await asyncio.sleep(0.2)
    return time.monotonic() - began


@dataclass(frozen=True)
class Known:
    """What the crowd and the rig know, beside the stack: ledger, addresses, the word in all texts, times of faults."""

    ledger: Path
    emails: Mapping[str, str]
    secret: str
    windows: Sequence[tuple[float, float]]


async def inspect(stack: Stack, known: Known) -> Findings:
    """Ask every promise of a stack at rest."""
    logs = {service: await evidence.log_of(stack.dsn(service)) for service in SERVICES}
    ends = await evidence.watermarks(stack.bootstrap)
    topics = await evidence.records(stack.bootstrap, {topic for topic, _ in ends})
    entries = ledger.read(known.ledger).values()
    broken = [
        *promises.acknowledged_is_logged_once(entries, logs["intake"], logs["routing"]),
        *promises.logged_was_sent(entries, logs["intake"], logs["routing"]),
        *_published(logs, topics),
    ]
    for service in SERVICES:
        broken += await _offsets(stack, service, ends, topics)
    stories = folds.stories_of(topics["complaints"])
    broken += await _projections(stack, stories, topics)
    mail = await evidence.letters(stack.url("mailbox"))
    broken += await _mail(stack, addressed.news(stories, known.emails), mail)
    broken += addressed.repeated_in_windows(mail, known.windows)
    contacts = await evidence.rows(stack.dsn("notify"), "SELECT complaint_id::text AS id FROM contacts")
    broken += addressed.addresses(stories, known.emails, [row["id"] for row in contacts])
    broken += await _privacy(stack, topics, known.secret)
    verdict = await verify(stack.dsn("reporting"), stack.bootstrap)
    broken += [f"I5: reporting's own verify: {difference}" for difference in verdict.differences]
    twice = sum(promises.duplicates(topics[name]) for name in ("complaints", "agencies", "notifications"))
    events = sum(len(log) for log in logs.values())
    return Findings(broken, events, twice, addressed.repeated(mail))


def _published(logs: Mapping[str, Sequence[Logged]], topics: Mapping[str, Sequence[Record]]) -> Broken:
    """I3 and I4 of every log."""
    tree = [event for event in logs["routing"] if ".agency." in event.type]
    decided = [event for event in logs["routing"] if ".agency." not in event.type]
    broken = [each for name, log in logs.items() for each in promises.versions_count_from_one(name, log)]
    broken += promises.published_in_order("intake", logs["intake"], topics["complaints"])
    broken += promises.published_in_order("routing", decided, topics["complaints"])
    broken += promises.published_in_order("routing", tree, topics["agencies"])
    broken += promises.published_in_order("notify", logs["notify"], topics["notifications"])
    known = {event.id for log in logs.values() for event in log}
    alien = [record for record in topics["complaints"] if record.event["id"] not in known]
    broken += [f"I4: {record.event['id']} is in the topic and in no log" for record in alien]
    broken += [f"I9: {len(topics['dead-letters'])} records were parked"] if topics["dead-letters"] else []
    return broken + promises.keys_went_ahead(topics["complaint-keys"], topics["complaints"])


async def _offsets(stack: Stack, service: str, ends: Any, topics: Mapping[str, Sequence[Record]]) -> Broken:
    """I6 of one service."""
    applied = await evidence.rows(
        stack.dsn(service), "SELECT group_name, source, subject::text, version FROM consumer_streams"
    )
    versions = {(row["group_name"], row["source"], row["subject"]): row["version"] for row in applied}
    groups = {group: topic for group, topic in GROUPS[service].items() if topic != "complaint-keys"}
    broken = promises.caught_up(await evidence.offsets_of(stack.dsn(service)), ends, GROUPS[service])
    return broken + promises.versions_applied(versions, topics, groups)


async def _projections(stack: Stack, stories: folds.Stories, topics: Mapping[str, Sequence[Record]]) -> Broken:
    """I5 of every table."""

    async def ask(service: str, statement: str) -> list[dict[str, Any]]:
        return await evidence.rows(stack.dsn(service), statement)

    entries: defaultdict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for row in await ask("routing", _ENTRIES):
        entries[row["agency"]].append((row["sequence"], row["id"], row["number"]))
    counters = {row["agency"]: row["last_sequence"] for row in await ask("routing", _COUNTERS)}
    copies = {name.removeprefix("agency."): found for name, found in topics.items() if name.startswith("agency.")}
    return [
        *folds.unknown_kinds(topics["complaints"]),
        *folds.tracking(stories, await ask("intake", _ROUTED)),
        *folds.received(stories, await ask("routing", _RECEIVED)),
        *folds.cases(stories, await ask("routing", _CASES), await ask("routing", _STEPS)),
        *folds.figures(stories, await ask("reporting", _CURRENT), await ask("reporting", _DAILY)),
        *folds.names(topics["agencies"], "intake", await ask("intake", _NAMES)),
        *folds.names(topics["agencies"], "notify", await ask("notify", _NAMES)),
        *folds.names(topics["agencies"], "reporting", await ask("reporting", _NAMES)),
        *addressed.told_stories(stories, await ask("routing", _STORIES)),
        *addressed.streams(stories, topics["agencies"], entries, counters),
        *addressed.stream_topics(stories, entries, copies),
    ]


async def _mail(stack: Stack, wanted: Mapping[tuple[str, str], str], mail: Sequence[Mapping[str, Any]]) -> Broken:
    """I7."""
    kept = await evidence.rows(stack.dsn("notify"), _DELIVERIES)
    tries = {row["id"]: row["count"] for row in await evidence.rows(stack.dsn("notify"), _TRIES)}
    return addressed.deliveries(wanted, kept) + addressed.letters(wanted, kept, mail, tries)


async def _privacy(stack: Stack, topics: Mapping[str, Sequence[Record]], secret: str) -> Broken:
    """I11: the word that is in every private text is in no log file, no metric and no topic."""
    word = secret.encode()
    broken = [f"I11: {file.name} names a person" for file in stack.layout.logs.iterdir() if word in file.read_bytes()]
    for service in SERVICES:
        broken += [f"I11: metrics of {service}"] if secret in await evidence.metrics(stack.url(service)) else []
    return broken + [
        f"I11: {record.topic}-{record.partition} at {record.offset} names a person"
        for found in topics.values()
        for record in found
        if word in (record.value or b"") or secret in (record.key or "")
    ]


_PLACES = """
SELECT 'offset' AS kind, group_name || ' ' || topic AS name, partition::text AS part, next_offset AS place
FROM consumer_offsets
UNION ALL SELECT 'cursor', feed, '', position FROM relay_cursors
UNION ALL SELECT 'log', 'events', '', (SELECT count(*) FROM events)
"""

_WAITING = """
SELECT 'events not published' AS what, count(*) FROM events
WHERE position > coalesce((SELECT position FROM relay_cursors WHERE feed = 'events'), 0)
UNION ALL SELECT 'keys not published', count(*) FROM data_keys WHERE NOT published
UNION ALL SELECT 'dead letters not published', count(*) FROM dead_letters WHERE NOT published
"""

_UNSENT = "SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending')"

_UNSTREAMED = """
SELECT count(*) FROM agency_events
WHERE position > coalesce((SELECT position FROM relay_cursors WHERE feed = 'agency-streams'), 0)
"""

_ROUTED = "SELECT complaint_id::text AS id, version, wire FROM routed_events"
_RECEIVED = "SELECT complaint_id::text AS id, version, wire FROM received"
_CASES = "SELECT id::text, status, holder, hops, version, first_response_at, answered_at FROM cases"
_STEPS = "SELECT complaint_id::text AS id, array_agg(step ORDER BY step) AS steps FROM case_steps GROUP BY complaint_id"
_STORIES = "SELECT complaint_id::text AS id, number, wire FROM stream_stories"
_ENTRIES = "SELECT agency, sequence, complaint_id::text AS id, number FROM agency_events ORDER BY agency, sequence"
_COUNTERS = "SELECT agency, last_sequence FROM agency_streams"
_NAMES = "SELECT code, name_id, name_en FROM agencies"
_DAILY = "SELECT agency, day, received, verified, answered, response_seconds, responses FROM agency_daily"

_CURRENT = """
SELECT id::text, state, agency, hops, filed_at, verified_at, forwarded_at, first_response_at, intake_version,
    routing_version
FROM complaint_current
"""

_DELIVERIES = "SELECT delivery_id::text, event_id::text, recipient_id::text, state FROM deliveries"

# Waiting for a key is kept as an attempt, too; no letter leaves then, and it takes no time.
_TRIES = """
SELECT delivery_id::text AS id, count(*) FROM attempts
WHERE result IS DISTINCT FROM 'deferred' OR milliseconds > 0
GROUP BY delivery_id
"""
