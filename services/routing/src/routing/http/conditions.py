"""What a request asks for besides its body: on which version, and whether it may be the second time."""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Header

from chassis.decider import Refused
from routing.http.shapes import Decision
from routing.repeats import Repeatable

ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')


class VersionUnreadable(Refused):
    """`If-Match` is not an ETag of a case."""


class RequestKeyUnusable(Refused):
    """The idempotency key is too short or too long."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The headers of a decision."""

    expected_version: int | None = None
    key: str | None = None

    def repeatable(self, case: UUID, decision: Decision) -> Repeatable | None:
        """Say what makes this request the same as another one with its key."""
        if self.key is None:
            return None
        asked = f"{decision.act.value} {case} {decision.model_dump_json()}"
        return Repeatable(self.key, hashlib.sha256(asked.encode()).digest())


async def conditions(
    if_match: Annotated[str | None, Header(description='ETag of the version you decided on, such as `"3"`.')] = None,
    idempotency_key: Annotated[str | None, Header(description="8 to 255 characters of your choice.")] = None,
) -> Conditions:
    """Read the headers; a coroutine, since FastAPI runs plain functions in threads."""
    if idempotency_key is not None and not 8 <= len(idempotency_key) <= 255:
        raise RequestKeyUnusable
    return Conditions(version_of(if_match), idempotency_key)


def version_of(if_match: str | None) -> int | None:
    """Read an ETag; `*` and none at all mean whatever version there is."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = ETAG.fullmatch(if_match.strip())
    if found is None:
        raise VersionUnreadable
    return int(found[1])


def etag(version: int) -> str:
    """Spell a version as an ETag."""
    return f'"{version}"'
