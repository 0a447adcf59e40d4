"""Applies batches of records: fenced, contiguous, in order, each effect once, poison parked and its neighbours kept."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import structlog

from chassis import dead_letters, fence
from chassis.consumer import Item, Raw, Received, Subscription
from chassis.dead_letters import Letter
from chassis.decider import Refused
from chassis.fence import Gap, Partition, Stream
from chassis.metrics import DROPPED_STALE, HANDLER_FAILURES, PARKED
from chassis.postgres import TRANSIENT, Connection, Pool
from contracts.catalogue import Poison

log = structlog.get_logger()

KEY_LENGTH = 200
"""Keys of strangers may be longer than an index takes, or hold what PostgreSQL calls no text."""


class TooManyDeadLetters(Exception):
    """So much was parked that the fault is ours, not the records'."""


class _Culprit(Exception):
    """Some item of a batch failed; which one is found by applying them one by one."""


@dataclass(slots=True)
class _Entry(Generic[Item]):
    """One record of a batch, decoded, or with the reason why not."""

    raw: Raw
    subject: str
    item: Item | None = None
    poison: Poison | None = None

    @property
    def stream(self) -> Stream | None:
        item = self.item
        return (item.envelope.source, self.subject) if isinstance(item, Received) else None

    @property
    def version(self) -> int:
        return self.item.envelope.sequence if isinstance(self.item, Received) else 0


@dataclass(slots=True)
class _Plan(Generic[Item]):
    """What one transaction finds out and will write."""

    versions: dict[Stream, int]
    blocked: set[str]
    applied: dict[Stream, int] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)


