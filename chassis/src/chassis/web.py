"""The web of a service: one factory that gives every service the same manners."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException as StarletteHTTPException

from chassis import assets, problems
from chassis.edge import Edge, route_of
from chassis.pages import Pages
from chassis.postgres import TRANSIENT
from chassis.problems import RESPONSES, Problem

__all__ = ["Problem", "create_app"]

log = structlog.get_logger()

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]

AWAY = (ConnectionError, *(kind for kind in TRANSIENT if kind is not OSError))
"""The database cannot be reached just now: not our mistake, nor the asker's; other I/O errors are ours."""


class Health(Protocol):
    """What a process says of itself."""

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Say whether the process makes progress."""

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Say whether it should be sent requests."""


class WebSettings(Protocol):
    """The settings the web needs."""

    @property
    def public_url(self) -> str:
        """Base address as people see it."""

    @property
    def demo(self) -> bool:
        """Whether every page says that the data is made up."""


class WebRuntime(Protocol):
    """The part of a runtime the web needs."""

    @property
    def name(self) -> str:
        """Name of the service and of its package."""

    @property
    def settings(self) -> WebSettings:
        """Its settings."""

    @property
    def health(self) -> Health:
        """Its health."""


def create_app(
    runtime: WebRuntime,
    *,
    title: str,
    problems: Mapping[type[Exception], Problem] | None = None,
    body_limit: int = 1_000_000,
    pages: Pages | None = None,
) -> FastAPI:
    """Make the app of a service; `problems` maps its refusals to answers, `pages` gives error pages its frame."""
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
        exception_handlers=_handlers(problems or {}),
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.public_url = runtime.settings.public_url
    app.state.demo = runtime.settings.demo
    app.state.pages = pages or Pages("chassis")
    app.add_middleware(Edge, body_limit=body_limit)
    # Asked only when no route of the service fits, so that the paths that matter are found first.
    app.router.default = shared = APIRouter(default=app.router.default)
    _add_probes(shared, runtime.health)
    _add_shared_pages(shared, title, app.state.pages)
    return app


def _handlers(given: Mapping[type[Exception], Problem]) -> dict[int | type[Exception], Handler]:
    mapped: dict[type[Exception], Problem] = {
        **dict.fromkeys(AWAY, problems.UNAVAILABLE),
        asyncpg.CharacterNotInRepertoireError: problems.BAD_REQUEST,  # a NUL, which PostgreSQL takes for no text
        **given,
    }
    return {
        **{kind: _answering(problem) for kind, problem in mapped.items()},
        StarletteHTTPException: problems.on_http_exception,
        RequestValidationError: problems.on_invalid,
    }


def _answering(problem: Problem) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if problem.status >= 500:
            log.warning("request_unserved", route=route_of(request.scope), exc_info=error)
        return problems.answer(request, problem, **{fact: getattr(error, fact) for fact in problem.facts})

    return handle


def _add_probes(shared: APIRouter, health: Health) -> None:
    @shared.get("/livez")
    async def livez() -> Response:
        well, detail = health.live()
        return JSONResponse(detail, 200 if well else 503)

    @shared.get("/readyz")
    async def readyz() -> Response:
        well, detail = await health.ready()
        return JSONResponse(detail, 200 if well else 503)

    @shared.get("/metrics")
    async def figures() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_shared_pages(shared: APIRouter, title: str, pages: Pages) -> None:
    @shared.get("/static/{name:path}")
    async def static(request: Request, name: str) -> Response:
        return await assets.serve(request, name)

    @shared.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        return pages.render(request, "docs.html", {"title": title})

    @shared.get("/problems/{slug}")
    async def problem(request: Request, slug: str) -> HTMLResponse:
        if slug not in problems.COMMON:
            raise HTTPException(404)
        return pages.render(request, "problem_kind.html", {"kind": problems.COMMON[slug]})
