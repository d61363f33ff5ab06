"""Actions: each done once, with its receipt, in the transaction of its effect or of its deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, bindparam, col, func, or_, select

from heartbeat.draft import Draft
from heartbeat.outgoing import Outgoing
from heartbeat.store import beats, outbox, rows
from heartbeat.store.beats import Claim
from heartbeat.store.done import counts_as_done
from heartbeat.store.outbox import follow
from heartbeat.store.tables import Action, Beat, Delivery
from heartbeat.vocabulary import NO_ACTION, ActionStatus, BeatStatus

_DONE = rows.columns_of(Action).select().where(col(Action.key) == bindparam("key"))
_OF_BEAT = (
    rows.columns_of(Action).select().where(col(Action.beat_id) == bindparam("beat")).order_by(col(Action.id))
)

DAY = timedelta(hours=24)
DUPLICATE_WINDOW = DAY

__all__ = [
    "cooling",
    "done_lately",
    "follow",
    "of_beat",
    "of_beats",
    "perform",
    "perform_outside",
    "promised_since",
    "tally_since",
    "used_up",
]


def of_beat(session: Session, beat_id: int) -> Sequence[Action]:
    """Return the actions of a beat."""
    return rows.found_by(session, Action, _OF_BEAT, {"beat": beat_id})


def of_beats(session: Session, beat_ids: Collection[int]) -> dict[int, list[Action]]:
    """Return the actions of many beats by beat; those that have none are not named."""
    found: dict[int, list[Action]] = defaultdict(list)
    for row in session.exec(select(Action).where(col(Action.beat_id).in_(beat_ids)).order_by(col(Action.id))):
        found[row.beat_id].append(row)
    return found


class Tally(NamedTuple):
    """How many actions count as done, and how many wait for approval."""

    done: int
    waiting: int


def tally_since(session: Session, thread_id: str, since: datetime, now: datetime) -> Tally:
    """Return how many actions of a thread since an instant count as done, and how many of beats begun then wait.

    What counts as done says `heartbeat.store.done`.
    """
    done = select(func.count()).where(
        Action.thread_id == thread_id, col(Action.created_at) >= since, counts_as_done()
    )
    waiting = select(func.count()).where(*_waits(thread_id, since, now))
    return Tally(*session.exec(select(done.scalar_subquery(), waiting.scalar_subquery())).one())


class Promised(NamedTuple):
    """An action that waits for approval: its beat, and until when."""

    beat_id: int
    expires_at: datetime | None


def promised_since(session: Session, thread_id: str, since: datetime, now: datetime) -> list[Promised]:
    """Return the actions of beats begun since an instant that wait for approval, the first to expire first."""
    query = select(Beat.id, Beat.expires_at).where(*_waits(thread_id, since, now))
    found = session.exec(query.order_by(col(Beat.expires_at).is_(None), col(Beat.expires_at), col(Beat.id)))
    return [Promised(beat_id, expires_at) for beat_id, expires_at in found if beat_id is not None]


def _waits(thread_id: str, since: datetime, now: datetime) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on beats begun since an instant whose action waits for approval."""
    return (
        col(Beat.thread_id) == thread_id,
        col(Beat.status) == BeatStatus.AWAITING_APPROVAL,
        col(Beat.started_at) >= since,
        or_(col(Beat.expires_at).is_(None), col(Beat.expires_at) > now),
    )


def done_lately(
    session: Session, thread_id: str, digest: str, now: datetime, *, but_for: int
) -> Action | None:
    """Return the same action to the same target, if another beat of this thread has done it within 24 hours.

    One that failed for good (see `heartbeat.store.done`) counts however long ago it was: it is not proposed again.
    """
    query = select(Action).where(
        Action.thread_id == thread_id,
        Action.digest == digest,
        or_(col(Action.created_at) > now - DUPLICATE_WINDOW, Action.status == ActionStatus.FAILED),
        Action.beat_id != but_for,
        counts_as_done(),
    )
    return session.exec(query.limit(1)).first()


