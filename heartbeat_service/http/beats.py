"""Calls about beats: run one now, show the history or one beat, approve or reject one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from graph.heartbeat import run_config
from heartbeat.errors import ConflictError, InvalidValueError
from heartbeat.store import Refusal, Store, approval_threads, threads, views
from heartbeat.store.approvals import Answer, Edit
from heartbeat.store.history import LONGEST_WORDS, SEARCHED, Filter
from heartbeat.store.views import BeatDetail, BeatView
from heartbeat.text import clause
from heartbeat.vocabulary import AnswerOrigin, BeatStatus
from heartbeat_service.http import security
from heartbeat_service.http.fields import BeatId, Since, Strict, ThreadId
from heartbeat_service.http.paging import Before, Limit
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.lifespan import Service

router = APIRouter(tags=["beats"], route_class=Route)
WAIT = 120.0
"""Maximum seconds that run-now waits for its beat."""
Status = Annotated[
    BeatStatus | None,
    Query(description="Only beats with this outcome."),
]
Words = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_WORDS,
        description="Only beats with these words in their summary, reason, error or thread.",
    ),
]
Format = Annotated[
    Literal["json", "jsonl"], Query(description="jsonl streams all matching beats, one per line.")
]


NDJSON = "application/x-ndjson"
_EXPORTED = 200
"""Beats that an export reads at once."""
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page, or with format=jsonl all beats.", "content": {NDJSON: {"schema": {}}}}
}
STILL_RUNS: dict[int | str, dict[str, Any]] = {
    202: {"model": BeatView, "description": "It still runs; GET /api/beats/{id} shows its outcome later."}
}


class RunNow(Strict):
    """How to run a beat."""

    dry_run: bool = Field(False, description="Decide without acting.")
    wait: bool = Field(True, description=f"Answer when it has ended, or after {WAIT:g} s.")


class Approval(Strict):
    """Changes to make before the action is done."""

    edit: Edit | None = None
    always: bool = Field(
        False,
        description="Also approve all later actions of this kind from this thread to this target, until it is "
        "revoked; of an edit only the kind and the target count.",
    )


class Rejection(Strict):
    """Why the action is not wanted."""

    reason: str | None = Field(None, max_length=500)
    always: bool = Field(False, description="Only false is allowed: a rejection never stands.")


class FullBeat(BeatDetail):
    """One beat in full, with the ids of its LangGraph thread and checkpoint."""

    langgraph_thread_id: str = Field(
        description="That of its thread; while it awaits approval apart from its thread, one of its own."
    )
    checkpoint_id: str | None = Field(
        description="The newest checkpoint of this beat; null if none is stored."
    )


class History(BaseModel):
    """Beats, the newest first."""

    activities: list[BeatView]
    total_runs: int = Field(
        description="Number of all beats that match the filters; with q, of those that this call has looked at."
    )
    next: int | None = Field(description="Value of before for the next page; null at the end.")
    searched_back_to: datetime | None = Field(
        description=f"With q or since: a call looks at {SEARCHED:,} beats and then stops; the start of the oldest of "
        "them. Older ones may match too: go on with next, also where this page is empty. Null: none is left."
    )


class HistoryQuery(NamedTuple):
    """The query parameters of a history."""

    before: int | None
    limit: int
    format: Literal["json", "jsonl"]
    among: Filter
    """The filters, for the beats of all threads."""


async def _history_query(
    before: Before = None,
    limit: Limit = 50,
    status: Status = None,
    since: Since = None,
    q: Words = None,
    format: Format = "json",  # noqa: A002 - the name of the parameter
) -> HistoryQuery:
    return HistoryQuery(before, limit, format, Filter(None, status, since, q))


Asked = Annotated[HistoryQuery, Depends(_history_query)]


@router.post(
    "/api/threads/{thread_id}/heartbeat/run-now",
    responses={**documented(404, 409), **STILL_RUNS},
)
async def run_now(
    thread_id: ThreadId, service: Serving, response: Response, how: RunNow | None = None
) -> BeatView:
    """Run a beat now. Refuse with 409 while the thread is busy; any other closed gate ends it as skipped."""
    how = how or RunNow()
    store = service.services.store
    # `known` checks in the same transaction that the thread exists, so that a removed thread is not created again.
    opened = await service.runner.start_now(thread_id, dry_run=how.dry_run, known=True)
    if isinstance(opened, Refusal):
        if opened.beat_id is None:
            raise ConflictError(f"{clause(opened.summary)}: thread {thread_id}")
        return await asyncio.to_thread(store.read, views.beat_view, opened.beat_id)
    return await _landed(opened, service, response, WAIT if how.wait else 0)


@router.get("/api/heartbeat/history", responses=STREAM, response_model=History)
def whole_history(store: Database, asked: Asked) -> History | Response:
    """List the beats of all threads."""
    return _history(store, asked, asked.among)


@router.get(
    "/api/threads/{thread_id}/heartbeat/history",
    responses={**documented(404), **STREAM},
    response_model=History,
)
def thread_history(thread_id: ThreadId, store: Database, asked: Asked) -> History | Response:
    """List the beats of a thread."""
    store.read(threads.get, thread_id)
    return _history(store, asked, replace(asked.among, thread_id=thread_id))


@router.get("/api/beats/{beat_id}", responses=documented(404))
async def show_beat(beat_id: BeatId, service: Serving) -> FullBeat:
    """Show one beat in full: its context, questions, replies, actions and checkpoint."""
    beat = await asyncio.to_thread(service.services.store.read, views.beat_detail, beat_id)
    own = None
    if beat.status == BeatStatus.AWAITING_APPROVAL:
        own = await asyncio.to_thread(service.services.store.read, approval_threads.of_beat, beat_id)
    config = run_config(beat.thread_id, langgraph_id=own.langgraph_id if own else None)
    found = service.saver.alist(config, filter={"beat_id": beat_id}, limit=1)
    newest = await anext(found, None)
    return FullBeat(
        **{name: getattr(beat, name) for name in BeatDetail.model_fields},
        langgraph_thread_id=config["configurable"]["thread_id"],
        checkpoint_id=None if newest is None else newest.config["configurable"]["checkpoint_id"],
    )


@router.post("/api/beats/{beat_id}/approve", responses={**documented(404, 409), **STILL_RUNS})
async def approve(
    beat_id: BeatId, request: Request, service: Serving, response: Response, approval: Approval | None = None
) -> BeatView:
    """Approve the action that a beat proposes, and answer when the beat has settled."""
    given = Answer(answer="approve", **(approval or Approval()).model_dump(exclude_unset=True))
    await service.runner.start_answered(beat_id, given, by=_caller(request, service))
    return await _landed(beat_id, service, response)


@router.post("/api/beats/{beat_id}/reject", responses={**documented(404, 409), **STILL_RUNS})
async def reject(
    beat_id: BeatId,
    request: Request,
    service: Serving,
    response: Response,
    rejection: Rejection | None = None,
) -> BeatView:
    """Reject the action that a beat proposes, and answer when the beat has settled."""
    if rejection is not None and rejection.always:
        said = "always: true is not allowed in a rejection, which counts for this action alone; leave it out"
        raise InvalidValueError("always", said)
    given = Answer(answer="reject", reason=rejection.reason if rejection else None)
    await service.runner.start_answered(beat_id, given, by=_caller(request, service))
    return await _landed(beat_id, service, response)


def _caller(request: Request, service: Service) -> AnswerOrigin:
    return security.caller_of(request, service.services.clock())


async def _landed(
    beat_id: int, service: Service, response: Response, seconds: float | None = None
) -> BeatView:
    """Return a beat when it has ended; with 202 if it still runs after ``seconds`` or when the process stops.

    A beat survives the stop of its process: another process finishes it, or this one after a restart.
    """
    waiting = [
        asyncio.create_task(service.runner.wait_for(beat_id)),
        asyncio.create_task(service.ending.wait()),
    ]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
    beat = await asyncio.to_thread(service.services.store.read, views.beat_view, beat_id)
    if beat.status == BeatStatus.RUNNING:
        if beat_id not in service.runner.in_flight:
            await asyncio.to_thread(_check_health, beat_id, service)
        response.status_code = 202
    return beat


def _check_health(beat_id: int, service: Service) -> None:
    failure = service.health.look()
    if failure is not None:
        raise HTTPException(
            503, f"{failure} Beat {beat_id} could not be settled, and is taken up again then."
        )


def _history(store: Store, asked: HistoryQuery, among: Filter) -> History | Response:
    limit, before = asked.limit, asked.before
    if asked.format == "jsonl":
        name = f"{among.thread_id or 'heartbeat'}-history.jsonl"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_lines(store, among, before), media_type=NDJSON, headers=headers)
    page = store.read(views.history_page, among, limit=limit, before=before)
    return History(
        activities=page.beats,
        total_runs=page.total,
        next=page.next,
        searched_back_to=page.searched_back_to,
    )


def _lines(store: Store, among: Filter, before: int | None) -> Iterator[str]:
    while found := store.read(views.history_view, among, limit=_EXPORTED, before=before):
        for row in found:
            yield json.dumps(row.model_dump(mode="json"), ensure_ascii=False) + "\n"
        before = found[-1].id
