"""What routing keeps of the topic: cases, desks, steps and the inbox, however often a message comes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.intake import (
    ComplaintSupported,
    ComplaintWithdrawn,
    EvidenceAdded,
    ReporterErased,
    ReporterReplied,
    ResolutionConfirmed,
)
from contracts.sealing import Clear
from contracts.vocabulary import Attachment, Name, Visibility
from kit.cases import COMPLAINT, OFFICER, REGENCY
from kit.post import Complaint, filed
from kit.workbench import Office, Workbench
from routing import story
from routing.domain.agency import Charter
from routing.opening import titles
from routing.projections import inbox
from routing.projections.inbox import Wanted
from routing.projections.progress import Status, progress_of

MOMENT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def row(bench: Workbench, case: UUID) -> dict[str, Any]:
    """Read a case's line of the inbox."""
    found = await bench.pool.fetchrow(
        "SELECT code, area, status, holder, hops, category, next_clock, next_due, erased, version FROM cases"
        " WHERE id = $1",
        case,
    )
    assert found is not None
    return dict(found)


async def test_a_filed_complaint_opens_one_case_at_its_gate(bench: Workbench) -> None:
    complaint = await bench.open(filed())
    line = await row(bench, complaint.id)
    assert (line["status"], line["holder"], line["hops"], line["version"]) == ("submitted", REGENCY, 0, 1)
    assert (line["next_clock"], line["next_due"]) == ("verification", datetime(2026, 11, 26, 16, 59, 59, tzinfo=UTC))
    assert await bench.pool.fetchval("SELECT count(*) FROM cases") == 1
    assert await bench.pool.fetchval("SELECT count(*) FROM received") == 1


async def test_a_complaint_from_elsewhere_lands_at_the_nearest_gate(bench: Workbench) -> None:
    surabaya = await bench.open(filed(area="35.78"))
    assert (await row(bench, surabaya.id))["holder"] == "35"


async def test_a_case_stays_where_it_landed_though_the_tree_changes(bench: Workbench) -> None:
    complaint = await bench.open(filed(area="35.78"))
    await bench.desk.registry.put("35.78", _charter("35.78"))
    await bench.receive(complaint.wire(ReporterReplied(text=Clear("Halo?"))))
    assert (await row(bench, complaint.id))["holder"] == "35"
    later = await bench.open(filed(area="35.78"))
    assert (await row(bench, later.id))["holder"] == "35.78"


def _charter(area: str) -> Any:

    return Charter(Name(id="Kota Surabaya", en="City of Surabaya"), "35", areas=(area,), stream=True)


async def test_what_the_reporter_does_moves_the_case(bench: Workbench) -> None:
    picture = Attachment(sha256="a" * 64, media_type="image/webp", size=1)
    complaint = await bench.open(filed(), EvidenceAdded(attachments=(picture,)))
    assert (await row(bench, complaint.id))["version"] == 2
    await bench.receive(complaint.wire(ComplaintWithdrawn()))
    line = await row(bench, complaint.id)
    assert (line["status"], line["next_due"], line["version"]) == ("withdrawn", None, 3)


async def test_what_changes_no_decision_leaves_the_version_alone(bench: Workbench) -> None:
    complaint = await bench.open(filed(), ComplaintSupported(supporter=OFFICER, supporters=1))
    assert (await row(bench, complaint.id))["version"] == 1
    await bench.receive(complaint.wire(ResolutionConfirmed(confirmed_at=MOMENT)))
    assert (await row(bench, complaint.id))["version"] == 2


