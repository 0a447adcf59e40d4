"""Writes what the models promise: JSON Schemas, the AsyncAPI document and the list of events; `--check` finds drift.

Run `python -m contracts.schemas` in a checkout of the repository after changing an event.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from contracts.asyncapi import document
from contracts.catalogue import CATALOGUE, Catalogue, event_of
from contracts.compatibility import breaks
from contracts.events import Event, short_type
from contracts.listing import page
from contracts.sealing import confidential_fields

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = Path("contracts/schemas")
ASYNCAPI = Path("contracts/asyncapi.json")
LISTING = Path("docs/events.md")

Json = dict[str, Any]


class WireSchema(GenerateJsonSchema):
    """Describes what is written: absent fields are left out, so nothing is ever null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Describe `X | None` as X, in a field that need not be there."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Tell a default only when there is one to tell."""
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the base class hands it in
        """Leave out titles that only repeat the field's name."""
        return False


def schema_of(event: type[Event], catalogue: Catalogue = CATALOGUE) -> Json:
    """Describe the whole CloudEvent of one event as JSON Schema 2020-12, for those who read it."""
    message = catalogue.messages[event.type]
    described = message.model_json_schema(mode="serialization", schema_generator=WireSchema)
    _open(described)
    definitions = described.pop("$defs")
    properties = described["properties"]
    constants = {name for name, held in properties.items() if "const" in held}
    required = [name for name in properties if name in constants or name in described["required"]]
    sealed = confidential_fields(event)
    for name, part in sealed.items():
        definitions[event.__name__]["properties"][name]["x-sealed"] = part
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.__name__,
        "description": described["description"],
        "x-owner": event.owner.value,
        "x-topic": event.topic,
        "x-audience": event.audience.value,
        "type": "object",
        "properties": properties,
        "required": required,
        "$defs": definitions,
    }


def _open(node: object) -> None:
    """Readers must bear fields that newer writers add, so no object is closed; the models close it for writers."""
    if isinstance(node, dict):
        node.pop("additionalProperties", None)
        for held in node.values():
            _open(held)
    elif isinstance(node, list):
        for held in node:
            _open(held)


def schema_path(kind: str) -> Path:
    """Name the schema file of a wire type: `contracts/schemas/complaint.filed.v1.json`."""
    return SCHEMAS / f"{short_type(kind)}.json"


def generate(catalogue: Catalogue = CATALOGUE) -> dict[Path, str]:
    """Spell every generated file, by its path in the repository."""
    events = [event_of(message) for message in catalogue.messages.values()]
    schemas = {event.type: schema_of(event, catalogue) for event in events}
    texts = {schema_path(kind): _spell(schema) for kind, schema in schemas.items()}
    texts[ASYNCAPI] = _spell(document(events))
    texts[LISTING] = page(events, schemas)
    return texts


def _spell(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def drift(root: Path, texts: Mapping[Path, str], old_types: Sequence[str]) -> Iterator[str]:
    """Say how the committed files differ from the models; old versions' schemas must stay, others must not be there."""
    for path, text in texts.items():
        committed = (root / path).read_text("utf-8") if (root / path).exists() else ""
        if committed != text:
            yield from difflib.unified_diff(
                committed.splitlines(),
                text.splitlines(),
                f"{path} (committed)",
                f"{path} (from the models)",
                lineterm="",
            )
    kept = {schema_path(kind) for kind in old_types}
    found = {path.relative_to(root) for path in (root / SCHEMAS).glob("*.json")}
    yield from (f"{path}: no event has this type" for path in sorted(found - kept - texts.keys()))
    yield from (f"{path}: schemas of old versions are kept for ever" for path in sorted(kept - found))


def broken_promises(root: Path, texts: Mapping[Path, str]) -> Iterator[str]:
    """Say which committed schemas the new ones would break."""
    for path, text in texts.items():
        if path.parent == SCHEMAS and (root / path).exists():
            committed = json.loads((root / path).read_text("utf-8"))
            for reason in breaks(committed, json.loads(text)):
                yield f"{path}: {reason}: make a new version and an upcaster"


def main(arguments: Sequence[str] | None = None, catalogue: Catalogue = CATALOGUE, root: Path = ROOT) -> int:
    """Write the files, or with `--check` compare them; 1 when a promise would break or files have drifted."""
    parser = argparse.ArgumentParser(prog="python -m contracts.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare, and print what differs")
    check = parser.parse_args(arguments).check
    texts = generate(catalogue)
    old_types = [kind for kind in catalogue.topics if kind not in catalogue.messages]
    wrong = list(broken_promises(root, texts))
    if check:
        wrong += drift(root, texts, old_types)
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    if not check:
        for path, text in texts.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
