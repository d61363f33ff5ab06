"""Last step: write the outcome and what the thread remembers, in one transaction, once."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from langgraph.runtime import Runtime
from sqlmodel import Session

from heartbeat.decision import Draft
from heartbeat.instructions import mask_secrets
from heartbeat.memory import Memory
from heartbeat.store import Claim, Outcome, actions, beats, views
from heartbeat.store.tables import Beat
from nodes.context import Context, services_of
from nodes.dispatch import acted
from nodes.remember import next_memory
from nodes.services import Services
from nodes.state import BeatState, Ending, Update, of_row
from nodes.step import claim_of, holding


def settle(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Settle the beat and return it; a beat that was stopped at the door is settled already."""
    bulky: Update = {"instructions": None, "feed": None}
    if state.get("claim") is None:
        return bulky
    services = services_of(runtime)
    with holding(state, services):
        return {**bulky, **_settle(state, services)}


def _settle(state: BeatState, services: Services) -> Update:
    services.probe("before:settle")
    now = services.clock()
    end = state.get("ending") or Ending(status="none", reason=None, summary="Nothing to do.", error=None)
    before = Memory.newest(state.get("memory"))
    memory = next_memory(state, end, before, now)
    error = mask_secrets(end["error"]) if end["error"] else None
    outcome = Outcome(end["status"], mask_secrets(end["summary"]), end["reason"], error)
    services.probe("inside:settle")
    claim = claim_of(state)
    row = services.store.write(
        beats.settle,
        claim,
        outcome,
        now,
        memory=memory.to_dict() if memory is not before else None,
        problems=[mask_secrets(problem) for problem in state.get("problems", [])],
        action=state.get("draft"),
    )
    view = services.store.read(views.beat_view, claim.beat_id)
    services.probe("after:settle")
    kept = Memory.newest(before.to_dict(), row.memory)
    return {"beat": view.model_dump(mode="json"), "memory": kept.to_dict(), "found": _found(row)}


def give_up(services: Services, claim: Claim, outcome: Outcome) -> None:
    """End a beat whose run cannot finish it. One that has acted ends as that, by its row; any other as given.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: somebody else has claimed the beat since.
    """
    services.store.write(_give_up, claim, outcome, services.clock())


def _give_up(session: Session, claim: Claim, outcome: Outcome, now: datetime) -> None:
    row, done = beats.held(session, claim), actions.of_beat(session, claim.beat_id)
    if not done or beats.is_settled(row):
        beats.give_up(session, claim, outcome, now)
        return
    state = cast("BeatState", {"claim": {"beat_id": claim.beat_id, "fence": claim.fence}, **of_row(row)})
    end: Ending = acted(done[0], Draft.model_validate(row.action))["ending"]
    before = Memory.newest(beats.latest_memory(session, row.thread_id))
    beats.settle(
        session,
        claim,
        Outcome(end["status"], mask_secrets(end["summary"]), end["reason"]),
        now,
        memory=next_memory(state, end, before, now).to_dict(),
        problems=[*state.get("problems", []), outcome.summary],
    )


def _found(row: Beat) -> str:
    outcome = f"{row.status}/{row.reason}" if row.reason else row.status
    return f"{outcome}: {row.summary}"
