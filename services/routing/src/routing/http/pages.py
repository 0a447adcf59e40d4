"""Pages for officers: sign in, see what is due, decide; every form carries the version it was made from."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from chassis import pages as frame
from chassis.decider import Refused
from routing.accounts import SignInRefused, Viewer
from routing.asking import Ask, CaseHasMovedOn, NotAllowed
from routing.attempts import TooManyAttempts
from routing.desk import Desk
from routing.domain.refusals import CaseIsNotKnown
from routing.http import page_context
from routing.http.access import SESSION_COOKIE, FormIsForeign, person
from routing.http.errors import PROBLEMS
from routing.http.shapes import Answer, Decision, Forwarding, Verification
from routing.http.views import STATES
from routing.opening import KeyIsNotHere
from routing.tokens import LIFETIME, new_browser

BROWSER_COOKIE = "routing_browser"
DECISIONS: dict[str, type[Decision]] = {"verifications": Verification, "forwards": Forwarding, "responses": Answer}
FORM_FIELDS = ("classification", "category", "to", "note", "text")
FIELD_LIMIT = 12_000


def sign_in_path(request: Request) -> str:
    """Give the sign-in page, with the way back to the page that was asked for."""
    back = request.url.path if request.method == "GET" else "/"
    return "/sign-in" if back == "/" else f"/sign-in?{urlencode({'next': back})}"


def router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(include_in_schema=False)
    _add_door(routes, desk)
    _add_rooms(routes, desk)
    return routes


def _add_door(routes: APIRouter, desk: Desk) -> None:
    ours = Depends(_form_guard(desk))

    @routes.get("/sign-in")
    async def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the field's name in addresses
        return await _render(desk, request, "sign_in.html", {"next": local(next), "errors": {}, "login": ""})

    @routes.post("/sign-in", dependencies=[ours])
    async def sign_in(
        request: Request,
        login: Annotated[str, Form(max_length=80)] = "",
        password: Annotated[str, Form(max_length=200)] = "",
        next: Annotated[str, Form(max_length=300)] = "/",  # noqa: A002 - the field's name in addresses
    ) -> Response:
        return await _sign_in(desk, request, (login.strip(), password), local(next))

    @routes.post("/sign-out", dependencies=[ours])
    async def sign_out() -> Response:
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(SESSION_COOKIE)
        return response


def _add_rooms(routes: APIRouter, desk: Desk) -> None:
    signed_in = Depends(person(desk))
    ours = Depends(_form_guard(desk))

    @routes.get("/")
    async def inbox_page(
        request: Request,
        state: str = "open",
        after: Annotated[str | None, Query(max_length=200)] = None,
        viewer: Viewer = signed_in,
    ) -> Response:
        known = state if state in STATES else "open"
        context = await page_context.of_inbox(desk, request, viewer, known, after)
        return await _render(desk, request, "inbox.html", context, viewer=viewer)

    @routes.get("/cases/{case}")
    async def case_page(request: Request, case: UUID, viewer: Viewer = signed_in) -> Response:
        context = await page_context.of_case(desk, request, viewer, case)
        return await _render(desk, request, "case.html", context, viewer=viewer)

    @routes.post("/cases/{case}/{decision}", dependencies=[ours])
    async def decide(request: Request, case: UUID, decision: str, viewer: Viewer = signed_in) -> Response:
        kind = DECISIONS.get(decision)
        if kind is None:
            raise CaseIsNotKnown
        typed = {name: str(value)[:FIELD_LIMIT] for name, value in (await request.form()).items()}
        return await _Form(desk, request, viewer, case, decision, typed).send(kind)


def local(path: str) -> str:
    """Let only a page of our own be the way back."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _form_guard(desk: Desk) -> Any:
    async def guard(request: Request, form_token: Annotated[str, Form(max_length=200)] = "") -> None:
        """Refuse a form that was not on a page we gave to this browser."""
        browser = request.cookies.get(BROWSER_COOKIE, "")
        if not browser or not desk.tokens.is_form_token(form_token, browser):
            raise FormIsForeign

    return guard


