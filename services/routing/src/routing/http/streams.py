"""An agency's stream over HTTP: events as they happen (SSE), page by page (JSON), and the keys of what it was given."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from contracts.vocabulary import AgencyCode
from routing import story
from routing.accounts import Viewer
from routing.desk import Desk
from routing.http.access import NotSignedIn, reader
from routing.http.cursors import read_number
from routing.opening import KeyIsNotHere, parts_for
from routing.registry import AgencyNotFound
from routing.streams.reading import PAGE, KeyErased, KeyNotFound, Numbered

log = structlog.get_logger()

RETRY_MILLISECONDS = 2000
HEADERS = {"x-accel-buffering": "no", "cache-control": "no-store"}


def router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/agencies/{code}", tags=["streams"])
    signed_in = Depends(reader(desk))

    @routes.get("/events", response_class=Response)
    async def events(
        request: Request,
        code: AgencyCode,
        after: Annotated[str | None, Query(max_length=20)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = PAGE,
        last_event_id: Annotated[str | None, Header(max_length=20)] = None,
        viewer: Viewer = signed_in,
    ) -> Response:
        """Follow an agency's events from any number on: as SSE, or one page when JSON is asked for."""
        await require_in_reach(desk, viewer, code)
        place = read_number(last_event_id or after)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse(_page(await desk.streams.page(code, viewer, place, limit), place))
        desk.streams.require_room()
        lines = _lines(desk, request, code, viewer, place)
        return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)

    @routes.get("/keys/{key_id}")
    async def key(code: AgencyCode, key_id: UUID, viewer: Viewer = signed_in) -> dict[str, Any]:
        """Give the keys that open the texts of one complaint of the agency's stream; every look is kept."""
        await require_in_reach(desk, viewer, code)
        return await _key(desk, viewer, code, key_id)

    return routes


async def require_in_reach(desk: Desk, viewer: Viewer, code: AgencyCode) -> None:
    """Raise `AgencyNotFound` unless the agency is the viewer's own or below it."""
    if not (await desk.trees.current()).oversees(viewer.agency, code):
        raise AgencyNotFound


def _page(page: list[Numbered], after: int) -> dict[str, Any]:
    return {"events": [entry.event for entry in page], "next": page[-1].number if page else after}


async def _lines(desk: Desk, request: Request, code: AgencyCode, viewer: Viewer, after: int) -> AsyncIterator[bytes]:
    async def still_allowed() -> bool:
        """Look again at who asks: a session may expire, an account be closed or moved, while the line is open."""
        try:
            again = await reader(desk)(request)
            await require_in_reach(desk, again, code)
        except (NotSignedIn, AgencyNotFound):
            return False
        return again == viewer

    yield format_sse_event(retry=RETRY_MILLISECONDS)
    async for page in desk.streams.follow(code, viewer, after, still_allowed):
        if not page:
            yield KEEPALIVE_COMMENT
        for entry in page:
            yield format_sse_event(data_str=json.dumps(entry.event, ensure_ascii=False), id=str(entry.number))


async def _key(desk: Desk, viewer: Viewer, code: AgencyCode, key_id: UUID) -> dict[str, Any]:
    visibility = await desk.streams.visibility(code, key_id)
    if visibility is None:
        raise KeyNotFound
    secret = await desk.keys.get(key_id)
    if secret is None:
        raise KeyErased if (await story.load(desk.pool, key_id)).erased else KeyIsNotHere
    parts = parts_for(viewer, visibility)
    await desk.streams.note_look(viewer, code, key_id, parts)
    log.info("key_looked_at", key_id=str(key_id), agency=code, account=str(viewer.account), parts=parts)
    return {
        "key": str(key_id),
        "algorithm": "AES-256-GCM",
        "parts": {part: base64.b64encode(secret.part_secret(part)).decode() for part in parts},
    }
