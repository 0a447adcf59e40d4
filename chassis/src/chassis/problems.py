"""What goes wrong, said clearly: RFC 9457 for programs, a kind page for people, in the language asked for."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, TypeAdapter
from starlette.exceptions import HTTPException

from chassis import context, pages
from contracts.vocabulary import Name

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


_words = tomllib.loads((Path(__file__).parent / "problems.toml").read_text(encoding="utf-8"))
_known = TypeAdapter(tuple[Problem, ...]).validate_python(
    [{"slug": slug, **entry} for slug, entry in _words["problem"].items()]
)
COMMON = {problem.slug: problem for problem in _known}
BY_STATUS = {problem.status: problem for problem in reversed(_known)}
MISTAKES = TypeAdapter(dict[str, Name]).validate_python(_words["mistake"])
OTHERWISE = MISTAKES["otherwise"]

BAD_REQUEST = COMMON["bad-request"]
BROKEN_JSON = COMMON["broken-json"]
SIGN_IN = COMMON["sign-in"]
FORBIDDEN = COMMON["forbidden"]
CROSS_SITE = COMMON["cross-site"]
NOT_FOUND = COMMON["not-found"]
TOO_LARGE = COMMON["too-large"]
WRONG_TYPE = COMMON["wrong-content-type"]
INVALID = COMMON["invalid"]
HUGE_HEADERS = COMMON["headers-too-large"]
BROKEN = COMMON["internal"]
UNAVAILABLE = COMMON["unavailable"]


class Answer(BaseModel):
    """What went wrong (RFC 9457), in the language asked for by `lang`, cookie or Accept-Language."""

    type: str = Field(description="Which kind of failure; the address explains it.")
    title: str
    status: int
    detail: str | None = None
    instance: str
    correlationid: str = Field(description="Mention it when you ask for help.")
    errors: list[dict[str, str]] | None = Field(None, description="Each mistake with a JSON pointer to its place.")


RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem", "content": {MEDIA_TYPE: {"schema": Answer.model_json_schema()}}}
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
        frame: pages.Pages = request.app.state.pages
        response = frame.render(request, "problem.html", {"problem": body}, status=problem.status)
        response.headers.update(dict(problem.headers))
        return response
    headers = {"content-language": language, **dict(problem.headers)}
    content = json.dumps(body, ensure_ascii=False, default=str)
    return Response(content, problem.status, headers, f"{MEDIA_TYPE}; charset=utf-8")


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """Answer what the framework refuses: no such page, wrong method, and so on."""
    phrase = HTTPStatus(error.status_code).phrase
    unnamed = Problem(error.status_code, str(error.status_code), Name(id=phrase, en=phrase))
    problem = BY_STATUS.get(error.status_code, unnamed)
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
