"""The wire form is CloudEvents 1.0 in structured JSON, the same for us, for the log and for the SDK of others."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import CATALOGUE, EVENTS
from contracts.envelope import CONTENT_TYPE, Context, address, compose, context_json
from contracts.intake import ComplaintFiled, ComplaintWithdrawn
from kit.examples import wire
from kit.sample_events import COMPLAINT, FILED_AT, samples

EVENT_ID = UUID("0198f1c2-5a00-7000-8000-00000000e001")
WIRES = {f"{type(sample.event).__name__}-{sample.name}": wire(sample) for sample in samples()}
EVERY = pytest.mark.parametrize("record", WIRES.values(), ids=WIRES)
HEAD = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence")
CAUSE = ("correlationid", "causationid", "traceparent")


def kafka_message(record: bytes) -> KafkaMessage:
    return KafkaMessage({"content-type": CONTENT_TYPE.encode()}, str(COMPLAINT).encode(), record)


def test_every_event_type_is_tried() -> None:
    assert {name.partition("-")[0] for name in WIRES} == {event.__name__ for event in EVENTS}


@EVERY
def test_the_sdk_reads_what_we_write(record: bytes) -> None:
    theirs = from_kafka(kafka_message(record), JSONFormat())
    ours = CATALOGUE.read(record)
    assert isinstance(theirs, CloudEvent)
    assert theirs.get_type() == ours.type
    assert theirs.get_source() == ours.source
    assert theirs.get_id() == str(ours.id)
    assert theirs.get_subject() == str(ours.subject)
    assert theirs.get_time() == ours.time
    assert theirs.get_datacontenttype() == "application/json"
    assert theirs.get_extension("sequence") == f"{ours.sequence:010d}"
    assert theirs.get_extension("correlationid") == ours.correlationid
    assert theirs.get_extension("traceparent") == ours.traceparent
    assert theirs.get_data() == json.loads(record)["data"]


@EVERY
def test_we_read_what_the_sdk_writes(record: bytes) -> None:
    theirs = from_kafka(kafka_message(record), JSONFormat())
    written = to_structured(theirs, JSONFormat())
    assert CATALOGUE.read(written.value) == CATALOGUE.read(record)


@EVERY
def test_attribute_names_follow_the_specification(record: bytes) -> None:
    for name, value in json.loads(record).items():
        assert re.fullmatch(r"[a-z0-9]{1,20}", name)
        assert value is not None
        assert name == "data" or isinstance(value, str)


def test_attributes_come_in_a_fixed_order_and_data_last() -> None:
    assert list(json.loads(WIRES["ComplaintFiled-full"])) == [*HEAD, *CAUSE, "data"]


@EVERY
def test_absent_fields_are_left_out_never_null(record: bytes) -> None:
    assert b"null" not in record


@EVERY
def test_an_envelope_spells_the_bytes_it_was_read_from(record: bytes) -> None:
    assert CATALOGUE.read(record).to_bytes() == record


@given(
    moment=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=7))])).filter(lambda m: m.year > 1),
    version=st.integers(1, 10**10 - 1),
    correlation=st.text(),
    cause=st.none() | st.uuids().map(str),
)
def test_a_stored_context_and_data_make_the_event_they_were_made_from(
    moment: datetime, version: int, correlation: str, cause: str | None
) -> None:
    context = Context(correlationid=correlation, causationid=cause)
    head = context_json(ComplaintWithdrawn, EVENT_ID, COMPLAINT, version, moment, context)
    record = compose(head, ComplaintWithdrawn().model_dump_json(exclude_none=True)).encode()
    envelope = CATALOGUE.read(record)
    assert (envelope.id, envelope.subject, envelope.sequence, envelope.time) == (EVENT_ID, COMPLAINT, version, moment)
    assert (envelope.correlationid, envelope.causationid, envelope.traceparent) == (correlation, cause, None)
    assert envelope.time.utcoffset() == timedelta(0)
    assert envelope.context_json() == head


def test_times_on_the_wire_are_utc() -> None:
    local = FILED_AT.astimezone(timezone(timedelta(hours=7)))
    head = context_json(ComplaintFiled, EVENT_ID, COMPLAINT, 1, local, Context(correlationid="contoh"))
    assert json.loads(head)["time"] == "2026-11-02T02:15:30.250000Z"


@EVERY
def test_a_copy_for_an_agency_is_the_same_event_with_its_number(record: bytes) -> None:
    copy = CATALOGUE.read(address(record.decode(), "35.04.dlh", 42).encode())
    assert (copy.agency, copy.agencysequence) == ("35.04.dlh", 42)
    assert copy.model_copy(update={"agency": None, "agencysequence": None}) == CATALOGUE.read(record)
    theirs = from_kafka(kafka_message(copy.to_bytes()), JSONFormat())
    assert theirs.get_extension("agencysequence") == "0000000042"
