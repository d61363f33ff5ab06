"""The update of a thread's memory after a beat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from heartbeat import rule_memory
from heartbeat.feed import Feed, Item
from heartbeat.history import History
from heartbeat.instructions import mask_secrets
from heartbeat.memory import NOTE_LIMIT, PENDING_LIMIT, RECENT_LIMIT, Memory, RecentAction
from heartbeat.run_data import RunData
from heartbeat.text import clean, truncate_bytes
from heartbeat.vocabulary import ActionKind, BeatStatus, Decider, FeedKind, Reason

_TEXT_SIZE = 120
"""Maximum bytes of the text of a recent action."""
_PERFORMED = frozenset({BeatStatus.ACTED, BeatStatus.AWAITING_APPROVAL})
"""What waits for approval counts as done, so that nothing else is done about its items."""


@dataclass(frozen=True)
class End:
    """The outcome of a beat."""

    beat_id: int
    status: BeatStatus
    reason: Reason | None = None

    @property
    def is_no(self) -> bool:
        """Whether a person said no to the action: it is not to be proposed again."""
        return (self.status, self.reason) == (BeatStatus.REJECTED, Reason.REJECTED)

    @property
    def counts_as_done(self) -> bool:
        """Whether nothing else is to be done about what the action was about."""
        return self.status in _PERFORMED or self.reason == Reason.DUPLICATE or self.is_no


def next_memory(beat: RunData, end: End, before: Memory, now: datetime) -> Memory:
    """Return the thread's memory after this beat; ``before`` itself if nothing changes.

    Dry runs and beats that ended before the model could be asked change nothing.
    """
    fingerprint, status = beat.fingerprint, end.status
    if fingerprint is None or status == BeatStatus.DRY_RUN:
        return before
    # If rows were lost, beat numbers repeat; the later memory must still have the higher number.
    number = max(end.beat_id, before.beat + 1)
    asked = {"asked_at": beat.asked_at} if beat.asked_at else {}
    if not (end.counts_as_done or status == BeatStatus.NONE):
        failed = {"rules": _rules_after_failure(beat, end, before, now)}
        return before.model_copy(update={"beat": number, "fingerprint": None, **failed, **asked})
    feed, puts_off = beat.feed, _puts_off(beat, end)
    marks = feed.marks(before.marks)
    left = _unhandled(beat, end, feed)
    newest = sorted(left.items, key=lambda item: item.created_at, reverse=True)
    pending = [item.key for item in newest if item.position <= marks.get(item.mark, 0)]
    can_wait = _is_blocked(feed, end) and beat.decided_by != Decider.RULES
    # Items of a source that is down now may come back.
    shown = {item.key for item in (*feed.walk(), *feed.left_out)}
    absent = [key for key in before.pending if key not in shown]
    unshown = list(feed.unshown)
    kept = _newest_pending([*pending, *unshown, *(key for key in absent if key not in unshown)])
    return before.model_copy(
        update={
            "beat": number,
            # The fingerprint changes when a target takes again what it did not take, so pending items are looked at
            # again then.
            "fingerprint": None if left.unfinished or unshown or (pending and not can_wait) else fingerprint,
            "seen": feed.digests(),
            "tasks": before.tasks_after([] if puts_off else handled_tasks(beat), now),
            "put_off": tuple(task.name for task in beat.instructions.due) if puts_off and can_wait else (),
            "waiting": _waiting(end, before),
            "marks": marks,
            "pending": kept,
            "left": _left(pending, unshown, beat, end),
            "counted": tuple(key for key in kept if key in left.reported or key in before.counted),
            "recent": _recent(beat, status, before, now),
            "done": _done(beat, end, before, now),
            "rules": _rules(beat, before, now),
            "judged_with": beat.followed.judged_with if beat.followed else before.judged_with,
            "note": _note(beat.decision or {}, before.note),
            "private": _private(beat, before),
            **asked,
        }
    )


def _rules(beat: RunData, before: Memory, now: datetime) -> dict[str, History]:
    if beat.followed is None:
        return before.rules
    return rule_memory.after(before.rules, before.marks, beat.followed, now)


def _rules_after_failure(beat: RunData, end: End, before: Memory, now: datetime) -> dict[str, History]:
    if beat.followed is None or end.status == BeatStatus.SKIPPED:
        return before.rules
    return rule_memory.after_failure(before.rules, before.marks, beat.followed, now)


def _left(pending: Sequence[str], unshown: Sequence[str], beat: RunData, end: End) -> int:
    """Return how many items a beat that follows up can do something about.

    These are the items that were not looked at, and where it has acted, those that wait because of that. Where a
    target takes nothing now, items that were looked at wait for it. Of a plan it is also the rules that are due.
    """
    feed, followed = beat.feed, beat.followed
    if followed is not None:
        return len(unshown) + followed.left
    unread = {item.key for item in feed.left_out}
    acted = end.status == BeatStatus.ACTED and not _is_blocked(feed, end)
    return len({*unshown, *(key for key in pending if acted or key in unread)})


def _newest_pending(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of items that wait, at most `PENDING_LIMIT` of each source and kind; the first ones count."""
    taken: Counter[str] = Counter()
    kept: list[str] = []
    for key in dict.fromkeys(keys):
        mark = key.partition(":")[0]
        taken[mark] += 1
        if taken[mark] <= PENDING_LIMIT:
            kept.append(key)
    return tuple(kept)


class _Unhandled(NamedTuple):
    """The new items that a beat has not handled, because it does only the first action that is due.

    ``reported`` are the keys of the items that its post has reported; ``unfinished`` means that it has not gone
    through all instructions either.
    """

    items: list[Item]
    reported: set[str]
    unfinished: bool = False


