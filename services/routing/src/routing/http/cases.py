"""Cases for programs: the inbox, one case, and the decisions on it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from chassis.decider import Refused
from routing.accounts import Viewer
from routing.asking import Ask
from routing.desk import Desk
from routing.http.access import IMPORTS, NotTheOperator, program
from routing.http.conditions import Conditions, conditions, etag
from routing.http.cursors import cursor_of, read_cursor
from routing.http.shapes import Answer, Decision, Forwarding, Verification
from routing.http.views import STATES, holders, listed, shown
from routing.projections.inbox import Wanted

State = Literal["open", "submitted", "verified", "in_progress", "answered", "withdrawn", "closed", "ended", "all"]


class AgencyMissing(Refused):
    """An import has to say for which agency it decides."""


def router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/api/cases", tags=["cases"])
    _add_reading(routes, desk)
    _add_deciding(routes, desk)
    return routes


def _add_reading(routes: APIRouter, desk: Desk) -> None:
    signed_in = Depends(program(desk))

    @routes.get("")
    async def list_cases(
        state: State = "all",
        agency: Annotated[str | None, Query(max_length=80)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=200)] = None,
        viewer: Viewer = signed_in,
    ) -> dict[str, Any]:
        """List the cases of your agency and those below, what is due first first."""
        tree = await desk.trees.current()
        wanted = Wanted(holders(tree, viewer, agency), STATES[state], limit, read_cursor(after))
        page = await listed(desk, wanted, tree)
        more = cursor_of(page[-1][0]) if len(page) == limit else None
        return {"cases": [line for _, line in page], "next": more}

    @routes.get("/{case}")
    async def show_case(case: UUID, viewer: Viewer = signed_in) -> JSONResponse:
        """Show one case with its story; texts are null where you may not read them or nobody can any more."""
        return _answer(await shown(desk, case, viewer))


def _add_deciding(routes: APIRouter, desk: Desk) -> None:
    signed_in = Depends(program(desk))
    headers = Depends(conditions)

    @routes.post("/{case}/verifications")
    async def verify(
        case: UUID, decision: Verification, viewer: Viewer = signed_in, on: Conditions = headers
    ) -> JSONResponse:
        """Verify a case, putting class and category right where needed."""
        return await decide(desk, case, viewer, decision, on)

    @routes.post("/{case}/forwards")
    async def forward(
        case: UUID, decision: Forwarding, viewer: Viewer = signed_in, on: Conditions = headers
    ) -> JSONResponse:
        """Forward a case to an agency below yours."""
        return await decide(desk, case, viewer, decision, on)

    @routes.post("/{case}/responses")
    async def respond(
        case: UUID, decision: Answer, viewer: Viewer = signed_in, on: Conditions = headers
    ) -> JSONResponse:
        """Answer the reporter."""
        return await decide(desk, case, viewer, decision, on)


async def decide(desk: Desk, case: UUID, viewer: Viewer, decision: Decision, on: Conditions) -> JSONResponse:
    """Decide, and tell what the case has come to."""
    acting = acting_for(viewer, decision)
    ask = Ask(acting, decision.act, decision.command, on.expected_version, decision.at, on.repeatable(case, decision))
    return _answer(await desk.handling.handle(case, ask))


def acting_for(viewer: Viewer, decision: Decision) -> Viewer:
    """Say who decides: an import acts for the agency it names; anybody else for their own, and now."""
    if viewer != IMPORTS:
        if decision.agency is not None or decision.at is not None:
            raise NotTheOperator
        return viewer
    if decision.agency is None:
        raise AgencyMissing
    return Viewer(viewer.account, viewer.role, decision.agency)


def _answer(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, headers={"etag": etag(body["version"])})
