"""Sealed fields open only with the right key, in the right place; clear text never leaves the process."""

import base64
import copy
import hashlib
import hmac
import json
import pickle
import warnings

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from contracts.catalogue import CATALOGUE, EVENTS
from contracts.events import Event
from contracts.intake import ComplaintFiled, ReporterReplied
from contracts.sealing import (
    Clear,
    DataKey,
    Part,
    Place,
    Sealed,
    Unsealable,
    confidential_fields,
    open_box,
    seal,
    seal_text,
    text_of,
    unseal,
)
from kit.sample_events import COMPLAINT, OTHER_COMPLAINT, TEST_KEY, TEST_SECRET, filed, samples

STREAM = f"/intake/{COMPLAINT}"
PLACE = Place(STREAM, 1, "title")
SECRET = "Siti Rekaan, 081200000000"

PART_SECRETS: dict[Part, str] = {
    "text": "2c1d69e0201e77af62921c386dee2bc58bb27636fbd6bec0c588e5412bccf8ec",
    "reporter": "831ee6323c21dbe42c843c6197f9c747b2d4a588ab3c51e743d4c5587606fc7e",
}
VECTOR = Sealed(key=COMPLAINT, part="text", box="AAECAwQFBgcICQoL8F1xpsUAog5apRUX28oMTNNtKF90fca+P+KBsLQ1u+RE1xg=")
"""`Jalan berlubang ☂` as title of version 1, nonce 000102…0b."""


@pytest.mark.parametrize("part", ["text", "reporter"])
def test_a_part_s_key_is_hkdf_sha256_of_the_data_key(part: Part) -> None:
    extracted = hmac.digest(bytes(32), TEST_SECRET, hashlib.sha256)
    expanded = hmac.digest(extracted, f"kentongan/{part}".encode() + b"\x01", hashlib.sha256)
    assert TEST_KEY.part_secret(part) == expanded == bytes.fromhex(PART_SECRETS[part])


def test_a_vector_opens() -> None:
    assert open_box(VECTOR, TEST_KEY.cipher("text"), PLACE) == "Jalan berlubang ☂"


def test_a_box_is_nonce_ciphertext_and_tag_bound_to_stream_version_and_field() -> None:
    box = base64.b64decode(seal_text("Jalan", TEST_KEY, "text", PLACE).box)
    cipher = AESGCM(bytes.fromhex(PART_SECRETS["text"]))
    assert len(box) == 12 + len("Jalan") + 16
    assert cipher.decrypt(box[:12], box[12:], f"{STREAM}|1|title".encode()) == b"Jalan"


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert len({seal_text("Jalan", TEST_KEY, "text", PLACE).box for _ in range(500)}) == 500


@given(text=st.text(), part=st.sampled_from(["text", "reporter"]))
def test_what_was_sealed_opens_to_the_same_text(text: str, part: Part) -> None:
    key = DataKey.fresh(COMPLAINT)
    assert open_box(seal_text(text, key, part, PLACE), key.cipher(part), PLACE) == text


@pytest.mark.parametrize(
    "place",
    [
        Place(f"/intake/{OTHER_COMPLAINT}", 1, "title"),
        Place(f"/routing/{COMPLAINT}", 1, "title"),
        Place(STREAM, 2, "title"),
        Place(STREAM, 1, "description"),
    ],
    ids=["another complaint", "another service", "another version", "another field"],
)
def test_a_box_does_not_open_in_another_place(place: Place) -> None:
    with pytest.raises(Unsealable):
        open_box(VECTOR, TEST_KEY.cipher("text"), place)


def test_a_box_does_not_open_with_another_key() -> None:
    with pytest.raises(Unsealable):
        open_box(VECTOR, DataKey.fresh(COMPLAINT).cipher("text"), PLACE)


def test_the_key_of_the_text_does_not_open_the_reporter() -> None:
    sealed = seal(filed(), TEST_KEY, STREAM, 1)
    text_only = AESGCM(TEST_KEY.part_secret("text"))
    assert isinstance(sealed.reporter_name, Sealed)
    assert isinstance(sealed.description, Sealed)
    assert open_box(sealed.description, text_only, Place(STREAM, 1, "description"))
    with pytest.raises(Unsealable):
        open_box(sealed.reporter_name, text_only, Place(STREAM, 1, "reporter_name"))


def test_a_reporter_s_box_marked_as_text_still_needs_the_reporter_s_key() -> None:
    sealed = seal(filed(), TEST_KEY, STREAM, 1)
    assert isinstance(sealed.reporter_name, Sealed)
    relabelled = sealed.reporter_name.model_copy(update={"part": "text"})
    assert unseal(sealed.model_copy(update={"reporter_name": relabelled}), TEST_KEY, STREAM, 1) == filed()


