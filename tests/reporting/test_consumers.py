"""The projections on real PostgreSQL and Kafka: one transaction with the offsets, each message delivered twice."""

import asyncio
import uuid
from random import Random

from chassis.applier import Applier
from chassis.postgres import Pool
from contracts import routing
from contracts.vocabulary import Visibility
from kentongan.stack.kafka import Kafka
from kit import histories, projecting
from kit.counting import consuming, until
from kit.histories import Life, Placed, lives, topic
from kit.streams import fresh_topic
from reporting.consumers import PROJECTIONS
from reporting.projections import agencies, agency_daily, complaint_current, complaint_table
from reporting.projections.complaint_table import Row
from reporting.verify import Topics, verify


async def rows_in(pool: Pool) -> dict[uuid.UUID, Row]:
    async with pool.acquire() as connection:
        ids = [record["id"] for record in await connection.fetch("SELECT id FROM complaint_current")]
        return await complaint_table.read(connection, ids)


def fold(log: list[Placed]) -> dict[uuid.UUID, Row]:
    rows: dict[uuid.UUID, Row] = {}
    for item in log:
        if item.envelope.type in complaint_current.TYPES:
            rows[item.subject] = complaint_current.evolve(rows.get(item.subject), item)
    return rows


async def test_the_tables_are_the_fold_of_the_log_though_every_batch_comes_twice(pool: Pool) -> None:
    log = list(topic(lives(150)))
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(log, "t"), 97)
    expected = fold(log)
    assert await rows_in(pool) == expected
    async with pool.acquire() as connection:
        assert await agency_daily.read(connection) == agency_daily.differences((None, row) for row in expected.values())
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_batches_that_overlap_after_a_restart_change_nothing(pool: Pool) -> None:
    log = list(topic(lives(60)))
    records = projecting.raws(log, "t")
    dice = Random(3)
    applier = Applier(pool, projecting.complaints("t"))
    done = 0
    while done < len(records):
        begin, done = max(0, done - dice.randint(0, 90)), min(len(records), done + dice.randint(1, 120))
        await applier.apply(records[begin:done])
    assert await rows_in(pool) == fold(log)


async def test_a_failure_halfway_leaves_tables_and_offsets_as_they_were(pool: Pool) -> None:
    log = list(topic(lives(20)))
    records = projecting.raws(log, "t")
    await pool.execute("ALTER TABLE agency_daily ADD CONSTRAINT broken CHECK (received < 0) NOT VALID")
    applier = Applier(pool, projecting.complaints("t"))
    await applier.apply(records[:1])
    assert await rows_in(pool) == {}
    assert await pool.fetchval("SELECT count(*) FROM agency_daily") == 0
    assert await pool.fetchval("SELECT state FROM dead_letters") == "parked"


async def test_two_partitions_at_once_move_the_same_counters_without_lock_up(pool: Pool) -> None:
    stories = [
        Life(uuid.UUID(int=number), histories.FIRST_DAY).verify().forward("35.04.dlh").respond("35.04.dlh").story
        for number in range(1, 241)
    ]
    log = list(topic(stories))
    records = projecting.raws(log, "t")

    async def apply_partitions(wanted: set[int]) -> None:
        applier = Applier(pool, projecting.complaints("t"))
        mine = [record for record in records if record.partition in wanted]
        for begin in range(0, len(mine), 40):
            await applier.apply(mine[begin : begin + 40])

    await asyncio.gather(*(apply_partitions({number, number + 6}) for number in range(6)))
    assert await rows_in(pool) == fold(log)
    assert await pool.fetchval("SELECT sum(answered) FROM agency_daily") == 240
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_a_complaint_that_was_never_filed_is_parked_and_its_neighbours_are_counted(pool: Pool) -> None:
    stranger = Life(uuid.UUID(int=12), histories.FIRST_DAY).verify()
    # Its filing was lost before the topic: only the verification is there.
    stories = [stranger.story[1:], Life(uuid.UUID(int=24), histories.FIRST_DAY).verify().story]
    log = list(topic(stories))
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(log, "t"))
    assert set(await rows_in(pool)) == {uuid.UUID(int=24)}
    assert [row["reason"] for row in await pool.fetch("SELECT reason FROM dead_letters")] == ["complaint_not_filed"]


async def test_no_code_of_a_secret_complaint_is_stored_anywhere(pool: Pool) -> None:
    life = Life(
        uuid.UUID(int=5), histories.FIRST_DAY, visibility=Visibility.SECRET, code="KTG-35.04-SECR-ET00"
    ).verify()
    await projecting.deliver(pool, projecting.complaints("t"), projecting.raws(topic([life.story]), "t"))
    row = await pool.fetchrow("SELECT code, area, to_json(kept)::text AS everything FROM complaint_current AS kept")
    assert row is not None
    assert (row["code"], row["area"]) == (None, "35.04")
    assert "SECR" not in row["everything"]


