"""One parse from bytes: today's versions as they are, old ones lifted, everything else poison with a reason."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from contracts.catalogue import CATALOGUE, EVENTS, Catalogue, Json, Poison
from contracts.events import Audience, Event, Owner, wire_type
from contracts.intake import ComplaintFiled
from contracts.vocabulary import Part
from kit.examples import wire
from kit.sample_events import samples

SAMPLES = {(sample.event.type, sample.name): wire(sample) for sample in samples()}
FILED = SAMPLES[ComplaintFiled.type, "full"]
REASONS = {"broken_json", "unknown_type", "unknown_version", "invalid_event"}


class Beat(Part):
    """One stroke."""

    loud: bool


class DrumRung(Event):
    """A drum that has been through three versions."""

    type = wire_type("drum.rung", 3)
    owner = Owner.INTAKE
    audience = Audience.PUBLIC
    topic = "drums"

    beats: tuple[Beat, ...]
    village: str
    meaning: str = Field(description="Known since version 2.")


class DrumHung(Event):
    """An event with one version."""

    type = wire_type("drum.hung")
    owner = Owner.INTAKE
    audience = Audience.PUBLIC
    topic = "drums"


def _from_1(data: Json) -> Json:
    """Version 1 had no meaning: every drum was an alarm."""
    return {**data, "meaning": "alarm"}


def _from_2(data: Json) -> Json:
    """Version 2 wrote strokes as letters, loud ones large, and called the village a place."""
    rest = {name: held for name, held in data.items() if name not in ("strokes", "place")}
    return {**rest, "beats": [{"loud": stroke.isupper()} for stroke in data["strokes"]], "village": data["place"]}


UPCASTS = {wire_type("drum.rung", 1): _from_1, wire_type("drum.rung", 2): _from_2}
DRUMS = Catalogue((DrumRung, DrumHung), UPCASTS)
ONE_DRUM = Catalogue((DrumRung,), UPCASTS)
BOTH = pytest.mark.parametrize("drums", [DRUMS, ONE_DRUM], ids=["several events", "one event"])

DATA_OF = {
    1: {"strokes": "Tt", "place": "Desa Contoh"},
    2: {"strokes": "Tt", "place": "Desa Contoh", "meaning": "alarm"},
    3: {"beats": [{"loud": True}, {"loud": False}], "village": "Desa Contoh", "meaning": "alarm"},
}


def message(data: Any, kind: str = wire_type("drum.rung", 3), **changes: Any) -> bytes:
    return json.dumps({**json.loads(FILED), "type": kind, "data": data, **changes}).encode()


def refusal_of(record: bytes) -> Poison | None:
    """Read a record that may be an event; anything but a `Poison` passes through and fails the test."""
    try:
        CATALOGUE.read(record)
    except Poison as caught:
        return caught
    return None


def poison(catalogue: Catalogue, record: bytes) -> Poison:
    with pytest.raises(Poison) as caught:
        catalogue.read(record)
    return caught.value


@BOTH
@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_reads_as_today_s(drums: Catalogue, version: int) -> None:
    envelope = drums.read(message(DATA_OF[version], wire_type("drum.rung", version)))
    assert envelope.type == DrumRung.type
    assert envelope.data == DrumRung(beats=(Beat(loud=True), Beat(loud=False)), village="Desa Contoh", meaning="alarm")


@given(version=st.sampled_from([1, 2]), strokes=st.text("Tt"), place=st.text(), meaning=st.text())
def test_upcast_then_read_never_fails(version: int, strokes: str, place: str, meaning: str) -> None:
    old: Json = {"strokes": strokes, "place": place} | ({"meaning": meaning} if version == 2 else {})
    drum = DRUMS.read(message(old, wire_type("drum.rung", version))).data
    assert isinstance(drum, DrumRung)
    assert "".join("T" if beat.loud else "t" for beat in drum.beats) == strokes
    assert (drum.village, drum.meaning) == (place, meaning if version == 2 else "alarm")


@BOTH
@given(version=st.sampled_from([1, 2, 3]), data=st.recursive(st.none() | st.integers() | st.text(), st.lists))
@settings(max_examples=50)
def test_old_data_of_any_shape_reads_or_is_poison(drums: Catalogue, version: int, data: Any) -> None:
    kind = wire_type("drum.rung", version)
    for held in (data, {"strokes": data, "place": [data]}, {"strokes": data}):
        assert poison(drums, message(held, kind)).reason == "invalid_event"


def test_attributes_of_a_lifted_event_stay_as_they_were_written() -> None:
    lifted = DRUMS.read(message(DATA_OF[1], wire_type("drum.rung", 1)))
    today = DRUMS.read(message(DATA_OF[3]))
    assert lifted == today


def test_old_versions_keep_their_topic() -> None:
    assert DRUMS.topics == {wire_type("drum.rung", n): "drums" for n in (1, 2, 3)} | {DrumHung.type: "drums"}


def test_an_interrupted_chain_of_upcasters_does_not_start() -> None:
    with pytest.raises(ValueError, match=r"no upcaster leads from id\.kentongan\.drum\.rung\.v2"):
        Catalogue((DrumRung,), {wire_type("drum.rung", 1): _from_1})


@pytest.mark.parametrize("key", SAMPLES, ids="-".join)
def test_every_event_reads_back_as_it_was_written(key: tuple[str, str]) -> None:
    envelope = CATALOGUE.read(SAMPLES[key])
    assert envelope.type == key[0]
    assert envelope.to_bytes() == SAMPLES[key]


def test_types_are_distinct_and_end_in_their_version() -> None:
    kinds = [event.type for event in EVENTS]
    assert len(set(kinds)) == len(kinds) == 27
    assert all(kind.startswith("id.kentongan.") and kind.rpartition(".v")[2].isdigit() for kind in kinds)


@pytest.mark.parametrize("key", SAMPLES, ids="-".join)
def test_a_newer_writer_s_fields_are_ignored_at_every_depth(key: tuple[str, str]) -> None:
    def grown(held: Any) -> Any:
        if isinstance(held, dict):
            return {name: grown(value) for name, value in held.items()} | {"of_a_newer_version": [1]}
        return [grown(value) for value in held] if isinstance(held, list) else held

    tolerant = CATALOGUE.read(json.dumps(grown(json.loads(SAMPLES[key]))).encode())
    assert tolerant.to_bytes() == SAMPLES[key]


def test_writing_an_unknown_field_is_refused() -> None:
    for event in EVENTS:
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            event.model_validate({"of_a_newer_version": 1})


def test_an_event_cannot_be_changed() -> None:
    envelope = CATALOGUE.read(FILED)
    with pytest.raises(ValidationError, match="frozen"):
        envelope.data.code = "KTG-1"  # type: ignore[attr-defined]  # the point of the test


POISONS = {
    "nothing": (b"", "broken_json"),
    "half a message": (FILED[: len(FILED) // 2], "broken_json"),
    "not UTF-8": (FILED.replace(b"KTG", b"K\xff\xfe"), "broken_json"),
    "UTF-16": (FILED.decode().encode("utf-16"), "broken_json"),
    "a byte-order mark": (b"\xef\xbb\xbf" + FILED, "broken_json"),
    "two messages": (FILED + FILED, "broken_json"),
    "a lone surrogate": (FILED.replace(b"KTG", rb"\ud800"), "broken_json"),
    "deep nesting": (b"[" * 100_000 + b"]" * 100_000, "broken_json"),
    "deep nesting inside data": (message(0).replace(b"0", b'{"a":' * 50_000 + b"1" + b"}" * 50_000), "broken_json"),
    "a number of many digits": (b"9" * 10_000, "broken_json"),
    "an array": (b"[]", "invalid_event"),
    "null": (b"null", "invalid_event"),
    "a number": (b"12", "invalid_event"),
    "text": (b'"Warga Contoh"', "invalid_event"),
    "no type": (b"{}", "unknown_type"),
    "a type that is no text": (message({}, type=7), "unknown_type"),
    "a type of somebody else": (message({}, "com.example.thing"), "unknown_type"),
    "an unknown event": (message({}, wire_type("complaint.sung")), "unknown_type"),
    "a version to come": (message({}, wire_type("complaint.filed", 2)), "unknown_version"),
    "a version that never was": (message({}, wire_type("complaint.filed", 0)), "unknown_version"),
    "no data": (FILED.replace(b'"data"', b'"date"'), "invalid_event"),
    "data that is a list": (message([], ComplaintFiled.type), "invalid_event"),
    "an old CloudEvents": (FILED.replace(b'"specversion":"1.0"', b'"specversion":"0.3"'), "invalid_event"),
    "somebody else's event": (FILED.replace(b'"source":"/intake"', b'"source":"/notify"'), "invalid_event"),
    "a subject that is no id": (FILED.replace(b'"subject":"0198', b'"subject":"zzzz'), "invalid_event"),
    "a time without a zone": (FILED.replace(b"30.250000Z", b"30.250000"), "invalid_event"),
    "a time before the calendar": (
        FILED.replace(b"2026-11-02T02:15:30.250000Z", b"0001-01-01T00:00:00+23:59"),
        "invalid_event",
    ),
    "version nought": (FILED.replace(b'"sequence":"0000000001"', b'"sequence":"0000000000"'), "invalid_event"),
    "an endless version": (FILED.replace(b'"sequence":"0', b'"sequence":"' + b"9" * 4000), "invalid_event"),
    "a latitude that is no number": (FILED.replace(b"-8.0911", b"NaN"), "invalid_event"),
    "a latitude beyond the pole": (FILED.replace(b"-8.0911", b"1e999"), "invalid_event"),
}


@pytest.mark.parametrize(("record", "reason"), POISONS.values(), ids=POISONS)
def test_what_is_no_event_is_poison_with_a_reason(record: bytes, reason: str) -> None:
    assert poison(CATALOGUE, record).reason == reason


@pytest.mark.parametrize("record", [record for record, _ in POISONS.values()], ids=POISONS)
def test_poison_says_nothing_personal_and_hides_its_cause(record: bytes) -> None:
    caught = poison(CATALOGUE, record)
    assert caught.__suppress_context__
    assert not any(word in str(caught) for word in ("Warga", "KTG", "0198f1c2", "-8.09"))


@given(st.binary())
def test_any_bytes_are_poison(record: bytes) -> None:
    assert poison(CATALOGUE, record).reason in REASONS


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.sampled_from([e.type for e in EVENTS]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["type", "data", "time"]), inner),
)


@given(held=JSON_VALUES)
def test_any_json_is_poison(held: Any) -> None:
    assert poison(CATALOGUE, json.dumps(held).encode()).reason in REASONS


@given(data=st.data())
@settings(max_examples=300)
def test_any_damage_to_a_message_reads_or_is_poison(data: st.DataObject) -> None:
    record = bytearray(data.draw(st.sampled_from(list(SAMPLES.values()))))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(record) - 1))
        record[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    caught = refusal_of(bytes(record))
    assert caught is None or caught.reason in REASONS


@given(data=st.data(), value=JSON_VALUES)
@settings(max_examples=300)
def test_a_field_of_any_value_reads_or_is_poison_that_does_not_quote_it(data: st.DataObject, value: Any) -> None:
    secret = "Siti Rekaan 081200000000"
    grown = json.loads(data.draw(st.sampled_from(list(SAMPLES.values()))))
    holder = data.draw(st.sampled_from([grown, grown["data"]])) or grown
    holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(st.sampled_from([secret, {secret: secret}, value]))
    caught = refusal_of(json.dumps(grown).encode())
    assert caught is None or caught.reason in REASONS
    assert "Siti" not in f"{caught} {vars(caught) if caught else ''}"


def test_the_stream_is_source_and_subject() -> None:
    assert CATALOGUE.read(FILED).stream == f"/intake/{UUID('0198f1c2-5a00-7000-8000-000000000001')}"