async def test_routings_own_events_are_known_already_when_they_come_back(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    answer = await desk.decide("tulungagung", complaint.id, "verifications", {})
    assert answer.json()["version"] == 2
    assert (await row(bench, complaint.id))["version"] == 2
    assert await bench.pool.fetchval("SELECT count(*) FROM received") == 1


async def test_own_and_foreign_facts_merge_in_the_order_they_became_known(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    await bench.receive(complaint.wire(ReporterReplied(text=Clear("Tolong."))))
    await desk.decide("tulungagung", complaint.id, "forwards", {"to": "35.04.dlh"})
    told = await story.load(bench.pool, complaint.id)
    kinds = [type(step.data).__name__ for step in told.steps]
    assert kinds == ["ComplaintFiled", "ComplaintVerified", "ReporterReplied", "ComplaintForwarded"]
    assert (told.version, told.own_version) == (4, 2)


async def test_the_inbox_is_the_fold_of_the_story(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    for what, body in (("verifications", {}), ("forwards", {"to": "35.04.dlh"}), ("responses", {"text": "Sudah."})):
        await desk.decide("tulungagung", complaint.id, what, body)
    await bench.receive(complaint.wire(ReporterReplied(text=Clear("Belum."))))
    progress = progress_of((await story.load(bench.pool, complaint.id)).facts)
    assert progress is not None
    [line] = await inbox.page(bench.pool, Wanted(["35.04.dlh"], tuple(Status)))
    assert (line.status, line.holder, line.hops, line.version) == (
        progress.status,
        progress.holder,
        progress.hops,
        progress.version,
    )
    assert (line.status, line.next_due) == (
        Status.IN_PROGRESS,
        progress.dues[line.next_clock].at if line.next_clock else 0,
    )


async def test_several_facts_about_several_complaints_in_one_batch(bench: Workbench) -> None:
    first, second = Complaint(), Complaint()
    await bench.receive(
        first.wire(filed()),
        second.wire(filed(area="35.04.02.2001", category="jalan-rusak")),
        first.wire(ReporterReplied(text=Clear("Satu."))),
        second.wire(ComplaintWithdrawn()),
        first.wire(ReporterReplied(text=Clear("Dua."))),
    )
    assert [(await row(bench, each.id))["version"] for each in (first, second)] == [3, 2]
    assert (await row(bench, second.id))["status"] == "withdrawn"
    steps = await bench.pool.fetch("SELECT step FROM case_steps WHERE complaint_id = $1 ORDER BY step", first.id)
    assert [step["step"] for step in steps] == [1, 2, 3]


async def test_a_title_is_opened_when_asked_for_and_kept_nowhere(bench: Workbench) -> None:
    complaint = await bench.open(filed())
    assert await titles(bench.pool, bench.desk.keys, [complaint.id]) == {complaint.id: "Sampah menumpuk di tepi sungai"}
    assert await _clear_text_at_rest(bench, "Sampah menumpuk") == []


async def test_an_erased_reporter_leaves_no_text_to_be_read(bench: Workbench) -> None:
    complaint = await bench.open(filed())
    await bench.receive(complaint.wire(ReporterErased(requested_at=MOMENT)))
    async with bench.pool.acquire() as connection:
        await bench.desk.keys.erase(connection, complaint.id)
    assert await titles(bench.pool, bench.desk.keys, [complaint.id]) == {complaint.id: None}
    assert (await row(bench, complaint.id))["erased"]


async def test_a_secret_complaint_is_routed_like_any_other(bench: Workbench) -> None:
    complaint = await bench.open(filed(visibility=Visibility.SECRET))
    assert (await row(bench, complaint.id))["holder"] == REGENCY


async def test_nobody_knows_a_complaint_that_never_came(bench: Workbench) -> None:
    told = await story.load(bench.pool, COMPLAINT)
    assert (told.version, told.filed, progress_of(told.facts)) == (0, None, None)


async def _clear_text_at_rest(bench: Workbench, text: str) -> list[str]:
    """Look for a text in every row of every table."""
    tables = await bench.pool.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    found = []
    for table in tables:
        query = f"SELECT count(*) FROM {table['table_name']} AS line WHERE line::text LIKE $1"  # noqa: S608 - names of tables
        if await bench.pool.fetchval(query, f"%{text}%"):
            found.append(table["table_name"])
    return found
