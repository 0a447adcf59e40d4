"""Every version ever shipped has frozen examples that decode, open and keep their promises for ever."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from contracts.catalogue import CATALOGUE, event_of
from contracts.schemas import ROOT, SCHEMAS
from contracts.sealing import Clear, Sealed, confidential_fields, unseal
from kit.examples import all_examples, altered, missing, type_of
from kit.sample_events import TEST_KEY, TEST_SECRET

EVERY = pytest.mark.parametrize("path", all_examples(), ids=lambda path: f"{type_of(path)}-{path.stem}")


def validator_of(path: Path) -> Draft202012Validator:
    schema = json.loads((ROOT / SCHEMAS / f"{type_of(path)}.json").read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


@EVERY
def test_an_example_decodes_for_ever(path: Path) -> None:
    envelope = CATALOGUE.read(path.read_bytes())
    assert json.loads(path.read_bytes())["id"] == str(envelope.id)


@EVERY
def test_every_sealed_field_of_an_example_opens(path: Path) -> None:
    envelope = CATALOGUE.read(path.read_bytes())
    opened = unseal(envelope.data, TEST_KEY, envelope.stream, envelope.sequence)
    for name in confidential_fields(type(envelope.data)):
        assert not isinstance(getattr(opened, name), Sealed)


@EVERY
def test_an_example_fits_its_schema(path: Path) -> None:
    validator_of(path).validate(json.loads(path.read_bytes()))


@EVERY
def test_nothing_an_example_says_is_unknown_to_today_s_models_or_lost_by_them(path: Path) -> None:
    message = json.loads(path.read_bytes())
    model = CATALOGUE.messages.get(message["type"])
    if model is not None:  # older versions are read, never written again
        envelope = model.model_validate_json(path.read_bytes())  # refuses what it does not know
        written = json.loads(envelope.to_bytes())
        assert written | message | {"data": written["data"] | message["data"]} == written


@EVERY
def test_clear_text_in_a_sealed_field_does_not_fit_the_schema(path: Path) -> None:
    message = json.loads(path.read_bytes())
    for name, value in message["data"].items():
        if isinstance(value, dict) and "box" in value:
            assert not validator_of(path).is_valid({**message, "data": {**message["data"], name: "Warga Contoh"}})


def test_every_event_has_a_full_and_a_least_example() -> None:
    assert missing() == []


def test_a_full_example_has_every_field_of_its_event() -> None:
    for kind, message in CATALOGUE.messages.items():
        example = _example(kind, "full")
        assert set(example["data"]) == set(event_of(message).model_fields), kind
        assert set(message.model_fields) - set(example) == {"agency", "agencysequence"}, kind


def test_a_least_example_has_only_what_must_be_there() -> None:
    for kind, message in CATALOGUE.messages.items():
        event = event_of(message)
        must = {name for name, field in event.model_fields.items() if field.is_required()}
        spare = set(_example(kind, "least")["data"]) - must
        assert all(event.model_fields[name].default is not None for name in spare), (kind, spare)


def _example(kind: str, name: str) -> dict[str, Any]:
    found = [p for p in all_examples() if p.stem == name and f"id.kentongan.{type_of(p)}" == kind]
    message: dict[str, Any] = json.loads(found[0].read_bytes())
    return message


def test_no_example_was_edited() -> None:
    assert list(altered()) == []


def test_editing_adding_or_losing_an_example_is_noticed(tmp_path: Path) -> None:
    root = copytree(all_examples()[0].parents[2], tmp_path / "examples")
    edited, lost, *_ = all_examples(root)
    edited.write_bytes(edited.read_bytes().replace(b"35.04", b"35.05"))
    lost.unlink()
    (root / "complaint.filed" / "v1" / "new.json").write_text("{}")
    reasons = [line.split(": ", 1)[1] for line in altered(root)]
    assert reasons == ["is gone", "is not in SHA256SUMS", "was edited; examples are frozen, add a new one"]


def test_examples_hold_no_clear_text_of_persons() -> None:
    for path in all_examples():
        envelope = CATALOGUE.read(path.read_bytes())
        opened = unseal(envelope.data, TEST_KEY, envelope.stream, envelope.sequence)
        for name in confidential_fields(type(opened)):
            value = getattr(opened, name)
            if isinstance(value, Clear):
                assert value.text not in path.read_text("utf-8")


def test_the_readme_names_the_key_that_opens_the_examples() -> None:
    assert TEST_SECRET.hex() in (ROOT / "contracts" / "README.md").read_text("utf-8")
