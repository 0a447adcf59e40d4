"""Who asks: every route that is not public names one of these, and gets nobody it did not ask for."""

import hmac
from collections.abc import Awaitable, Callable

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from chassis.decider import Refused
from routing.accounts import IMPORTER, Viewer
from routing.desk import Desk
from routing.domain.roles import Role
from routing.domain.tree import ROOT

SESSION_COOKIE = "routing_session"

Whoever = Callable[[Request], Awaitable[Viewer]]

DESCRIBED = Security(HTTPBearer(auto_error=False, description="The `token` of `POST /api/sessions`."))
"""Says in the description of the API how to sign in; the header itself is read and judged here."""


class NotSignedIn(Exception):
    """There is no valid session token."""


class NotTheOperator(Refused):
    """Only who has the import token may do this."""


class FormIsForeign(Refused):
    """The form was not on a page that we gave to this browser, or it is too old."""


def program(desk: Desk) -> Whoever:
    """Accept a session token, or the import token, as Bearer."""

    async def viewer(request: Request, _: object = DESCRIBED) -> Viewer:
        token = bearer(request)
        return IMPORTS if is_import_token(desk, token) else await _account(desk, token)

    return viewer


def person(desk: Desk) -> Whoever:
    """Accept the session of a browser."""

    async def viewer(request: Request) -> Viewer:
        return await _account(desk, request.cookies.get(SESSION_COOKIE))

    return viewer


def reader(desk: Desk) -> Whoever:
    """Accept either: a program's Bearer token, or a browser's session, whose EventSource cannot send headers."""

    async def viewer(request: Request, _: object = DESCRIBED) -> Viewer:
        return await _account(desk, bearer(request) or request.cookies.get(SESSION_COOKIE))

    return viewer


def operator(desk: Desk) -> Callable[[Request], Awaitable[None]]:
    """Accept the import token only."""

    async def check(request: Request, _: object = DESCRIBED) -> None:
        token = bearer(request)
        if token is None:
            raise NotSignedIn
        if not is_import_token(desk, token):
            raise NotTheOperator

    return check


IMPORTS = Viewer(IMPORTER, Role.NATIONAL_ADMIN, ROOT)
"""Who asks with the import token; a decision names the agency that it is made for."""


def bearer(request: Request) -> str | None:
    """Read the Bearer token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def is_import_token(desk: Desk, token: str | None) -> bool:
    """Compare with the import token, in constant time; without one configured nobody has it."""
    expected = desk.settings.import_token
    if token is None or expected is None:
        return False
    return hmac.compare_digest(token.encode(), expected.get_secret_value().encode())


async def _account(desk: Desk, token: str | None) -> Viewer:
    """Find whose token it is, as the account is now: role and agency are looked up, never taken from the token."""
    account = None if token is None else desk.tokens.read(token)
    viewer = None if account is None else await desk.accounts.find(account)
    if viewer is None:
        raise NotSignedIn
    return viewer
