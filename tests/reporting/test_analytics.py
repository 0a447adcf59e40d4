"""What analysts can see: explained views that agree with the fold, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from chassis.postgres import Pool
from contracts import intake
from contracts.vocabulary import Clock, Due
from kit import histories, projecting
from kit.histories import Life, lives, topic
from kit.servers import PostgresForTests
from reporting.projections import agency_daily, complaint_table

VIEWS = {"complaint_current", "agency_daily", "agencies", "freshness"}
NOW = datetime.now(UTC)


async def fill(pool: Pool, count: int = 150) -> None:
    await projecting.deliver(pool, projecting.tree("a"), projecting.raws(projecting.tree_of_agencies(), "a"))
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(topic(lives(count)), "t"))


async def test_every_view_and_every_column_is_explained(pool: Pool) -> None:
    views = await pool.fetch(
        "SELECT relname AS name, obj_description(pg_class.oid) AS said FROM pg_class"
        " JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = 'analytics' AND relkind = 'v'"
    )
    assert {view["name"] for view in views} == VIEWS
    columns = await pool.fetch(
        "SELECT attrelid::regclass::text || '.' || attname AS name, col_description(attrelid, attnum) AS said"
        " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE nspname = 'analytics' AND relkind = 'v' AND attnum > 0"
    )
    assert len(columns) > 60
    assert [each["name"] for each in (*views, *columns) if not (each["said"] or "").endswith((".", ")"))] == []


async def test_the_analyst_reads_the_views_and_nothing_else(postgres: PostgresForTests, dsn: str, pool: Pool) -> None:
    await fill(pool, 20)
    analyst = await asyncpg.connect(postgres.analyst_dsn(dsn))
    try:
        assert await analyst.fetchval("SELECT count(*) FROM analytics.complaint_current") == 20
        assert await analyst.fetchval("SELECT sum(received) FROM analytics.agency_daily") == 20
        for statement in (
            "SELECT count(*) FROM public.complaint_current",
            "SELECT count(*) FROM public.dead_letters",
            "SELECT admit_analyst()",
            "DELETE FROM analytics.agencies",
            "CREATE TABLE mine (n integer)",
            "CREATE TABLE analytics.mine (n integer)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await analyst.execute(statement)
    finally:
        await analyst.close()


async def test_an_administrator_s_migration_also_limits_the_analyst(postgres: PostgresForTests, dsn: str) -> None:
    superuser = await asyncpg.connect(postgres.superuser_dsn(dsn))
    try:
        assert await superuser.fetchval("SELECT public.admit_analyst()")
        analyst = await asyncpg.connect(postgres.analyst_dsn(dsn))
        assert await analyst.fetchval("SHOW default_transaction_read_only") == "on"
        assert await analyst.fetchval("SHOW statement_timeout") == "1min"
        await analyst.close()
        await superuser.execute("ALTER ROLE analyst RESET ALL")
    finally:
        await superuser.close()


async def test_the_views_count_what_the_fold_counts(pool: Pool) -> None:
    await fill(pool)
    async with pool.acquire() as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM analytics.complaint_current")]
        rows = list((await complaint_table.read(connection, ids)).values())
    records = await pool.fetch("SELECT id, response_seconds, answer_due, overdue FROM analytics.complaint_current")
    by_id = {record["id"]: record for record in records}
    for row in rows:
        seen = by_id[row.id]
        assert seen["response_seconds"] == (agency_daily.seconds_to_response(row) if row.first_response_at else None)
        open_promises = [row.first_response_due, row.resolution_due]
        if row.verified_at is None and row.forwarded_at is None:
            open_promises.append(row.verification_due)
        waits = row.first_response_at is None and row.closed_at is None and row.state != "held"
        due = min((promise for promise in open_promises if promise), default=None) if waits else None
        assert seen["answer_due"] == due
        assert seen["overdue"] == (due is not None and due < NOW)


async def test_the_standings_of_a_day_add_up(pool: Pool) -> None:
    await fill(pool)
    wrong = await pool.fetch(
        "SELECT agency, day FROM analytics.agency_daily"
        " WHERE received <> answered + unanswered + closed_unanswered OR overdue > unanswered OR unanswered < 0"
        " OR answered_in_time + answered_late > answered"
    )
    assert wrong == []
    overdue = await pool.fetchval("SELECT count(*) FROM analytics.complaint_current WHERE overdue")
    assert await pool.fetchval("SELECT sum(overdue) FROM analytics.agency_daily") == overdue


async def test_a_mean_from_sums_is_the_mean_of_all(pool: Pool) -> None:
    await fill(pool)
    from_days = await pool.fetchval("SELECT sum(response_seconds_sum) / sum(answered) FROM analytics.agency_daily")
    from_all = await pool.fetchval("SELECT avg(response_seconds) FROM analytics.complaint_current")
    assert float(from_days) == pytest.approx(float(from_all))


@pytest.mark.parametrize(
    ("due", "done", "ended", "result"),
    [
        (None, NOW, None, None),
        (NOW, NOW, None, "met"),
        (NOW, NOW + timedelta(seconds=1), None, "missed"),
        (NOW - timedelta(days=1), None, None, "missed"),
        (NOW + timedelta(days=1), None, None, "running"),
        (NOW + timedelta(days=1), None, NOW, "stopped"),
        (NOW - timedelta(days=1), None, NOW, "missed"),
        (NOW - timedelta(days=1), None, NOW - timedelta(days=2), "stopped"),
        (NOW, NOW - timedelta(days=1), NOW + timedelta(days=9), "met"),
    ],
)
async def test_a_clock_is_met_missed_running_or_stopped(
    pool: Pool, due: datetime | None, done: datetime | None, ended: datetime | None, result: str | None
) -> None:
    assert await pool.fetchval("SELECT analytics.clock_result($1, $2, $3, $4)", due, done, ended, NOW) == result


async def test_nothing_is_overdue_while_the_reporter_is_asked(pool: Pool) -> None:
    long_ago = NOW - timedelta(days=400)
    waiting = Life(UUID(int=1), long_ago)
    asked = Life(UUID(int=2), long_ago)
    held = next(event for life in lives(60) for event in life if event.type.endswith("complaint.held.v1"))
    asked.add(held.data)
    withdrawn = Life(UUID(int=3), long_ago).add(intake.ComplaintWithdrawn())
    log = topic([waiting.story, asked.story, withdrawn.story])
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(log, "t"))
    rows = await pool.fetch("SELECT id, overdue FROM analytics.complaint_current ORDER BY id")
    assert [row["overdue"] for row in rows] == [True, False, False]


async def test_what_was_forwarded_without_a_verification_owes_none(pool: Pool) -> None:
    begun = NOW - timedelta(days=20)
    promised = Due(clock=Clock.FIRST_RESPONSE, at=NOW + timedelta(days=2), policy="2025-05-01")
    life = Life(UUID(int=1), begun).forward("35.04.dlh", dues=[promised])
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(topic([life.story]), "t"))
    row = await pool.fetchrow("SELECT answer_due, overdue, verification_result FROM analytics.complaint_current")
    assert row is not None
    assert (row["answer_due"], row["overdue"], row["verification_result"]) == (promised.at, False, "met")


async def test_late_events_land_in_their_own_day(pool: Pool) -> None:
    old = Life(UUID(int=1), datetime(2022, 3, 4, 17, 30, tzinfo=UTC)).verify().forward("35.04.dlh").respond("35.04.dlh")
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(topic([old.story]), "t"))
    days = await pool.fetch("SELECT day::text, received, responses FROM agency_daily WHERE received + responses > 0")
    # 17.30 UTC is half past midnight in WIB.
    assert {tuple(row) for row in days} == {("2022-03-05", 1, 0), ("2022-03-07", 0, 1)}


async def test_freshness_says_how_many_events_were_applied(pool: Pool) -> None:
    await fill(pool, 30)
    applied = await pool.fetchval(
        "SELECT sum(next_offset) FROM analytics.freshness WHERE group_name = 'reporting.projections'"
    )
    assert applied == sum(1 for _ in topic(lives(30)))
    assert await pool.fetchval("SELECT count(*) FROM analytics.agencies") == len(histories.NAMES)