def cooling(
    session: Session, target: str, cooldowns: Mapping[str, int], now: datetime
) -> dict[str, datetime]:
    """Return the kinds of which a target takes no action yet, each with the instant from which on it does.

    ``cooldowns`` are seconds by kind, counted from the last action of any thread that counts as done.
    """
    until: dict[str, datetime] = {}
    for kind, seconds in cooldowns.items():
        span = timedelta(seconds=seconds)
        # What a wrong clock dated far ahead does not count.
        near = (col(Action.created_at) > now - span, col(Action.created_at) < now + span)
        query = select(func.max(Action.created_at)).where(_at(target), Action.kind == kind, *near)
        last = session.exec(query).one()
        if last is not None:
            until[kind] = last + span
    return until


def used_up(
    session: Session, target: str, daily_limits: Mapping[str, int], now: datetime
) -> dict[str, datetime]:
    """Return the kinds of which a target takes no more for now, each with the instant from which on it does.

    ``daily_limits`` are actions in 24 hours by kind; those of any thread count that count as done.
    """
    until: dict[str, datetime] = {}
    for kind, most in daily_limits.items():
        near = (col(Action.created_at) > now - DAY, col(Action.created_at) < now + DAY)
        query = select(Action.created_at).where(_at(target), Action.kind == kind, *near)
        last = session.exec(query.order_by(col(Action.created_at).desc()).limit(most)).all()
        if len(last) >= most:
            until[kind] = last[-1] + DAY
    return until


def _at(target: str) -> ColumnElement[bool]:
    """Return the condition on actions that count as done, and were done at a target or have a delivery to it."""
    delivered = select(Delivery.id).where(Delivery.action_id == Action.id, Delivery.target == target)
    return and_(or_(Action.target == target, delivered.correlate(Action).exists()), counts_as_done())


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
    # Without a draft on its row, a beat has done nothing.
    done = _done(session, key) if row.action is not None else None
    if done is not None or beats.is_settled(row):
        return done
    receipt = apply(session, key)
    action = _row(row, draft, key, target, now)
    action.status, action.receipt = status, receipt
    return _add(session, row, action, draft)


def perform_outside(
    session: Session,
    claim: Claim,
    draft: Draft,
    *,
    targets: Sequence[tuple[str, int | None]],
    outgoing: Outgoing,
    now: datetime,
    named: str | None = None,
    digest: str | None = None,
    index: int = 0,
) -> Action | None:
    """Write one action of a beat and queue a delivery for each target, or return the one that was written before.

    ``targets`` are names, each with the seconds after which its delivery is given up (None: never). ``named`` is the
    target of the row, else their names; without any target the action is only recorded. Nothing is done for a
    settled beat. The caller commits with `Store.write_durably`.

    Raises:
        FenceLostError: somebody else has claimed the beat since.
    """
    row = beats.held(session, claim)
    key = f"{claim.beat_id}:{index}"
    done = _done(session, key)
    if done is not None or beats.is_settled(row):
        return done
    target = named or ", ".join(name for name, _ in targets) or NO_ACTION
    action = _row(row, draft, key, target, now)
    action.digest = digest or action.digest
    action.status = ActionStatus.PENDING if targets else ActionStatus.RECORDED
    _add(session, row, action, draft)
    for name, deliver_within in targets:
        outbox.queue(
            session,
            outgoing,
            target=name,
            deliver_within=deliver_within,
            now=now,
            action_id=action.id,
            digest=action.digest,
            private=row.private,
        )
    return action


def _done(session: Session, key: str) -> Action | None:
    return next(iter(rows.found_by(session, Action, _DONE, {"key": key})), None)


def _row(beat: Beat, draft: Draft, key: str, target: str, now: datetime) -> Action:
    assert beat.id is not None  # noqa: S101 - a stored row has its key
    return rows.new(
        Action,
        key=key,
        beat_id=beat.id,
        thread_id=beat.thread_id,
        target=target,
        kind=draft.kind,
        target_id=draft.target_id,
        board=draft.board,
        title=draft.title,
        content=draft.content,
        vote_direction=draft.vote_direction,
        fields=draft.fields,
        text=draft.text,
        about=draft.about,
        file=draft.file,
        mode=draft.mode,
        digest=draft.digest(target),
        status=ActionStatus.RECORDED,
        created_at=now,
    )


def _add(session: Session, beat: Beat, action: Action, draft: Draft) -> Action:
    rows.add(session, action)
    # Written with the end of the beat where that follows.
    beat.action = draft.model_dump(mode="json")
    return action
