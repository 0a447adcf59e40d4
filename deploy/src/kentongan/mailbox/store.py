"""Keeps received messages in one SQLite file, the newest 2,000, through restarts and kills."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """One message as it stands in the list."""

    id: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    received_at: datetime


class Store:
    """One file, one writer: the mailbox's own process. Statements take microseconds, so they run where they stand."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._kept = kept
        self._db = sqlite3.connect(folder / "messages.sqlite", isolation_level=None)
        # WAL with NORMAL survives the death of the process, which is all that a mailbox for tests promises.
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA auto_vacuum = FULL;")
        self._db.executescript(_TABLE)

    def add(self, entry: Kept, raw: bytes) -> int:
        """Keep one message and let the oldest go; `entry.id` is ignored, the new one is returned."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            row = self._db.execute(
                "INSERT INTO messages (sender, recipients, subject, message_id, received_at, raw)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                (
                    entry.sender,
                    json.dumps(entry.recipients),
                    entry.subject,
                    entry.message_id,
                    entry.received_at.isoformat(),
                    raw,
                ),
            ).fetchone()
            number = int(row[0])
            self._db.execute("DELETE FROM messages WHERE id <= ?", (number - self._kept,))
        return number

    def newest(self, limit: int, *, before: int | None = None, to: str | None = None) -> list[Kept]:
        """List messages, newest first; `to` keeps those with exactly this recipient."""
        rows = self._db.execute(
            "SELECT id, sender, recipients, subject, message_id, received_at FROM messages"
            " WHERE (?1 IS NULL OR id < ?1)"
            " AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(recipients) WHERE lower(value) = lower(?2)))"
            " ORDER BY id DESC LIMIT ?3",
            (before, to, limit),
        ).fetchall()
        return [_kept(row) for row in rows]

    def one(self, number: int) -> tuple[Kept, bytes] | None:
        """Find one message with its bytes."""
        row = self._db.execute(
            "SELECT id, sender, recipients, subject, message_id, received_at, raw FROM messages WHERE id = ?", (number,)
        ).fetchone()
        return (_kept(row[:6]), row[6]) if row else None

    def count(self) -> int:
        """Count what is kept."""
        return int(self._db.execute("SELECT count(*) FROM messages").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _kept(row: Sequence[str]) -> Kept:
    number, sender, recipients, subject, message_id, received_at = row
    return Kept(
        int(number), sender, tuple(json.loads(recipients)), subject, message_id, datetime.fromisoformat(received_at)
    )


_TABLE = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT
"""
