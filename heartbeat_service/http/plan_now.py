"""The call that says what a beat of a thread would do now."""

from __future__ import annotations

from fastapi import APIRouter

from heartbeat_service import plan_now
from heartbeat_service.http.fields import ThreadId
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Serving
from heartbeat_service.plan_now import NowView

router = APIRouter(prefix="/api/threads", tags=["plan"], route_class=Route)


@router.get("/{thread_id}/heartbeat/plan/now", responses=documented(404))
async def now(thread_id: ThreadId, service: Serving) -> NowView:
    """Say what a scheduled beat of the thread would do now; no model is asked, and nothing is changed.

    It is what a beat finds of its plan: the same items, the verdicts that are kept, and the same gates.
    """
    return await plan_now.plan_now(service.services, thread_id)
