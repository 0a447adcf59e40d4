"""JSON API: file, look up, and the lists a form needs."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Query, Request, Response
from pydantic import SecretStr, TypeAdapter, ValidationError
from starlette.routing import Route

from contracts import areas
from contracts.categories import CATEGORIES
from intake import credentials
from intake.filing import Filing, Repeatable
from intake.http import errors
from intake.http.answers import (
    AreaAnswer,
    CategoryAnswer,
    ComplaintAnswer,
    FiledAnswer,
    OpenedComplaintAnswer,
    complaint_answer,
)
from intake.http.description import describe
from intake.http.imports import check_rights
from intake.http.requests import FilingRequest
from intake.tracking import Tracking

JSON = "application/json"
AN_HOUR = {"cache-control": "public, max-age=3600"}
FILING = "/api/complaints"


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes work with."""

    filing: Filing
    tracking: Tracking
    import_token: SecretStr | None
    public_url: str
    clock: Callable[[], datetime]


def mount(app: FastAPI, api: Api) -> None:
    """Add the routes and the words for what they refuse."""
    app.add_exception_handler(ValidationError, errors.on_unfit)
    for refusal in errors.FIELDS:
        app.add_exception_handler(refusal, errors.on_refused)
    # A plain route, found first: what FastAPI does for a route costs as much as sealing and committing a complaint.
    app.router.routes.insert(0, Route(FILING, _filing(api), methods=["POST"]))
    app.include_router(_reading(api))
    app.include_router(_lists())
    describe(app, FILING)


def _filing(api: Api) -> Callable[[Request], Awaitable[Response]]:
    async def file_complaint(request: Request) -> Response:
        body = await request.body()
        filing = FilingRequest.model_validate_json(body)
        check_rights(request, filing, api.import_token)
        command = filing.command(credentials.fresh_serial(), api.clock())
        filed = await api.filing.file(command, repeatable(request.headers.get("idempotency-key"), body))
        answer = FiledAnswer.of(filed, api.public_url)
        return Response(answer.model_dump_json(), 201, {"location": f"{FILING}/{filed.code}"}, JSON)

    return file_complaint


def repeatable(key: str | None, body: bytes) -> Repeatable | None:
    """Make what is remembered of a request that may be asked again."""
    if key is None:
        return None
    if not 8 <= len(key) <= 255:
        raise errors.RequestKeyUnusable
    return Repeatable(key, hashlib.sha256(body).digest())


def _reading(api: Api) -> APIRouter:
    router = APIRouter()

    @router.get("/api/complaints/{code}", response_model=OpenedComplaintAnswer | ComplaintAnswer)
    async def read_complaint(code: str, complaint_secret: Annotated[str | None, Header()] = None) -> Response:
        """Read a complaint; with its secret the private parts too."""
        answer = complaint_answer(await api.tracking.find(code, complaint_secret))
        return Response(answer.model_dump_json(), media_type=JSON, headers={"vary": "complaint-secret"})

    return router


def _lists() -> APIRouter:
    router = APIRouter()
    categories = TypeAdapter(list[CategoryAnswer]).dump_json(
        [CategoryAnswer(code=each.code, name=each.name, group=each.group.name) for each in CATEGORIES.values()]
    )

    @router.get("/api/categories", response_model=list[CategoryAnswer])
    async def list_categories() -> Response:
        """List what a complaint can be about."""
        return Response(categories, media_type=JSON, headers=AN_HOUR)

    @router.get("/api/areas", response_model=list[AreaAnswer])
    async def list_areas(parent: Annotated[str | None, Query(max_length=13)] = None) -> Response:
        """List the areas directly below one, or the provinces."""
        below = [AreaAnswer(code=each.code, name=each.name, level=each.level) for each in areas.children(parent)]
        return Response(TypeAdapter(list[AreaAnswer]).dump_json(below), media_type=JSON, headers=AN_HOUR)

    return router
