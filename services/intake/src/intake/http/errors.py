"""What intake says when it says no: every refusal with its status, its field and its words in both languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError

from chassis import pages, problems
from chassis.decider import Refused
from chassis.postgres import TRANSIENT
from chassis.problems import Problem
from contracts.vocabulary import Name
from intake.domain import complaint
from intake.filing import FirstAnswerLost, RequestKeyReused
from intake.tracking import NoSuchComplaint


class ImportTokenMissing(Refused):
    """Only an import may set the time or the channel of a filing."""


class ImportTokenWrong(Refused):
    """The bearer token is not the import token."""


class RequestKeyUnusable(Refused):
    """The idempotency key is empty or too long."""


def _name(indonesian: str, english: str) -> Name:
    return Name(id=indonesian, en=english)


NO_SUCH_COMPLAINT = Problem(
    404,
    "no-such-complaint",
    _name("Laporan tidak ditemukan", "No such complaint"),
    _name(
        "Tidak ada laporan dengan kode itu, atau laporan itu hanya dapat dibuka dengan kode rahasianya.",
        "There is no complaint with this code, or it can only be opened with its secret.",
    ),
)
REQUEST_KEY_REUSED = Problem(
    422,
    "idempotency-key-reused",
    _name("Idempotency-Key sudah dipakai", "The Idempotency-Key has been used"),
    _name(
        "Kunci ini sudah dipakai untuk kiriman lain. Kirim dengan kunci baru.",
        "This key was used before, for another request. Send it with a new key.",
    ),
)

PROBLEMS: Mapping[type[Exception], Problem] = {
    **dict.fromkeys(TRANSIENT, problems.UNAVAILABLE),
    NoSuchComplaint: NO_SUCH_COMPLAINT,
    RequestKeyReused: REQUEST_KEY_REUSED,
    RequestKeyUnusable: Problem(
        400,
        "idempotency-key-unusable",
        _name("Idempotency-Key tidak dapat dipakai", "The Idempotency-Key cannot be used"),
        _name("Panjangnya 8 sampai 255 karakter.", "It must have 8 to 255 characters."),
    ),
    FirstAnswerLost: Problem(
        409,
        "first-answer-lost",
        _name("Laporan sudah diterima", "The complaint was filed before"),
        _name(
            "Laporan dengan kunci ini sudah diterima, tetapi jawabannya tidak dapat diulang.",
            "The complaint with this key was filed, but the answer can no longer be repeated.",
        ),
    ),
    ImportTokenMissing: Problem(
        403,
        "import-token-missing",
        _name("Perlu token impor", "The import token is needed"),
        _name(
            "Hanya impor yang boleh menentukan `filed_at` atau `channel`.",
            "Only an import may set `filed_at` or `channel`.",
        ),
    ),
    ImportTokenWrong: Problem(
        401,
        "import-token-wrong",
        _name("Token impor salah", "The import token is wrong"),
        headers=(("www-authenticate", "Bearer"),),
    ),
}
"""Refusals that are not about one field."""

FIELDS: Mapping[type[Exception], tuple[str, Name]] = {
    complaint.UnknownCategory: ("category", _name("Kategori ini tidak dikenal.", "There is no such category.")),
    complaint.UnknownArea: ("area", _name("Kode wilayah ini tidak dikenal.", "No area has this code.")),
    complaint.AreaTooWide: (
        "area",
        _name("Pilih setidaknya kabupaten atau kota.", "Choose at least the regency or city."),
    ),
    complaint.HappenedInFuture: (
        "happened_on",
        _name("Tanggal kejadian tidak boleh sesudah hari ini.", "The day it happened cannot be after today."),
    ),
    complaint.FiledInFuture: (
        "filed_at",
        _name("Waktu penyampaian tidak boleh di masa depan.", "It cannot have been filed in the future."),
    ),
    complaint.PointOutsideIndonesia: (
        "point",
        _name("Titik ini berada di luar Indonesia.", "This position is not in Indonesia."),
    ),
}
"""Refusals that are: which, and what to say beside it."""

CORRECTABLE: tuple[type[Exception], ...] = (ValidationError, *FIELDS)
"""What the sender can put right field by field."""

WORDS: Mapping[str, Name] = {
    **problems.MISTAKES,
    "blank": _name("Wajib diisi.", "This is required."),
    "email": _name(
        "Tulis alamat surel yang lengkap, misalnya nama@contoh.id.",
        "Write a whole e-mail address, such as name@example.org.",
    ),
    "phone": _name(
        "Tulis nomor telepon Indonesia, misalnya 0812-3456-7890.",
        "Write an Indonesian telephone number, such as 0812-3456-7890.",
    ),
    **dict.fromkeys(
        ("date_from_datetime_parsing", "date_parsing", "date_type", "date_from_datetime_inexact"),
        _name("Tulis tanggal yang ada, misalnya 2026-11-24.", "Write a real date, such as 2026-11-24."),
    ),
    "string_pattern_mismatch": _name("Kode ini salah bentuk.", "This code has the wrong form."),
}
"""What is wrong with the shape of a field, by pydantic's kind of error."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something to correct: where, and what to say about it."""

    path: tuple[str | int, ...]
    kind: str
    said: str

    def member(self) -> dict[str, str]:
        """Spell it as a member of the problem's `errors`."""
        return {
            "field": ".".join(map(str, self.path)),
            "pointer": "#" + "".join(f"/{step}" for step in self.path),
            "detail": self.said,
        }


def mistakes_of(error: Exception, language: str) -> list[Mistake]:
    """Name what has to be corrected; empty when it is not about fields."""
    if isinstance(error, ValidationError):
        lines = error.errors(include_url=False, include_input=False)
        return [Mistake(line["loc"], line["type"], _say(line["type"], line.get("ctx", {}), language)) for line in lines]
    if type(error) not in FIELDS:
        return []
    field, words = FIELDS[type(error)]
    return [Mistake((field,), "refused", pages.say(words, language))]


def invalid(request: Request, mistakes: Sequence[Mistake]) -> Response:
    """Answer a program: RFC 9457 with every mistake and its field."""
    return problems.answer(request, problems.INVALID, errors=[mistake.member() for mistake in mistakes])


async def on_unfit(request: Request, error: Exception) -> Response:
    """Answer a body that is not JSON, or not what is asked for."""
    assert isinstance(error, ValidationError)  # noqa: S101 - registered for nothing else
    if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
        return problems.answer(request, problems.BROKEN_JSON)
    return invalid(request, mistakes_of(error, problems.language_of(request)))


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer a rule that said no about one field."""
    return invalid(request, mistakes_of(error, problems.language_of(request)))


def _say(kind: str, facts: Mapping[str, Any], language: str) -> str:
    said = pages.say(WORDS.get(kind, problems.OTHERWISE), language).format(**facts)
    return said.replace("' or '", "' atau '") if language == "id" else said
