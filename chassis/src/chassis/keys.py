"""Data keys of sealed fields: wrapped at rest, published before the first event that needs them, forgotten for good."""

import asyncio
import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from chassis.consumer import Raw, Subscription
from chassis.event_log import Row
from chassis.postgres import Connection, Pool
from chassis.relay import Outgoing
from contracts.catalogue import Poison
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.sealing import DataKey, Sealed, Unsealable, confidential_fields, unseal

log = structlog.get_logger()

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A record of the key topic: a wrapped key, or None for an erasure."""

    key_id: UUID
    wrapped: bytes | None
    kek: int | None


class KeyStore:
    """One service's copy of the data keys, in its own table; wrapping is AES Key Wrap (RFC 3394)."""

    def __init__(self, pool: Pool, key_encryption_keys: dict[int, bytes], topic: str) -> None:
        self._pool = pool
        self._keks = key_encryption_keys
        self._newest = max(key_encryption_keys)
        self._topic = topic

    def fresh(self, key_id: UUID) -> DataKey:
        """Make a new key; it exists for others once its `row` is committed."""
        return DataKey.fresh(key_id)

    def row(self, key: DataKey) -> Row:
        """Give the row that keeps the key, to be written in the transaction of its first event."""
        wrapped = aes_key_wrap(self._keks[self._newest], key.secret)
        return Row(_INSERT_KEYS, (key.id, wrapped, self._newest))

    async def get(self, key_id: UUID) -> DataKey | None:
        """Look one key up; None when it is unknown or erased."""
        return (await self.get_many([key_id])).get(key_id)

    async def get_many(self, key_ids: Iterable[UUID]) -> dict[UUID, DataKey]:
        """Look keys up; unknown and erased ones are left out."""
        return {key_id: key for key_id, key in (await self._known(key_ids)).items() if key is not None}

    async def open(self, envelopes: Sequence[Envelope[Event]], wait_seconds: float = 0.0) -> list[Envelope[Event]]:
        """Open the sealed fields; wait, bounded, for keys that have not arrived yet.

        What cannot be opened stays `Sealed`: its key was erased, or did not come in time.
        """
        wanted = {field.key for envelope in envelopes for field in _sealed(envelope.data)}
        known = await self._known(wanted)
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while wanted - known.keys() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(POLL_SECONDS)
            known |= await self._known(wanted - known.keys())
        if missing := wanted - known.keys():
            log.warning("data_keys_missing", count=len(missing))
        return [_open(envelope, known.get(envelope.subject)) for envelope in envelopes]

    async def erase(self, connection: Connection, key_id: UUID) -> None:
        """Destroy a key; the tombstone is published by the relay of the service that owns the keys."""
        await connection.execute(_ERASE_KEYS, [key_id], False)

    def subscription(self, group: str) -> "Subscription[KeyRecord]":
        """Keep this service's table current from the key topic."""
        return Subscription(group=group, topics=(self._topic,), apply=_apply, decode=self._decode, compacted=True)

    async def pending(self) -> list[Outgoing]:
        """Outbox: keys and tombstones that the topic does not have yet."""
        rows = await self._pool.fetch(
            "SELECT key_id, wrapped, kek FROM data_keys WHERE NOT published ORDER BY key_id LIMIT 5000"
        )
        return [_outgoing(self._topic, *row) for row in rows]

    async def published(self, sent: Sequence[Outgoing]) -> None:
        """Outbox: the broker has acknowledged these."""
        await self._pool.execute(
            "UPDATE data_keys SET published = true WHERE key_id = ANY ($1::uuid[])"
            " AND (wrapped IS NULL) = (key_id = ANY ($2::uuid[]))",
            [item.mark for item in sent],
            [item.mark for item in sent if item.value is None],
        )

    async def _known(self, key_ids: Iterable[UUID]) -> dict[UUID, DataKey | None]:
        rows = await self._pool.fetch(
            "SELECT key_id, wrapped, kek FROM data_keys WHERE key_id = ANY ($1::uuid[])", list(key_ids)
        )
        return {row["key_id"]: self._unwrap(row["key_id"], row["wrapped"], row["kek"]) for row in rows}

    def _decode(self, raw: Raw) -> KeyRecord:
        """Read a key record; one that our key-encryption key did not wrap must not take the place of a true one."""
        record = _decode(raw)
        if record.wrapped is not None and record.kek in self._keks:
            try:
                aes_key_unwrap(self._keks[record.kek], record.wrapped)
            except (InvalidUnwrap, ValueError):
                raise Poison("foreign_key_record") from None
        return record

    def _unwrap(self, key_id: UUID, wrapped: bytes | None, kek: int | None) -> DataKey | None:
        if wrapped is None or kek is None:
            return None
        try:
            return DataKey(key_id, aes_key_unwrap(self._keks[kek], wrapped))
        except (KeyError, InvalidUnwrap):
            log.error("data_key_unreadable", key_id=str(key_id), kek=kek)
            return None


