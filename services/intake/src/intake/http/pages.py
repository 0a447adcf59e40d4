"""Pages for people: file, read the receipt, follow. Everything works without JavaScript."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.pages import Pages, language_of
from chassis.postgres import TRANSIENT
from intake import credentials
from intake.domain.codes import read_code
from intake.filing import Filed, Filing, Repeatable, RequestKeyReused
from intake.http import forms
from intake.http.access import Access
from intake.http.errors import CORRECTABLE, Mistake, mistakes_of
from intake.http.forms import FilingPage, Typed
from intake.http.views import TrackingPage
from intake.tracking import Found, NoSuchComplaint, Tracking

CodeField = Annotated[str, Form(max_length=100)]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages work with."""

    pages: Pages
    filing: Filing
    tracking: Tracking
    access: Access
    public_url: str
    clock: Callable[[], datetime]


def routes(desk: Desk) -> APIRouter:
    """Give the routes of all pages."""
    router = APIRouter(include_in_schema=False)
    _add_filing(router, desk)
    _add_tracking(router, desk)
    return router


def _add_filing(router: APIRouter, desk: Desk) -> None:
    @router.get("/")
    async def start(request: Request, area: str = "") -> Response:
        return _show_form(desk, request, _page(request, forms.untouched(area)), template="start.html")

    @router.get("/complaints")
    async def form(request: Request) -> Response:
        return _show_form(desk, request, _page(request, forms.untouched()))

    @router.post("/complaints")
    async def file_complaint(request: Request) -> Response:
        given = await request.form()
        typed, key = forms.typed(given), str(given.get("key", ""))
        if "choose_area" in given:
            return _show_form(desk, request, _page(request, typed, key=key))
        try:
            filed = await _file(desk, typed, key, language_of(request))
        except CORRECTABLE as error:
            mistakes = mistakes_of(error, language_of(request))
            return _show_form(desk, request, _page(request, typed, key=key, mistakes=mistakes), status=422)
        except RequestKeyReused:
            return _show_form(desk, request, _page(request, typed, notice="sent_before"), status=409)
        except TRANSIENT:
            return _show_form(desk, request, _page(request, typed, key=key, notice="not_sure"), status=503)
        response = RedirectResponse(f"/track/{filed.code}/filed", 303)
        desk.access.grant(response, filed.code, filed.secret)
        return response


async def _file(desk: Desk, typed: Typed, key: str, language: str) -> Filed:
    filing = typed.request(language)
    fingerprint = hashlib.sha256(b"form\0" + filing.model_dump_json().encode()).digest()
    repeatable = Repeatable(key, fingerprint) if key else None
    return await desk.filing.file(filing.command(credentials.fresh_serial(), desk.clock()), repeatable)


def _page(
    request: Request, typed: Typed, *, key: str = "", mistakes: Sequence[Mistake] = (), notice: str | None = None
) -> FilingPage:
    return FilingPage(typed, key or secrets.token_urlsafe(18), language_of(request), mistakes, notice)


def _show_form(
    desk: Desk, request: Request, page: FilingPage, *, template: str = "file.html", status: int = 200
) -> Response:
    return desk.pages.render(request, template, {"page": page}, status=status)


def _add_tracking(router: APIRouter, desk: Desk) -> None:
    @router.get("/track")
    async def ask(request: Request, code: str = "") -> Response:
        return _show_search(desk, request, code)

    @router.post("/track")
    async def search(request: Request, code: CodeField = "", secret: CodeField = "") -> Response:
        try:
            found = await desk.tracking.find(code, secret or None)
        except NoSuchComplaint:
            return _show_search(desk, request, code, problem=_problem_with(code, secret), status=404)
        response = RedirectResponse(f"/track/{found.story.code}", 303)
        if found.opened:
            desk.access.grant(response, found.story.code, credentials.bare(secret))
        return response

    @router.get("/track/{code}")
    async def track(request: Request, code: str) -> Response:
        return await _show_complaint(desk, request, code, "track.html")

    @router.get("/track/{code}/filed")
    async def receipt(request: Request, code: str) -> Response:
        return await _show_complaint(desk, request, code, "filed.html")

    @router.post("/track/{code}/close")
    async def close(code: str) -> Response:
        response = RedirectResponse("/track", 303)
        desk.access.end(response, read_code(code) or "")
        return response


async def _show_complaint(desk: Desk, request: Request, typed_code: str, template: str) -> Response:
    code = read_code(typed_code)
    secret = desk.access.secret_in(request, code) if code else None
    try:
        found = await desk.tracking.find(typed_code, secret)
    except NoSuchComplaint:
        return _show_search(desk, request, typed_code, problem="not_found", status=404)
    if typed_code != found.story.code:
        return RedirectResponse(f"/track/{found.story.code}", 308)
    if template == "filed.html" and not found.opened:
        return RedirectResponse(f"/track/{found.story.code}", 303)
    return desk.pages.render(request, template, {"page": _view(desk, request, found, secret)})


def _view(desk: Desk, request: Request, found: Found, secret: str | None) -> TrackingPage:
    url = f"{desk.public_url}/track/{found.story.code}"
    return TrackingPage(found, language_of(request), desk.clock(), url, secret)


def _problem_with(code: str, secret: str) -> str:
    """Say what may be wrong without saying what exists: only what can be seen from the code alone."""
    if not code.strip():
        return "code_missing"
    if read_code(code) is None:
        return "code_mistyped"
    return "no_match" if secret else "not_found"


def _show_search(desk: Desk, request: Request, code: str, *, problem: str = "", status: int = 200) -> Response:
    return desk.pages.render(request, "search.html", {"code": code, "problem": problem}, status=status)
