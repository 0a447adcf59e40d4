"""Where a list goes on: opaque places in the inbox, and plain numbers in a stream."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from chassis.decider import Refused
from routing.projections.inbox import Line, place_of

Place = tuple[datetime, UUID]


class CursorUnreadable(Refused):
    """`after` or `Last-Event-ID` is not one that we gave."""


def cursor_of(line: Line) -> str:
    """Spell the place of a case in the inbox."""
    due, case = place_of(line)
    return base64.urlsafe_b64encode(f"{due.isoformat()}~{case}".encode()).decode()


def read_cursor(cursor: str | None) -> Place | None:
    """Read a place in the inbox."""
    if cursor is None:
        return None
    try:
        due, _, case = base64.urlsafe_b64decode(cursor.encode()).decode().partition("~")
        place = datetime.fromisoformat(due), UUID(case)
    except (binascii.Error, ValueError) as error:
        raise CursorUnreadable from error
    if place[0].tzinfo is None:
        raise CursorUnreadable
    return place


def read_number(given: str | None) -> int:
    """Read a place in a stream; without one it is read from its beginning."""
    if given is None:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise CursorUnreadable
    return int(given)
