"""What a service wants from the topics, and what it is given: records parsed once, from bytes, by us."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from chassis.postgres import Connection
from contracts.catalogue import CATALOGUE, Poison
from contracts.envelope import Envelope
from contracts.events import Event

LARGEST_VERSION = 2**31 - 1
"""What the tables hold; an envelope allows more."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A Kafka record as it came; headers are a courtesy to others and are not read."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Received:
    """A record that holds an event."""

    envelope: Envelope[Event]
    wire: bytes
    topic: str
    partition: int
    offset: int

    @property
    def event(self) -> Event:
        return self.envelope.data

    @property
    def subject(self) -> UUID:
        return self.envelope.subject


Item = TypeVar("Item")


def read_event(raw: Raw) -> Received:
    """Parse an event; raises `Poison` with a reason when it can not be one."""
    if raw.value is None:
        raise Poison("tombstone", "this topic holds events only")
    envelope = CATALOGUE.read(raw.value)
    if raw.key is not None and raw.key != str(envelope.subject).encode():
        raise Poison("key_is_not_subject")
    if envelope.sequence > LARGEST_VERSION:
        raise Poison("invalid_event", "sequence too large")
    return Received(envelope, raw.value, raw.topic, raw.partition, raw.offset)


_READ_EVENT = cast(Callable[[Raw], Any], read_event)


@dataclass(frozen=True)
class Subscription(Generic[Item]):
    """One consumer group of a service.

    `apply` runs inside one transaction with the group's offsets, on items that are in order and were not applied
    before; it may do nothing outside that transaction. It gets the whole batch, so it should write with `unnest`.
    Whatever it raises (but a transient database error, which is tried again) parks the item that caused it.

    `types` are the wire types `apply` wants, None for all; others only move the offset.
    `prepare` runs before the transaction, e.g. to open sealed fields; it returns as many items, in the same order.
    `compacted` topics have gaps in offsets and versions by nature.
    """

    group: str
    topics: tuple[str, ...]
    apply: Callable[[Connection, Sequence[Item]], Awaitable[None]]
    types: frozenset[str] | None = None
    prepare: Callable[[Sequence[Item]], Awaitable[Sequence[Item]]] | None = None
    compacted: bool = False
    decode: Callable[[Raw], Item] = _READ_EVENT

    def wants(self, item: Item) -> bool:
        """Say whether `apply` is interested in the item."""
        return self.types is None or not isinstance(item, Received) or item.envelope.type in self.types