@given(position=st.integers(0, 30), flip=st.integers(1, 255))
def test_an_altered_box_does_not_open(position: int, flip: int) -> None:
    box = bytearray(base64.b64decode(VECTOR.box))
    box[position] ^= flip
    altered = VECTOR.model_copy(update={"box": base64.b64encode(bytes(box)).decode()})
    with pytest.raises(Unsealable):
        open_box(altered, TEST_KEY.cipher("text"), PLACE)


@given(box=st.text())
def test_a_box_of_anything_is_unsealable_and_says_no_more(box: str) -> None:
    with pytest.raises(Unsealable):
        open_box(VECTOR.model_copy(update={"box": box}), TEST_KEY.cipher("text"), PLACE)


def test_an_event_is_sealed_and_opened_whole() -> None:
    for sample in samples():
        event = sample.event
        sealed = seal(event, TEST_KEY, STREAM, 1)
        assert not any(isinstance(getattr(sealed, name), Clear) for name in confidential_fields(type(event)))
        assert unseal(sealed, TEST_KEY, STREAM, 1) == event


def test_sealing_clear_text_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ReporterReplied.text holds clear text and there is no key"):
        seal(ReporterReplied(text=Clear(SECRET)), None, STREAM, 1)


def test_without_the_key_an_event_stays_sealed_and_readable_otherwise() -> None:
    sealed = seal(filed(), TEST_KEY, STREAM, 1)
    for key in (None, DataKey.fresh(OTHER_COMPLAINT)):
        left = unseal(sealed, key, STREAM, 1)
        assert left.category == "jalan-rusak"
        assert text_of(left.title) is None
        assert isinstance(left.title, Sealed)


EXPECTED = {
    "ComplaintFiled": {
        "title": "text",
        "description": "text",
        "address": "text",
        "sealed_point": "text",
        "reporter_name": "reporter",
        "reporter_email": "reporter",
        "reporter_phone": "reporter",
    },
    "ComplaintForwarded": {"note": "text"},
    "ResponseGiven": {"text": "text"},
    "ComplaintClosed": {},
}


def test_confidential_fields_are_known_with_their_part() -> None:
    found = {event.__name__: dict(confidential_fields(event)) for event in EVENTS}
    assert {name: found[name] for name in EXPECTED} == EXPECTED


def test_every_field_that_can_hold_clear_text_is_confidential() -> None:
    for event in EVENTS:
        holding = {name for name, field in event.model_fields.items() if "Clear" in str(field.annotation)}
        assert holding == set(confidential_fields(event)), event.__name__


CLEAR_EVENTS = [sample.event for sample in samples() if confidential_fields(type(sample.event))]


@pytest.mark.parametrize("event", CLEAR_EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_with_clear_text_cannot_be_written_as_json(event: Event) -> None:
    if any(isinstance(getattr(event, name), Clear) for name in confidential_fields(type(event))):
        with pytest.raises(PydanticSerializationError) as caught:
            event.model_dump_json()
        with pytest.raises(PydanticSerializationError):
            event.model_dump(mode="json")
        assert "rekaan" not in str(caught.value)


def test_clear_text_is_never_printed() -> None:
    event = ReporterReplied(text=Clear(SECRET))
    with warnings.catch_warnings(record=True) as warned:
        spelled = [repr(event), str(event), f"{event.text}", repr(event.model_dump()), f"{Clear(SECRET)!r:>30}"]
    assert not any("Siti" in text for text in (*spelled, *(str(w.message) for w in warned)))


def test_clear_text_is_never_pickled_or_copied_into_json() -> None:
    with pytest.raises(TypeError, match="never written out"):
        pickle.dumps(Clear(SECRET))
    with pytest.raises(TypeError):
        json.dumps(Clear(SECRET))
    with pytest.raises(TypeError, match="never written out"):
        copy.deepcopy(Clear(SECRET))


def test_a_data_key_is_never_printed() -> None:
    key = DataKey(COMPLAINT, TEST_SECRET)
    key.cipher("text")
    assert repr(key) == f"DataKey(id=UUID('{COMPLAINT}'))"


def test_validation_errors_do_not_quote_what_was_written() -> None:
    with pytest.raises(ValidationError) as caught:
        ComplaintFiled.model_validate({"title": SECRET, "description": SECRET, "code": {SECRET: 1}})
    assert "Siti" not in str(caught.value)
    with pytest.raises(ValidationError) as caught:
        CATALOGUE.messages[ComplaintFiled.type].model_validate({"id": SECRET, "subject": SECRET})
    assert "Siti" not in str(caught.value)


def test_clear_text_is_not_accepted_from_the_wire() -> None:
    with pytest.raises(ValidationError):
        ReporterReplied.model_validate_json('{"text": "Terima kasih"}')
    with pytest.raises(ValidationError):
        ReporterReplied.model_validate_json('{"text": {"text": "Terima kasih"}}')
