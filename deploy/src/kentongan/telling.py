"""Tell an event in one line: when, who, what, and its open facts; what is sealed stays sealed."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.events import short_type

_SEALED = {"key", "part", "box"}
_LONGEST = 60


def line(message: Mapping[str, Any], *, with_subject: bool = True) -> str:
    """Return one event, given as parsed CloudEvents JSON, as a line."""
    subject = f"  {message.get('subject', '')}" if with_subject else ""
    when = str(message.get("time", ""))[:19].replace("T", " ")
    source = str(message.get("source", "")).removeprefix("/")
    number = int(message.get("sequence", 0))
    kind = short_type(str(message.get("type", "")))
    return f"{when}  {source:<7} {number:>3}{subject}  {kind:<26} {facts(message.get('data', {}))}".rstrip()


def facts(data: Mapping[str, Any]) -> str:
    """Return the fields of an event as `name=value`, shortened."""
    return " ".join(f"{name}={value}" for name, value in _pairs("", data))


def _pairs(prefix: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, Mapping) and value.keys() == _SEALED:
            yield f"{prefix}{name}", "(sealed)"
        elif isinstance(value, Mapping):
            yield from _pairs(f"{prefix}{name}.", value)
        elif isinstance(value, list):
            yield f"{prefix}{name}", f"[{len(value)}]"
        else:
            text = str(value)
            yield f"{prefix}{name}", text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
