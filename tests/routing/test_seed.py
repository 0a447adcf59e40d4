"""The seed: a whole regency in seconds, through the event log, and twice is once."""

import time
from collections import Counter

import pytest

from contracts.catalogue import CATALOGUE
from contracts.categories import CATEGORIES
from contracts.routing import AgencyRegistered
from kit.servers import PostgresForTests
from kit.workbench import IMPORT_TOKEN, PASSWORD, Office, Workbench, workbench
from routing.accounts import Accounts, SignInRefused
from routing.domain.suggestion import suggest
from routing.domain.tree import Tree
from routing.seed import plan
from routing.seed.sow import seed


async def test_a_regency_is_seeded_in_seconds_and_only_once(postgres: PostgresForTests) -> None:
    async with workbench(postgres, Tree(), accounts=()) as bench:
        began = time.monotonic()
        assert await seed(bench.runtime, []) == 0
        assert time.monotonic() - began < 3
        first = await _log(bench)
        assert await seed(bench.runtime, []) == 0
        assert await _log(bench) == first
        assert Counter(event.type for event in first) == {AgencyRegistered.type: 320}
        assert await bench.pool.fetchval("SELECT count(*) FROM agencies") == 320


async def _log(bench: Workbench) -> list[AgencyRegistered]:
    rows = await bench.pool.fetch("SELECT metadata, data FROM events ORDER BY position")
    envelopes = [CATALOGUE.read(f'{row["metadata"][:-1]},"data":{row["data"]}}}'.encode()) for row in rows]
    return [each.data for each in envelopes if isinstance(each.data, AgencyRegistered)]


async def test_every_agency_comes_after_its_parent(postgres: PostgresForTests) -> None:
    async with workbench(postgres, Tree(), accounts=()) as bench:
        await seed(bench.runtime, [])
        seen: set[str | None] = {None}
        for event in await _log(bench):
            assert event.parent in seen
            seen.add(event.code)


async def test_the_tree_has_the_regency_its_units_districts_and_villages(postgres: PostgresForTests) -> None:
    async with workbench(postgres, Tree(), accounts=()) as bench:
        await seed(bench.runtime, [])
        tree = await bench.trees.current()
        below = tree.units("35.04")
        districts = [unit for unit in below if not unit.categories]
        units = [unit for unit in below if unit.categories]
        assert (len(districts), len(units) >= 20) == (19, True)
        assert sum(len(tree.units(district.code)) for district in districts) == 271
        assert {agency.tier for agency in tree.agencies.values()} == {0, 1, 2, 3, 4}
        assert all(unit.stream for unit in (*below, *(tree.find("35.04"),)) if unit)
        assert [step.name.id for step in tree.path("35.04.01.1003")[:2]] == [
            "Kelurahan Karangwaru",
            "Kecamatan Tulungagung",
        ]


async def test_every_category_has_an_agency_to_suggest_in_every_village(postgres: PostgresForTests) -> None:
    async with workbench(postgres, Tree(), accounts=()) as bench:
        await seed(bench.runtime, [])
        tree = await bench.trees.current()
        villages = [agency.code for agency in tree.agencies.values() if agency.tier == 4]
        for area in (*villages[::20], "35.04"):
            for category in CATEGORIES:
                suggestion = suggest(tree, "35.04", area, category)
                assert suggestion is not None, (area, category)
                assert suggestion.reason == "category_and_area"
        assert suggest(tree, "35.04", villages[0], "desa-kelurahan") is not None


async def test_the_accounts_can_sign_in(postgres: PostgresForTests) -> None:
    async with workbench(postgres, Tree(), accounts=()) as bench:
        await seed(bench.runtime, [])
        accounts = Accounts(bench.pool)
        expected = {"nasional": "id", "tulungagung": "35.04", "dlh": "35.04.dlh", "dpupr": "35.04.dpupr"}
        for login, agency in expected.items():
            viewer = await accounts.sign_in(login, PASSWORD)
            assert viewer.agency == agency
        logins = await bench.pool.fetch("SELECT login, agency, password_hash FROM accounts")
        tree = await bench.trees.current()
        assert all(tree.find(row["agency"]) for row in logins)
        assert len({row["password_hash"] for row in logins}) == len(logins) == len(plan.accounts())


async def test_another_password_takes_the_place_of_the_first(bench: Workbench) -> None:
    accounts = Accounts(bench.pool)
    assert await accounts.keep(plan.accounts()[:1], "kata sandi baru") == 1
    assert await accounts.keep(plan.accounts()[:1], "kata sandi baru") == 0
    assert (await accounts.sign_in("nasional", "kata sandi baru")).agency == "id"
    with pytest.raises(SignInRefused):
        await accounts.sign_in("nasional", PASSWORD)


async def test_without_a_password_nothing_is_seeded(postgres: PostgresForTests) -> None:
    async with workbench(postgres, Tree(), accounts=()) as bench:
        object.__setattr__(bench.runtime.settings, "seed_password", None)
        assert await seed(bench.runtime, []) == 2
        assert await _log(bench) == []


async def test_the_operator_registers_and_changes_an_agency(bench: Workbench, desk: Office) -> None:
    body = {"name": {"id": "Kota Surabaya", "en": "City of Surabaya"}, "parent": "35", "areas": ["35.78"]}
    first = await desk.ask("import", "PUT", "/api/agencies/35.78", json=body)
    again = await desk.ask("import", "PUT", "/api/agencies/35.78", json=body)
    moved = await desk.ask("import", "PUT", "/api/agencies/35.78", json={**body, "stream": True})
    assert [answer.status_code for answer in (first, again, moved)] == [201, 200, 200]
    assert (moved.json()["tier"], moved.json()["stream"]) == (2, True)
    types = await bench.pool.fetch(
        "SELECT type FROM events WHERE stream_id = (SELECT id FROM agencies WHERE code = '35.78') ORDER BY version"
    )
    assert [row["type"].split(".")[-2] for row in types] == ["registered", "changed"]


async def test_an_agency_that_cannot_be_is_refused(desk: Office) -> None:
    name = {"id": "Kota", "en": "City"}
    for code, body, status in (
        ("35.78", {"name": name, "parent": "99"}, 422),
        ("35.78", {"name": name}, 422),
        ("35.04", {"name": name, "parent": "35.04.dlh"}, 422),
        ("35.04", {"name": name, "parent": "id"}, 409),
        ("35.78", {"name": name, "parent": "35", "areas": ["99.99"]}, 422),
        ("35.78", {"name": name, "parent": "35", "categories": ["bukan"]}, 422),
        ("BUKAN_KODE", {"name": name, "parent": "35"}, 422),
    ):
        answer = await desk.ask("import", "PUT", f"/api/agencies/{code}", json=body)
        assert answer.status_code == status, (code, body, answer.text)


async def test_the_tree_is_public(desk: Office) -> None:
    agencies = (await desk.ask(None, "GET", "/api/agencies")).json()["agencies"]
    assert [agency["code"] for agency in agencies][:3] == ["id", "35", "35.04"]
    below = (await desk.ask(None, "GET", "/api/agencies?below=35.04.dpupr")).json()["agencies"]
    assert [agency["code"] for agency in below] == ["35.04.dpupr.bm"]
    assert (await desk.ask(None, "GET", "/api/agencies/35.04.nihil")).status_code == 404
    assert IMPORT_TOKEN not in str(agencies)
