"""Streams to agencies: exactly their own events, whole stories, in order, without gaps, wherever one goes on."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from chassis.postgres import Pool
from contracts.intake import ComplaintSupported, ReporterErased, ReporterReplied
from contracts.routing import ComplaintForwarded, NoteAdded
from contracts.sealing import Clear, DataKey
from contracts.vocabulary import Visibility
from kit.cases import OFFICER, officer_of
from kit.post import Complaint, filed
from kit.servers import PostgresForTests
from kit.workbench import Office, Workbench, office, workbench
from routing.streams import reading

MOMENT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def stream(pool: Pool, agency: str) -> list[tuple[int, str, str]]:
    """Read a stream from its table: number, complaint, and version with the source's first letter."""
    rows = await pool.fetch(
        "SELECT sequence, wire FROM agency_events JOIN stream_stories USING (complaint_id, number)"
        " WHERE agency = $1 ORDER BY sequence",
        agency,
    )
    events = [(row["sequence"], json.loads(row["wire"])) for row in rows]
    return [(number, event["subject"], event["source"][1] + str(int(event["sequence"]))) for number, event in events]


async def told(pool: Pool, agency: str) -> list[str]:
    """Read what a stream tells: source and version of each event."""
    return [step for _, _, step in await stream(pool, agency)]


async def forwarded(bench: Workbench, desk: Office, to: str = "35.04.dlh", **changes: Any) -> Complaint:
    """Let a complaint arrive and go to an agency."""
    complaint = await bench.open(filed(**changes))
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": to})
    return complaint


async def test_the_gate_hears_of_a_complaint_when_it_is_filed(bench: Workbench) -> None:
    await bench.open(filed())
    assert await told(bench.pool, "35.04") == ["i1"]
    assert await told(bench.pool, "35.04.dlh") == []


async def test_an_agency_is_first_told_the_story_so_far(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed(), ReporterReplied(text=Clear("Tambahan.")))
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dlh"})
    assert await told(bench.pool, "35.04.dlh") == ["i1", "i2", "r1", "r2"]
    assert await told(bench.pool, "35.04") == ["i1", "i2", "r1", "r2"]


async def test_an_agency_hears_only_of_its_own_complaints(bench: Workbench, desk: Office) -> None:
    mine = await forwarded(bench, desk)
    await forwarded(bench, desk, "35.04.dpupr", category="jalan-rusak")
    assert {complaint for _, complaint, _ in await stream(bench.pool, "35.04.dlh")} == {str(mine.id)}


async def test_those_above_hear_all_and_those_without_a_stream_nothing(bench: Workbench, desk: Office) -> None:
    await forwarded(bench, desk, "35.04.dpupr.bm", category="jalan-rusak")
    assert await told(bench.pool, "35.04.dpupr") == ["i1", "r1", "r2"]
    assert await told(bench.pool, "35.04") == ["i1", "r1", "r2"]
    streams = await bench.pool.fetch("SELECT agency FROM agency_streams ORDER BY agency")
    assert [row["agency"] for row in streams] == ["35.04", "35.04.dpupr"]


async def test_who_gives_a_complaint_away_hears_that_it_left_and_no_more(bench: Workbench, desk: Office) -> None:
    complaint = await forwarded(bench, desk)
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dpupr"})
    await bench.receive(complaint.wire(ReporterReplied(text=Clear("Halo?"))))
    assert await told(bench.pool, "35.04.dlh") == ["i1", "r1", "r2", "r3"]
    assert await told(bench.pool, "35.04.dpupr") == ["i1", "r1", "r2", "r3", "i2"]


async def test_a_complaint_that_comes_back_is_caught_up_with(bench: Workbench, desk: Office) -> None:
    complaint = await forwarded(bench, desk)
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dpupr"})
    await bench.receive(complaint.wire(ReporterReplied(text=Clear("Halo?"))))
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dlh"})
    assert await told(bench.pool, "35.04.dlh") == ["i1", "r1", "r2", "r3", "i2", "r4"]


async def test_internal_notes_never_leave(bench: Workbench) -> None:
    complaint = await bench.open(filed())
    await bench.receive(complaint.wire(NoteAdded(by=officer_of("35.04"), text=Clear("Untuk kita saja."))))
    await bench.receive(complaint.wire(ComplaintSupported(supporter=OFFICER, supporters=1)))
    assert await told(bench.pool, "35.04") == ["i1", "i2"]


