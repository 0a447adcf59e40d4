"""Following a complaint: at once after filing, private parts only with the secret, nothing for who may not know."""

import statistics
import time
import uuid

import pytest

from intake.credentials import grouped, random_secret
from intake.domain.codes import spell_code
from kit.filing import Intake

ABSENT = spell_code("35.04", 20261123)


async def test_a_complaint_can_be_read_as_soon_as_it_is_filed(intake: Intake) -> None:
    receipt = await intake.file()
    seen = (await intake.read(receipt["code"])).json()
    assert seen["id"] == receipt["id"]
    assert (seen["status"], seen["agency"], seen["hops"]) == ("filed", None, 0)
    assert [step["type"] for step in seen["timeline"]] == ["id.kentongan.complaint.filed.v1"]
    assert [due["at"] for due in seen["dues"]] == [due["at"] for due in receipt["dues"]]


async def test_the_public_sees_no_text(intake: Intake) -> None:
    receipt = await intake.file(title="XYZZY", description="XYZZY", address="XYZZY", reporter={"name": "XYZZY"})
    answer = await intake.read(receipt["code"])
    assert "XYZZY" not in answer.text
    assert {"title", "description", "address", "reporter", "responses"}.isdisjoint(answer.json())


async def test_the_secret_opens_what_was_written(intake: Intake) -> None:
    receipt = await intake.file()
    seen = (await intake.read(receipt["code"], receipt["secret"])).json()
    assert seen["title"] == "Jalan berlubang di depan Pasar Contoh"
    assert seen["address"] == "Jalan Contoh 4"
    assert seen["reporter"] == {"name": "Budi Contoh"}
    assert seen["responses"] == []


async def test_code_and_secret_are_read_as_people_type_them(intake: Intake) -> None:
    receipt = await intake.file()
    typed = receipt["code"].lower().replace("-", " ")
    answer = await intake.read(typed, grouped(receipt["secret"]).lower())
    assert answer.json()["title"]


async def test_wrong_absent_and_secret_answer_alike(intake: Intake) -> None:
    public, secret = await intake.file(), await intake.file(visibility="secret")
    answers = [
        await intake.read(public["code"], random_secret()),
        await intake.read(public["code"], ""),
        await intake.read(public["code"], secret["secret"]),
        await intake.read(ABSENT),
        await intake.read(ABSENT, random_secret()),
        await intake.read("nonsense"),
        await intake.read(secret["code"]),
        await intake.read(secret["code"], random_secret()),
    ]
    bodies = []
    for answer in answers:
        told = answer.json()
        told.pop("instance"), told.pop("correlationid")
        bodies.append((answer.status_code, told, sorted(answer.headers)))
    assert answers[0].status_code == 404
    assert all(told == bodies[0] for told in bodies)


async def test_a_secret_complaint_opens_with_its_secret(intake: Intake) -> None:
    receipt = await intake.file(visibility="secret", point={"latitude": -8.066, "longitude": 111.902})
    answer = await intake.read(receipt["code"], receipt["secret"])
    assert answer.json()["visibility"] == "secret"


async def test_the_position_of_a_secret_complaint_is_nowhere_in_clear(intake: Intake) -> None:
    receipt = await intake.file(visibility="secret", point={"latitude": -8.066123, "longitude": 111.902123})
    rows = await intake.pool.fetch("SELECT data::text FROM events WHERE stream_id = $1", uuid.UUID(receipt["id"]))
    assert "8.066123" not in str(rows)


async def test_wrong_absent_and_secret_take_the_same_time(intake: Intake) -> None:
    public, secret = await intake.file(), await intake.file(visibility="secret")
    asked = {
        "wrong": (public["code"], random_secret()),
        "absent": (ABSENT, None),
        "secret": (secret["code"], None),
    }
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(150):
        for name, (code, typed) in asked.items():
            began = time.perf_counter()
            await intake.read(code, typed)
            taken[name].append(time.perf_counter() - began)
    medians = [statistics.median(times) for times in taken.values()]
    assert max(medians) < 1.5 * min(medians), medians


@pytest.mark.parametrize("secret", [None, "the right one"])
async def test_nothing_about_a_complaint_is_kept_by_caches(intake: Intake, secret: str | None) -> None:
    receipt = await intake.file()
    answer = await intake.read(receipt["code"], receipt["secret"] if secret else None)
    assert answer.headers["cache-control"] == "no-store"
