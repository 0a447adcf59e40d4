"""JSON API: what was told, and how it went."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, ConfigDict

from notify.domain.delivery import StateName
from notify.listing import PAGE, DeliverySeen, Listing


class Notifications(BaseModel):
    """A page of deliveries, newest first."""

    model_config = ConfigDict(frozen=True)

    notifications: tuple[DeliverySeen, ...]
    next: UUID | None
    """Ask again with `before` set to this for older ones; absent at the end."""


def mount(app: FastAPI, listing: Listing) -> None:
    """Add the routes."""
    router = APIRouter()

    @router.get("/api/notifications")
    async def list_notifications(
        complaint: UUID | None = None,
        state: StateName | None = None,
        before: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = PAGE,
    ) -> Notifications:
        """List deliveries with their attempts, newest first, of one complaint or of all."""
        found = await listing.newest(complaint=complaint, state=state, before=before, limit=limit)
        return Notifications(notifications=tuple(found), next=found[-1].id if len(found) == limit else None)

    app.include_router(router)