class Applier(Generic[Item]):
    """Applies the records of one subscription to one database."""

    def __init__(self, pool: Pool, subscription: Subscription[Item]) -> None:
        self._pool = pool
        self._subscription = subscription
        self._group = subscription.group

    async def apply(self, records: Sequence[Raw]) -> dict[Partition, int]:
        """Apply what was not applied before; return the next offset of each partition of the batch.

        Raises `Gap` or one of `postgres.TRANSIENT`, and nothing was applied; or `TooManyDeadLetters`, when as much of
        the batch was applied as could be, so that an operator finds the letters that are in the way.
        """
        try:
            return await self._apply_batch(records)
        except TooManyDeadLetters:
            if len(records) == 1:
                raise
        half = len(records) // 2
        offsets = await self.apply(records[:half])
        return offsets | await self.apply(records[half:])

    async def _apply_batch(self, records: Sequence[Raw]) -> dict[Partition, int]:
        entries = await self._prepare([self._decode(raw) for raw in records])
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                return await self._apply(connection, entries, one_by_one=False)
        except _Culprit:
            pass  # and out of this block, so that the second failure is not told as a consequence of the first
        async with self._pool.acquire() as connection, connection.transaction():
            return await self._apply(connection, entries, one_by_one=True)

    async def settle_letters(self) -> int:
        """Do what operators asked for parked records; return how many subjects were looked at."""
        async with self._pool.acquire() as connection:
            subjects = await dead_letters.asked_for(connection, self._group)
        for subject in subjects:
            async with self._pool.acquire() as connection, connection.transaction():
                await fence.lock_group(connection, self._group)
                await self._settle(connection, subject)
        return len(subjects)

    def _decode(self, raw: Raw) -> _Entry[Item]:
        key = _subject_of(raw)
        try:
            item = self._subscription.decode(raw)
        except Poison as poison:
            return _Entry(raw, key, poison=poison)
        return _Entry(raw, str(item.subject) if isinstance(item, Received) else key, item)

    async def _prepare(self, entries: list[_Entry[Item]]) -> list[_Entry[Item]]:
        prepare = self._subscription.prepare
        wanted = [entry for entry in entries if entry.item is not None and self._subscription.wants(entry.item)]
        if prepare is not None and wanted:
            items = await prepare([entry.item for entry in wanted if entry.item is not None])
            for entry, item in zip(wanted, items, strict=True):
                entry.item = item
        return entries

    async def _apply(
        self, connection: Connection, entries: Sequence[_Entry[Item]], *, one_by_one: bool
    ) -> dict[Partition, int]:
        offsets = await fence.lock(connection, self._group, {(e.raw.topic, e.raw.partition) for e in entries})
        fresh = self._fresh(entries, offsets)
        if not fresh:
            return offsets
        plan = await self._plan(connection, fresh)
        if one_by_one:
            for entry in fresh:
                if self._admit(entry, plan):
                    await self._apply_one(connection, entry, plan)
        else:
            await self._apply_all(connection, [entry for entry in fresh if self._admit(entry, plan)])
        await self._save(connection, plan, offsets)
        return offsets

    def _fresh(self, entries: Sequence[_Entry[Item]], offsets: dict[Partition, int]) -> list[_Entry[Item]]:
        """Drop what was applied before and move `offsets` on; raise `Gap` when records are missing between."""
        fresh = []
        for entry in entries:
            raw = entry.raw
            place = (raw.topic, raw.partition)
            if raw.offset < offsets[place]:
                continue
            if raw.offset > offsets[place] and not self._subscription.compacted:
                raise Gap(place, offsets[place], raw.offset)
            offsets[place] = raw.offset + 1
            fresh.append(entry)
        return fresh

    async def _plan(self, connection: Connection, entries: Sequence[_Entry[Item]]) -> _Plan[Item]:
        streams = {entry.subject for entry in entries if entry.stream is not None}
        versions = await fence.versions(connection, self._group, streams) if streams else {}
        return _Plan(versions, await dead_letters.open_subjects(connection, self._group))

    def _admit(self, entry: _Entry[Item], plan: _Plan[Item]) -> bool:
        """Decide by the order of things whether an entry may be applied; park it when it may not be yet, or ever."""
        if entry.poison is not None:
            return self._park(plan, entry, entry.poison)
        if entry.subject in plan.blocked:
            plan.letters.append(Letter(entry.raw, entry.subject, "behind_parked", "", "waiting"))
            return False
        stream = entry.stream
        if stream is None:
            return True
        last = plan.versions.get(stream, 0)
        if entry.version <= last:
            DROPPED_STALE.labels(self._group).inc()
            return False
        if entry.version > last + 1 and not self._subscription.compacted:
            return self._park(plan, entry, Poison("version_gap", f"version {entry.version} after {last}"))
        plan.versions[stream] = plan.applied[stream] = entry.version
        return True

    async def _apply_all(self, connection: Connection, entries: Sequence[_Entry[Item]]) -> None:
        wanted = self._wanted(entries)
        if not wanted:
            return
        try:
            await self._subscription.apply(connection, wanted)
        except TRANSIENT:
            raise
        except Exception as error:  # one of the two loops that count what handlers raise
            HANDLER_FAILURES.labels(self._group, type(error).__name__).inc()
            raise _Culprit from error

    async def _apply_one(self, connection: Connection, entry: _Entry[Item], plan: _Plan[Item]) -> None:
        wanted = self._wanted([entry])
        if not wanted:
            return
        try:
            async with connection.transaction():
                await self._subscription.apply(connection, wanted)
        except TRANSIENT:
            raise
        except Exception as error:  # one of the two loops that count what handlers raise
            HANDLER_FAILURES.labels(self._group, type(error).__name__).inc()
            log.exception("record_parked_by_handler", group=self._group, offset=entry.raw.offset)
            self._retract(plan, entry)
            self._park(plan, entry, _reason_of(error))

    def _wanted(self, entries: Sequence[_Entry[Item]]) -> list[Item]:
        return [entry.item for entry in entries if entry.item is not None and self._subscription.wants(entry.item)]

    def _retract(self, plan: _Plan[Item], entry: _Entry[Item]) -> None:
        if (stream := entry.stream) is not None:
            plan.versions[stream] = plan.applied[stream] = entry.version - 1

    def _park(self, plan: _Plan[Item], entry: _Entry[Item], poison: Poison) -> bool:
        plan.letters.append(Letter(entry.raw, entry.subject, poison.reason, poison.detail, "parked"))
        plan.blocked.add(entry.subject)
        return False

    async def _save(self, connection: Connection, plan: _Plan[Item], offsets: dict[Partition, int]) -> None:
        await fence.save_versions(connection, self._group, {s: v for s, v in plan.applied.items() if v > 0})
        if plan.letters:
            await dead_letters.park(connection, self._group, plan.letters)
            if await dead_letters.count_parked(connection, self._group) > dead_letters.LIMIT:
                raise TooManyDeadLetters(f"more than {dead_letters.LIMIT} records are parked")
            for letter in plan.letters:
                PARKED.labels(self._group, letter.reason).inc()
                log.error(
                    "record_parked",
                    group=self._group,
                    why=letter.reason,
                    detail=letter.detail,
                    topic=letter.raw.topic,
                    partition=letter.raw.partition,
                    offset=letter.raw.offset,
                )
        await fence.move(connection, self._group, offsets)

    async def _settle(self, connection: Connection, subject: str) -> None:
        for row in await dead_letters.lock_open(connection, self._group, subject):
            raw = Raw(row["topic"], row["partition"], row["record_offset"], row["key"], row["value"])
            if row["state"] == "parked":
                return
            [entry] = await self._prepare([self._decode(raw)])
            if row["state"] == "drop":
                await self._skip(connection, entry)
                await dead_letters.settle(connection, row["id"], "dropped")
            elif (poison := await self._try(connection, entry)) is None:
                await dead_letters.settle(connection, row["id"], "applied")
            else:
                await dead_letters.fail_again(connection, row["id"], poison.reason, poison.detail)
                return

    async def _skip(self, connection: Connection, entry: _Entry[Item]) -> None:
        if (stream := entry.stream) is not None:
            await fence.save_versions(connection, self._group, {stream: entry.version})

    async def _try(self, connection: Connection, entry: _Entry[Item]) -> Poison | None:
        """Apply one parked entry; say why not."""
        streams = [entry.subject] if entry.stream is not None else []
        plan: _Plan[Item] = _Plan(await fence.versions(connection, self._group, streams), set())
        if self._admit(entry, plan):
            await self._apply_one(connection, entry, plan)
        if plan.letters:
            return Poison(plan.letters[0].reason, plan.letters[0].detail)
        await fence.save_versions(connection, self._group, plan.applied)
        return None


def _subject_of(raw: Raw) -> str:
    """Name what a record is about by its key alone, as far as the key is a name at all."""
    if not raw.key:
        return f"{raw.topic}/{raw.partition}/{raw.offset}"
    name = raw.key.decode(errors="replace")
    if len(name) <= KEY_LENGTH and name.isprintable():
        return name
    return f"sha256:{hashlib.sha256(raw.key).hexdigest()}"


def _reason_of(error: Any) -> Poison:
    if isinstance(error, Poison):
        return error
    return Poison("refused" if isinstance(error, Refused) else "handler_failed", type(error).__name__)
