"""Where the stack keeps what it fetched once (per user) and where its own files lie."""

import os
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[3]
KAFKA_FILES = DEPLOY / "kafka"


def cache_dir() -> Path:
    """Return this user's cache folder of the project, after the XDG rule."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "kentongan"