def _sealed(event: Event) -> list[Sealed]:
    values = [getattr(event, name) for name in confidential_fields(type(event))]
    return [value for value in values if isinstance(value, Sealed)]


def _open(envelope: Envelope[Event], key: DataKey | None) -> Envelope[Event]:
    if key is None:
        return envelope
    try:
        data = unseal(envelope.data, key, envelope.stream, envelope.sequence)
    except Unsealable as error:
        log.error("sealed_field_unreadable", event_id=str(envelope.id), place=str(error))
        return envelope
    return envelope if data is envelope.data else envelope.model_copy(update={"data": data})


def _outgoing(topic: str, key_id: UUID, wrapped: bytes | None, kek: int | None) -> Outgoing:
    value = None
    if wrapped is not None:
        value = json.dumps({"kek": kek, "wrapped": base64.b64encode(wrapped).decode()}).encode()
    return Outgoing(key_id, topic, str(key_id).encode(), value)


def _decode(raw: Raw) -> KeyRecord:
    try:
        key_id = UUID((raw.key or b"").decode())
        if raw.value is None:
            return KeyRecord(key_id, None, None)
        record = json.loads(raw.value)
        return KeyRecord(key_id, base64.b64decode(record["wrapped"]), int(record["kek"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise Poison("invalid_key_record", type(error).__name__) from None


async def _apply(connection: Connection, records: Sequence[KeyRecord]) -> None:
    newest = {record.key_id: record for record in records}
    kept = [record for record in newest.values() if record.wrapped is not None]
    await connection.execute(
        _KEEP_KEYS,
        [record.key_id for record in kept],
        [record.wrapped for record in kept],
        [record.kek for record in kept],
    )
    await connection.execute(_ERASE_KEYS, [key for key, record in newest.items() if record.wrapped is None], True)


_INSERT_KEYS = """
INSERT INTO data_keys (key_id, wrapped, kek)
SELECT key_id, wrapped, kek FROM unnest($1::uuid[], $2::bytea[], $3::integer[]) AS given (key_id, wrapped, kek)
"""

_KEEP_KEYS = """
INSERT INTO data_keys (key_id, wrapped, kek, published)
SELECT key_id, wrapped, kek, true
FROM unnest($1::uuid[], $2::bytea[], $3::integer[]) AS given (key_id, wrapped, kek)
ON CONFLICT (key_id) DO UPDATE SET wrapped = excluded.wrapped, kek = excluded.kek
WHERE data_keys.erased_at IS NULL
"""

_ERASE_KEYS = """
INSERT INTO data_keys (key_id, wrapped, kek, published, erased_at)
SELECT key_id, NULL, NULL, $2, now() FROM unnest($1::uuid[]) AS given (key_id)
ON CONFLICT (key_id) DO UPDATE SET wrapped = NULL, kek = NULL, published = excluded.published, erased_at = now()
WHERE data_keys.erased_at IS NULL
"""
