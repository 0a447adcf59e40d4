"""The tree of agencies, for programs: public to read, changed by the operator."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from contracts.vocabulary import AgencyCode
from routing.desk import Desk
from routing.domain.tree import Agency
from routing.http.access import operator
from routing.http.shapes import AgencyBody
from routing.registry import AgencyNotFound

Code = Annotated[AgencyCode, Path()]


def router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/api/agencies", tags=["agencies"])

    @routes.get("")
    async def list_agencies(
        below: Annotated[str | None, Query(max_length=80, description="Only those below this agency.")] = None,
    ) -> dict[str, Any]:
        """List the tree, every agency before its units; public."""
        tree = await desk.trees.current()
        found = (
            tree.below(below)
            if below
            else tuple(sorted(tree.agencies.values(), key=lambda each: (each.tier, each.code)))
        )
        return {"agencies": [_spell(agency) for agency in found]}

    @routes.get("/{code}")
    async def show_agency(code: Code) -> dict[str, Any]:
        """Show one agency; public."""
        agency = (await desk.trees.current()).find(code)
        if agency is None:
            raise AgencyNotFound
        return _spell(agency)

    @routes.put("/{code}", dependencies=[Depends(operator(desk))])
    async def put_agency(code: Code, body: AgencyBody) -> JSONResponse:
        """Register the agency, or change it to this."""
        is_new = await desk.registry.put(code, body.charter())
        found = (await desk.trees.current()).find(code)
        if found is None:
            raise AgencyNotFound
        return JSONResponse(_spell(found), 201 if is_new else 200)

    return routes


def _spell(agency: Agency) -> dict[str, Any]:
    fields = asdict(agency)
    fields["name"] = agency.name.model_dump()
    fields["role_label"] = agency.role_label and agency.role_label.model_dump()
    return fields
