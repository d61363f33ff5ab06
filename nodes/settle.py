"""Last step: write the outcome and what the thread remembers, in one transaction, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from langgraph.runtime import Runtime
from sqlmodel import Session

from heartbeat import rules
from heartbeat.decision import Draft
from heartbeat.feed import KINDS, Feed
from heartbeat.instructions import mask_secrets
from heartbeat.memory import NOTE_LIMIT, RECENT_LIMIT, Memory, RecentAction
from heartbeat.store import Claim, Outcome, actions, beats, views
from heartbeat.store.tables import Beat
from heartbeat.validation import clean
from nodes.context import Context, services_of
from nodes.dispatch import acted
from nodes.services import Services
from nodes.state import BeatState, Ending, Update, of_row
from nodes.step import claim_of

_TEXT_SIZE = 120
"""Bytes of a recent action that are remembered."""
_DONE = ("acted", "none")


def settle(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Settle the beat and return it; a beat that was stopped at the door is settled already."""
    bulky: Update = {"instructions": None, "feed": None}
    if state.get("claim") is None:
        return bulky
    services = services_of(runtime)
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
    return {**bulky, "beat": view.model_dump(mode="json"), "memory": kept.to_dict(), "found": _found(row)}


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


def next_memory(state: BeatState, end: Ending, before: Memory, now: datetime) -> Memory:
    """Return what the thread remembers after this beat; the same object where nothing changes.

    Dry runs and beats that ended before the model could be asked move nothing.
    """
    fingerprint, status = state.get("fingerprint"), end["status"]
    if fingerprint is None or status == "dry_run":
        return before
    # Not the beat's own number where rows were lost and numbers come again: what is learnt later must win.
    number = max(claim_of(state).beat_id, before.beat + 1)
    asked_at = state.get("asked_at")
    asked = {"asked_at": datetime.fromisoformat(asked_at)} if asked_at else {}
    if status not in _DONE:
        return before.model_copy(update={"beat": number, "fingerprint": None, **asked})
    by_rules = state.get("decided_by") == "rules"
    feed = Feed.model_validate(state.get("feed") or {})
    due = (state.get("instructions") or {}).get("due", [])
    return before.model_copy(
        update={
            "beat": number,
            "fingerprint": fingerprint,
            "seen": feed.digests(),
            "tasks": before.stamped((task["name"] for task in due), now),
            "marks": feed.marks(before.marks, rules.READS if by_rules else KINDS),
            "recent": _recent(state, status, before, now),
            "lines": _lines(state, status, before, now),
            "note": _note(state.get("decision") or {}, before.note),
            **asked,
        }
    )


def _recent(state: BeatState, status: str, before: Memory, now: datetime) -> tuple[RecentAction, ...]:
    if status != "acted":
        return before.recent
    draft = Draft.model_validate(state["draft"])
    text = draft.title or draft.vote_direction or draft.content or draft.told
    duty = str((state.get("decision") or {}).get("duty") or "")
    action = RecentAction(
        at=now, kind=draft.kind, target_id=draft.target_id, duty=duty, text=_beginning(text)
    )
    return (*before.recent, action)[-RECENT_LIMIT:]


def _lines(state: BeatState, status: str, before: Memory, now: datetime) -> dict[str, datetime]:
    duty = str((state.get("decision") or {}).get("duty") or "")
    posted = status == "acted" and Draft.model_validate(state["draft"]).kind == "post"
    return before.followed(duty, now) if duty and posted else before.lines


def _beginning(text: str) -> str:
    """Return as many bytes as ten actions may cost the prompt, whatever the language."""
    return text.encode()[:_TEXT_SIZE].decode(errors="ignore")


def _note(decision: dict[str, Any], before: str) -> str:
    note = decision.get("note")
    return mask_secrets(clean(note, multiline=True))[:NOTE_LIMIT] if isinstance(note, str) else before


def _found(row: Beat) -> str:
    outcome = f"{row.status}/{row.reason}" if row.reason else row.status
    return f"{outcome}: {row.summary}"
