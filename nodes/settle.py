"""Last node: write the outcome and the thread's memory in one transaction, unless the action has brought them."""

from __future__ import annotations

from langgraph.runtime import Runtime

from heartbeat.instructions import mask_secrets
from heartbeat.memory import Memory
from heartbeat.store import Outcome, views
from heartbeat.store.tables import Beat
from heartbeat.store.views import Closed
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.closing import Closing
from nodes.context import Context, context_of, services_of, view_of
from nodes.hand import Hand
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
    beat, path = view_of(state, runtime), path_with(state, "settle")
    hand = context_of(runtime).hand
    row, detail = _closed(beat, hand, services, path)
    services.probe("after:settle")
    return {
        "beat": detail.model_dump(mode="json", exclude=views.MORE_OF_DETAIL),
        "memory": Memory.newest(beat.memory, row.memory).to_dict(),
        "path": path,
        "found": _found(row),
    }


def _closed(beat: StateView, hand: Hand | None, services: Services, path: list[str]) -> Closed:
    """Return the end of the beat: as `dispatch` has written it with the action, or else it is written now."""
    end = beat.state.get("ending") or ending(BeatStatus.NONE, "Nothing to do.")["ending"]
    status, reason = BeatStatus(end["status"]), Reason(end["reason"]) if end["reason"] else None
    if status == BeatStatus.ACTED:
        services.probe("inside:settle")
        known = hand.closed if hand is not None else None
        return known or services.store.read(views.closed, beat.claim.beat_id)
    now = services.clock()
    closing = Closing.of(beat, services, status, reason, now, path)
    error = mask_secrets(end["error"]) if end["error"] else None
    outcome = Outcome(status, mask_secrets(end["summary"]), reason, error)
    services.probe("inside:settle")
    closed = services.store.write(closing.write_alone, outcome, now)
    if hand is not None:
        hand.end(closed, beat.claim)
    return closed


def _found(row: Beat) -> str:
    outcome = f"{row.status}/{row.reason}" if row.reason else row.status
    return f"{outcome}: {row.summary}"