def _unhandled(beat: RunData, end: End, feed: Feed) -> _Unhandled:
    """Return the items that stay new.

    Pending items cannot cause beats forever: each beat has answered, voted, posted, obeyed or done a task, and later
    beats do not repeat that.
    """
    if beat.followed is not None:
        waiting = set(beat.followed.waiting)
        shown = [item for item in feed.walk() if item.key in waiting]
        unfinished = bool(beat.followed.due) or beat.decided_by == Decider.RULES
        return _Unhandled([*shown, *feed.left_out], set(), unfinished=unfinished)
    action = _performed(beat, end)
    news = [*(item for item in feed.walk() if item.new), *feed.left_out]
    target = action.target_id if action else None
    reported = (
        {item.key for item in feed.uncounted(FeedKind.POST)}
        if action and action.kind == ActionKind.POST
        else set()
    )
    if _is_blocked(feed, end):
        # They may ask for an action that its target does not take now.
        return _Unhandled(
            [item for item in news if item.target_id != target and item.key not in reported], reported
        )
    # Otherwise a model that never answers an item would be asked, and act, in every beat.
    unfinished = any(item.target_id == target or item.key in reported for item in news)
    unread = {item.key for item in feed.left_out} - reported
    left = [
        item
        for item in news
        if item.key in unread or (unfinished and item.speaks and item.target_id != target)
    ]
    return _Unhandled(left, reported)


class _Action(NamedTuple):
    """The action of this beat, or the earlier one of which it is a duplicate; ``target_id`` is its item."""

    kind: str
    target_id: str | None


def _performed(beat: RunData, end: End) -> _Action | None:
    if not end.counts_as_done:
        return None
    if beat.has_draft:
        return _Action(beat.draft.kind, beat.draft.target_id)
    decision = beat.decision or {}
    named = [f"{kind}:{decision[f'{kind}_id']}" for kind in ("comment", "post") if decision.get(f"{kind}_id")]
    return _Action(str(decision.get("action")), named[0] if named else None)


def _done(beat: RunData, end: End, before: Memory, now: datetime) -> dict[str, datetime]:
    action = _performed(beat, end)
    return (
        before.done_after(action.kind, action.target_id, now) if action and action.target_id else before.done
    )


def _is_blocked(feed: Feed, end: End) -> bool:
    """Return whether a target did not take all that the beat might have done there."""
    return bool(feed.waits or feed.blocked) or _is_refused_a_place(end)


def _is_refused_a_place(end: End) -> bool:
    return (end.status, end.reason) == (BeatStatus.NONE, Reason.AWAITING_APPROVAL)


def _puts_off(beat: RunData, end: End) -> bool:
    """Return whether the tasks of the beat stay due: they may ask for what no target takes now."""
    return end.status == BeatStatus.NONE and (bool(beat.feed.waits) or _is_refused_a_place(end))


def _waiting(end: End, before: Memory) -> tuple[int, ...]:
    waits = end.status == BeatStatus.AWAITING_APPROVAL
    return (*before.waiting, end.beat_id) if waits else before.waiting


def items_of(beat: RunData) -> tuple[str, ...]:
    """Return the keys of the items that the action of a beat was about: one, or all that were new to it."""
    draft, feed = beat.draft, beat.feed
    if draft.about is not None:
        return (draft.about,)
    news = (*(item for item in feed.walk() if item.new), *feed.left_out)
    if draft.target_id is None:
        return tuple(item.key for item in news)
    return tuple(item.key for item in feed.walk() if item.target_id == draft.target_id)


def handled_tasks(beat: RunData) -> list[str]:
    """Return the due tasks that were handled; after a beat acted on one task, the later ones are not."""
    due = [task.name for task in beat.instructions.due]
    if beat.followed is not None:
        return [name for name in due if name not in beat.followed.tasks]
    return due


def with_late_action(
    beat: RunData, end: End, before: Memory, at: datetime, proposed: Collection[str]
) -> Memory:
    """Return the memory with the action of a beat that was done after later beats.

    Its items, tasks and note are in the memory since the beat began to wait. ``proposed`` are the names in
    ``Memory.done`` of what it counted as done then; a person may have had it done about another item.
    """
    kept = {name: stamp for name, stamp in before.done.items() if name not in proposed}
    return before.model_copy(
        update={
            "recent": before.with_recent(_recent_action(beat, at)),
            "done": _latest(_done(beat, end, before.model_copy(update={"done": kept}), at), before.done),
            "private": _private(beat, before),
        }
    )


def _latest(stamps: dict[str, datetime], before: dict[str, datetime]) -> dict[str, datetime]:
    return {name: max(at, before.get(name, at)) for name, at in stamps.items()}


def _recent(beat: RunData, status: BeatStatus, before: Memory, now: datetime) -> tuple[RecentAction, ...]:
    if status != BeatStatus.ACTED or not beat.has_draft:
        return before.recent
    return (*before.recent, _recent_action(beat, now))[-RECENT_LIMIT:]


def _recent_action(beat: RunData, at: datetime) -> RecentAction:
    draft = beat.draft
    text = draft.title or draft.vote_direction or draft.content or draft.text or draft.told
    return RecentAction(
        at=at,
        kind=draft.kind,
        target_id=draft.target_id,
        text=truncate_bytes(text, _TEXT_SIZE),
    )


def _private(beat: RunData, before: Memory) -> tuple[str, ...]:
    """Return the sources of what was private and is, or may be, in the texts of the memory."""
    return tuple(sorted({*before.private, *beat.feed.private}))


def _note(decision: dict[str, Any], before: str) -> str:
    note = decision.get("note")
    return mask_secrets(clean(note, multiline=True))[:NOTE_LIMIT] if isinstance(note, str) else before
