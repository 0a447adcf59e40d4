"""The AsyncAPI 3 document: which service sends and receives what on which topic."""

from collections.abc import Sequence
from typing import Any

from contracts.envelope import CONTENT_TYPE
from contracts.events import Audience, Event, short_type
from contracts.sealing import confidential_fields
from contracts.topics import AGENCY_PREFIX, COMPLAINTS, DATA_KEYS, DEAD_LETTERS, TOPICS, Topic, agency_topic

Json = dict[str, Any]

AGENCY_CHANNEL = "agency"
JSON_SCHEMA = "application/schema+json;version=draft-07"
"""What AsyncAPI tools know; our schemas say the same thing in it as in 2020-12."""

_KEY_RECORD: Json = {
    "title": "WrappedKey",
    "type": "object",
    "description": "A data key wrapped by the deployment's key-encryption key; an empty value is an erasure.",
    "required": ["kek", "wrapped"],
    "properties": {
        "kek": {"type": "integer", "minimum": 1, "description": "Number of the key-encryption key."},
        "wrapped": {"type": "string", "contentEncoding": "base64", "description": "AES Key Wrap (RFC 3394)."},
    },
}
_DEAD_LETTER_HEADERS: Json = {
    "type": "object",
    "required": ["reason", "detail", "group", "origin"],
    "properties": {
        "reason": {"type": "string", "description": "Machine word, e.g. `unknown_version`."},
        "detail": {"type": "string", "description": "What was wrong, without personal data."},
        "group": {"type": "string", "description": "Consumer group that could not apply the record."},
        "origin": {"type": "string", "description": "JSON array: topic, partition, offset."},
    },
}


def document(events: Sequence[type[Event]]) -> Json:
    """Compose the document of these events; their payloads are the files in `contracts/schemas`."""
    topics = [*TOPICS, agency_topic("{code}")]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kentongan",
            "version": "1",
            "description": "Every fact about every complaint, as CloudEvents 1.0 (structured JSON) on Apache Kafka."
            " Texts and persons are in sealed fields: AES-256-GCM under a key for each complaint.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {_channel_name(topic): _channel(topic, events) for topic in topics},
        "operations": dict(pair for topic in topics for pair in _operations(topic, events)),
        "components": {"messages": {**{event.__name__: _message(event) for event in events}, **_other_messages()}},
    }


def _channel_name(topic: Topic) -> str:
    return AGENCY_CHANNEL if topic.name.startswith(AGENCY_PREFIX) else topic.name


def _carries(topic: Topic, events: Sequence[type[Event]]) -> list[str]:
    """Name the messages of a topic."""
    if topic.name == DATA_KEYS:
        return ["WrappedKey"]
    if topic.name == DEAD_LETTERS:
        return ["DeadLetter"]
    if topic.name.startswith(AGENCY_PREFIX):
        return [e.__name__ for e in events if e.topic == COMPLAINTS and e.audience is not Audience.INTERNAL]
    return [e.__name__ for e in events if e.topic == topic.name]


def _channel(topic: Topic, events: Sequence[type[Event]]) -> Json:
    channel: Json = {
        "address": topic.name,
        "description": topic.purpose,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _carries(topic, events)},
        "bindings": {"kafka": _topic_binding(topic)},
    }
    if _channel_name(topic) == AGENCY_CHANNEL:
        channel["parameters"] = {"code": {"description": "Code of the agency.", "examples": ["35.04", "35.04.dlh"]}}
    return channel


def _topic_binding(topic: Topic) -> Json:
    settings: Json = {"cleanup.policy": [topic.cleanup]}
    if topic.cleanup == "delete":
        settings["retention.ms"] = int(topic.config()["retention.ms"])
    return {"partitions": topic.partitions, "topicConfiguration": settings, "bindingVersion": "0.5.0"}


def _operations(topic: Topic, events: Sequence[type[Event]]) -> list[tuple[str, Json]]:
    channel = _channel_name(topic)
    owners = {e.__name__: e.owner.value for e in events}
    found: list[tuple[str, Json]] = []
    for owner in topic.owners:
        sent = [
            name for name in _carries(topic, events) if channel == AGENCY_CHANNEL or owners.get(name, owner) == owner
        ]
        found.append((f"{owner}-sends-{channel}", _operation("send", channel, sent)))
    for reader in topic.consumers:
        who = "agency" if channel == AGENCY_CHANNEL else reader
        found.append((f"{who}-receives-{channel}", _operation("receive", channel, _carries(topic, events))))
    return found


def _operation(action: str, channel: str, names: list[str]) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _message(event: type[Event]) -> Json:
    sealed = dict(confidential_fields(event))
    told = ", ".join(f"`{name}` ({part})" for name, part in sealed.items())
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": event.__doc__,
        "description": f"Audience: {event.audience.value}. " + (f"Sealed: {told}." if sealed else "Nothing is sealed."),
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": {"schemaFormat": JSON_SCHEMA, "schema": {"$ref": f"schemas/{short_type(event.type)}.json"}},
        "bindings": {"kafka": _key("Equal to `subject`: one partition holds one subject's story in order.")},
        "x-owner": event.owner.value,
        "x-audience": event.audience.value,
        "x-sealed": sealed,
    }


def _other_messages() -> Json:
    return {
        "WrappedKey": {
            "title": "WrappedKey",
            "summary": "The key of one complaint's sealed fields, or its erasure.",
            "contentType": "application/json",
            "payload": _KEY_RECORD,
            "bindings": {"kafka": _key("Id of the complaint, and of its data key.")},
        },
        "DeadLetter": {
            "title": "DeadLetter",
            "summary": "A record that could not be applied, byte for byte, with the reason in its headers.",
            "headers": _DEAD_LETTER_HEADERS,
            "payload": {},
            "bindings": {"kafka": _key("Key of the record that failed.", {})},
        },
    }


def _key(description: str, kind: Json | None = None) -> Json:
    kind = {"type": "string", "format": "uuid"} if kind is None else kind
    return {"key": {**kind, "description": description}, "bindingVersion": "0.5.0"}
