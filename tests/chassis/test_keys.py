"""Data keys: wrapped at rest, carried by a topic, waited for with a bound, and gone when erased."""

import asyncio
import base64
import json
import time
import uuid

import pytest

from chassis.applier import Applier
from chassis.consumer import Raw
from chassis.event_log import Append, EventLog
from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.intake import ReporterReplied
from contracts.sealing import Clear, DataKey, Sealed, text_of
from kit.streams import NOON

OLD, NEW = {1: b"a" * 32}, {1: b"a" * 32, 2: b"b" * 32}
TEXT = Clear("hanya untuk tes")


def store(pool: Pool, keks: dict[int, bytes] | None = None) -> KeyStore:
    return KeyStore(pool, keks or NEW, "keys")


async def keep(log: EventLog, keys: KeyStore, key: DataKey) -> ReporterReplied:
    """File one sealed event with its key, as a service does; return the event as stored."""
    said = Append(key.id, 0, [ReporterReplied(text=TEXT)], NOON, key=key, rows=[keys.row(key)])
    [record] = await log.append(said)
    event = record.envelope().data
    assert isinstance(event, ReporterReplied)
    return event


async def opened(log: EventLog, keys: KeyStore, subject: uuid.UUID, wait: float = 0.0) -> str | None:
    [record] = await log.load(subject)
    [envelope] = await keys.open([record.envelope()], wait)
    assert isinstance(envelope.data, ReporterReplied)
    return text_of(envelope.data.text)


async def test_a_sealed_text_can_be_read_by_who_has_the_key(log: EventLog, pool: Pool) -> None:
    keys = store(pool)
    key = keys.fresh(uuid.uuid4())
    assert isinstance((await keep(log, keys, key)).text, Sealed)
    assert await opened(log, keys, key.id) == TEXT.text


async def test_the_secret_is_wrapped_at_rest(log: EventLog, pool: Pool) -> None:
    keys = store(pool)
    key = keys.fresh(uuid.uuid4())
    await keep(log, keys, key)
    wrapped = await pool.fetchval("SELECT wrapped FROM data_keys")
    assert key.secret not in wrapped
    assert len(wrapped) == 40, "RFC 3394 adds eight bytes of integrity"


async def test_keys_wrapped_by_an_older_key_encryption_key_stay_readable(log: EventLog, pool: Pool) -> None:
    key = DataKey.fresh(uuid.uuid4())
    await keep(log, store(pool, OLD), key)
    assert await opened(log, store(pool, NEW), key.id) == TEXT.text
    newer = DataKey.fresh(uuid.uuid4())
    await keep(log, store(pool, NEW), newer)
    assert await pool.fetchval("SELECT kek FROM data_keys WHERE key_id = $1", newer.id) == 2


async def test_without_the_key_encryption_key_the_text_stays_sealed(log: EventLog, pool: Pool) -> None:
    key = DataKey.fresh(uuid.uuid4())
    await keep(log, store(pool, OLD), key)
    assert await opened(log, store(pool, {1: b"x" * 32}), key.id) is None
    assert await opened(log, store(pool, {9: b"x" * 32}), key.id) is None


async def test_an_erased_key_is_gone_for_good(log: EventLog, pool: Pool) -> None:
    keys = store(pool)
    key = keys.fresh(uuid.uuid4())
    await keep(log, keys, key)
    async with pool.acquire() as connection:
        await keys.erase(connection, key.id)
    assert await keys.get(key.id) is None
    assert await opened(log, keys, key.id, wait=5) is None, "an erased key is not waited for"
    [tombstone] = await keys.pending()
    assert (tombstone.key, tombstone.value) == (str(key.id).encode(), None)
    await keys.published([tombstone])
    assert await keys.pending() == []


async def test_a_tombstone_that_comes_while_the_key_is_published_is_still_published(log: EventLog, pool: Pool) -> None:
    keys = store(pool)
    key = keys.fresh(uuid.uuid4())
    await keep(log, keys, key)
    first = await keys.pending()
    async with pool.acquire() as connection:
        await keys.erase(connection, key.id)
    await keys.published(first)
    assert [item.value for item in await keys.pending()] == [None]


async def test_a_key_that_is_late_is_waited_for(log: EventLog, pool: Pool) -> None:
    keys = store(pool)
    key = keys.fresh(uuid.uuid4())
    [record] = await log.append(Append(key.id, 0, [ReporterReplied(text=TEXT)], NOON, key=key))

    async def arrive() -> None:
        await asyncio.sleep(0.3)
        row = keys.row(key)
        await pool.execute(row.statement, *([value] for value in row.values))

    arrival = asyncio.ensure_future(arrive())
    assert await opened(log, keys, key.id, wait=5) == TEXT.text
    await arrival
    assert record.version == 1


async def test_a_key_that_never_comes_is_waited_for_with_a_bound(log: EventLog, pool: Pool) -> None:
    keys = store(pool)
    key = keys.fresh(uuid.uuid4())
    await log.append(Append(key.id, 0, [ReporterReplied(text=TEXT)], NOON, key=key))
    began = time.monotonic()
    assert await opened(log, keys, key.id, wait=0.3) is None
    assert 0.3 <= time.monotonic() - began < 2


async def test_another_service_learns_keys_and_erasures_from_the_topic(log: EventLog, pool: Pool) -> None:
    owner = store(pool)
    key = owner.fresh(uuid.uuid4())
    await keep(log, owner, key)
    [published] = await owner.pending()
    await pool.execute("DELETE FROM data_keys")
    reader = store(pool)
    applier = Applier(pool, reader.subscription("reader"))
    for _ in range(2):
        await applier.apply([Raw("keys", 0, 0, published.key, published.value)])
    assert await opened(log, reader, key.id) == TEXT.text
    for _ in range(2):
        await applier.apply([Raw("keys", 0, 1, published.key, None)])
    assert await reader.get(key.id) is None
    await applier.apply([Raw("keys", 0, 2, published.key, published.value)])
    assert await reader.get(key.id) is None, "a re-published key does not undo an erasure"
    assert await reader.pending() == [], "only the owner of the keys publishes them"


SOME_KEY = str(uuid.uuid4()).encode()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"no-uuid", b"{}"),
        (None, b"{}"),
        (SOME_KEY, b"[]"),
        (SOME_KEY, b"[" * 100_000),
        (SOME_KEY, b'{"wrapped":"AAAA","kek":1e999}'),
    ],
)
async def test_a_record_that_is_no_key_is_parked(pool: Pool, key: bytes | None, value: bytes) -> None:
    applier = Applier(pool, store(pool).subscription("reader"))
    await applier.apply([Raw("keys", 0, 0, key, value)])
    assert await pool.fetchval("SELECT reason FROM dead_letters") == "invalid_key_record"


async def test_a_key_that_we_did_not_wrap_does_not_replace_ours(log: EventLog, pool: Pool) -> None:
    keys = store(pool)
    key = keys.fresh(uuid.uuid4())
    await keep(log, keys, key)
    forged = store(pool, {2: b"f" * 32}).row(DataKey.fresh(key.id)).values[1]
    value = json.dumps({"kek": 2, "wrapped": base64.b64encode(forged).decode()}).encode()
    await Applier(pool, keys.subscription("reader")).apply([Raw("keys", 0, 0, str(key.id).encode(), value)])
    assert await opened(log, keys, key.id) == TEXT.text
    assert await pool.fetchval("SELECT reason FROM dead_letters") == "foreign_key_record"