async def test_numbers_have_no_gaps_in_any_stream(bench: Workbench, desk: Office) -> None:
    for to in ("35.04.dlh", "35.04.dpupr", "35.04.01", "35.04.dlh"):
        await forwarded(bench, desk, to)
    for agency in ("35.04", "35.04.dlh", "35.04.dpupr", "35.04.01"):
        numbers = [number for number, _, _ in await stream(bench.pool, agency)]
        assert numbers == list(range(1, len(numbers) + 1))
        last = await bench.pool.fetchval("SELECT last_sequence FROM agency_streams WHERE agency = $1", agency)
        assert last == len(numbers)


async def test_a_page_goes_on_after_any_number(bench: Workbench, desk: Office) -> None:
    await forwarded(bench, desk)
    await forwarded(bench, desk)
    after, numbers = 0, []
    while True:
        path = f"/agencies/35.04.dlh/events?after={after}&limit=2"
        page = (await desk.ask("dlh", "GET", path, headers={"accept": "application/json"})).json()
        if not page["events"]:
            break
        numbers += [int(event["agencysequence"]) for event in page["events"]]
        assert page["next"] == numbers[-1]
        after = page["next"]
    assert numbers == list(range(1, 7))
    assert page["next"] == 6


async def test_a_place_that_was_never_given_is_refused(desk: Office) -> None:
    for place in ("-1", "abc", "1.5", "9" * 19, "٣"):
        answer = await desk.ask("dlh", "GET", "/agencies/35.04.dlh/events", params={"after": place})
        assert answer.status_code == 400, place


async def page_for(desk: Office, who: str, agency: str = "35.04") -> list[dict[str, Any]]:
    """Read a stream as one account."""
    answer = await desk.ask(who, "GET", f"/agencies/{agency}/events", headers={"accept": "application/json"})
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


