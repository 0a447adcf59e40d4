"""A client's own account of what it asked and what it was told: one line each, on disk before anything goes on."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["ok", "fail", "unknown"]


@dataclass
class Entry:
    """One thing that was asked, under one key, however often it had to be sent."""

    key: str
    what: str
    subject: str | None
    """The complaint it is about; a filing learns it from the answer."""
    sends: int = 0
    outcome: Outcome = "unknown"
    id: str | None = None
    unknowns: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """Writes `{key, what, sent}` before a request and `{key, outcome, id}` after it; each line is fsynced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)

    def sent(self, key: str, what: str, subject: str | None = None, **facts: Any) -> None:
        """Note that a request is about to leave."""
        self._write({"key": key, "what": what, "subject": subject, "sent": time.time(), **facts})

    def told(self, key: str, outcome: Outcome, found: str | None = None) -> None:
        """Note what came of it; nothing, or a failure that leaves it open, is `unknown`."""
        self._write({"key": key, "outcome": outcome, "id": found, "at": time.time()})

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._file.fileno(), (json.dumps(line) + "\n").encode())
        os.fdatasync(self._file.fileno())


def read(path: Path) -> dict[str, Entry]:
    """Fold a ledger's lines by key. What was once known stays known."""
    entries: dict[str, Entry] = {}
    for line in _lines(path):
        if "sent" in line:
            kept = ("key", "what", "subject", "sent")
            facts = {name: value for name, value in line.items() if name not in kept}
            entry = entries.setdefault(line["key"], Entry(line["key"], line["what"], line["subject"], facts=facts))
            entry.sends += 1
        elif line["outcome"] == "unknown":
            entries[line["key"]].unknowns += 1
        else:
            entries[line["key"]].outcome = line["outcome"]
            entries[line["key"]].id = line["id"]
    return entries


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        for line in file:
            yield json.loads(line)
