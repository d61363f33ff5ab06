"""Calls about standing approvals: list them, and revoke one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from heartbeat.store import standing
from heartbeat.store.approval_views import StandingView, standing_view
from heartbeat.store.tables import LARGEST_ID
from heartbeat_service.http import security
from heartbeat_service.http.fields import THREAD_ID
from heartbeat_service.http.paging import Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving

router = APIRouter(prefix="/api/standing-approvals", tags=["approvals"], route_class=Route)

StandingId = Annotated[
    int, Path(ge=1, le=LARGEST_ID, description="Number of a standing approval.", examples=[1])
]


class Selection(BaseModel):
    """Which standing approvals are listed; an unknown parameter is refused, since without it more would be."""

    model_config = ConfigDict(extra="forbid")

    thread: str | None = Field(
        None, pattern=THREAD_ID, description="Only those of this thread.", examples=["demo"]
    )
    revoked: bool = Field(False, description="Also those that are revoked.")
    before: int | None = Field(None, ge=1, le=LARGEST_ID, description="Only items with a smaller id.")
    limit: int = Field(50, ge=1, le=200, description="Maximum number of items.")


@router.get("")
def list_standing(store: Database, among: Annotated[Selection, Query()]) -> Page[StandingView]:
    """List standing approvals, the newest first."""
    limit = among.limit
    found = store.read(
        standing_view,
        thread_id=among.thread,
        revoked=among.revoked,
        before=among.before,
        limit=limit + 1,
    )
    return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


@router.delete("/{standing_id}", responses=documented(404))
def revoke(standing_id: StandingId, request: Request, service: Serving) -> StandingView:
    """Revoke a standing approval, any number of times; what was done by it stays done."""
    services = service.services
    by = security.caller_of(request, services.clock())

    def work(session: Session, now: datetime) -> StandingView:
        return StandingView.of(standing.revoke(session, standing_id, now, by=by))

    # A power cut must not forget it: the next action would leave unasked.
    return services.store.write_durably(work, services.clock())
