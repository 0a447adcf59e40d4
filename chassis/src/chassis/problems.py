"""What goes wrong, said clearly: RFC 9457 for programs, a kind page for people, in the language asked for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from contracts.vocabulary import Name
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from chassis import context, pages

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """One kind of failure: its status, the end of its type URI, and what it is called in both languages."""

    status: int
    slug: str
    title: Name
    detail: Name | None = None
    facts: tuple[str, ...] = ()
    """Attributes of the exception that the answer carries as members of their own."""
    headers: tuple[tuple[str, str], ...] = ()


def _name(indonesian: str, english: str) -> Name:
    return Name(id=indonesian, en=english)


BAD_REQUEST = Problem(400, "bad-request", _name("Permintaan tidak dapat dibaca", "The request cannot be read"))
BROKEN_JSON = Problem(400, "broken-json", _name("Isi bukan JSON yang utuh", "The body is not well-formed JSON"))
SIGN_IN = Problem(401, "sign-in", _name("Anda perlu masuk dahulu", "You need to sign in first"))
FORBIDDEN = Problem(403, "forbidden", _name("Anda tidak berhak melakukan ini", "You may not do this"))
CROSS_SITE = Problem(
    403, "cross-site", _name("Kiriman dari situs lain ditolak", "Submissions from another site are refused")
)
NOT_FOUND = Problem(
    404,
    "not-found",
    _name("Halaman tidak ditemukan", "Page not found"),
    _name("Periksa kembali alamat yang Anda tulis atau salin.", "Check the address that you typed or copied."),
)
WRONG_METHOD = Problem(405, "wrong-method", _name("Cara ini tidak dilayani di sini", "This method is not served here"))
TOO_LARGE = Problem(413, "too-large", _name("Kiriman terlalu besar", "What you sent is too large"))
WRONG_TYPE = Problem(
    415,
    "wrong-content-type",
    _name("Jenis isi tidak dikenal", "Unsupported content type"),
    _name("Kirim JSON dengan Content-Type: application/json.", "Send JSON with Content-Type: application/json."),
)
INVALID = Problem(
    422,
    "invalid",
    _name("Ada isian yang perlu diperbaiki", "Some fields need to be corrected"),
    _name("Lihat daftar kesalahan pada `errors`.", "See the list of mistakes in `errors`."),
)
HUGE_HEADERS = Problem(431, "headers-too-large", _name("Kepala permintaan terlalu besar", "Request headers too large"))
BROKEN = Problem(
    500,
    "internal",
    _name("Maaf, ada gangguan pada layanan ini", "Sorry, there is a problem with this service"),
    _name(
        "Kesalahan ada di pihak kami dan sudah dicatat. Silakan coba lagi sebentar lagi.",
        "The fault is ours and has been recorded. Please try again in a moment.",
    ),
)
UNAVAILABLE = Problem(
    503,
    "unavailable",
    _name("Layanan sedang tidak tersedia", "The service is temporarily unavailable"),
    _name("Silakan coba lagi sebentar lagi.", "Please try again in a moment."),
    headers=(("retry-after", "5"),),
)
COMMON = (
    BAD_REQUEST, BROKEN_JSON, SIGN_IN, FORBIDDEN, CROSS_SITE, NOT_FOUND, WRONG_METHOD, TOO_LARGE, WRONG_TYPE,
    INVALID, HUGE_HEADERS, BROKEN, UNAVAILABLE,
)  # fmt: skip
BY_STATUS = {problem.status: problem for problem in reversed(COMMON)}

MISTAKES: Mapping[str, Name] = {
    "missing": _name("Wajib diisi.", "This is required."),
    "string_too_short": _name("Paling sedikit {min_length} karakter.", "At least {min_length} characters."),
    "string_too_long": _name("Paling banyak {max_length} karakter.", "At most {max_length} characters."),
    "too_short": _name("Paling sedikit {min_length} butir.", "At least {min_length} items."),
    "too_long": _name("Paling banyak {max_length} butir.", "At most {max_length} items."),
    "string_type": _name("Harus berupa teks.", "This must be text."),
    "string_unicode": _name("Harus berupa teks Unicode.", "This must be Unicode text."),
    "int_type": _name("Harus berupa bilangan bulat.", "This must be a whole number."),
    "int_parsing": _name("Harus berupa bilangan bulat.", "This must be a whole number."),
    "float_type": _name("Harus berupa bilangan.", "This must be a number."),
    "float_parsing": _name("Harus berupa bilangan.", "This must be a number."),
    "bool_type": _name("Harus true atau false.", "This must be true or false."),
    "bool_parsing": _name("Harus true atau false.", "This must be true or false."),
    "greater_than_equal": _name("Paling kecil {ge}.", "At least {ge}."),
    "greater_than": _name("Harus lebih dari {gt}.", "This must be more than {gt}."),
    "less_than_equal": _name("Paling besar {le}.", "At most {le}."),
    "less_than": _name("Harus kurang dari {lt}.", "This must be less than {lt}."),
    "enum": _name("Pilih salah satu: {expected}.", "Choose one of: {expected}."),
    "literal_error": _name("Pilih salah satu: {expected}.", "Choose one of: {expected}."),
    "extra_forbidden": _name("Isian ini tidak dikenal.", "This field is not known."),
    "model_attributes_type": _name("Harus berupa objek JSON.", "This must be a JSON object."),
    "timezone_aware": _name("Zona waktu wajib ditulis.", "The time zone is missing."),
}
OTHERWISE = _name("Nilai ini tidak sesuai.", "This value is not valid.")


SCHEMA: Mapping[str, Any] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457), in the language asked for by `lang` or Accept-Language.",
    "type": "object",
    "required": ["type", "title", "status", "instance", "correlationid"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Which kind of failure; the address explains it."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "correlationid": {"type": "string", "description": "Mention it when you ask for help."},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "Each mistake with its JSON pointer."},
    },
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem", "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
}
"""What the description of an API says of every route's failures."""


