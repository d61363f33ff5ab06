"""What a thread remembers after a beat."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from heartbeat import rules
from heartbeat.decision import Draft
from heartbeat.feed import KINDS, Feed, Item
from heartbeat.instructions import mask_secrets
from heartbeat.memory import NOTE_LIMIT, PENDING_LIMIT, RECENT_LIMIT, Memory, RecentAction
from heartbeat.validation import clean
from nodes.state import BeatState, Ending
from nodes.step import claim_of

_TEXT_SIZE = 120
"""Bytes of a recent action that are remembered."""
_DONE = ("acted", "none")


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
    reads = rules.READS if state.get("decided_by") == "rules" else KINDS
    feed = Feed.model_validate(state.get("feed") or {})
    marks = feed.marks(before.marks, reads)
    pending = _pending(state, status, feed, marks, reads)
    looked_at_all = not pending and (status == "none" or "uses" not in (state.get("decision") or {}))
    return before.model_copy(
        update={
            "beat": number,
            "fingerprint": fingerprint if looked_at_all else None,
            "seen": feed.digests(),
            "tasks": before.stamped(_tasks(state), now),
            "marks": marks,
            "pending": pending,
            "recent": _recent(state, status, before, now),
            "lines": _lines(state, status, before, now),
            "note": _note(state.get("decision") or {}, before.note),
            **asked,
        }
    )


def _tasks(state: BeatState) -> list[str]:
    """Return the due tasks that were looked at; where a beat acted on one, those after it were not."""
    due = [task["name"] for task in (state.get("instructions") or {}).get("due", [])]
    uses = (state.get("decision") or {}).get("uses")
    return due if uses is None else [name for name in due if f"task:{name}" in uses]


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


def _pending(
    state: BeatState, status: str, feed: Feed, marks: Mapping[str, int], reads: Collection[str]
) -> tuple[str, ...]:
    """Return what stays new although the marks have passed it.

    A beat does one action, the first that is due, and has not looked at the rest. One that found nothing to do has.
    So has one that changed nothing: it would find the same again at each beat.
    """
    new = [item for item in feed.walk() if item.new]
    uses = _uses(state, new)
    left = [item for item in new if item.kind not in reads]
    if status == "acted" or any(item.key in uses for item in new):
        left += [item for item in new if item.kind in reads and item.key not in uses]
    passed = [item for item in left if item.position <= marks.get(item.mark, 0)]
    newest = sorted(passed, key=lambda item: item.created_at, reverse=True)[:PENDING_LIMIT]
    return tuple(item.key for item in newest)


def _uses(state: BeatState, new: Collection[Item]) -> set[str]:
    """Return the keys of the new items that the action has done with.

    Who looked at them one at a time says which. After one question for everything it is all but what speaks to the
    agent and was not answered.
    """
    if not state.get("draft"):
        return set()
    decision = state.get("decision") or {}
    if "uses" in decision:
        return set(decision["uses"])
    target = Draft.model_validate(state["draft"]).target_id
    return {item.key for item in new if not item.speaks or f"{item.kind}:{item.id}" == target}
