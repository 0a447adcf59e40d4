"""The list of events for readers, `docs/events.md`, from the same models."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.events import Event, short_type
from contracts.sealing import confidential_fields
from contracts.topics import TOPICS, Topic, agency_topic

Json = dict[str, Any]

HEAD = """# Events

Generated from the models by `python -m contracts.schemas`; do not edit. Rules for changing them: `contracts/README.md`.

Every event is one CloudEvent 1.0 in structured JSON. Its `type` is `id.kentongan.` and the name below; `source` is the
owner (`/intake`); `subject` is what it is about; `sequence` counts the versions of the stream (`source`, `subject`).
Sealed fields hold ciphertext: `text` is opened by those who may read the matter, `reporter` by those who may know who
filed it. Absent fields are left out, never null. Times are UTC; readers ignore fields they do not know.

| event | type | owner | topic | audience | sealed fields |
|---|---|---|---|---|---|
"""


def page(events: Sequence[type[Event]], schemas: Mapping[str, Json]) -> str:
    """Compose the page; `schemas` are the JSON Schemas by wire type."""
    rows = "".join(f"{_row(event)}\n" for event in events)
    topics = "".join(f"{_topic_row(topic)}\n" for topic in (*TOPICS, agency_topic("<code>")))
    sections = "".join(f"\n{_section(schemas[event.type], event.__name__)}" for event in events)
    parts = "".join(f"\n{_section(schema, name)}" for name, schema in _parts(schemas, events))
    values = "".join(f"{line}\n" for line in _enumerations(schemas))
    return (
        f"{HEAD}{rows}\n## Topics\n\n| topic | key | written by | read by | partitions | kept | what it holds |\n"
        f"|---|---|---|---|---|---|---|\n{topics}\n## Fields of `data`\n{sections}\n"
        f"## Parts of events\n{parts}\n## Values\n\n| type | values | meaning |\n|---|---|---|\n{values}"
    )


def _row(event: type[Event]) -> str:
    name = short_type(event.type)
    sealed = ", ".join(f"`{field}` ({part})" for field, part in confidential_fields(event).items())
    link = f"[{event.__name__}](#{event.__name__.lower()})"
    schema = f"[`{name}`](../contracts/schemas/{name}.json)"
    return f"| {link} | {schema} | {event.owner.value} | `{event.topic}` | {event.audience.value} | {sealed} |"


def _topic_row(topic: Topic) -> str:
    kept = (
        "newest of each key"
        if topic.cleanup == "compact"
        else f"{topic.retention.days} days"
        if topic.retention
        else "for ever"
    )
    readers = ", ".join(topic.consumers) or "operators"
    return (
        f"| `{topic.name}` | {topic.key} | {', '.join(topic.owners)} | {readers} | {topic.partitions} | {kept}"
        f" | {topic.purpose} |"
    )


def _parts(schemas: Mapping[str, Json], events: Sequence[type[Event]]) -> list[tuple[str, Json]]:
    """Find the value types that events are made of, each with a schema that defines it."""
    names = {event.__name__ for event in events}
    found = {
        name: schema
        for schema in schemas.values()
        for name, definition in schema["$defs"].items()
        if "properties" in definition and name not in names
    }
    return sorted(found.items())


def _section(schema: Json, name: str) -> str:
    data = schema["$defs"][name]
    always = data.get("required", ())
    rows = "".join(
        f"| `{key}` | {_type(field)} | {'yes' if key in always else ''} | {_meaning(schema, field)} |\n"
        for key, field in data["properties"].items()
    )
    head = "| field | type | always | meaning |\n|---|---|---|---|\n"
    return f"### {name}\n\n{data['description']}\n\n{head}{rows}"


def _type(field: Json) -> str:
    if "x-sealed" in field:
        return f"sealed {field['x-sealed']}"
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if field["type"] == "array":
        return f"list of {_type(field['items'])}"
    return str(field.get("format", field["type"]))


def _meaning(schema: Json, field: Json) -> str:
    described = field.get("description") or field.get("items", {}).get("description")
    if described is None and "$ref" in field:
        described = schema["$defs"][field["$ref"].rpartition("/")[2]]["description"]
    return str(described or "").replace("|", "\\|")


def _enumerations(schemas: Mapping[str, Json]) -> Iterator[str]:
    found = {
        name: definition
        for schema in schemas.values()
        for name, definition in schema["$defs"].items()
        if "enum" in definition
    }
    for name, definition in sorted(found.items()):
        values = ", ".join(f"`{value}`" for value in definition["enum"])
        yield f"| {name} | {values} | {definition['description']} |"