def wants_page(request: Request) -> bool:
    """Say whether a person with a browser asks, rather than a program."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def language_of(request: Request) -> str:
    """Return the language for a problem; programs may ask with Accept-Language too."""
    asked = request.headers.get("accept-language", "").lower()
    chosen = {request.query_params.get("lang"), request.cookies.get(pages.COOKIE)} & set(pages.LANGUAGES)
    return "en" if not chosen and asked.startswith("en") and not wants_page(request) else pages.language_of(request)


def answer(request: Request, problem: Problem, **members: Any) -> Response:
    """Say the problem to whoever asks: `members` are extra facts of the JSON form."""
    language, cause = language_of(request), context.current().correlationid
    body = {
        "type": f"{request.app.state.public_url}/problems/{problem.slug}",
        "title": pages.say(problem.title, language),
        "status": problem.status,
        **({"detail": pages.say(problem.detail, language)} if problem.detail else {}),
        "instance": f"/requests/{cause}",
        "correlationid": cause,
        **members,
    }
    if wants_page(request):
        response = request.app.state.pages.render(request, "problem.html", {"problem": body}, status=problem.status)
        response.headers.update(dict(problem.headers))
        return response  # type: ignore[no-any-return]
    headers = {"content-language": language, **dict(problem.headers)}
    content = json.dumps(body, ensure_ascii=False, default=str)
    return Response(content, problem.status, headers, f"{MEDIA_TYPE}; charset=utf-8")


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """Answer what the framework refuses: no such page, wrong method, and so on."""
    fallback = _name(*2 * [HTTPStatus(error.status_code).phrase])
    problem = BY_STATUS.get(error.status_code) or Problem(error.status_code, str(error.status_code), fallback)
    response = answer(request, problem)
    response.headers.update(error.headers or {})
    return response


async def on_invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer input that does not fit, with a pointer to each mistake and never the input itself."""
    mistakes = error.errors()
    kinds = {(mistake["type"], mistake["loc"]) for mistake in mistakes}
    if any(kind == "json_invalid" for kind, _ in kinds):
        return answer(request, BROKEN_JSON)
    if ("model_attributes_type", ("body",)) in kinds and isinstance(error.body, bytes):
        return answer(request, WRONG_TYPE)
    language = language_of(request)
    return answer(request, INVALID, errors=[_mistake(mistake, language) for mistake in mistakes])


def _mistake(mistake: Mapping[str, Any], language: str) -> dict[str, Any]:
    place, *path = mistake["loc"]
    where = {"pointer": _pointer(path)} if place == "body" else {"in": place, "parameter": ".".join(map(str, path))}
    said = pages.say(MISTAKES.get(mistake["type"], OTHERWISE), language)
    return {"detail": said.format(**mistake.get("ctx", {})), **where}


def _pointer(path: Sequence[Any]) -> str:
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
