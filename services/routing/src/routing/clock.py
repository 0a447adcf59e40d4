"""The time, asked for in one place so that a test can say what it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def now() -> datetime:
    """Tell the time, UTC."""
    return datetime.now(UTC)
