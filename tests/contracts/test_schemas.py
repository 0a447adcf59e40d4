"""The generated files agree with the models, and no change can break a version that is out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, create_model

from contracts.catalogue import CATALOGUE, Catalogue, event_of
from contracts.events import Audience, Event, Owner, wire_type
from contracts.intake import ComplaintFiled
from contracts.schemas import ASYNCAPI, LISTING, ROOT, SCHEMAS, generate, main, schema_of
from contracts.vocabulary import ComplaintText, Due, HoldReason

ADVICE = "make a new version and an upcaster"


class Rung(Event):
    """Somebody beat the drum."""

    type = wire_type("drum.rung")
    owner = Owner.INTAKE
    audience = Audience.PUBLIC
    topic = "drums"

    beats: int = Field(ge=1, le=100, description="How often.")
    reason: HoldReason
    dues: tuple[Due, ...] = ()
    message: ComplaintText | None = Field(None, description="What it meant.")


class Other(Event):
    """Something else, so that the catalogue is a union."""

    type = wire_type("drum.hung")
    owner = Owner.INTAKE
    audience = Audience.PUBLIC
    topic = "drums"


def changed(remove: str | None = None, **fields: Any) -> Catalogue:
    """The catalogue with a changed Rung under the same type and version."""

    class Base(Event):
        """Somebody beat the drum."""

        type = Rung.type
        owner = Rung.owner
        audience = Rung.audience
        topic: ClassVar[str] = fields.pop("topic", Rung.topic)

    kept: dict[str, Any] = {name: (info.annotation, info) for name, info in Rung.model_fields.items() if name != remove}
    kept["message"] = (ComplaintText | None, None)  # pydantic keeps the marker inside the annotation only
    kept.pop(remove or "", None)
    rung = create_model("Rung", __base__=Base, __doc__=Rung.__doc__, **{**kept, **fields})
    return Catalogue((rung, Other), {})


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A checkout in which the first version of the drum is out."""
    assert main([], Catalogue((Rung, Other), {}), tmp_path) == 0
    return tmp_path


