"""Pages for the operator: what was told, and how it went."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse

from chassis.pages import Link, Pages, Site
from contracts.vocabulary import Name
from notify.domain.delivery import StateName
from notify.listing import PAGE, Listing


def frame() -> Pages:
    """Make the frame around every page of notify."""
    api = Link(Name(id="API", en="API"), "/docs")
    site = Site(
        name=Name(id="Kentongan", en="Kentongan"),
        tagline=Name(id="Setiap langkah dikabarkan", en="Every step is told"),
        links=(Link(Name(id="Pemberitahuan", en="Notifications"), "/"), api),
        footer=(api,),
    )
    return Pages("notify", site)


def mount(app: FastAPI, listing: Listing, pages: Pages) -> None:
    """Add the routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def deliveries(
        request: Request,
        state: StateName | Literal[""] = "",
        complaint: UUID | None = None,
        before: UUID | None = None,
    ) -> HTMLResponse:
        asked = StateName(state) if state else None
        found = await listing.newest(complaint=complaint, state=asked, before=before)
        return pages.render(
            request,
            "deliveries.html",
            {
                "deliveries": found,
                "state": asked,
                "complaint": complaint,
                "before": before,
                "older": found[-1].id if len(found) == PAGE else None,
                "counts": await listing.counts(),
                "states": list(StateName),
            },
        )

    @router.get("/deliveries/{delivery}")
    async def delivery(request: Request, delivery: UUID) -> HTMLResponse:
        found = await listing.one(delivery)
        if found is None:
            raise HTTPException(404)
        return pages.render(request, "delivery.html", {"delivery": found})

    app.include_router(router)
