"""Last node: write the outcome and the thread's memory in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from langgraph.runtime import Runtime
from sqlmodel import Session

from heartbeat.instructions import mask_secrets
from heartbeat.memory import Memory
from heartbeat.remember import End, next_memory
from heartbeat.store import Claim, Outcome, beats, threads, views
from heartbeat.store.tables import Beat
from heartbeat.store.views import BeatDetail
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.context import Context, context_of, services_of
from nodes.instants import EndOfPlan, end_of_plan
from nodes.services import Services
from nodes.state import BeatState, Update, ending, path_with
from nodes.step import keeping_lease
from nodes.view import StateView


def settle(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Settle the beat and return it; one that was refused at admission is settled already."""
    cleared: Update = {"instructions": None, "feed": None}
    if state.get("claim") is None:
        return cleared
    services = services_of(runtime)
    with keeping_lease(state, services), services.store.at():
        return {**cleared, **_settle(state, services, runtime)}


def _settle(state: BeatState, services: Services, runtime: Runtime[Context]) -> Update:
    services.probe("before:settle")
    now = services.clock()
    end = state.get("ending") or ending(BeatStatus.NONE, "Nothing to do.")["ending"]
    beat = StateView(state)
    claim, before = beat.claim, beat.memory
    status, reason = BeatStatus(end["status"]), Reason(end["reason"]) if end["reason"] else None
    memory = next_memory(beat, End(claim.beat_id, status, reason), before, now)
    if status == BeatStatus.ACTED:
        services.store.look_again()
    error = mask_secrets(end["error"]) if end["error"] else None
    outcome = Outcome(status, mask_secrets(end["summary"]), reason, error)
    services.probe("inside:settle")
    path = path_with(state, "settle")
    hand = context_of(runtime).hand
    row, detail = services.store.write(
        _write,
        end_of_plan(beat, services, status, reason),
        claim,
        outcome,
        now,
        memory=memory.to_dict() if memory is not before else None,
        problems=[mask_secrets(problem) for problem in beat.problems],
        action=state.get("draft"),
        path=path,
        looked_at=beat.feed.looked_at,
        instructions_sha256=beat.instructions.sha256 or None,
    )
    if hand is not None and row.fence == claim.fence:
        hand.ended = detail
    services.probe("after:settle")
    kept = Memory.newest(before, row.memory)
    return {
        "beat": detail.model_dump(mode="json", exclude=views.MORE_OF_DETAIL),
        "memory": kept.to_dict(),
        "path": path,
        "found": _found(row),
    }


def _write(
    session: Session, /, plan: EndOfPlan | None, claim: Claim, outcome: Outcome, now: datetime, **kept: Any
) -> tuple[Beat, BeatDetail]:
    """Settle the beat, and wake its thread at the next instants of its plan."""
    # The session keeps no row that nobody holds, so it would be read twice.
    before = beats.get(session, claim.beat_id)
    thread = threads.get(session, before.thread_id)
    row = beats.settle(session, claim, outcome, now, **kept)
    if plan is not None:
        plan.follow(session, thread, now)
    return row, views.detail_of(session, row)


def _found(row: Beat) -> str:
    outcome = f"{row.status}/{row.reason}" if row.reason else row.status
    return f"{outcome}: {row.summary}"