def test_committed_files_agree_with_the_models() -> None:
    command = [sys.executable, "-m", "contracts.schemas", "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_there_is_a_schema_of_every_event() -> None:
    names = {f"{kind.removeprefix('id.kentongan.')}.json" for kind in CATALOGUE.topics}
    assert {path.name for path in (ROOT / SCHEMAS).iterdir()} == names


@pytest.mark.parametrize("path", sorted((ROOT / SCHEMAS).iterdir()), ids=lambda path: path.stem)
def test_a_schema_is_json_schema_2020_12(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


def test_every_field_of_every_event_is_described() -> None:
    for message in CATALOGUE.messages.values():
        schema = schema_of(event_of(message))
        for name, definition in {**schema["$defs"], "message": schema}.items():
            assert definition["description"], name
            for field, described in definition.get("properties", {}).items():
                by_its_type = "$ref" in described and "x-sealed" not in described
                assert "description" in described or by_its_type, f"{schema['title']}: {name}.{field}"


def test_sealed_fields_are_boxes_in_the_schema_and_nothing_else() -> None:
    properties = schema_of(ComplaintFiled)["$defs"]["ComplaintFiled"]["properties"]
    assert {field["$ref"] for field in properties.values() if "x-sealed" in field} == {"#/$defs/Sealed"}
    assert properties["reporter_email"]["x-sealed"] == "reporter"
    assert "Clear" not in json.dumps(schema_of(ComplaintFiled))


@pytest.mark.parametrize("path", [SCHEMAS / "drum.rung.v1.json", ASYNCAPI, LISTING], ids=str)
def test_drift_is_found_and_the_difference_printed(
    released: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = released / path
    file.write_text(file.read_text("utf-8").replace("Somebody beat the drum", "Nobody did"), "utf-8")
    assert main(["--check"], Catalogue((Rung, Other), {}), released) == 1
    told = capsys.readouterr().err
    assert f"{path} (committed)" in told
    assert "Nobody did" in told


def test_a_file_without_an_event_is_drift(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (released / SCHEMAS / "drum.lost.v1.json").write_text("{}")
    assert main(["--check"], Catalogue((Rung, Other), {}), released) == 1
    assert "no event has this type" in capsys.readouterr().err


def test_checking_writes_nothing(tmp_path: Path) -> None:
    assert main(["--check"], Catalogue((Rung, Other), {}), tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


BREAKS = {
    "a removed field": (changed(remove="beats"), "data.beats was removed"),
    "a removed optional field": (changed(remove="message"), "data.message was removed"),
    "a newly required field": (changed(village=(str, ...)), "data.village is newly required"),
    "a field that must now be there": (changed(dues=(tuple[Due, ...], ...)), "data.dues is newly required"),
    "a field that may now be absent": (changed(beats=(int, 1)), "data.beats is no longer always there"),
    "another type": (changed(beats=(str, ...)), "data.beats changed its type from integer to string"),
    "a lower ceiling": (changed(beats=(int, Field(ge=1, le=50))), "data.beats was narrowed by maximum 50"),
    "a higher floor": (changed(beats=(int, Field(ge=2, le=100))), "data.beats was narrowed by minimum 2"),
    "another topic": (changed(topic="elsewhere"), "the message changed its x-topic from drums to elsewhere"),
    "an unsealed field": (changed(message=(str | None, None)), "data.message changed its"),
}


@pytest.mark.parametrize(("catalogue", "reason"), BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("arguments", [["--check"], []], ids=["check", "write"])
def test_what_would_break_a_version_is_refused(
    released: Path, capsys: pytest.CaptureFixture[str], catalogue: Catalogue, reason: str, arguments: list[str]
) -> None:
    before = (released / SCHEMAS / "drum.rung.v1.json").read_bytes()
    assert main(arguments, catalogue, released) == 1
    told = capsys.readouterr().err
    assert reason in told
    assert ADVICE in told
    assert (released / SCHEMAS / "drum.rung.v1.json").read_bytes() == before


def test_a_lost_value_of_an_enumeration_is_refused(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = released / SCHEMAS / "drum.rung.v1.json"
    schema = json.loads(path.read_text("utf-8"))
    schema["$defs"]["HoldReason"]["enum"].append("too_loud")  # the release knew a value that the models do not
    path.write_text(json.dumps(schema), "utf-8")
    assert main([], Catalogue((Rung, Other), {}), released) == 1
    told = capsys.readouterr().err
    assert "data.reason lost the values too_loud" in told
    assert ADVICE in told


def test_a_new_optional_field_is_no_break(released: Path) -> None:
    catalogue = changed(village=(str | None, None))
    assert main([], catalogue, released) == 0
    assert "village" in (released / SCHEMAS / "drum.rung.v1.json").read_text("utf-8")


def test_a_wider_value_is_no_break(released: Path) -> None:
    assert main([], changed(beats=(int, Field(ge=0, le=1000))), released) == 0


def test_the_schema_of_an_old_version_stays_for_ever(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = create_model("Rung", __base__=Rung, __doc__=Rung.__doc__)
    newer.type = wire_type("drum.rung", 2)
    catalogue = Catalogue((newer, Other), {Rung.type: dict})
    assert main([], catalogue, released) == 0
    assert main(["--check"], catalogue, released) == 0
    (released / SCHEMAS / "drum.rung.v1.json").unlink()
    assert main(["--check"], catalogue, released) == 1
    assert "drum.rung.v1.json: schemas of old versions are kept for ever" in capsys.readouterr().err


def test_generating_twice_gives_the_same_bytes() -> None:
    assert generate() == generate()
    assert generate().keys() >= {ASYNCAPI, LISTING}
