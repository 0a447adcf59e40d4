"""What a page reads: the same as the plainest statements over all complaints, whatever the filter."""

import statistics
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from chassis.postgres import Pool
from kit import histories, projecting
from kit.histories import Life, lives, topic
from reporting import reading
from reporting.periods import Period

EVER = Period("all", date(2026, 1, 1), date(2027, 12, 31))
SEPTEMBER = Period("x", date(2026, 9, 1), date(2026, 9, 30))


async def fill(pool: Pool, count: int = 300) -> None:
    await projecting.deliver(pool, projecting.tree("a"), projecting.raws(projecting.tree_of_agencies(), "a"))
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(topic(lives(count)), "t"))


@pytest.mark.parametrize("period", [EVER, SEPTEMBER])
@pytest.mark.parametrize("agency", [None, "35.04.dlh"])
async def test_a_median_is_the_exact_middle_of_the_times(pool: Pool, period: Period, agency: str | None) -> None:
    await fill(pool)
    found = await reading.read(pool, period, agency, datetime.now(UTC))
    times = await pool.fetch(
        "SELECT response_seconds FROM complaint_current WHERE response_seconds IS NOT NULL"
        " AND filed_day BETWEEN $1 AND $2 AND ($3::text IS NULL OR agency = $3)",
        period.first,
        period.last,
        agency,
    )
    assert len(times) > 5
    assert found.median_seconds == statistics.median(row["response_seconds"] for row in times)


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_median_of_one_two_and_three(pool: Pool, count: int) -> None:
    stories = [
        Life(UUID(int=number), histories.FIRST_DAY)
        .verify()
        .forward("35.04.dlh")
        .respond("35.04.dlh", timedelta(hours=10 * number))
        .story
        for number in range(1, count + 1)
    ]
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(topic(stories), "t"))
    found = await reading.read(pool, EVER, None, datetime.now(UTC))
    middle = {1: 17, 2: 22, 3: 27}[count] * 3600
    assert (found.median_seconds, found.agencies[0].median_seconds) == (middle, middle)


async def test_tallies_agree_with_the_complaints(pool: Pool) -> None:
    await fill(pool)
    now = datetime.now(UTC)
    found = await reading.read(pool, SEPTEMBER, None, now)
    plain = await pool.fetch(
        "SELECT agency, count(*) AS received, count(first_response_at) AS answered,"
        " count(*) FILTER (WHERE first_response_at <= first_response_due) AS in_time,"
        " count(*) FILTER (WHERE first_response_at > first_response_due) AS late,"
        " count(*) FILTER (WHERE closed_at IS NOT NULL AND first_response_at IS NULL) AS closed,"
        " count(*) FILTER (WHERE answer_due < $3) AS overdue"
        " FROM complaint_current WHERE filed_day BETWEEN $1 AND $2 GROUP BY agency",
        SEPTEMBER.first,
        SEPTEMBER.last,
        now,
    )
    assert {
        (t.code, t.received, t.answered, t.in_time, t.late, t.closed_unanswered, t.overdue) for t in found.agencies
    } == {tuple(row) for row in plain}
    assert sum(day.filed for day in found.days) == sum(tally.received for tally in found.agencies)


async def test_an_agency_s_days_are_its_own(pool: Pool) -> None:
    await fill(pool)
    found = await reading.read(pool, EVER, "35.04.dlh", datetime.now(UTC))
    [own] = [tally for tally in found.agencies if tally.code == "35.04.dlh"]
    assert sum(day.filed for day in found.days) == own.received
    assert sum(day.answers for day in found.days) == own.answered


async def test_a_sandbox_is_never_in_public_figures(pool: Pool) -> None:
    await fill(pool, 50)
    before = await reading.read(pool, EVER, None, datetime.now(UTC))
    lesson = Life(UUID(int=1), histories.FIRST_DAY).verify().forward("35.04.latihan")
    lesson.respond("35.04.latihan", timedelta(minutes=1))
    await projecting.deliver(pool, projecting.complaints("u"), projecting.raws(topic([lesson.story]), "u"))
    after = await reading.read(pool, EVER, None, datetime.now(UTC))
    assert (after.agencies, after.days, after.median_seconds) == (before.agencies, before.days, before.median_seconds)
    assert await pool.fetchval("SELECT count(*) FROM analytics.agency_daily WHERE training") > 0


async def test_a_snapshot_and_its_position_belong_together(pool: Pool) -> None:
    await fill(pool, 40)
    found = await reading.read(pool, EVER, None, datetime.now(UTC))
    assert sum(place.next_offset for place in found.applied) == sum(1 for _ in topic(lives(40)))


async def test_days_without_data_are_known_as_such(pool: Pool) -> None:
    assert await reading.known_days(pool) is None
    await fill(pool, 10)
    known = await reading.known_days(pool)
    assert known is not None
    assert known[0] <= known[1]


async def test_a_hundred_thousand_complaints_are_read_through_indexes_alone(pool: Pool) -> None:
    """The statements behind a page touch aggregates and index entries, never all complaints."""
    await pool.execute(MANY)
    await pool.execute("VACUUM ANALYZE complaint_current")
    plan = await pool.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {reading._MEDIAN}", EVER.first, EVER.last, 80_000)
    said = "\n".join(row[0] for row in plan)
    assert "Index Only Scan using complaint_current_response_times" in said
    assert "Sort" not in said
    exact = await pool.fetchval(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY response_seconds) FROM complaint_current"
    )
    answered = await pool.fetchval("SELECT count(response_seconds) FROM complaint_current")
    assert await pool.fetchval(reading._MEDIAN, EVER.first, EVER.last, answered) == exact


MANY = """
INSERT INTO complaint_current (id, classification, category, area, visibility, channel, state, agency, filed_at,
    filed_day, first_response_at, first_response_due, hops, refusals, escalations, disputes, reopenings, supporters,
    intake_version, routing_version, partition, record_offset)
SELECT gen_random_uuid(), 'complaint', 'lainnya', '35.04', 'named', 'web', 'answered', 'a.' || n % 40, filed,
    filed::date, CASE WHEN n % 5 > 0 THEN filed + (n % 7919) * interval '5 minutes' END, filed + interval '7 days',
    1, 0, 0, 0, 0, 0, 1, 3, n % 12, n
FROM (
    SELECT n, timestamptz '2026-01-01' + n * interval '5 minutes' AS filed FROM generate_series(1, 100000) AS n
) AS made
"""
