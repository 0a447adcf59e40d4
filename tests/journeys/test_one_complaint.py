"""One complaint from the citizen to the dashboard, seen by clients that share nothing with the services."""

import json
from typing import Any
from uuid import UUID, uuid4

from kit import evidence
from kit.town import AGENCY, Town, until

STORY = ["complaint.filed.v1", "complaint.verified.v1", "complaint.forwarded.v1", "complaint.response_given.v1"]
PREFIX = "id.kentongan."


def types_of(events: list[dict[str, Any]]) -> list[str]:
    """Name the types of events without what they have in common."""
    return [event["type"].removeprefix(PREFIX) for event in events]


async def test_a_complaint_travels_from_the_citizen_to_the_dashboard(town: Town) -> None:
    before = (await town.figures())["freshness"]["position"]
    address = f"warga-{uuid4().hex[:8]}@contoh.example"
    filed = await town.file(reporter={"name": "Warga Contoh Perjalanan", "email": address})
    await town.handle(filed["id"], "Papan jembatan sudah diganti.")

    async def answered() -> dict[str, Any] | None:
        seen = (await town.look(filed["code"], filed["secret"])).json()
        return seen if seen["responses"] else None

    async def written() -> list[dict[str, Any]] | None:
        mails = await town.mails_to(address)
        return mails if len(mails) >= 3 else None

    async def counted() -> list[dict[str, Any]] | None:
        question = "SELECT state, agency, hops, code, filed_at, first_response_at FROM analytics.complaint_current"
        found = await evidence.rows(
            town.stack.facts["analytics"]["dsn"], f"{question} WHERE id = $1", UUID(filed["id"])
        )
        return found if found and found[0]["first_response_at"] else None

    seen = await until(answered, "the answer on the tracking page")
    assert seen["responses"][0]["text"] == "Papan jembatan sudah diganti."
    assert types_of(seen["timeline"]) == STORY
    mails = await until(written, "three mails")
    assert len({mail["message_id"] for mail in mails}) == len(mails) == 3
    assert all(filed["code"] in mail["subject"] for mail in mails)
    [row] = await until(counted, "the row in the figures")
    assert (row["state"], row["agency"], row["hops"], row["code"]) == ("answered", AGENCY, 1, filed["code"])
    assert (await town.figures())["freshness"]["position"] >= before + 4


async def test_kafka_holds_the_whole_story_in_one_partition_in_causal_order(town: Town) -> None:
    filed = await town.file()
    await town.handle(filed["id"], "Sudah ditangani.")

    async def told() -> list[evidence.Record] | None:
        topic = (await evidence.records(town.stack.bootstrap, ["complaints"]))["complaints"]
        story = [record for record in topic if record.key == filed["id"]]
        return story if len(story) == len(STORY) else None

    story = await until(told, "the story in Kafka")
    assert types_of([record.event for record in story]) == STORY
    assert len({record.partition for record in story}) == 1
    assert [record.stream[0] for record in story] == ["/intake", "/routing", "/routing", "/routing"]
    assert [record.version for record in story] == [1, 1, 2, 3]
    assert len({record.event["correlationid"] for record in story}) >= 1
    text = b"".join(record.value or b"" for record in story)
    assert b"Jembatan miring" not in text
    assert b"Warga Contoh" not in text
    assert b"Sudah ditangani" not in text


async def test_an_agency_receives_the_same_events_from_kafka_and_over_http(town: Town) -> None:
    start = len(await town.stream())
    filed = await town.file()
    await town.handle(filed["id"], "Sudah diperbaiki.")

    live = await town.sse(len(STORY), after=start)
    assert [number for number, _ in live] == list(range(start + 1, start + 5))
    assert types_of([json.loads(data) for _, data in live]) == STORY
    opened = [json.loads(data)["data"] for _, data in live]
    assert opened[0]["title"] == "Jembatan miring sekali"
    assert opened[3]["text"] == "Sudah diperbaiki."

    async def copied() -> list[evidence.Record] | None:
        topic = f"agency.{AGENCY}"
        records = (await evidence.records(town.stack.bootstrap, [topic]))[topic]
        return records if len(evidence.first_occurrences(records)) >= start + 4 else None

    copies = evidence.first_occurrences(await until(copied, "the agency's copies in Kafka"))
    assert [int(copy.event["agencysequence"]) for copy in copies] == list(range(1, len(copies) + 1))
    assert [copy.event["id"] for copy in copies[-4:]] == [json.loads(data)["id"] for _, data in live]


async def test_a_stream_goes_on_after_the_last_number_that_was_seen(town: Town) -> None:
    filed = await town.file()
    await town.handle(filed["id"], "Selesai.")
    whole = await town.sse(4, after=0)
    rest = await town.sse(2, after=whole[1][0])
    assert rest == whole[2:4]


async def test_an_agency_sees_nothing_of_what_others_handle(town: Town) -> None:
    filed = await town.file(category="sampah")
    await town.arrived(filed["id"])
    await town.decide("tulungagung", filed["id"], "verifications", {})
    await town.decide("tulungagung", filed["id"], "forwards", {"to": "35.04.dlh"})

    async def received() -> bool:
        return any(event["subject"] == filed["id"] for event in await town.stream("dlh", "35.04.dlh"))

    await until(received, "the arrival in the stream of dlh")
    assert not any(event["subject"] == filed["id"] for event in await town.stream())
    headers = await town.as_officer("dpupr")
    foreign = await town.client.get(town.url("routing", f"/api/cases/{filed['id']}"), headers=headers)
    absent = await town.client.get(town.url("routing", f"/api/cases/{uuid4()}"), headers=headers)
    assert foreign.status_code == absent.status_code == 404
    stream = await town.client.get(town.url("routing", "/agencies/35.04.dlh/events"), headers=headers)
    assert stream.status_code == 404


async def test_the_dashboard_page_shows_what_the_figures_say(town: Town) -> None:
    for number in range(6):
        filed = await town.file(title=f"Jalan berlubang nomor {number}")
        await town.handle(filed["id"], "Ditambal.")

    async def same_moment() -> tuple[int, str] | None:
        before = await town.figures()
        page = await town.client.get(town.url("reporting", "/?period=all&lang=en"))
        assert page.status_code == 200
        tally = before["tally"]
        still = (await town.figures())["freshness"]["position"] == before["freshness"]["position"]
        return (tally["answered"], page.text) if still and tally and tally["answered"] >= 6 else None

    answered, text = await until(same_moment, "a page with six answered complaints, at rest")
    assert "<svg" in text
    assert f"{answered:,}" in text
