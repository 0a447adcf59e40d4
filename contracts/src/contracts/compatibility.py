"""What may change inside a version of an event: fields may come, if nobody must send or know them; nothing else."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

SAME = ("type", "const", "format", "pattern", "x-owner", "x-topic", "x-sealed")
FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks(old: Json, new: Json) -> Iterator[str]:
    """Say where messages that fit the old schema may not fit the new one, or where old readers would miss something."""
    yield from _node("", _Part(old, old), _Part(new, new))


class _Part:
    """A node of a schema with the document that its references point into."""

    def __init__(self, root: Json, node: Json) -> None:
        self.root = root
        while "$ref" in node:
            beside = {key: held for key, held in node.items() if key != "$ref"}
            node = root["$defs"][node["$ref"].rpartition("/")[2]] | beside
        self.node = node

    def get(self, key: str, default: Any = None) -> Any:
        return self.node.get(key, default)

    def below(self, node: Json) -> "_Part":
        return _Part(self.root, node)


def _node(where: str, old: _Part, new: _Part) -> Iterator[str]:
    name = where or "the message"
    for key in SAME:
        if old.get(key) != new.get(key):
            yield f"{name} changed its {key} from {old.get(key)} to {new.get(key)}"
    if gone := sorted(set(old.get("enum", ())) - set(new.get("enum", ()))):
        yield f"{name} lost the values {', '.join(gone)}"
    elif "enum" in new.node and "enum" not in old.node:
        yield f"{name} was narrowed to a list of values"
    yield from _limits(name, old, new)
    yield from _fields(where, old, new)
    if "items" in old.node and "items" in new.node:
        yield from _node(f"{where}[]", old.below(old.get("items")), new.below(new.get("items")))
    if len(old.get("anyOf", ())) != len(new.get("anyOf", ())):
        yield f"{name} changed its alternatives"
    for ours, theirs in zip(old.get("anyOf", ()), new.get("anyOf", ()), strict=False):
        yield from _node(where, old.below(ours), new.below(theirs))


def _limits(name: str, old: _Part, new: _Part) -> Iterator[str]:
    for key in FLOORS:
        if new.get(key, float("-inf")) > old.get(key, float("-inf")):
            yield f"{name} was narrowed by {key} {new.get(key)}"
    for key in CEILINGS:
        if new.get(key, float("inf")) < old.get(key, float("inf")):
            yield f"{name} was narrowed by {key} {new.get(key)}"


def _fields(where: str, old: _Part, new: _Part) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    always_before, always_after = set(old.get("required", ())), set(new.get("required", ()))
    for field in before:
        path = f"{where}.{field}".lstrip(".")
        if field not in after:
            yield f"{path} was removed"
        else:
            yield from _node(path, old.below(before[field]), new.below(after[field]))
    for field in sorted(always_after - always_before):
        yield f"{where}.{field} is newly required".lstrip(".")
    for field in sorted((always_before - always_after) & after.keys()):
        yield f"{where}.{field} is no longer always there".lstrip(".")
