"""Made-up complaints: the same ones every time, filed once, with the days and hours that life has."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
from pydantic import SecretStr

from contracts.clocks import WIB
from kentongan import demo
from kentongan.demo import rhythm, stories, texts
from kentongan.demo.seeding import anchor
from kentongan.demo.stories import Story
from kentongan.demo.world import World, dice_of
from kentongan.history.cases import Act
from kit import evidence
from kit.town import Town, until

END = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AGENCIES = [
    {"code": "35.04.dpupr", "categories": ["jalan-rusak", "drainase-banjir"], "areas": ["35.04"], "active": True},
    {"code": "35.04.dlh", "categories": ["sampah"], "areas": ["35.04"], "active": True},
    {"code": "35.04.old", "categories": ["sampah"], "areas": ["35.04"], "active": False},
]


def told(count: int = 1500) -> list[Story]:
    """Tell stories of a small world."""
    return list(stories.stories(World.of(AGENCIES), count, END))


def settings(town: Town, folder: Path, complaints: int) -> demo.DemoSettings:
    """Say where the demo finds this stack."""
    return demo.DemoSettings(
        intake_url=town.url("intake"),
        routing_url=town.url("routing"),
        import_token=SecretStr(town.import_token),
        demo_anchor=folder / "anchor",
        demo_complaints=complaints,
    )


async def filings(town: Town) -> int:
    """Count the complaints in intake's log."""
    question = "SELECT count(*) AS n FROM events WHERE type = 'id.kentongan.complaint.filed.v1'"
    [row] = await evidence.rows(town.stack.dsn("intake"), question)
    return int(row["n"])


def test_the_same_end_tells_the_same_stories() -> None:
    assert told(50) == told(50)


def test_nothing_is_filed_before_90_days_or_after_the_end_and_nothing_decided_later() -> None:
    for story in told():
        moments = [story.case.filed_at, *(step.at for step in story.case.steps)]
        assert END - timedelta(days=rhythm.DAYS) <= moments[0]
        assert moments[-1] <= END
        assert moments == sorted(moments)
        assert all(step.at > END for step in story.to_come)


def test_life_has_weekends_nights_late_answers_and_open_cases() -> None:
    known = told()
    hours = Counter(story.case.filed_at.astimezone(WIB).hour for story in known)
    weekdays = Counter(story.case.filed_at.astimezone(WIB).weekday() for story in known)
    assert hours[9] > 5 * hours[3]
    assert weekdays[0] > weekdays[6]
    answers = [(story.case, step) for story in known if (step := story.case.step(Act.RESPOND))]
    days = [(step.at - case.filed_at) / timedelta(days=1) for case, step in answers]
    assert 0.75 < len(answers) / len(known) < 0.97
    assert 1 < median(days) < 6
    assert max(days) > 8
    assert {len(story.case.steps) for story in known} >= {0, 2, 3}


def test_people_and_their_addresses_can_be_nobodys() -> None:
    for story in told(300):
        reporter = story.case.filing["reporter"]
        assert reporter["name"].startswith("Warga Contoh ")
        assert reporter.get("email", "x@contoh.example").endswith("@contoh.example")


def test_some_villages_are_busier_than_others() -> None:
    places = Counter(story.case.filing["area"] for story in told())
    assert len(places) > 100
    assert places.most_common(10)[-1][1] > 4 * median(places.values())


def test_only_who_works_is_given_complaints() -> None:
    targets = {step.says["to"] for story in told(400) if (step := story.case.step(Act.FORWARD))}
    assert "35.04.old" not in targets
    assert {"35.04.dpupr", "35.04.dlh"} <= targets


@pytest.mark.parametrize("classification", ["complaint", "aspiration", "information_request"])
def test_every_category_has_texts_without_holes(classification: str) -> None:
    for about in texts.read()["categories"]:
        title, text = texts.complaint(dice_of(about), classification, about, "Desa Contoh")
        assert title
        assert "{" not in title + text + texts.answer(dice_of(about), about)


def test_offices_work_on_weekdays_from_eight_to_four() -> None:
    friday = datetime(2026, 11, 20, 15, 0, tzinfo=WIB)
    assert rhythm.office_time(friday, 0.5) == friday + timedelta(minutes=30)
    assert rhythm.office_time(friday, 2) == datetime(2026, 11, 23, 9, 0, tzinfo=WIB)
    assert rhythm.office_time(datetime(2026, 11, 21, 3, 0, tzinfo=WIB), 0) == datetime(2026, 11, 23, 8, 0, tzinfo=WIB)


def test_offices_rest_on_holidays() -> None:
    eve = datetime(2026, 12, 24, 15, 0, tzinfo=WIB)  # the 24th is collective leave, the 25th Christmas
    assert rhythm.office_time(eve, 1).date().isoformat() == "2026-12-28"


def test_the_end_of_the_stories_is_kept(tmp_path: Path) -> None:
    first = anchor(tmp_path / "anchor")
    assert anchor(tmp_path / "anchor") == first


async def test_a_seed_fills_the_system_and_a_second_one_changes_nothing(town: Town, tmp_path: Path) -> None:
    before = await filings(town)
    wanted = settings(town, tmp_path, 60)
    first = await demo.seed(wanted, lambda _: None)
    assert (first.complaints, first.refused) == (60, 0)
    assert first.answered > 30
    assert await filings(town) == before + 60
    second = await demo.seed(wanted, lambda _: None)
    assert (second.complaints, second.answered, second.refused) == (60, first.answered, 0)
    assert await filings(town) == before + 60


async def test_an_interrupted_seed_goes_on_where_it_stopped(town: Town, tmp_path: Path) -> None:
    before = await filings(town)
    wanted = settings(town, tmp_path, 160)
    seeding = asyncio.create_task(demo.seed(wanted, lambda _: None))

    async def some() -> bool:
        return await filings(town) > before + 20

    await until(some, "the first filings")
    seeding.cancel()
    await asyncio.gather(seeding, return_exceptions=True)
    done = await demo.seed(wanted, lambda _: None)
    assert done.refused == 0
    assert await filings(town) == before + 160


async def test_the_trickle_keeps_filing_and_answering(town: Town, tmp_path: Path) -> None:
    began = datetime.now(UTC)
    said: list[str] = []
    trickle = asyncio.create_task(demo.trickle(settings(town, tmp_path, 1), 200.0, said.append))

    async def answered() -> bool:
        question = "SELECT count(*) AS n FROM cases WHERE status = 'answered' AND filed_at > $1"
        [row] = await evidence.rows(town.stack.dsn("routing"), question, began)
        return bool(row["n"] >= 3)

    await until(answered, "three answers of the trickle")
    trickle.cancel()
    await asyncio.gather(trickle, return_exceptions=True)
    assert said == []
