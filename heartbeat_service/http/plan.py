"""Calls about the plan: how HEARTBEAT.md is read, and the corrections of people."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from heartbeat.errors import InvalidValueError
from heartbeat.plan.correction import BY_LIMIT
from heartbeat.plan.reading import RULES_LIMIT
from heartbeat.plan.rule import PlacedBody
from heartbeat.plan.view import PlanView
from heartbeat.plan.words import LineRole
from heartbeat_service import plan
from heartbeat_service.http.etags import IfMatch, condition_of
from heartbeat_service.http.fields import Strict
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Serving

router = APIRouter(prefix="/api/heartbeat/plan", tags=["plan"], route_class=Route)
TAGGED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The plan.",
        "headers": {
            "ETag": {
                "description": "For If-Match: a hash of the text and its corrections, in quotes.",
                "required": True,
                "schema": {"type": "string", "pattern": '^"[0-9a-f]{64}"$'},
            }
        },
    }
}
LineId = Annotated[
    str,
    Path(
        max_length=64,
        description="Id of a line, as the plan names it; of message 12 of the owner: message-12.",
        examples=["0123456789abcdef"],
    ),
]
PlanThread = Annotated[
    str | None,
    Query(max_length=64, description="Of this thread; else of the workspace, which knows all there is."),
]


class Correct(Strict):
    """What a line asks for: its rules, or none and its role."""

    rules: list[PlacedBody] = Field(max_length=RULES_LIMIT, description="Empty where it asks for nothing.")
    role: LineRole | None = Field(None, strict=False, description="What it is where it asks for nothing.")
    by: str = Field("api", min_length=1, max_length=BY_LIMIT, description="Who says so.")


@router.get("", responses={**TAGGED, **documented(404)})
def show(service: Serving, response: Response, thread: PlanThread = None) -> PlanView:
    """Show how each line of the instructions is read; no model is asked.

    The ETag is for corrections alone: what is read and what there is to see change the plan without it.
    """
    return tagged(response, plan.plan_of(service.services, thread))


@router.put("/{line_id}", responses={**TAGGED, **documented(404, 412)})
def correct(
    line_id: LineId,
    body: Correct,
    service: Serving,
    response: Response,
    thread: PlanThread = None,
    if_match: IfMatch = None,
) -> PlanView:
    """Say what a line asks for, in place of all that was read from it."""
    if bool(body.rules) == (body.role is not None):
        raise InvalidValueError("role", "role: a line has rules, or else a role; allowed: one of the two")
    made = plan.correct(
        service.services,
        line_id,
        rules=body.rules,
        role=body.role,
        by=body.by,
        thread_id=thread,
        condition=condition_of(if_match),
    )
    return tagged(response, made)


@router.delete("/{line_id}", responses={**TAGGED, **documented(404, 412)})
def uncorrect(
    line_id: LineId, service: Serving, response: Response, thread: PlanThread = None, if_match: IfMatch = None
) -> PlanView:
    """Take the correction of a line back, so that what was read from it holds again."""
    condition = condition_of(if_match)
    return tagged(response, plan.uncorrect(service.services, line_id, thread_id=thread, condition=condition))


def tagged(response: Response, found: plan.PlanOf) -> PlanView:
    """Return a plan, with its tag as a header of the response."""
    response.headers["ETag"] = f'"{found.digest}"'
    return found.view
