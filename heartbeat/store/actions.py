"""Actions: each done once, with its receipt, in the transaction of its effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, bindparam, col, func, select

from heartbeat.draft import Draft
from heartbeat.store import beats
from heartbeat.store.beats import Claim
from heartbeat.store.tables import Action
from heartbeat.vocabulary import ActionStatus

_DONE = select(Action).where(Action.key == bindparam("key"))

DUPLICATE_WINDOW = timedelta(hours=24)


def of_beat(session: Session, beat_id: int) -> Sequence[Action]:
    """Return the actions of a beat."""
    return session.exec(select(Action).where(Action.beat_id == beat_id).order_by(col(Action.id))).all()


def of_beats(session: Session, beat_ids: Collection[int]) -> dict[int, list[Action]]:
    """Return the actions of many beats by beat; those that have none are not named."""
    found: dict[int, list[Action]] = defaultdict(list)
    for row in session.exec(select(Action).where(col(Action.beat_id).in_(beat_ids)).order_by(col(Action.id))):
        found[row.beat_id].append(row)
    return found


def count_since(session: Session, thread_id: str, since: datetime) -> int:
    """Return how many actions a thread has done since an instant."""
    query = select(func.count()).where(Action.thread_id == thread_id, col(Action.created_at) >= since)
    return session.exec(query).one()


def done_lately(
    session: Session, thread_id: str, digest: str, now: datetime, *, but_for: int
) -> Action | None:
    """Return the same action to the same target, if another beat of this thread has done it within 24 hours."""
    query = select(Action).where(
        Action.thread_id == thread_id,
        col(Action.created_at) > now - DUPLICATE_WINDOW,
        Action.digest == digest,
        Action.beat_id != but_for,
    )
    return session.exec(query.limit(1)).first()


def cooling(
    session: Session, target: str, cooldowns: Mapping[str, int], now: datetime
) -> dict[str, datetime]:
    """Return the kinds of which a target takes no action yet, each with the instant from which on it does.

    ``cooldowns`` are seconds by kind, counted from the last action of any thread.
    """
    until: dict[str, datetime] = {}
    for kind, seconds in cooldowns.items():
        span = timedelta(seconds=seconds)
        # What a wrong clock dated far ahead does not count.
        near = (col(Action.created_at) > now - span, col(Action.created_at) < now + span)
        query = select(func.max(Action.created_at)).where(Action.target == target, Action.kind == kind, *near)
        last = session.exec(query).one()
        if last is not None:
            until[kind] = last + span
    return until


def perform(
    session: Session,
    claim: Claim,
    draft: Draft,
    *,
    target: str,
    apply: Callable[[Session, str], dict[str, Any]],
    status: ActionStatus,
    now: datetime,
    index: int = 0,
) -> Action | None:
    """Do one action of a beat in the caller's transaction, or return the one that was done before.

    ``apply(session, key)`` has the effect and returns the receipt. Nothing is done for a settled beat.

    Raises:
        FenceLostError: somebody else has claimed the beat since.
    """
    row = beats.held(session, claim)
    key = f"{claim.beat_id}:{index}"
    done = session.exec(_DONE, params={"key": key}).first()
    if done is not None or beats.is_settled(row):
        return done
    receipt = apply(session, key)
    action = Action(
        key=key,
        beat_id=claim.beat_id,
        thread_id=row.thread_id,
        target=target,
        kind=draft.kind,
        target_id=draft.target_id,
        board=draft.board,
        title=draft.title,
        content=draft.content,
        vote_direction=draft.vote_direction,
        fields=draft.fields,
        digest=draft.digest(target),
        status=status,
        receipt=receipt,
        created_at=now,
    )
    row.action = draft.model_dump(mode="json")
    session.add_all([action, row])
    session.flush()
    return action
