"""The app: every part of the HTTP side, and what happens to those who are not signed in."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from chassis import problems
from chassis.service import Runtime
from chassis.web import create_app
from routing.desk import Desk
from routing.http import agencies, cases, pages, sessions, streams
from routing.http.access import NotSignedIn
from routing.http.errors import PROBLEMS


def web(runtime: Runtime[Any], desk: Desk) -> FastAPI:
    """Make the app."""
    app = create_app(runtime, title="Kentongan routing", problems=PROBLEMS, pages=desk.pages)
    for part in (sessions, cases, agencies, streams, pages):
        app.include_router(part.router(desk))
    app.add_exception_handler(NotSignedIn, _ask_to_sign_in)
    return app


async def _ask_to_sign_in(request: Request, _: Exception) -> Response:
    """Send a person to the sign-in page and back; tell a program what is missing."""
    if problems.wants_page(request):
        return RedirectResponse(pages.sign_in_path(request), 303)
    response = problems.answer(request, problems.SIGN_IN)
    response.headers["www-authenticate"] = "Bearer"
    return response
