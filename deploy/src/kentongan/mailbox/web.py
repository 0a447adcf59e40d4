"""The page: a list of letters, and one letter, whose HTML is shown where it can do nothing."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from chassis.pages import Link, Pages, Site
from chassis.web import create_app
from contracts.vocabulary import Name
from kentongan.mailbox import reading
from kentongan.mailbox.store import KEPT, Kept, Store

PAGE = 50
API = Link(Name(id="API", en="API"), "/docs")
SITE = Site(
    name=Name(id="Kentongan", en="Kentongan"),
    tagline=Name(id="Kotak surat uji: tidak ada yang sampai ke luar", en="Test mailbox: nothing leaves this machine"),
    links=(Link(Name(id="Kotak masuk", en="Inbox"), "/"), API),
    footer=(API,),
)
# The letter is somebody else's HTML: an origin of its own, no scripts, no forms, no requests to anywhere; its links
# open in a new tab.
CAGE = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src data:; frame-ancestors 'self'; form-action 'none'"
)
Number = Annotated[int, Path(ge=1, le=2**53)]


@dataclass(frozen=True)
class WebSettings:
    """What the chassis wants to know of a service."""

    public_url: str
    demo: bool = False


class Health:
    """The mailbox has no loops that could be stuck."""

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Answering is living."""
        return True, {}

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Answering is being ready."""
        return True, {}


@dataclass(frozen=True)
class Runtime:
    """The part of a runtime that the chassis' web needs."""

    settings: WebSettings
    name: str = "mailbox"
    health: Health = field(default_factory=Health)


class MessageSeen(BaseModel):
    """One letter in the list; addresses are those of the SMTP envelope."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: int
    to: tuple[str, ...]
    sender: str = Field(serialization_alias="from")
    subject: str
    received_at: datetime
    message_id: str


class MessageRead(MessageSeen):
    """One letter with its words."""

    text: str | None
    html: str | None


def create(store: Store, public_url: str) -> FastAPI:
    """Make the app."""
    pages = Pages("kentongan.mailbox", SITE)
    app = create_app(Runtime(WebSettings(public_url)), title="Kentongan mailbox", pages=pages)
    app.include_router(_api(store))
    app.include_router(_pages(store, pages))
    return app


def _api(store: Store) -> APIRouter:
    router = APIRouter(prefix="/api/messages")

    @router.get("")
    async def list_messages(
        to: str | None = None,
        before: int | None = None,
        limit: Annotated[int, Query(ge=1, le=KEPT)] = 200,
    ) -> list[MessageSeen]:
        """List letters, newest first; `to` keeps those for one address, `before` continues below an id."""
        return [MessageSeen(**_seen(kept)) for kept in store.newest(limit, before=before, to=to)]

    @router.get("/{number}")
    async def read_message(number: Number) -> MessageRead:
        """Read one letter, both forms of its body included."""
        kept, raw = _found(store, number)
        return MessageRead(**_seen(kept), **asdict(reading.body(raw)))

    return router


def _pages(store: Store, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def messages(request: Request, before: int | None = None) -> HTMLResponse:
        found = store.newest(PAGE, before=before)
        older = found[-1].id if len(found) == PAGE else None
        return pages.render(
            request,
            "messages.html",
            {"messages": found, "before": before, "older": older, "count": store.count(), "kept": KEPT},
        )

    @router.get("/messages/{number}")
    async def message(request: Request, number: Number) -> HTMLResponse:
        kept, raw = _found(store, number)
        parts = {"message": kept, "headers": reading.headers(raw), "body": reading.body(raw)}
        return pages.render(request, "message.html", parts)

    @router.get("/messages/{number}/html")
    async def html(number: Number) -> Response:
        _, raw = _found(store, number)
        body = reading.body(raw)
        if body.html is None:
            raise HTTPException(404)
        return Response(f'<base target="_blank">{body.html}', 200, {"content-security-policy": CAGE}, "text/html")

    @router.get("/messages/{number}/raw")
    async def raw(number: Number) -> Response:
        _, found = _found(store, number)
        return Response(found, 200, {"content-disposition": f'attachment; filename="{number}.eml"'}, "message/rfc822")

    return router


def _found(store: Store, number: int) -> tuple[Kept, bytes]:
    found = store.one(number)
    if found is None:
        raise HTTPException(404)
    return found


def _seen(kept: Kept) -> dict[str, Any]:
    return {
        "id": kept.id,
        "to": kept.recipients,
        "sender": kept.sender,
        "subject": kept.subject,
        "received_at": kept.received_at,
        "message_id": kept.message_id,
    }
