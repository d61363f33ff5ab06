"""What a thread remembers after a beat."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from heartbeat import rules
from heartbeat.draft import Draft
from heartbeat.feed import KINDS, Feed, Item
from heartbeat.instructions import mask_secrets
from heartbeat.memory import NOTE_LIMIT, PENDING_LIMIT, RECENT_LIMIT, Memory, RecentAction
from heartbeat.text import clean, truncate_bytes
from heartbeat.vocabulary import ActionKind, BeatStatus, Decider, FeedKind, Reason

State = Mapping[str, Any]
"""What a beat has seen, decided and drafted, in plain JSON: a run's state, or what a row holds of it."""

_TEXT_SIZE = 120
"""Bytes of a recent action that are remembered."""
_DONE = frozenset({BeatStatus.ACTED, BeatStatus.NONE})


@dataclass(frozen=True)
class End:
    """How a beat ended."""

    beat_id: int
    status: BeatStatus
    reason: Reason | None = None


def next_memory(state: State, end: End, before: Memory, now: datetime) -> Memory:
    """Return what the thread remembers after this beat; the same object where nothing changes.

    Dry runs and beats that ended before the model could be asked move nothing.
    """
    fingerprint, status = state.get("fingerprint"), end.status
    if fingerprint is None or status == BeatStatus.DRY_RUN:
        return before
    # Not the beat's own number where rows were lost and numbers come again: what is learnt later must win.
    number = max(end.beat_id, before.beat + 1)
    asked_at = state.get("asked_at")
    asked = {"asked_at": datetime.fromisoformat(asked_at)} if asked_at else {}
    if status not in _DONE:
        return before.model_copy(update={"beat": number, "fingerprint": None, **asked})
    reads = rules.READS if state.get("decided_by") == Decider.RULES else KINDS
    feed = Feed.model_validate(state.get("feed") or {})
    marks = feed.marks(before.marks, reads)
    left = _left(state, end, feed, reads)
    newest = sorted(left.items, key=lambda item: item.created_at, reverse=True)
    pending = [item.key for item in newest if item.position <= marks.get(item.mark, 0)]
    # What is not shown now, because its source is down, may come back.
    shown = {item.key for item in (*feed.walk(), *feed.left_out)}
    absent = [key for key in before.pending if key not in shown]
    kept = tuple([*pending, *absent][:PENDING_LIMIT])
    return before.model_copy(
        update={
            "beat": number,
            # What the target waits with is asked again once a wait is over, which changes the fingerprint.
            "fingerprint": None if left.goes_on or (pending and not feed.waits) else fingerprint,
            "seen": feed.digests(),
            "tasks": before.stamped(_tasks(state, waits=bool(feed.waits) and status == BeatStatus.NONE), now),
            "marks": marks,
            "pending": kept,
            "counted": tuple(key for key in kept if key in left.told or key in before.counted),
            "recent": _recent(state, status, before, now),
            "done": _done(state, end, before, now),
            "lines": _lines(state, end, before, now),
            "note": _note(state.get("decision") or {}, before.note),
            **asked,
        }
    )


class _Left(NamedTuple):
    """What a beat has not looked at, because it did one thing, the first that was due.

    ``told`` are keys of what its post has told of; ``goes_on`` says that it has not gone through the instructions
    either.
    """

    items: list[Item]
    told: set[str]
    goes_on: bool = False


def _left(state: State, end: End, feed: Feed, reads: Collection[str]) -> _Left:
    """Return what stays new.

    Each beat that leaves something is one step further: it has answered, voted, posted, obeyed or done a task, and
    does none of these a second time. So beats that go on come to an end.
    """
    decision, deed = state.get("decision") or {}, _deed(state, end)
    news = [*(item for item in feed.walk() if item.new), *feed.left_out]
    if deed and "uses" in decision:
        uses = set(decision["uses"])
        return _Left([item for item in news if item.key not in uses or _asks(item)], uses, goes_on=True)
    target = deed.target_id if deed else None
    told = (
        {item.key for item in feed.uncounted(FeedKind.POST)}
        if deed and deed.kind == ActionKind.POST
        else set()
    )
    if feed.waits:
        # Perhaps they ask for what the target waits with.
        return _Left([item for item in news if item.target_id != target and item.key not in told], told)
    # A model that never answers somebody would else be asked, and act, at each beat. Rules answer nobody.
    goes_on = state.get("decided_by") == Decider.RULES or any(
        item.target_id == target or item.key in told for item in news
    )
    unread = {item.key for item in feed.left_out} - told
    left = [
        item
        for item in news
        if item.kind not in reads
        or item.key in unread
        or (goes_on and item.speaks and item.target_id != target)
    ]
    return _Left(left, told)


def _asks(item: Item) -> bool:
    """Whether a post that was told of wants an answer besides."""
    return item.kind == FeedKind.POST and item.speaks


class _Deed(NamedTuple):
    """What was done, now or within 24 hours before: ``target_id`` is the item it was done to."""

    kind: str
    target_id: str | None


def _deed(state: State, end: End) -> _Deed | None:
    if end.status != BeatStatus.ACTED and end.reason != Reason.DUPLICATE:
        return None
    if state.get("draft"):
        draft = Draft.model_validate(state["draft"])
        return _Deed(draft.kind, draft.target_id)
    decision = state.get("decision") or {}
    named = [f"{kind}:{decision[f'{kind}_id']}" for kind in ("comment", "post") if decision.get(f"{kind}_id")]
    return _Deed(str(decision.get("action")), named[0] if named else None)


def _done(state: State, end: End, before: Memory, now: datetime) -> dict[str, datetime]:
    deed = _deed(state, end)
    return before.did(deed.kind, deed.target_id, now) if deed and deed.target_id else before.done


def _tasks(state: State, *, waits: bool) -> list[str]:
    """Return the due tasks that were looked at; where a beat acted on one, those after it were not."""
    if waits:
        return []  # perhaps they ask for what the target waits with
    due = [task["name"] for task in (state.get("instructions") or {}).get("due", [])]
    uses = (state.get("decision") or {}).get("uses")
    return due if uses is None else [name for name in due if f"task:{name}" in uses]


def _recent(state: State, status: BeatStatus, before: Memory, now: datetime) -> tuple[RecentAction, ...]:
    if status != BeatStatus.ACTED or not state.get("draft"):
        return before.recent
    draft = Draft.model_validate(state["draft"])
    text = draft.title or draft.vote_direction or draft.content or draft.told
    duty = str((state.get("decision") or {}).get("duty") or "")
    action = RecentAction(
        at=now, kind=draft.kind, target_id=draft.target_id, duty=duty, text=truncate_bytes(text, _TEXT_SIZE)
    )
    return (*before.recent, action)[-RECENT_LIMIT:]


def _lines(state: State, end: End, before: Memory, now: datetime) -> dict[str, datetime]:
    duty, deed = str((state.get("decision") or {}).get("duty") or ""), _deed(state, end)
    return before.followed(duty, now) if duty and deed and deed.kind == ActionKind.POST else before.lines


def _note(decision: dict[str, Any], before: str) -> str:
    note = decision.get("note")
    return mask_secrets(clean(note, multiline=True))[:NOTE_LIMIT] if isinstance(note, str) else before
