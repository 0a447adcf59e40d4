"""From a claimed delivery to a letter: opens what is sealed, looks names up, fills the words in."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

import jinja2
import structlog

from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.sealing import DataKey, Unsealable, open_box
from contracts.vocabulary import Name
from notify import letters
from notify.channels import Parcel
from notify.dispatch import Job
from notify.domain.news import Box

log = structlog.get_logger()


class Unwritten(StrEnum):
    """Why there is no letter."""

    KEY_MISSING = "key_missing"
    """The key of the address has not come, or will never come again."""
    UNWRITABLE = "unwritable"
    """A word is missing in its templates: a defect of ours, which must not keep other letters waiting."""


class Writer:
    """Writes the letters of one process."""

    def __init__(self, pool: Pool, keys: KeyStore, tracking_url: str) -> None:
        self._pool = pool
        self._keys = keys
        self._tracking_url = tracking_url.rstrip("/")

    async def parcels(self, jobs: Sequence[Job]) -> list[Parcel | Unwritten]:
        """Write one letter for each delivery, in order."""
        keys = await self._keys.get_many({box.sealed.key for job in jobs for box in (job.address,) if box})
        names = await self._names({job.news.agency for job in jobs if job.news.agency})
        return [self._parcel(job, keys, names) for job in jobs]

    def _parcel(self, job: Job, keys: Mapping[UUID, DataKey], names: Mapping[str, Name]) -> Parcel | Unwritten:
        address = _open(job.address, keys)
        if address is None:
            return Unwritten.KEY_MISSING
        agency = names.get(job.news.agency or "")
        answer = _open(job.news.answer, keys)
        try:
            letter = letters.write(job.news, job.complaint, agency, answer, self._tracking_url)
        except jinja2.TemplateError:
            log.exception("letter_unwritable", delivery_id=str(job.id), message=job.news.message.value)
            return Unwritten.UNWRITABLE
        return Parcel(job.id, address, letter, job.created_at)

    async def _names(self, codes: Iterable[str]) -> dict[str, Name]:
        rows = await self._pool.fetch(
            "SELECT code, name_id, name_en FROM agencies WHERE code = ANY ($1::text[])", list(codes)
        )
        return {row["code"]: Name(id=row["name_id"], en=row["name_en"]) for row in rows}


def _open(box: Box | None, keys: Mapping[UUID, DataKey]) -> str | None:
    key = keys.get(box.sealed.key) if box else None
    if box is None or key is None:
        return None
    try:
        return open_box(box.sealed, key.cipher(box.sealed.part), box.place)
    except Unsealable:
        return None
