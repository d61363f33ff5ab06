"""Calls about standing approvals: list them, and revoke one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlmodel import Session

from heartbeat.store import standing
from heartbeat.store.approval_views import StandingView, standing_view
from heartbeat.store.tables import LARGEST_ID
from heartbeat_service.http import security
from heartbeat_service.http.fields import THREAD_ID
from heartbeat_service.http.paging import Before, Limit, Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving

router = APIRouter(prefix="/api/standing-approvals", tags=["approvals"], route_class=Route)

StandingId = Annotated[
    int, Path(ge=1, le=LARGEST_ID, description="Number of a standing approval.", examples=[1])
]
OfThread = Annotated[
    str | None, Query(pattern=THREAD_ID, description="Only those of this thread.", examples=["demo"])
]
Revoked = Annotated[bool, Query(description="Also those that are revoked.")]


@router.get("")
def list_standing(
    store: Database,
    thread: OfThread = None,
    revoked: Revoked = False,
    before: Before = None,
    limit: Limit = 50,
) -> Page[StandingView]:
    """List standing approvals, the newest first."""
    found = store.read(standing_view, thread_id=thread, revoked=revoked, before=before, limit=limit + 1)
    return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


@router.delete("/{standing_id}", responses=documented(404))
def revoke(standing_id: StandingId, request: Request, service: Serving) -> StandingView:
    """Revoke a standing approval, any number of times; what was done by it stays done."""
    services = service.services
    by = security.caller_of(request, services.settings, services.clock())

    def work(session: Session, now: datetime) -> StandingView:
        return StandingView.of(standing.revoke(session, standing_id, now, by=by))

    # A power cut must not forget it: the next action would leave unasked.
    return services.store.write_durably(work, services.clock())