async def _sign_in(desk: Desk, request: Request, credentials: tuple[str, str], back: str) -> Response:
    try:
        viewer = await desk.accounts.sign_in(*credentials)
    except (SignInRefused, TooManyAttempts) as refusal:
        problem = PROBLEMS[type(refusal)]
        said = frame.say(problem.title, frame.language_of(request))
        context = {"next": back, "errors": {"login": said}, "login": credentials[0]}
        return await _render(desk, request, "sign_in.html", context, status=problem.status)
    response = RedirectResponse(back, 303)
    response.set_cookie(
        SESSION_COOKIE,
        desk.tokens.issue(viewer.account),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=desk.is_encrypted,
    )
    return response


class _Form:
    """A decision as it came from a page, and what to say when it does not go through."""

    def __init__(
        self, desk: Desk, request: Request, viewer: Viewer, case: UUID, name: str, typed: dict[str, str]
    ) -> None:
        self.desk, self.request, self.viewer = desk, request, viewer
        self.case, self.name, self.typed = case, name, typed

    async def send(self, kind: type[Decision]) -> Response:
        """Decide; go back to the case, or say what stands in the way."""
        try:
            decision = kind(**{name: value for name, value in self._fields() if value.strip()})
            version = int(self.typed.get("version", ""))
        except (ValidationError, ValueError):
            return await self._again(self._missing(), 422)
        ask = Ask(self.viewer, decision.act, decision.command, version)
        try:
            await self.desk.handling.handle(self.case, ask)
        except CaseIsNotKnown:
            raise
        except CaseHasMovedOn as clash:
            return await self._clash(version, clash.version)
        except (Refused, KeyIsNotHere) as refusal:
            return await self._refused(refusal)
        return RedirectResponse(f"/cases/{self.case}?done={self.name}", 303)

    def _fields(self) -> list[tuple[str, Any]]:
        fields: list[tuple[str, Any]] = [(name, self.typed[name]) for name in FORM_FIELDS if name in self.typed]
        return [*fields, ("final", self.typed.get("final", "yes"))] if self.name == "responses" else fields

    def _missing(self) -> dict[str, str]:
        _ = self.desk.pages.gettext(self.request)
        if self.name == "responses":
            return {"text": _("Write the answer to the reporter, at most 10,000 characters.")}
        if self.name == "forwards":
            return {"to": _("Choose the agency that shall handle it.")}
        return {"category": _("Choose a category from the list.")}

    async def _refused(self, refusal: Exception) -> Response:
        if isinstance(refusal, NotAllowed):
            raise refusal
        problem = PROBLEMS[type(refusal)]
        said = frame.say(problem.title, frame.language_of(self.request))
        return await self._again({"decision": said}, problem.status)

    async def _again(self, errors: dict[str, str], status: int) -> Response:
        context = await page_context.of_case(self.desk, self.request, self.viewer, self.case)
        context |= {"errors": errors, "typed": self.typed}
        return await _render(self.desk, self.request, "case.html", context, status=status, viewer=self.viewer)

    async def _clash(self, seen: int, actual: int) -> Response:
        """Show what happened meanwhile, with what was typed, so that nothing of it is lost."""
        context = await page_context.of_case(self.desk, self.request, self.viewer, self.case)
        news = [step for step in context["steps"] if step["version"] > seen]
        written = self.typed.get("text") or self.typed.get("note") or ""
        context |= {"news": news, "written": written, "seen": seen, "actual": actual}
        return await _render(self.desk, self.request, "conflict.html", context, status=409, viewer=self.viewer)


async def _render(
    desk: Desk,
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
    viewer: Viewer | None = None,
) -> Response:
    """Render a page with who is signed in and a token for its forms."""
    browser = request.cookies.get(BROWSER_COOKIE) or new_browser()
    shared: dict[str, Any] = {"form_token": desk.tokens.form_token(browser), "viewer": None}
    if viewer is not None:
        agency, role = page_context.names_of(viewer, await desk.trees.current(), desk.pages.gettext(request))
        shared["viewer"] = {"agency": agency, "role": role, "login": viewer.login}
    response = desk.pages.render(request, template, {**context, **shared}, status=status)
    if browser != request.cookies.get(BROWSER_COOKIE):
        response.set_cookie(BROWSER_COOKIE, browser, httponly=True, samesite="strict", secure=desk.is_encrypted)
    return response
