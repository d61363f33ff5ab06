"""What a person has said no to: the same act is not proposed about the same item again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlmodel import Session, col, select

from heartbeat.draft import Draft
from heartbeat.store.actions import DUPLICATE_WINDOW
from heartbeat.store.tables import Action, Beat
from heartbeat.vocabulary import ActionKind, ActionStatus, BeatStatus, Reason

SPAN = timedelta(days=30)
"""For how long a no about an item counts."""
EXPIRED_LIMIT = 2
"""How often nobody need have answered for it to count as a no."""
_LIMIT = 200


def declined(
    session: Session, thread_id: str, draft: Draft, digest_of: Callable[[Draft], str], now: datetime
) -> bool:
    """Return whether a person rejected or cancelled the same act, or nobody approved it twice.

    The same is a comment, vote or note about the same item in whatever words, or a tell about an item that has not
    changed. What is about no item is the same for 24 hours, and in the same words only.
    """
    digest = digest_of(draft)
    if _is_cancelled(session, thread_id, draft, digest, now):
        return True
    expired = 0
    for row in _rejected(session, thread_id, now):
        try:
            other = Draft.model_validate(row.action)
        except ValidationError:
            continue  # written by another version
        lately = (row.finished_at or row.started_at) > now - DUPLICATE_WINDOW
        if not (_same_item(other, draft) or (digest_of(other) == digest and (lately or draft.about_digest))):
            continue
        expired += row.reason == Reason.EXPIRED
        if row.reason == Reason.REJECTED or expired >= EXPIRED_LIMIT:
            return True
    return False


def _same_item(one: Draft, other: Draft) -> bool:
    if one.kind == ActionKind.TELL or one.target_id is None:
        return False
    return (one.kind, one.about, one.target_id) == (other.kind, other.about, other.target_id)


def _is_cancelled(session: Session, thread_id: str, draft: Draft, digest: str, now: datetime) -> bool:
    query = select(Action).where(
        Action.thread_id == thread_id,
        Action.status == ActionStatus.FAILED,
        col(Action.by_person),
        Action.kind == draft.kind,
        col(Action.created_at) > now - SPAN,
    )
    for row in session.exec(query.order_by(col(Action.id).desc()).limit(_LIMIT)):
        about_same = (row.about, row.target_id) == (
            draft.about,
            draft.target_id,
        ) and row.target_id is not None
        if about_same and draft.kind != ActionKind.TELL:
            return True
        lately = row.created_at > now - DUPLICATE_WINDOW
        if row.digest == digest and (lately or draft.about_digest):
            return True
    return False


def _rejected(session: Session, thread_id: str, now: datetime) -> Iterator[Beat]:
    query = select(Beat).where(
        Beat.thread_id == thread_id,
        Beat.status == BeatStatus.REJECTED,
        col(Beat.reason).in_((Reason.REJECTED, Reason.EXPIRED)),
        # An approval may wait as long as a no counts, so what counts is when it was said.
        col(Beat.finished_at) > now - SPAN,
        col(Beat.action).is_not(None),
    )
    yield from session.exec(query.order_by(col(Beat.id).desc()).limit(_LIMIT))
