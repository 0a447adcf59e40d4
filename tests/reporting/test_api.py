"""What programs are answered: fresh, honest about its lag, and safe to open in a spreadsheet."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest_asyncio

from chassis.postgres import Pool
from kentongan.stack.kafka import Kafka
from kit import histories, projecting
from kit.histories import Placed, lives, topic
from kit.serving import serving
from reporting.app import make_app
from reporting.freshness import TopicEnds, freshness
from reporting.http.answers import harmless
from reporting.reading import Applied

NOW = datetime.now(UTC)


@pytest_asyncio.fixture
async def log() -> list[Placed]:
    """Give a log whose last days are today's."""
    begin = NOW - timedelta(days=60) - histories.FIRST_DAY
    return list(topic([histories.shift(life, begin, NOW) for life in lives(200, days=60)]))


@pytest_asyncio.fixture
async def client(
    kafka: Kafka, dsn: str, pool: Pool, log: list[Placed]
) -> AsyncIterator[tuple[httpx2.AsyncClient, str]]:
    """Give a client of reporting's web on filled tables, and the name of its topic."""
    name = await projecting.published(kafka.bootstrap, log)
    await projecting.deliver(pool, projecting.tree("a"), projecting.raws(projecting.tree_of_agencies(), "a"))
    await projecting.deliver(pool, projecting.complaints(name), projecting.raws(log, name))
    app = make_app(projecting.runtime(dsn, pool, kafka.bootstrap), name)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=20) as http:
        yield http, name
    await app.state.ends.close()


Client = tuple[httpx2.AsyncClient, str]


async def test_freshness_says_position_and_lag(client: Client, log: list[Placed], kafka: Kafka) -> None:
    http, name = client
    found = (await http.get("/api/freshness")).json()
    assert (found["position"], found["lag"]) == (len(log), 0)
    assert sum(found["positions"].values()) == len(log)
    assert datetime.fromisoformat(found["as_of"]) - datetime.fromisoformat(found["moved_at"]) < timedelta(minutes=1)
    more = list(topic(lives(3, seed=99)))
    await projecting.send(kafka.bootstrap, name, more)
    await asyncio.sleep(0.3)
    assert (await http.get("/api/freshness")).json()["lag"] == len(more)


async def test_the_figures_say_what_the_tables_say(client: Client, pool: Pool) -> None:
    http, _ = client
    found = (await http.get("/api/figures", params={"period": "all"})).json()
    total = await pool.fetchrow("SELECT count(*) AS filed, count(first_response_at) AS answered FROM complaint_current")
    assert total is not None
    tally = found["tally"]
    assert (tally["received"], tally["answered"]) == (total["filed"], total["answered"])
    assert tally["received"] == tally["answered"] + tally["waiting"] + tally["overdue"] + tally["closed_unanswered"]
    overdue = await pool.fetchval("SELECT count(*) FROM analytics.complaint_current WHERE overdue")
    assert tally["overdue"] == overdue
    rest = found["others"]["tally"]["received"] if found["others"] else 0
    assert sum(agency["tally"]["received"] for agency in found["agencies"]) + rest == tally["received"]
    assert found["freshness"]["lag"] == 0


async def test_one_agency_s_figures_are_those_of_the_table(client: Client) -> None:
    http, _ = client
    everybody = (await http.get("/api/figures")).json()
    row = next(agency for agency in everybody["agencies"] if agency["code"])
    alone = (await http.get("/api/figures", params={"agency": row["code"]})).json()
    assert alone["tally"] == row["tally"]
    assert alone["median_response_seconds"] == row["median_response_seconds"]


async def test_unknown_periods_and_agencies_are_refused_with_a_reason(client: Client) -> None:
    http, _ = client
    refused = await http.get("/api/figures", params={"period": "fortnight"})
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert "90d" in refused.json()["offered"]
    assert (await http.get("/api/figures", params={"agency": "no.such"})).status_code == 404
    page = await http.get("/", params={"period": "fortnight"}, headers={"accept": "text/html"})
    assert page.status_code == 422
    assert "<html" in page.text


async def test_an_agency_with_a_nul_in_its_name_is_the_asker_s_mistake(client: Client) -> None:
    http, _ = client
    assert (await http.get("/api/figures", params={"agency": "a\0b"})).status_code == 400


async def test_a_table_as_csv_adds_up_and_says_what_it_stands_on(client: Client, log: list[Placed]) -> None:
    http, _ = client
    answer = await http.get("/api/figures/agencies.csv", params={"period": "all"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    total = (await http.get("/api/figures", params={"period": "all"})).json()["tally"]
    assert sum(int(row["received"]) for row in rows) == total["received"]
    assert sum(int(row["overdue"]) for row in rows) == total["overdue"]
    assert {(row["position"], row["lag"]) for row in rows} == {(str(len(log)), "0")}


async def test_the_trend_as_csv_has_a_row_for_each_bin(client: Client) -> None:
    http, _ = client
    rows = list(csv.DictReader(io.StringIO((await http.get("/api/figures/trend.csv?period=all")).text)))
    trend = (await http.get("/api/figures?period=all")).json()["trend"]
    assert [row["first_day"] for row in rows] == [each["first"] for each in trend]
    assert [row["filed"] or None for row in rows] == [None if e["filed"] is None else str(e["filed"]) for e in trend]


async def test_the_interface_describes_itself(client: Client) -> None:
    http, _ = client
    described = (await http.get("/openapi.json")).json()
    assert {"/api/freshness", "/api/figures", "/api/figures/agencies.csv"} <= described["paths"].keys()
    assert (await http.get("/docs")).status_code == 200


def test_a_cell_is_never_a_formula() -> None:
    assert [harmless(cell) for cell in ("=1+1", "+62", "-", "@x", "\t=1", "Dinas", 7, None, "")] == [
        "'=1+1",
        "'+62",
        "'-",
        "'@x",
        "'\t=1",
        "Dinas",
        7,
        None,
        "",
    ]


async def test_without_the_broker_the_lag_is_unknown_and_the_figures_are_still_there(dsn: str, pool: Pool) -> None:
    app = make_app(projecting.runtime(dsn, pool, "127.0.0.1:9"))
    async with serving(app) as url, httpx2.AsyncClient(base_url=url) as http:
        assert (await http.get("/api/freshness")).json()["lag"] is None
        page = await http.get("/")
        assert page.status_code == 200
        assert "tidak dapat dihubungi" in page.text
    await app.state.ends.close()


async def test_a_partition_nobody_has_applied_counts_in_full() -> None:
    applied = [Applied("t", 0, 7, NOW)]
    assert freshness(applied, {("t", 0): 9, ("t", 1): 4}).lag == 6
    assert freshness(applied, None).lag is None
    # The tables may be ahead of ends that were read before them.
    assert freshness(applied, {("t", 0): 5}).lag == 0


async def test_askers_that_come_together_share_one_question(kafka: Kafka, log: list[Placed]) -> None:
    name = await projecting.published(kafka.bootstrap, log[:50])
    ends = TopicEnds(kafka.bootstrap, name, histories.PARTITIONS)
    answers = await asyncio.gather(*(ends.read() for _ in range(20)))
    assert all(answer is answers[0] for answer in answers)
    assert answers[0] is not None
    assert sum(answers[0].values()) == 50
    await ends.close()
