"""The event log: versions 1..n, commit order is position order, one conflict fails only its own caller."""

import asyncio
import uuid
from collections.abc import Sequence

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.event_log import Append, Conflict, EventLog, Row
from chassis.health import Health
from chassis.postgres import Pool, create_pool
from contracts.intake import ReporterReplied
from contracts.sealing import DataKey, text_of, unseal
from kit.streams import NOON, SECRET_TEXT, supported

KEEP = "INSERT INTO kept (word) SELECT word FROM unnest($1::text[]) AS given (word)"


def append(stream: uuid.UUID, expected: int, count: int = 1, rows: Sequence[Row] = ()) -> Append:
    return Append(stream, expected, [supported(n + 1) for n in range(count)], NOON, rows=rows)


async def test_what_is_appended_can_be_loaded_in_order(log: EventLog) -> None:
    stream = uuid.uuid4()
    await log.append(append(stream, 0, 2))
    [third] = await log.append(append(stream, 2))
    loaded = await log.load(stream)
    assert [record.version for record in loaded] == [1, 2, 3]
    assert loaded[2] == third
    assert loaded[2].envelope().sequence == 3


async def test_an_append_on_an_old_version_is_a_conflict(log: EventLog) -> None:
    stream = uuid.uuid4()
    await log.append(append(stream, 0))
    with pytest.raises(Conflict) as refused:
        await log.append(append(stream, 0))
    assert (refused.value.expected, refused.value.actual) == (0, 1)


async def test_an_append_ahead_of_the_stream_is_a_conflict(log: EventLog) -> None:
    with pytest.raises(Conflict):
        await log.append(append(uuid.uuid4(), 5))


async def test_of_many_deciders_on_one_version_exactly_one_wins(log: EventLog) -> None:
    stream = uuid.uuid4()
    results = await asyncio.gather(*[log.append(append(stream, 0)) for _ in range(50)], return_exceptions=True)
    assert sum(not isinstance(result, Conflict) for result in results) == 1
    assert [record.version for record in await log.load(stream)] == [1]


async def test_appends_that_queue_share_a_commit_and_positions_follow_the_queue(log: EventLog, pool: Pool) -> None:
    streams = [uuid.uuid4() for _ in range(200)]
    answers = await asyncio.gather(*[log.append(append(stream, 0)) for stream in streams])
    positions = [answer[0].position for answer in answers]
    assert positions == sorted(positions)
    assert await pool.fetchval("SELECT count(DISTINCT xmin::text) FROM events") < 20


async def test_a_failing_row_fails_only_its_own_caller(log: EventLog, pool: Pool) -> None:
    await pool.execute("CREATE TABLE kept (word text PRIMARY KEY)")
    words = ["a", "b", "a", "c"]
    results = await asyncio.gather(
        *[log.append(append(uuid.uuid4(), 0, rows=[Row(KEEP, (word,))])) for word in words], return_exceptions=True
    )
    assert [isinstance(result, asyncpg.UniqueViolationError) for result in results] == [False, False, True, False]
    assert await pool.fetchval("SELECT count(*) FROM kept") == 3
    assert await pool.fetchval("SELECT count(*) FROM events") == 3


async def test_clear_text_is_sealed_for_its_place_in_the_stream(log: EventLog) -> None:
    key = DataKey.fresh(uuid.uuid4())
    [record] = await log.append(Append(key.id, 0, [ReporterReplied(text=SECRET_TEXT)], NOON, key=key))
    assert SECRET_TEXT.text not in record.wire()
    envelope = record.envelope()
    assert isinstance(envelope.data, ReporterReplied)
    assert text_of(unseal(envelope.data, key, envelope.stream, 1).text) == SECRET_TEXT.text


async def test_a_reader_that_has_seen_a_position_has_seen_all_below_it(log: EventLog, pool: Pool, dsn: str) -> None:
    """Two writers of two processes at once; a poller that only moves forward misses nothing."""
    other_pool = await create_pool(dsn, application="other", size=3)
    other = EventLog(other_pool, "intake", Health(other_pool, "127.0.0.1:1"))
    writer = asyncio.ensure_future(other.run())
    seen: list[int] = []

    async def poll() -> None:
        while len(seen) < 400:
            rows = await pool.fetch(
                "SELECT position FROM events WHERE position > $1 ORDER BY position LIMIT 7", seen[-1] if seen else 0
            )
            seen.extend(row["position"] for row in rows)

    appends = [each.append(append(uuid.uuid4(), 0)) for _ in range(200) for each in (log, other)]
    async with asyncio.timeout(20):
        await asyncio.gather(poll(), *appends)
    assert len(set(seen)) == 400
    writer.cancel()
    other_pool.terminate()


async def test_a_database_that_is_gone_fails_the_waiting_callers_and_not_the_writer(log: EventLog, pool: Pool) -> None:
    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.fetch("SELECT stream_id FROM lock_log_and_read_versions('{}')")
        doomed = asyncio.ensure_future(log.append(append(uuid.uuid4(), 0)))
        await asyncio.sleep(0.2)
        await blocker.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises((asyncpg.PostgresError, OSError, asyncpg.InterfaceError)):
            await doomed
    await log.append(append(uuid.uuid4(), 0))


async def test_appends_inside_a_transaction_vanish_with_it(log: EventLog, pool: Pool) -> None:
    stream = uuid.uuid4()
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await log.append_in(connection, append(stream, 0, 2))
        await transaction.rollback()
        assert await log.load(stream) == []
        async with connection.transaction():
            await log.append_in(connection, append(stream, 0, 2))
        with pytest.raises(Conflict):
            await log.append_in(connection, append(stream, 1))
    assert [record.version for record in await log.load(stream)] == [1, 2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expected=st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=12))
async def test_whatever_is_asked_versions_are_one_to_n(log: EventLog, expected: list[int]) -> None:
    stream = uuid.uuid4()
    results = await asyncio.gather(*[log.append(append(stream, n)) for n in expected], return_exceptions=True)
    versions = [record.version for record in await log.load(stream)]
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) == sum(isinstance(result, tuple) for result in results)
