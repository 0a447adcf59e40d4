"""The AsyncAPI document is valid and says who sends and receives what, where, under which key, how secret."""

import json
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from contracts.catalogue import EVENTS
from contracts.events import Audience, short_type
from contracts.schemas import ASYNCAPI, ROOT
from contracts.sealing import confidential_fields
from contracts.topics import COMPLAINTS, TOPICS

DOCUMENT: dict[str, Any] = json.loads((ROOT / ASYNCAPI).read_text("utf-8"))


def names(operation: str) -> set[str]:
    return {link["$ref"].rpartition("/")[2] for link in DOCUMENT["operations"][operation]["messages"]}


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [held for key, held in node.items() if key == "$ref"] + [r for v in node.values() for r in references(v)]
    return [r for held in node for r in references(held)] if isinstance(node, list) else []


def test_it_is_an_asyncapi_3_document() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    ApplicationSchema.model_validate(DOCUMENT)


def test_every_reference_leads_somewhere() -> None:
    for link in references(DOCUMENT):
        if link.startswith("#/"):
            node: Any = DOCUMENT
            for step in link[2:].split("/"):
                node = node[step]
        else:
            assert (ROOT / "contracts" / link).is_file(), link


def test_every_topic_is_a_channel_with_its_partitions_and_retention() -> None:
    addresses = {channel["address"]: channel for channel in DOCUMENT["channels"].values()}
    assert addresses.keys() == {topic.name for topic in TOPICS} | {"agency.{code}"}
    for topic in TOPICS:
        binding = addresses[topic.name]["bindings"]["kafka"]
        settings = {"cleanup.policy": [topic.cleanup]}
        if topic.cleanup == "delete":
            settings["retention.ms"] = int(topic.config()["retention.ms"])  # type: ignore[assignment]  # one number
        assert (binding["partitions"], binding["topicConfiguration"]) == (topic.partitions, settings)
    assert addresses["agency.{code}"]["parameters"]["code"]["examples"]


def test_an_owner_sends_its_own_events_and_every_reader_receives_all() -> None:
    for topic in TOPICS:
        carried = {event.__name__: event.owner.value for event in EVENTS if event.topic == topic.name}
        for owner in topic.owners if carried else ():
            assert names(f"{owner}-sends-{topic.name}") == {name for name, by in carried.items() if by == owner}
        for reader in topic.consumers if carried else ():
            assert names(f"{reader}-receives-{topic.name}") == set(carried)


def test_an_agency_s_stream_carries_no_internal_event() -> None:
    public = {e.__name__ for e in EVENTS if e.topic == COMPLAINTS and e.audience is not Audience.INTERNAL}
    assert names("agency-receives-agency") == names("routing-sends-agency") == public
    assert "NoteAdded" not in public


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_message_tells_payload_key_audience_and_sealed_fields(event: Any) -> None:
    message = DOCUMENT["components"]["messages"][event.__name__]
    assert message["name"] == event.type
    assert message["payload"]["schema"] == {"$ref": f"schemas/{short_type(event.type)}.json"}
    assert message["bindings"]["kafka"]["key"]["format"] == "uuid"
    assert message["x-audience"] == event.audience.value
    assert message["x-sealed"] == dict(confidential_fields(event))
    assert f"Audience: {event.audience.value}." in message["description"]
    assert all(f"`{name}`" in message["description"] for name in confidential_fields(event))
