"""Calls about orders: what the owner says in a conversation is ended by a click."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from heartbeat.plan.correction import BY_LIMIT
from heartbeat.plan.view import PlanView
from heartbeat_service import plan
from heartbeat_service.http.fields import Strict, ThreadId
from heartbeat_service.http.plan import TAGGED, tagged
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Serving
from nodes import said

router = APIRouter(prefix="/api/threads", tags=["plan"], route_class=Route)
Number = Annotated[
    int, Path(ge=1, le=2**63 - 1, description="Number of a message of the owner.", examples=[12])
]


class Lift(Strict):
    """Who ends what a message orders."""

    by: str = Field("api", min_length=1, max_length=BY_LIMIT, description="Who says so.")


@router.post("/{thread_id}/messages/{number}/lift", responses={**TAGGED, **documented(404)})
def lift(thread_id: ThreadId, number: Number, service: Serving, response: Response, body: Lift) -> PlanView:
    """End what a message of the owner orders, and show the plan as it is then; one that has ended stays so."""
    said.lift(service.services, thread_id, number, by=body.by)
    return tagged(response, plan.plan_of(service.services, thread_id))


@router.delete("/{thread_id}/messages/{number}/lift", responses={**TAGGED, **documented(404)})
def put_back(thread_id: ThreadId, number: Number, service: Serving, response: Response) -> PlanView:
    """Let what a message of the owner orders hold again, as far as it has not ended otherwise."""
    said.put_back(service.services, thread_id, number)
    return tagged(response, plan.plan_of(service.services, thread_id))
