"""Restore from the row of a beat what its run needs to continue, or to write the memory of its action."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, bindparam, col, select, update

from heartbeat.draft import Draft
from heartbeat.instructions import mask_secrets
from heartbeat.memory import Memory
from heartbeat.remember import End, next_memory
from heartbeat.run_data import RunData
from heartbeat.store import rows
from heartbeat.store.tables import Action, Beat
from heartbeat.text import sentence
from heartbeat.vocabulary import ActionKind, ActionStatus, BeatStatus, DeliveryReason

_ACTION = (
    rows.columns_of(Action)
    .select()
    .where(col(Action.beat_id) == bindparam("beat"))
    .order_by(col(Action.id))
    .limit(1)
)

logger = logging.getLogger("heartbeat")


def state_of(row: Beat) -> dict[str, Any]:
    """Return the state from which a run continues after its decision."""
    last = row.rounds[-1] if row.rounds else {}
    return {
        **(row.context or {}),
        "round": max(0, len(row.rounds) - 1),
        "decision": last.get("decision"),
        "decided_by": row.decided_by and row.decided_by.value,
        "asked_at": last.get("at"),
        "draft": row.action,
    }


def done_by(session: Session, row: Beat) -> Action | None:
    """Return the action that a beat has done, or None."""
    if row.action is None:
        return None
    return next(iter(rows.found_by(session, Action, _ACTION, {"beat": row.id})), None)


def report(done: Action, draft: Draft) -> str:
    """Return the summary of a beat whose action is done, or is on its way."""
    what, target = draft.describe(), done.target
    match done.status:
        case ActionStatus.SENT:
            said = draft.report()
        case ActionStatus.RECORDED:
            # What is told is shown in the panel, also where no connection takes it.
            said = draft.report() if draft.kind == ActionKind.TELL else f"Recorded: {what}"
        case ActionStatus.PENDING | ActionStatus.SENDING:
            said = f"On its way to {target}: {what}"
        case ActionStatus.HELD:
            said = f"Held back: {what}"
        case ActionStatus.UNKNOWN:
            said = f"Perhaps arrived at {target}: {what}"
        case ActionStatus.FAILED:
            said = f"{_FAILED[done.reason].format(target)}: {what}" if done.reason else f"Failed: {what}"
    return sentence(said)


_FAILED = {
    DeliveryReason.REFUSED: "Refused by {}",
    DeliveryReason.EXPIRED: "Did not reach {} in time",
    DeliveryReason.CANCELLED: "Cancelled",
}


def summary_of(row: Beat, done: Action | None) -> str | None:
    """Return the summary of a beat by what became of its action by now; None if the row cannot be read."""
    if row.action is None or done is None:
        return None
    return _summary(row.action, done)


def _summary(draft: Mapping[str, Any], done: Action) -> str | None:
    try:
        return mask_secrets(report(done, Draft.model_validate(draft)))
    except ValidationError:
        return None  # written by another version


def follow_action(session: Session, action: Action) -> None:
    """Let the summary of a beat that has acted say what became of its action."""
    row = session.get(Beat, action.beat_id)
    if row is not None and row.status == BeatStatus.ACTED:
        row.summary = summary_of(row, action) or row.summary
        session.add(row)


def follow_actions(
    session: Session, threads: Collection[str | None], before: ActionStatus, after: ActionStatus
) -> None:
    """Change the status of all actions of threads that have one, and let the summaries of their beats say so."""
    session.execute(
        update(Action)
        .where(col(Action.thread_id).in_(threads), col(Action.status) == before)
        .values(status=after)
    )
    # Whole rows of beats are large, since they include the context.
    query = (
        select(Beat.id, Beat.action, Beat.summary, Action)
        .join(Action, col(Action.beat_id) == Beat.id)
        .where(col(Action.thread_id).in_(threads), Action.status == after, Beat.status == BeatStatus.ACTED)
    )
    found = session.exec(query).all()
    said = [
        {"id": beat_id, "summary": summary}
        for beat_id, draft, old, action in found
        if draft is not None and (summary := _summary(draft, action)) not in (None, old)
    ]
    if said:
        session.execute(update(Beat), said)


def as_acted(row: Beat, done: Action, before: Mapping[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
    """Return summary and memory of a beat whose action is done, but whose run has not written them.

    Runs of earlier versions wrote them after the action.

    ``before`` is the thread's memory before the beat. The memory has the time of the action; it is None if the
    row was written by an older version and cannot be read.
    """
    try:
        beat, end = RunData(state_of(row)), End(row.id or 0, BeatStatus.ACTED)
        summary = mask_secrets(report(done, beat.draft))
        memory = next_memory(beat, end, Memory.newest(before), done.created_at)
    except ValidationError as error:
        said = "what beat %s did cannot be remembered: %s"
        logger.warning(
            said, row.id, type(error).__name__ if row.private else error, extra={"action": "memory_lost"}
        )
        return sentence(f"Did: {done.kind}"), None
    return summary, memory.to_dict()
