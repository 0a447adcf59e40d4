"""What is known of complaints and of the people to be told, and the rows that say it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from chassis.postgres import Connection
from contracts.notify import Medium
from contracts.sealing import Place, Sealed
from contracts.vocabulary import Classification, Clock, Language, Visibility
from notify.domain.news import Box, Complaint


@dataclass(frozen=True, slots=True)
class Contact:
    """Where one person is reached by one medium; `address` is None once the person was erased."""

    recipient: UUID
    medium: Medium
    complaint: UUID
    address: Box | None


async def complaints(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Complaint]:
    """Look complaints up; unknown ones are left out."""
    rows = await connection.fetch(
        "SELECT complaint_id, code, classification, area, visibility, language, dues, erased"
        " FROM complaints WHERE complaint_id = ANY ($1::uuid[])",
        list(ids),
    )
    return {row["complaint_id"]: complaint_of(row) for row in rows}


def complaint_of(row: asyncpg.Record) -> Complaint:
    """Read a row that holds the columns of `complaints`."""
    return Complaint(
        id=row["complaint_id"],
        code=row["code"],
        classification=Classification(row["classification"]),
        area=row["area"],
        visibility=Visibility(row["visibility"]),
        language=Language(row["language"]),
        dues=dues_of(row["dues"]),
        erased=row["erased"],
    )


def dues_of(text: str) -> dict[Clock, datetime]:
    """Read deadlines by clock."""
    return {Clock(clock): datetime.fromisoformat(at) for clock, at in json.loads(text).items()}


def spell_dues(dues: Mapping[Clock, datetime]) -> str:
    """Spell deadlines by clock, UTC."""
    return json.dumps({clock.value: at.astimezone(UTC).isoformat() for clock, at in dues.items()})


def box_of(sealed: str | None, stream: str | None, version: int | None, name: str | None) -> Box | None:
    """Read a sealed text and its place; None when there is none (any more)."""
    if sealed is None or stream is None or version is None or name is None:
        return None
    return Box(Sealed.model_validate_json(sealed), Place(stream, version, name))


async def remember(connection: Connection, known: Sequence[Complaint]) -> None:
    """Write complaints as they are now."""
    await connection.execute(
        _REMEMBER,
        [complaint.id for complaint in known],
        [complaint.code for complaint in known],
        [complaint.classification.value for complaint in known],
        [complaint.area for complaint in known],
        [complaint.visibility.value for complaint in known],
        [complaint.language.value for complaint in known],
        [spell_dues(complaint.dues) for complaint in known],
        [complaint.erased for complaint in known],
    )


async def contacts(connection: Connection, ids: Iterable[UUID]) -> list[Contact]:
    """List who is to be told of these complaints, the erased included."""
    rows = await connection.fetch(
        "SELECT recipient_id, medium, complaint_id, address, place_stream, place_version, place_name"
        " FROM contacts WHERE complaint_id = ANY ($1::uuid[])",
        list(ids),
    )
    return [
        Contact(
            row["recipient_id"],
            Medium(row["medium"]),
            row["complaint_id"],
            box_of(row["address"], row["place_stream"], row["place_version"], row["place_name"]),
        )
        for row in rows
    ]


async def add_contacts(connection: Connection, added: Sequence[Contact]) -> None:
    """Keep addresses, sealed as they came; one that is known, or was erased, stays as it is."""
    sealed = [(contact, contact.address) for contact in added if contact.address is not None]
    await connection.execute(
        _ADD_CONTACTS,
        [contact.recipient for contact, _ in sealed],
        [contact.medium.value for contact, _ in sealed],
        [contact.complaint for contact, _ in sealed],
        [box.sealed.model_dump_json() for _, box in sealed],
        [box.place.stream for _, box in sealed],
        [box.place.version for _, box in sealed],
        [box.place.name for _, box in sealed],
    )


async def erase(connection: Connection, ids: Sequence[UUID]) -> None:
    """Forget the addresses of people, and what agencies wrote to them."""
    await connection.execute("UPDATE contacts SET address = NULL WHERE complaint_id = ANY ($1::uuid[])", ids)
    await connection.execute("UPDATE news SET answer = NULL WHERE complaint_id = ANY ($1::uuid[])", ids)


_REMEMBER = """
INSERT INTO complaints (complaint_id, code, classification, area, visibility, language, dues, erased)
SELECT complaint_id, code, classification, area, visibility, language, dues, erased
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::json[], $8::boolean[])
    AS given (complaint_id, code, classification, area, visibility, language, dues, erased)
ON CONFLICT (complaint_id) DO UPDATE SET dues = excluded.dues, erased = excluded.erased
"""

_ADD_CONTACTS = """
INSERT INTO contacts (recipient_id, medium, complaint_id, address, place_stream, place_version, place_name)
SELECT recipient_id, medium, complaint_id, address, place_stream, place_version, place_name
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::json[], $5::text[], $6::integer[], $7::text[])
    AS given (recipient_id, medium, complaint_id, address, place_stream, place_version, place_name)
ON CONFLICT (recipient_id, medium) DO NOTHING
"""