async def test_texts_are_opened_for_the_agency(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    [event] = await page_for(desk, "tulungagung")
    assert event["subject"] == str(complaint.id)
    assert event["agency"] == "35.04"
    assert event["data"]["title"] == "Sampah menumpuk di tepi sungai"
    assert event["data"]["reporter_name"] == "Sari Contoh"
    assert event["data"]["area"] == "35.04.01.1003"


async def test_the_reporter_of_an_anonymous_or_secret_complaint_is_never_told(bench: Workbench, desk: Office) -> None:
    for visibility in (Visibility.ANONYMOUS, Visibility.SECRET):
        await bench.open(filed(visibility=visibility))
    for event in await page_for(desk, "tulungagung"):
        assert event["data"]["title"] == "Sampah menumpuk di tepi sungai"
        assert [event["data"][name] for name in ("reporter_name", "reporter_email")] == [None, None]
    assert "Sari" not in str(await page_for(desk, "nasional"))


async def test_a_monitor_reads_matters_not_people(bench: Workbench, desk: Office) -> None:
    await bench.open(filed())
    [event] = await page_for(desk, "ombudsman")
    assert (event["data"]["title"], event["data"]["reporter_name"]) == ("Sampah menumpuk di tepi sungai", None)


async def test_an_erased_text_is_told_as_null_and_the_rest_stays(bench: Workbench, desk: Office) -> None:
    complaint = await forwarded(bench, desk)
    await bench.receive(complaint.wire(ReporterErased(requested_at=MOMENT)))
    async with bench.pool.acquire() as connection:
        await bench.desk.keys.erase(connection, complaint.id)
    events = await page_for(desk, "dlh", "35.04.dlh")
    assert [event["type"].split(".")[-2] for event in events] == ["filed", "verified", "forwarded", "reporter_erased"]
    assert (events[0]["data"]["title"], events[0]["data"]["category"]) == (None, "sampah")


async def test_the_key_of_a_complaint_opens_what_the_topic_carries(bench: Workbench, desk: Office) -> None:
    complaint = await forwarded(bench, desk)
    answer = await desk.ask("dlh", "GET", f"/agencies/35.04.dlh/keys/{complaint.id}")
    assert answer.json()["parts"] == _parts(complaint.key, "text", "reporter")
    look = await bench.pool.fetchrow(
        "SELECT login, key_looks.agency, key_id, parts FROM key_looks JOIN accounts ON accounts.id = account"
    )
    assert look is not None
    assert tuple(look) == ("dlh", "35.04.dlh", complaint.id, ["text", "reporter"])


def _parts(key: DataKey, *parts: Any) -> dict[str, str]:
    return {part: base64.b64encode(key.part_secret(part)).decode() for part in parts}


async def test_the_key_of_an_anonymous_reporter_is_given_to_nobody(bench: Workbench, desk: Office) -> None:
    complaint = await forwarded(bench, desk, visibility=Visibility.ANONYMOUS)
    for who in ("dlh", "tulungagung", "nasional", "ombudsman"):
        answer = await desk.ask(who, "GET", f"/agencies/35.04.dlh/keys/{complaint.id}")
        assert answer.json()["parts"] == _parts(complaint.key, "text")


async def test_a_key_is_given_only_for_complaints_the_agency_was_given(bench: Workbench, desk: Office) -> None:
    elsewhere = await forwarded(bench, desk, "35.04.dpupr")
    answer = await desk.ask("dlh", "GET", f"/agencies/35.04.dlh/keys/{elsewhere.id}")
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (404, "no-such-key")
    assert await bench.pool.fetchval("SELECT count(*) FROM key_looks") == 0


async def test_an_erased_key_is_gone(bench: Workbench, desk: Office) -> None:
    complaint = await forwarded(bench, desk)
    await bench.receive(complaint.wire(ReporterErased(requested_at=MOMENT)))
    async with bench.pool.acquire() as connection:
        await bench.desk.keys.erase(connection, complaint.id)
    assert (await desk.ask("dlh", "GET", f"/agencies/35.04.dlh/keys/{complaint.id}")).status_code == 410


@asynccontextmanager
async def listening(desk: Office, who: str, agency: str, after: int | None = None) -> AsyncIterator[Any]:
    """Listen with a client of another make, going on where it was."""
    headers = await desk.headers(who) | ({} if after is None else {"last-event-id": str(after)})
    async with (
        httpx.AsyncClient(timeout=30) as client,
        aconnect_sse(client, "GET", f"{desk.url}/agencies/{agency}/events", headers=headers) as source,
    ):
        yield source.aiter_sse()


async def take(source: AsyncIterator[ServerSentEvent], count: int) -> list[ServerSentEvent]:
    """Take so many events; the line's opening says how long to wait before coming back, and is no event."""
    found: list[ServerSentEvent] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            event = await anext(source)
            if event.data:
                found.append(event)
    return found


async def test_a_listener_hears_what_was_and_then_what_happens(bench: Workbench, desk: Office) -> None:
    await forwarded(bench, desk)
    async with listening(desk, "dlh", "35.04.dlh") as source:
        first = await take(source, 3)
        second = await forwarded(bench, desk)
        more = await take(source, 3)
    assert [int(event.id) for event in (*first, *more)] == [1, 2, 3, 4, 5, 6]
    assert {json.loads(event.data)["subject"] for event in more} == {str(second.id)}


async def test_a_listener_that_is_cut_off_goes_on_without_gap_or_double(bench: Workbench, desk: Office) -> None:
    dice = random.Random(3504)
    total = 60
    writing = asyncio.ensure_future(_keep_writing(bench, total))
    heard: list[int] = []
    while len(heard) < total:
        async with listening(desk, "tulungagung", "35.04", heard[-1] if heard else None) as source:
            wanted = min(dice.randint(1, 15), total - len(heard))
            heard += [int(event.id) for event in await take(source, wanted)]
    await writing
    assert heard == list(range(1, total + 1))
    page = await desk.bench.desk.streams.page("35.04", await _viewer(bench), 0, 1000)
    assert [entry.number for entry in page] == heard


async def _keep_writing(bench: Workbench, total: int) -> None:
    for _ in range(total // 3):
        complaint = Complaint()
        replies = [ReporterReplied(text=Clear(f"Balasan {number}.")) for number in range(2)]
        await bench.receive(*(complaint.wire(event) for event in (filed(), *replies)))
        await asyncio.sleep(0.01)


async def _viewer(bench: Workbench) -> Any:
    account = await bench.pool.fetchval("SELECT id FROM accounts WHERE login = 'tulungagung'")
    return await bench.desk.accounts.find(account)


async def test_many_listeners_hear_the_same(bench: Workbench, desk: Office) -> None:
    async def listen() -> list[str]:
        async with listening(desk, "tulungagung", "35.04") as source:
            return [event.id for event in await take(source, 12)]

    listeners = [asyncio.ensure_future(listen()) for _ in range(8)]
    await _keep_writing(bench, 12)
    assert await asyncio.gather(*listeners) == [[str(number) for number in range(1, 13)]] * 8


async def test_a_long_story_is_told_page_by_page(bench: Workbench, desk: Office) -> None:
    complaint = Complaint()
    replies = [ReporterReplied(text=Clear(f"Balasan {number}.")) for number in range(reading.PAGE * 2)]
    await bench.receive(*(complaint.wire(event) for event in (filed(), *replies)))
    async with listening(desk, "tulungagung", "35.04") as source:
        events = await take(source, reading.PAGE * 2 + 1)
    assert [int(event.id) for event in events] == list(range(1, reading.PAGE * 2 + 2))


async def test_a_quiet_line_says_that_it_is_alive(desk: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "KEEP_ALIVE_SECONDS", 0.2)
    headers = await desk.headers("dlh")
    async with (
        httpx.AsyncClient(timeout=10) as client,
        client.stream("GET", f"{desk.url}/agencies/35.04.dlh/events", headers=headers) as answer,
        asyncio.timeout(10),
    ):
        assert await _until(answer.aiter_lines(), ": ping") == ["retry: 2000", "", ": ping"]


async def _until(lines: AsyncIterator[str], last: str) -> Sequence[str]:
    seen: list[str] = []
    async for line in lines:
        seen.append(line)
        if line == last:
            break
    return seen


async def test_the_line_ends_when_the_account_is_closed(bench: Workbench, desk: Office) -> None:
    await forwarded(bench, desk)
    async with listening(desk, "dlh", "35.04.dlh") as source:
        await take(source, 3)
        await bench.pool.execute("UPDATE accounts SET active = false WHERE login = 'dlh'")
        await forwarded(bench, desk)
        async with asyncio.timeout(10):
            assert [event async for event in source if event.data] == []


async def test_open_lines_end_when_the_process_stops(bench: Workbench) -> None:
    async with office(bench) as desk, listening(desk, "dlh", "35.04.dlh") as source:
        bench.runtime.health.stopping.set()
        async with asyncio.timeout(5):
            assert [event async for event in source if event.data] == []


async def test_a_listener_that_went_away_is_forgotten(desk: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "KEEP_ALIVE_SECONDS", 0.1)
    monkeypatch.setattr(reading, "LOOK_SECONDS", 0.1)
    before = len(asyncio.all_tasks())
    for _ in range(10):
        async with listening(desk, "dlh", "35.04.dlh"):
            await asyncio.sleep(0.05)
    async with asyncio.timeout(15):
        while len(asyncio.all_tasks()) > before + 2:
            await asyncio.sleep(0.1)
    assert desk.bench.desk.streams.listeners == 0


async def test_a_process_serves_only_so_many_lines(desk: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "LISTENERS", 2)
    async with listening(desk, "dlh", "35.04.dlh") as first, listening(desk, "dlh", "35.04.dlh") as second:
        await anext(first)
        await anext(second)
        refused = await desk.ask("dlh", "GET", "/agencies/35.04.dlh/events")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        page = await desk.ask("dlh", "GET", "/agencies/35.04.dlh/events", headers={"accept": "application/json"})
        assert page.status_code == 200


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_however_the_topic_is_cut_into_batches_the_streams_are_the_same(
    postgres: PostgresForTests, seed: int
) -> None:
    dice = random.Random(seed)
    topic = _topic(dice)
    async with workbench(postgres) as one_by_one, workbench(postgres) as in_batches:
        for wire in topic:
            await one_by_one.receive(wire)
        left = list(topic)
        while left:
            count = dice.randint(1, 12)
            await in_batches.receive(*left[:count])
            left = left[count:]
        for agency in ("35.04", "35.04.dlh", "35.04.dpupr", "35.04.01"):
            assert await stream(one_by_one.pool, agency) == await stream(in_batches.pool, agency)
        assert await _inbox(one_by_one.pool) == await _inbox(in_batches.pool)


def _topic(dice: random.Random) -> list[bytes]:
    """Make up what several complaints' partition might hold: each story in order, all of them mixed."""
    complaints = [Complaint() for _ in range(5)]
    wires = [complaint.wire(filed()) for complaint in complaints]
    for _ in range(40):
        complaint, to = dice.choice(complaints), dice.choice(["35.04.dlh", "35.04.dpupr.bm", "35.04.01"])
        hop = complaint.versions.get("/routing", 0) + 1
        reply = ReporterReplied(text=Clear("Halo?"))
        note = NoteAdded(by=officer_of("35.04"), text=Clear("Untuk kita saja."))
        forwarding = ComplaintForwarded(by=officer_of("35.04"), to=to, hop=hop, held_seconds=1)
        wires.append(complaint.wire(dice.choice([reply, note, forwarding])))
    return wires


async def _inbox(pool: Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("SELECT id, status, holder, hops, next_due, version FROM cases ORDER BY id")
    return [tuple(row) for row in rows]
