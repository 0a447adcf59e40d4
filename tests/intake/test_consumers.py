"""What intake keeps of what others publish; every message comes twice."""

from uuid import UUID

from contracts import intake as facts
from contracts import routing
from contracts.events import Event
from contracts.sealing import Clear, DataKey
from contracts.vocabulary import Actor, Name
from intake.projections import agencies, routed
from kit.filing import Intake
from kit.routed import Postman, RoutingStream
from kit.sample_events import ANSWER_BY, BY, FILED_AT
from kit.streams import wire

DLH = "35.04.dlh"
VERIFIED = routing.ComplaintVerified(by=BY, classification="complaint", category="sampah")
FORWARDED = routing.ComplaintForwarded(
    by=BY, to=DLH, hop=1, held_seconds=60, dues=(ANSWER_BY,), note=Clear("XYZZY note for the agency")
)
ANSWERED = routing.ResponseGiven(
    by=Actor(agency=DLH, officer=UUID(int=7)), text=Clear("Sudah diangkut XYZZY."), final=True
)
NOTE = routing.NoteAdded(by=BY, text=Clear("XYZZY internal"))


async def filed(intake: Intake) -> tuple[dict[str, str], RoutingStream]:
    """File a complaint and give the stream that routing will write about it."""
    receipt = await intake.file()
    key = await intake.keys.get(UUID(receipt["id"]))
    assert isinstance(key, DataKey)
    return receipt, RoutingStream(UUID(receipt["id"]), key)


async def routed_rows(intake: Intake, stream: RoutingStream) -> list[str]:
    """Read what is kept of the stream."""
    rows = await intake.pool.fetch(
        "SELECT wire FROM routed_events WHERE complaint_id = $1 ORDER BY version", stream.complaint
    )
    return [row["wire"] for row in rows]


async def test_a_routed_complaint_shows_who_has_it(intake: Intake, deliver: Postman) -> None:
    receipt, stream = await filed(intake)
    await deliver(routed.subscription(), stream.add(VERIFIED, FORWARDED).wires)
    seen = (await intake.read(receipt["code"])).json()
    assert (seen["status"], seen["agency"], seen["hops"]) == ("forwarded", DLH, 1)
    assert [(step["source"], step["version"]) for step in seen["timeline"][1:]] == [("/routing", 1), ("/routing", 2)]


async def test_an_answer_is_read_with_the_secret_only(intake: Intake, deliver: Postman) -> None:
    receipt, stream = await filed(intake)
    await deliver(routed.subscription(), stream.add(VERIFIED, FORWARDED, ANSWERED).wires)
    opened = (await intake.read(receipt["code"], receipt["secret"])).json()
    assert [(each["agency"], each["text"], each["final"]) for each in opened["responses"]] == [
        (DLH, "Sudah diangkut XYZZY.", True)
    ]
    assert "XYZZY" not in (await intake.read(receipt["code"])).text
    assert "note for the agency" not in str(opened)


async def test_texts_are_kept_sealed(intake: Intake, deliver: Postman) -> None:
    _, stream = await filed(intake)
    await deliver(routed.subscription(), stream.add(ANSWERED).wires)
    assert "XYZZY" not in str(await routed_rows(intake, stream))


async def test_what_happens_inside_an_agency_is_not_kept(intake: Intake, deliver: Postman) -> None:
    _, stream = await filed(intake)
    await deliver(routed.subscription(), stream.add(VERIFIED, NOTE, FORWARDED).wires)
    assert len(await routed_rows(intake, stream)) == 2


async def test_a_complaint_nobody_filed_here_does_no_harm(intake: Intake, deliver: Postman) -> None:
    stranger = RoutingStream(UUID(int=99), DataKey.fresh(UUID(int=99)))
    await deliver(routed.subscription(), stranger.add(VERIFIED, ANSWERED).wires)
    assert len(await routed_rows(intake, stranger)) == 2


async def test_erasing_the_reporter_removes_every_text(intake: Intake, deliver: Postman) -> None:
    receipt, stream = await filed(intake)
    await deliver(routed.subscription(), stream.add(VERIFIED, ANSWERED).wires)
    async with intake.pool.acquire() as connection, connection.transaction():
        await intake.keys.erase(connection, stream.complaint)
    erased = wire(facts.ReporterErased(requested_at=FILED_AT), stream.complaint, 1)
    await deliver(routed.subscription(), [erased])
    rows = await routed_rows(intake, stream)
    assert len(rows) == 2
    assert '"box":""' in rows[1]
    seen = (await intake.read(receipt["code"], receipt["secret"])).json()
    assert seen["title"] is seen["description"] is seen["address"] is seen["reporter"]["name"] is None
    assert [each["text"] for each in seen["responses"]] == [None]
    assert seen["status"] == "answered"


async def test_a_scrubbed_text_stays_unreadable_even_with_the_key(intake: Intake, deliver: Postman) -> None:
    receipt, stream = await filed(intake)
    await deliver(routed.subscription(), stream.add(ANSWERED).wires)
    erased = wire(facts.ReporterErased(requested_at=FILED_AT), stream.complaint, 1)
    await deliver(routed.subscription(), [erased])
    opened = (await intake.read(receipt["code"], receipt["secret"])).json()
    assert [each["text"] for each in opened["responses"]] == [None]


def agency(code: str, name: str, version: int, kind: type[routing.AgencyEvent]) -> bytes:
    """Spell what routing publishes about an agency."""
    event: Event = kind(code=code, name=Name(id=f"Dinas {name}", en=f"{name} office"), parent="35.04", tier=3)
    return wire(event, UUID(int=sum(code.encode())), version)


async def test_agencies_are_called_by_their_newest_name(intake: Intake, deliver: Postman) -> None:
    receipt, stream = await filed(intake)
    registered = agency(DLH, "Kebersihan", 1, routing.AgencyRegistered)
    changed = agency(DLH, "Lingkungan", 3, routing.AgencyChanged)
    await deliver(agencies.subscription(), [registered, changed])
    await deliver(routed.subscription(), stream.add(VERIFIED, FORWARDED).wires)
    seen = (await intake.read(receipt["code"])).json()
    assert seen["agency_name"] == {"id": "Dinas Lingkungan", "en": "Lingkungan office"}