async def test_the_tree_keeps_the_newest_state_of_each_agency(pool: Pool) -> None:
    await projecting.deliver(pool, projecting.tree("a"), projecting.raws(projecting.tree_of_agencies(), "a"))
    first = projecting.tree_of_agencies()[1]
    renamed = routing.AgencyChanged(
        **{**first.envelope.data.model_dump(), "name": {"id": "Nama Baru", "en": "New Name"}, "active": False}
    )
    change = histories.envelope(renamed, first.subject, 2, histories.FIRST_DAY)
    records = projecting.raws([Placed(change, 0, 90), Placed(first.envelope, 0, 91)], "a")
    await projecting.deliver(pool, projecting.tree("a"), records)
    async with pool.acquire() as connection:
        tree = await agencies.read(connection)
    assert len(tree) == len(histories.NAMES)
    assert (tree[first.subject].name_id, tree[first.subject].active) == ("Nama Baru", False)
    assert tree[first.subject].areas == ("35.04",)


async def caught_up(pool: Pool, count: int) -> bool:
    applied = await pool.fetchval("SELECT sum(next_offset) FROM consumer_offsets WHERE group_name = $1", PROJECTIONS)
    return bool(applied == count)


async def test_from_the_broker_to_the_tables_and_verified_against_the_log(kafka: Kafka, dsn: str, pool: Pool) -> None:
    log = list(topic(lives(120)))
    again = [item for item in log if item.partition == 3]
    # A relay that died after sending publishes once more: stale versions at the end of a partition.
    log += [Placed(item.envelope, 3, len(again) + place) for place, item in enumerate(again)]
    name = await projecting.published(kafka.bootstrap, log)
    async with consuming(kafka.bootstrap, pool, projecting.complaints(name)):
        await until(lambda: caught_up(pool, len(log)))
    assert await rows_in(pool) == fold(log)
    verdict = await verify(dsn, kafka.bootstrap, Topics(name, await fresh_topic(kafka.bootstrap, partitions=1)))
    assert verdict.differences == ()
    assert (verdict.events, verdict.complaints) == (len(log), 120)


async def test_verification_names_what_was_tampered_with(kafka: Kafka, dsn: str, pool: Pool) -> None:
    log = list(topic(lives(40)))
    name = await projecting.published(kafka.bootstrap, log)
    await projecting.deliver(pool, projecting.complaints(name), projecting.raws(log, name))
    tree = Topics(name, await fresh_topic(kafka.bootstrap, partitions=1))
    assert (await verify(dsn, kafka.bootstrap, tree)).differences == ()
    changed, removed = [row["id"] for row in await pool.fetch("SELECT id FROM complaint_current ORDER BY id LIMIT 2")]
    await pool.execute("UPDATE complaint_current SET hops = 77 WHERE id = $1", changed)
    await pool.execute("DELETE FROM complaint_current WHERE id = $1", removed)
    await pool.execute("INSERT INTO agency_daily VALUES ('x.y', '2026-01-01', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)")
    verdict = await verify(dsn, kafka.bootstrap, tree)
    said = {(difference.table, difference.key, difference.found) for difference in verdict.differences}
    assert said == {
        ("complaint_current", f"{changed} hops", "77"),
        ("complaint_current", str(removed), "nothing"),
        ("agency_daily", "x.y/2026-01-01", "a row"),
    }


async def test_verification_leaves_out_what_is_parked(kafka: Kafka, dsn: str, pool: Pool) -> None:
    whole = Life(uuid.UUID(int=12), histories.FIRST_DAY).verify().forward("35.04.dlh")
    broken = Life(uuid.UUID(int=24), histories.FIRST_DAY).verify().story[1:]
    name = await projecting.published(kafka.bootstrap, list(topic([whole.story, broken])))
    log = list(topic([whole.story, broken]))
    await projecting.deliver(pool, projecting.complaints(name), projecting.raws(log, name))
    tree = Topics(name, await fresh_topic(kafka.bootstrap, partitions=1))
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 1
    verdict = await verify(dsn, kafka.bootstrap, tree)
    assert (verdict.differences, verdict.complaints) == ((), 1)


async def test_the_statements_name_every_column_of_the_tables(pool: Pool) -> None:
    """Guards the long lists: a column that is forgotten in one of them would be lost in silence."""
    columns = await pool.fetch(
        "SELECT column_name AS name, is_generated FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = 'complaint_current'"
    )
    written = {row["name"] for row in columns if row["is_generated"] == "NEVER"}
    assert written == set(Row._fields)
    fixed = {"id", "code", "area", "visibility", "channel", "filed_at", "filed_day"}
    updated = complaint_table.WRITE.partition("DO UPDATE SET")[2]
    assert {name for name in Row._fields if f"{name} = excluded.{name}" in updated} == set(Row._fields) - fixed
