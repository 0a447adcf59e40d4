"""Signing in, for programs."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from routing.desk import Desk
from routing.http.shapes import Credentials
from routing.tokens import LIFETIME


class Session(BaseModel):
    """A token that stands for the account until it expires."""

    token: str
    expires_at: datetime
    agency: str
    role: str


def router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/api/sessions", tags=["sessions"])

    @routes.post("", status_code=201)
    async def sign_in(credentials: Credentials) -> Session:
        """Exchange login and password for a token; send it as `Authorization: Bearer <token>`."""
        viewer = await desk.accounts.sign_in(credentials.login, credentials.password)
        token = desk.tokens.issue(viewer.account)
        return Session(token=token, expires_at=desk.clock() + LIFETIME, agency=viewer.agency, role=viewer.role.value)

    return routes
