"""Decisions over HTTP: versions, repeats, imports, and two officers at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from contracts.intake import ReporterErased, ReporterReplied
from contracts.sealing import Clear
from kit.post import filed
from kit.workbench import Office, Workbench, request_key

FILED_AT = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


async def test_a_case_goes_from_filing_to_answer(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    verified = await desk.decide("tulungagung", complaint.id, "verifications", {"category": "pencemaran"})
    assert (verified.status_code, verified.json()["category"]) == (200, "pencemaran")
    forwarded = await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dlh", "note": "Mohon dicek."})
    assert (forwarded.json()["holder"], forwarded.json()["hops"]) == ("35.04.dlh", 1)
    assert {"verification", "resolution", "first_response"} == {due["clock"] for due in forwarded.json()["dues"]}
    answered = await desk.decide("dlh", complaint.id, "responses", {"text": "Sudah diangkut."})
    assert (answered.json()["status"], answered.json()["version"]) == ("answered", 4)
    assert answered.headers["etag"] == '"4"'


async def test_the_texts_of_officers_are_sealed_in_the_log(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    await desk.decide("tulungagung", complaint.id, "responses", {"text": "Kepada Ibu Sari: sudah."})
    stored = await bench.pool.fetchval("SELECT string_agg(data::text, ' ') FROM events")
    assert "Sari" not in stored
    shown = await desk.ask("tulungagung", "GET", f"/api/cases/{complaint.id}")
    assert shown.json()["timeline"][-1]["data"]["text"] == "Kepada Ibu Sari: sudah."


async def test_a_decision_on_an_old_version_is_refused_with_the_new_one(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await bench.receive(complaint.wire(ReporterReplied(text=Clear("Tambahan."))))
    late = await desk.decide("tulungagung", complaint.id, "verifications", {}, if_match='"1"')
    assert (late.status_code, late.json()["version"]) == (409, 2)
    assert late.headers["content-type"].startswith("application/problem+json")
    in_time = await desk.decide("tulungagung", complaint.id, "verifications", {}, if_match='"2"')
    assert in_time.status_code == 200


async def test_without_a_version_the_newest_state_decides(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed(), ReporterReplied(text=Clear("Tambahan.")))
    for header in ({}, {"if_match": "*"}):
        assert (await desk.decide("tulungagung", complaint.id, "verifications", {}, **header)).status_code == 200


async def test_an_unreadable_version_is_refused(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    assert (await desk.decide("tulungagung", complaint.id, "verifications", {}, if_match="3")).status_code == 400


async def test_of_two_officers_at_once_one_is_told_of_the_other(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    path = f"/api/cases/{complaint.id}/forwards"
    answers = await asyncio.gather(
        *(
            desk.ask("tulungagung", "POST", path, json={"to": to}, headers={"if-match": '"2"'})
            for to in ("35.04.dlh", "35.04.dpupr", "35.04.01", "35.04.dlh", "35.04.dpupr")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert {answer.json()["version"] for answer in answers} == {3}
    assert await bench.pool.fetchval("SELECT count(*) FROM events WHERE stream_id = $1", complaint.id) == 2


async def test_an_officer_and_the_reporter_at_once_both_have_their_say(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    replies = [complaint.wire(ReporterReplied(text=Clear(f"Balasan {number}."))) for number in range(5)]

    async def keep_talking() -> None:
        for reply in replies:
            await bench.receive(reply)

    talking = asyncio.ensure_future(keep_talking())
    path = f"/api/cases/{complaint.id}/verifications"
    answers = await asyncio.gather(*(desk.ask("tulungagung", "POST", path, json={}) for _ in range(4)))
    await talking
    assert {answer.status_code for answer in answers} == {200}
    steps = await bench.pool.fetch("SELECT step FROM case_steps WHERE complaint_id = $1 ORDER BY step", complaint.id)
    assert [step["step"] for step in steps] == list(range(1, 8))
    version = await bench.pool.fetchval("SELECT version FROM cases WHERE id = $1", complaint.id)
    assert version == 7


async def test_the_same_request_again_gets_the_same_answer(bench: Workbench, desk: Office) -> None:
    complaint, key = await bench.open(filed()), request_key()
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    body = {"text": "Sudah ditangani."}
    first = await desk.decide("tulungagung", complaint.id, "responses", body, idempotency_key=key)
    again = await desk.decide("tulungagung", complaint.id, "responses", body, idempotency_key=key)
    assert (first.status_code, first.json(), first.headers["etag"]) == (
        again.status_code,
        again.json(),
        again.headers["etag"],
    )
    assert await bench.pool.fetchval("SELECT count(*) FROM events WHERE stream_id = $1", complaint.id) == 2


async def test_the_same_request_at_the_same_moment_is_decided_once(bench: Workbench, desk: Office) -> None:
    complaint, key = await bench.open(filed()), request_key()
    answers = await asyncio.gather(
        *(
            desk.ask(
                "tulungagung",
                "POST",
                f"/api/cases/{complaint.id}/verifications",
                json={},
                headers={"idempotency-key": key},
            )
            for _ in range(6)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.text for answer in answers}) == 1


async def test_a_key_is_not_used_for_another_request(bench: Workbench, desk: Office) -> None:
    complaint, key = await bench.open(filed()), request_key()
    await desk.decide("tulungagung", complaint.id, "verifications", {}, idempotency_key=key)
    other = await desk.decide("tulungagung", complaint.id, "verifications", {"category": "sampah"}, idempotency_key=key)
    assert (other.status_code, other.json()["type"].rsplit("/", 1)[1]) == (422, "idempotency-key-reused")
    assert (await desk.decide("dlh", complaint.id, "verifications", {}, idempotency_key="short")).status_code == 400


async def test_an_import_decides_for_an_agency_at_a_past_time(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await bench.pool.execute('UPDATE received SET wire = replace(wire, \'"time":"2026\', \'"time":"2025\')')
    past = datetime(2025, 12, 1, 3, 0, tzinfo=UTC)
    for what, body in (
        ("verifications", {"agency": "35.04"}),
        ("forwards", {"agency": "35.04", "to": "35.04.dlh"}),
        ("responses", {"agency": "35.04.dlh", "text": "Sudah."}),
    ):
        answer = await desk.decide("import", complaint.id, what, {**body, "at": past.isoformat()})
        assert answer.status_code == 200, answer.text
        past += timedelta(days=1)
    shown = (await desk.ask("tulungagung", "GET", f"/api/cases/{complaint.id}")).json()
    assert [step["time"][:10] for step in shown["timeline"][1:]] == ["2025-12-01", "2025-12-02", "2025-12-03"]
    assert shown["timeline"][-1]["data"]["by"]["agency"] == "35.04.dlh"
    assert shown["timeline"][-1]["data"]["reply_due"]["at"].startswith("2025-12-")


async def test_an_import_never_decides_in_the_future(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    answer = await desk.decide("import", complaint.id, "verifications", {"agency": "35.04", "at": tomorrow})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (422, "in-the-future")


async def test_an_import_never_decides_before_the_filing(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    body = {"agency": "35.04", "at": "2020-01-01T00:00:00Z"}
    answer = await desk.decide("import", complaint.id, "verifications", body)
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (422, "too-early")


async def test_an_import_names_the_agency_that_decides(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    assert (await desk.decide("import", complaint.id, "verifications", {})).status_code == 422
    assert (await desk.decide("import", complaint.id, "verifications", {"agency": "35.04.dlh"})).status_code == 404


async def test_only_an_import_sets_time_or_agency(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    for body in ({"at": "2026-11-01T00:00:00Z"}, {"agency": "35.04"}):
        answer = await desk.decide("tulungagung", complaint.id, "verifications", body)
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (403, "import-token-missing")


async def test_an_answer_waits_for_the_key_of_the_complaint(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed(), known_key=False)
    assert (await desk.decide("tulungagung", complaint.id, "verifications", {})).status_code == 200
    early = await desk.decide("tulungagung", complaint.id, "responses", {"text": "Sudah."})
    assert (early.status_code, early.headers["retry-after"]) == (503, "1")
    await bench.keep_key(complaint.key)
    assert (await desk.decide("tulungagung", complaint.id, "responses", {"text": "Sudah."})).status_code == 200


async def test_nothing_is_written_to_an_erased_reporter(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    await bench.receive(complaint.wire(ReporterErased(requested_at=FILED_AT)))
    async with bench.pool.acquire() as connection:
        await bench.desk.keys.erase(connection, complaint.id)
    answer = await desk.decide("tulungagung", complaint.id, "responses", {"text": "Sudah."})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "reporter-erased")
    shown = (await desk.ask("tulungagung", "GET", f"/api/cases/{complaint.id}")).json()
    assert (shown["title"], shown["description"], shown["reporter"]["name"], shown["erased"]) == (
        None,
        None,
        None,
        True,
    )


async def test_bodies_are_closed_to_what_they_do_not_know(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    for what, body in (
        ("verifications", {"category": "bukan-kategori"}),
        ("verifications", {"kategori": "sampah"}),
        ("forwards", {}),
        ("forwards", {"to": "../etc"}),
        ("responses", {"text": ""}),
        ("responses", {"text": "   "}),
        ("responses", {"text": "x" * 10_001}),
    ):
        answer = await desk.decide("tulungagung", complaint.id, what, body)
        assert answer.status_code == 422, (what, body, answer.text)
    assert await bench.pool.fetchval("SELECT count(*) FROM events WHERE stream_id = $1", complaint.id) == 0


async def test_the_inbox_is_paged_by_what_is_due_first(bench: Workbench, desk: Office) -> None:
    for _ in range(7):
        await bench.open(filed())
    withdrawn = await bench.open(filed())
    seen: list[str] = []
    after = None
    while True:
        path = "/api/cases?limit=3" + (f"&after={after}" if after else "")
        page = (await desk.ask("tulungagung", "GET", path)).json()
        seen += [case["id"] for case in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 8
    assert str(withdrawn.id) in seen


async def test_a_cursor_of_ones_own_making_is_refused(desk: Office) -> None:
    for cursor in ("nonsense", "AAAA", "MjAyNi0xMS0wMX5ub25l"):
        assert (await desk.ask("tulungagung", "GET", f"/api/cases?after={cursor}")).status_code == 400


async def test_the_inbox_is_filtered_by_state_and_agency(bench: Workbench, desk: Office) -> None:
    first, second = await bench.open(filed()), await bench.open(filed())
    await desk.decide("tulungagung", first.id, "verifications", {})
    await desk.decide("tulungagung", first.id, "forwards", {"to": "35.04.dlh"})

    async def ids(query: str, who: str = "tulungagung") -> list[str]:
        return [case["id"] for case in (await desk.ask(who, "GET", f"/api/cases?{query}")).json()["cases"]]

    assert await ids("state=submitted") == [str(second.id)]
    assert await ids("agency=35.04.dlh") == [str(first.id)]
    assert await ids("agency=35.04.dlh", "dlh") == [str(first.id)]
    assert await ids("agency=35.04", "dlh") == []
    assert await ids("agency=35.04.dlh", "dpupr") == []
    assert (await desk.ask("tulungagung", "GET", "/api/cases?state=lost")).status_code == 422


async def test_a_case_carries_a_suggestion_with_its_reason(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    shown = (await desk.ask("tulungagung", "GET", f"/api/cases/{complaint.id}")).json()
    assert shown["suggested"] == {"agency": "35.04.dlh", "reason": "category_and_area"}
    [listed] = (await desk.ask("tulungagung", "GET", "/api/cases")).json()["cases"]
    assert (listed["suggested"], listed["title"]) == (shown["suggested"], "Sampah menumpuk di tepi sungai")


async def test_a_case_nobody_knows_is_not_found(desk: Office) -> None:
    answer = await desk.ask("nasional", "GET", f"/api/cases/{uuid4()}")
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (404, "no-such-case")
