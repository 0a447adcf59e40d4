"""The showcase's pages and a few routes that misbehave in known ways."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any

import asyncpg
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from chassis import problems
from chassis.pages import Link, Pages, Site
from chassis.web import Problem, create_app
from contracts.vocabulary import Name

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
BODY_LIMIT = 10_000
SITE = Site(
    name=Name(id="Kentongan", en="Kentongan"),
    tagline=Name(id="Lapor, dijawab, terbukti", en="Filed, answered, provable"),
    links=(
        Link(Name(id="Sampaikan laporan", en="File a complaint"), "/"),
        Link(Name(id="Lacak", en="Track"), "/track"),
        Link(Name(id="Kinerja instansi", en="Performance"), "/dashboard"),
        Link(Name(id="Kotak masuk", en="Inbox"), "/inbox"),
    ),
    footer=(
        Link(Name(id="API", en="API"), "/docs"),
        Link(Name(id="Formulir", en="Form"), "/form"),
        Link(Name(id="Surel", en="Mail"), "/mail"),
    ),
)


class Drum(BaseModel):
    """Something a program sends."""

    name: str = Field(min_length=3, max_length=20)
    size: int = Field(ge=1)
    kind: Annotated[str, Field(pattern="^(wood|bamboo)$")] = "wood"
    maker: str | None = None


class DrumIsMute(Exception):
    """A refusal with a fact."""

    def __init__(self, since: date) -> None:
        super().__init__(f"mute since {since}")
        self.since = since


MUTE = Problem(409, "drum-is-mute", Name(id="Kentongan bisu", en="The drum is mute"), facts=("since",))


class ShowcaseHealth:
    """Says what a test tells it to say."""

    def __init__(self) -> None:
        self.well = True

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Answer for /livez."""
        return self.well, {"loops": {}}

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Answer for /readyz."""
        return self.well, {"database": "reachable"}


def build(*, demo: bool = True, public_url: str = "http://showcase.test") -> FastAPI:
    """Make the app."""
    pages = Pages("kit.showcase", SITE)
    settings = SimpleNamespace(public_url=public_url, demo=demo)
    runtime = SimpleNamespace(name="showcase", settings=settings, health=ShowcaseHealth())
    app = create_app(runtime, title="Showcase", problems={DrumIsMute: MUTE}, body_limit=BODY_LIMIT, pages=pages)
    app.state.health = runtime.health
    _add_pages(app, pages)
    _add_api(app)
    _add_misbehaviour(app)
    return app


def _add_pages(app: FastAPI, pages: Pages) -> None:
    for path, template in (
        ("/", "start.html"),
        ("/track", "track.html"),
        ("/dashboard", "dashboard.html"),
        ("/inbox", "inbox.html"),
        ("/mail", "mail.html"),
    ):
        app.get(path, include_in_schema=False)(_page(pages, template))

    @app.get("/form", include_in_schema=False)
    async def form(request: Request) -> Response:
        return pages.render(request, "form.html", {"errors": {}, "values": {}})

    @app.post("/form", include_in_schema=False)
    async def send(request: Request, title: Annotated[str, Form()] = "") -> Response:
        _ = pages.gettext(request)
        errors = {} if title.strip() else {"title": _("Write what it is about")}
        return pages.render(
            request, "form.html", {"errors": errors, "values": {"title": title}}, status=422 if errors else 200
        )


def _page(pages: Pages, template: str) -> Any:
    async def show(request: Request) -> Response:
        said = request.query_params.get("said", "")
        return pages.render(request, template, {"said": said, "moment_of": lambda days: NOW - timedelta(days=days)})

    return show


def _add_api(app: FastAPI) -> None:
    @app.post("/api/drums", status_code=201)
    async def make(drum: Drum) -> Drum:
        return drum

    @app.get("/api/drums")
    async def count(limit: int) -> int:
        return limit

    @app.post("/api/raw")
    async def swallow(request: Request) -> int:
        return len(await request.body())


def _add_misbehaviour(app: FastAPI) -> None:
    @app.get("/api/mute")
    async def mute() -> None:
        raise DrumIsMute(date(2026, 11, 1))

    @app.get("/api/broken")
    async def broken() -> None:
        raise ValueError("Siti Aminah, siti@example.org")

    @app.get("/api/away")
    async def away() -> None:
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    @app.get("/api/torn")
    async def torn() -> Response:
        async def halves() -> AsyncIterator[str]:
            yield "half"
            raise ValueError("Siti Aminah, siti@example.org")

        return StreamingResponse(halves())

    @app.get("/kept")
    async def kept() -> Response:
        return Response("kept", headers={"cache-control": "public, max-age=60"})

    @app.get("/api/refused")
    async def refused(request: Request) -> Response:
        return problems.answer(request, problems.FORBIDDEN)
