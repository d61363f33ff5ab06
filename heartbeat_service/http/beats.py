"""Calls about beats: run one now, history, one in full, answer one that waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from graph.heartbeat import run_config
from heartbeat.errors import ConflictError
from heartbeat.store import Refusal, Store, threads, views
from heartbeat.store.approvals import Answer, Edit
from heartbeat.store.history import Filter, count
from heartbeat.store.views import BeatDetail, BeatView
from heartbeat.text import clause
from heartbeat.vocabulary import BeatStatus
from heartbeat_service.http.fields import BeatId, Since, Strict, ThreadId
from heartbeat_service.http.paging import Before, Limit
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.lifespan import Service

router = APIRouter(tags=["beats"], route_class=Route)
WAIT = 120.0
"""Seconds that run-now waits for its beat."""
Status = Annotated[
    BeatStatus | None,
    Query(description="Only beats with this outcome."),
]
Words = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        description="Only beats with these words in their summary, reason, error or thread.",
    ),
]
Format = Annotated[Literal["json", "jsonl"], Query(description="jsonl streams all of them, one a line.")]


NDJSON = "application/x-ndjson"
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page, or with format=jsonl all of them.", "content": {NDJSON: {"schema": {}}}}
}
STILL_RUNS: dict[int | str, dict[str, Any]] = {
    202: {"model": BeatView, "description": "It still runs; GET /api/beats/{id} tells what it comes to."}
}


class RunNow(Strict):
    """How to run a beat."""

    dry_run: bool = Field(False, description="Decide, and do nothing.")
    wait: bool = Field(True, description=f"Answer when it has ended, or after {WAIT:g} s.")


class Approval(Strict):
    """What to change before the action is done."""

    edit: Edit | None = None


class Rejection(Strict):
    """Why the action is not wanted."""

    reason: str | None = Field(None, max_length=500)


class FullBeat(BeatDetail):
    """One beat in full, and where LangGraph keeps the state it left."""

    langgraph_thread_id: str
    checkpoint_id: str | None = Field(description="The newest of this beat; null where none is kept.")


class History(BaseModel):
    """Beats, the newest first."""

    activities: list[BeatView]
    total_runs: int = Field(description="How many there are in all, under these filters.")
    next: int | None = Field(description="What to pass as before; null at the end.")


@router.post(
    "/api/threads/{thread_id}/heartbeat/run-now",
    responses={**documented(404, 409), **STILL_RUNS},
)
async def run_now(
    thread_id: ThreadId, service: Serving, response: Response, how: RunNow | None = None
) -> BeatView:
    """Run a beat now. Gates other than busy end it as a skipped beat."""
    how = how or RunNow()
    store = service.services.store
    # In one transaction with the look whether the thread exists: one that is being removed must not come back.
    opened = await service.runner.start_now(thread_id, dry_run=how.dry_run, known=True)
    if isinstance(opened, Refusal):
        if opened.beat_id is None:
            raise ConflictError(f"{clause(opened.summary)}: thread {thread_id}")
        return await asyncio.to_thread(store.read, views.beat_view, opened.beat_id)
    return await _landed(opened, service, response, WAIT if how.wait else 0)


@router.get("/api/heartbeat/history", responses=STREAM, response_model=History)
def whole_history(
    store: Database,
    before: Before = None,
    limit: Limit = 50,
    status: Status = None,
    since: Since = None,
    q: Words = None,
    format: Format = "json",  # noqa: A002 - the name of the parameter
) -> History | Response:
    """Show the beats of all threads."""
    return _history(store, Filter(None, status, since, q), before, limit, format)


@router.get(
    "/api/threads/{thread_id}/heartbeat/history",
    responses={**documented(404), **STREAM},
    response_model=History,
)
def thread_history(
    thread_id: ThreadId,
    store: Database,
    before: Before = None,
    limit: Limit = 50,
    status: Status = None,
    since: Since = None,
    q: Words = None,
    format: Format = "json",  # noqa: A002 - the name of the parameter
) -> History | Response:
    """Show the beats of a thread."""
    store.read(threads.get, thread_id)
    return _history(store, Filter(thread_id, status, since, q), before, limit, format)


@router.get("/api/beats/{beat_id}", responses=documented(404))
async def show_beat(beat_id: BeatId, service: Serving) -> FullBeat:
    """Show one beat in full: what it saw, what it asked, every reply, what it did, where its state is."""
    beat = await asyncio.to_thread(service.services.store.read, views.beat_detail, beat_id)
    config = run_config(beat.thread_id)
    found = service.saver.alist(config, filter={"beat_id": beat_id}, limit=1)
    newest = await anext(found, None)
    return FullBeat(
        **{name: getattr(beat, name) for name in BeatDetail.model_fields},
        langgraph_thread_id=config["configurable"]["thread_id"],
        checkpoint_id=None if newest is None else newest.config["configurable"]["checkpoint_id"],
    )


@router.post("/api/beats/{beat_id}/approve", responses={**documented(404, 409), **STILL_RUNS})
async def approve(
    beat_id: BeatId, service: Serving, response: Response, approval: Approval | None = None
) -> BeatView:
    """Let a beat that waits do what it proposed; answers when it has settled."""
    edit = approval.edit if approval else None
    await service.runner.start_answered(beat_id, Answer(answer="approve", edit=edit))
    return await _landed(beat_id, service, response)


@router.post("/api/beats/{beat_id}/reject", responses={**documented(404, 409), **STILL_RUNS})
async def reject(
    beat_id: BeatId, service: Serving, response: Response, rejection: Rejection | None = None
) -> BeatView:
    """Say no to it."""
    reason = rejection.reason if rejection else None
    await service.runner.start_answered(beat_id, Answer(answer="reject", reason=reason))
    return await _landed(beat_id, service, response)


async def _landed(
    beat_id: int, service: Service, response: Response, seconds: float | None = None
) -> BeatView:
    """Return a beat when it has ended, with 202 where the time is up first, or the process is told to stop.

    A beat outlives its process: another one finishes it, or this one when it is back.
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


def _history(
    store: Store,
    among: Filter,
    before: int | None,
    limit: int,
    format: str,  # noqa: A002
) -> History | Response:
    if format == "jsonl":
        name = f"{among.thread_id or 'heartbeat'}-history.jsonl"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_lines(store, among, before), media_type=NDJSON, headers=headers)
    rows = store.read(views.history_view, among, limit=limit + 1, before=before)
    more = rows[limit - 1].id if len(rows) > limit else None
    return History(activities=rows[:limit], total_runs=store.read(count, among), next=more)


def _lines(store: Store, among: Filter, before: int | None) -> Iterator[str]:
    while rows := store.read(views.history_view, among, limit=200, before=before):
        for row in rows:
            yield json.dumps(row.model_dump(mode="json"), ensure_ascii=False) + "\n"
        before = rows[-1].id
