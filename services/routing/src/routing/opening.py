"""What a reader may see of an event: texts opened, the reporter only where their choice and the reader's role allow."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.catalogue import CATALOGUE
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.intake import ComplaintFiled
from contracts.sealing import Clear, DataKey, Part, confidential_fields, text_of
from contracts.vocabulary import Visibility
from routing.accounts import Viewer
from routing.domain.roles import Act


class KeyIsNotHere(Exception):
    """The key of the complaint's texts has not arrived yet."""


def parts_for(viewer: Viewer, visibility: Visibility) -> tuple[Part, ...]:
    """Say which parts of a complaint the viewer may read; who filed it, only when filed under their name."""
    if visibility is Visibility.NAMED and viewer.may(Act.SEE_REPORTER):
        return ("text", "reporter")
    return ("text",)


def opened(envelope: Envelope[Event], viewer: Viewer) -> dict[str, Any]:
    """Spell an opened event for a reader; a text that it may not read, or that nobody can any more, is null."""
    event = envelope.data
    hidden = confidential_fields(type(event))
    visibility = event.visibility if isinstance(event, ComplaintFiled) else Visibility.ANONYMOUS
    readable = parts_for(viewer, visibility)
    data = event.model_dump(mode="json", exclude=set(hidden), exclude_none=True)
    for name, part in hidden.items():
        if getattr(event, name) is not None:
            data[name] = text_of(getattr(event, name)) if part in readable else None
    return {**envelope.model_dump(mode="json", exclude={"data"}, exclude_none=True), "data": data}


async def open_all(keys: KeyStore, envelopes: Sequence[Envelope[Event]], viewer: Viewer) -> list[dict[str, Any]]:
    """Open events and spell them for a reader."""
    return [opened(envelope, viewer) for envelope in await keys.open(envelopes)]


async def key_for(keys: KeyStore, case: UUID, events: Sequence[Event]) -> DataKey | None:
    """Find the key that seals the texts of new events; none is needed where there are none."""
    if not any(_holds_text(event) for event in events):
        return None
    key = await keys.get(case)
    if key is None:
        raise KeyIsNotHere
    return key


def _holds_text(event: Event) -> bool:
    return any(isinstance(getattr(event, name), Clear) for name in confidential_fields(type(event)))


async def titles(pool: Pool, keys: KeyStore, cases: Iterable[UUID]) -> Mapping[UUID, str | None]:
    """Open the titles of cases; None where the key is gone. They are opened when asked for and kept nowhere."""
    rows = await pool.fetch(_FILINGS, list(cases), ComplaintFiled.type)
    filings = await keys.open([CATALOGUE.read(row["wire"].encode()) for row in rows])
    return {each.subject: text_of(each.data.title) for each in filings if isinstance(each.data, ComplaintFiled)}


_FILINGS = "SELECT wire FROM received WHERE complaint_id = ANY ($1::uuid[]) AND type = $2"
