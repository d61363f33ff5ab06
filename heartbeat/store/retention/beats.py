"""Find the beats of a thread that nothing needs any more, and delete them; see `heartbeat.store.retention`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, bindparam, col, delete, func, or_, select, update

from heartbeat.memory import Memory
from heartbeat.store import pruned, rows
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.forgetting_tables import Forgetting
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem
from heartbeat.store.outcomes import looked
from heartbeat.store.pruned import Span
from heartbeat.store.retry import FAILURES, counts_towards_pause
from heartbeat.store.tables import Action, Beat, Delivery, Thread
from heartbeat.vocabulary import (
    UNSETTLED,
    ActionKind,
    ActionStatus,
    ApprovalThreadState,
    BeatStatus,
    FeedKind,
)

THREADS = 100
"""Threads that are looked at in one transaction."""

_OF_THREAD = Beat.thread_id == bindparam("thread")
_NEXT_THREADS = (
    select(
        Thread.id,
        select(Beat.id)
        .where(Beat.thread_id == Thread.id, col(Beat.started_at) < bindparam("before"))
        .exists(),
    )
    .where(col(Thread.id) > bindparam("after"))
    .order_by(col(Thread.id))
    .limit(THREADS)
)
_NTH = select(Beat.id).where(_OF_THREAD).order_by(col(Beat.id).desc()).limit(1).offset(bindparam("nth"))
_LOWEST_SLOT = select(func.min(Beat.slot)).where(_OF_THREAD, col(Beat.id) >= bindparam("first"))
_WITH_MEMORY = (
    select(Beat.id, Beat.memory)
    .where(_OF_THREAD, col(Beat.memory).is_not(None))
    .order_by(col(Beat.id).desc())
    .limit(1)
)
_NEWEST_SLOT = (
    select(Beat.id).where(_OF_THREAD, col(Beat.slot).is_not(None)).order_by(col(Beat.slot).desc()).limit(1)
)
_LAST_TRIED = (
    select(Beat.id).where(_OF_THREAD, counts_towards_pause()).order_by(col(Beat.slot).desc()).limit(FAILURES)
)
_NEWEST_PRIVATE = select(Beat.id).where(col(Beat.private)).order_by(col(Beat.id).desc()).limit(1)
_COLUMNS = (
    *(Beat.id, Beat.started_at, Beat.slot, Beat.last_slot),
    *(Beat.status, Beat.finished_at, Beat.retry_at),
    looked().label("has_looked"),
)
_OLD = (
    select(*_COLUMNS)  # type: ignore[call-overload]
    .where(
        _OF_THREAD,
        col(Beat.started_at) < bindparam("before"),
        col(Beat.started_at) >= bindparam("at"),
        or_(col(Beat.started_at) > bindparam("at"), col(Beat.id) > bindparam("number")),
    )
    .order_by(col(Beat.started_at), col(Beat.id))
    .limit(bindparam("limit"))
)
_SETTLED = (col(Beat.status).not_in(sorted(UNSETTLED)), col(Beat.retry_at).is_(None))
_FINAL = frozenset({ActionStatus.RECORDED, ActionStatus.SENT})
_TEXTS = frozenset({ActionKind.POST, ActionKind.COMMENT})
_OF_CONVERSATION = f".{FeedKind.MESSAGE}:"


class Piece(NamedTuple):
    """Which threads of a piece have old beats; ``last`` is the last one that was looked at, None at the end."""

    threads: list[str]
    last: str | None


class Before(NamedTuple):
    """When a beat must have ended to be deleted: one that did nothing, and one that acted or was rejected."""

    ended: datetime
    acted: datetime


class Place(NamedTuple):
    """A place in the order of a thread's beats.

    ``look`` is the last beat up to there that looked, if it can go as soon as there is a later one.
    """

    started_at: datetime
    number: int
    look: int | None = None


class Found(NamedTuple):
    """Beats of a thread that can be deleted; ``last`` is the place of the last one looked at, None at the end."""

    ids: list[int]
    last: Place | None


@dataclass(frozen=True)
class Bounds:
    """What of a thread stays in any case.

    ``first`` is the first of its last beats, and ``lowest`` the earliest slot among them; ``needed`` are older ones.
    """

    first: int
    lowest: datetime | None
    needed: frozenset[int]


def pieces(session: Session, before: datetime, after: str) -> Piece:
    """Return which of the next threads have beats that began before an instant."""
    found = rows.read(session, _NEXT_THREADS, {"before": before, "after": after}).all()
    last = found[-1][0] if len(found) == THREADS else None
    return Piece([thread for thread, has_old in found if has_old], last)


def bounds(session: Session, thread_id: str, kept: int) -> Bounds | None:
    """Return what of a thread stays; None if nothing of it may be deleted."""
    own = {"thread": thread_id}
    first = rows.read(session, _NTH, {**own, "nth": kept - 1}).scalar()
    if first is None or _is_forgetting(session):
        return None
    lowest = rows.read(session, _LOWEST_SLOT, {**own, "first": first}).scalar()
    return Bounds(first, lowest, frozenset(_needed(session, thread_id)))


def _needed(session: Session, thread_id: str) -> Iterable[int]:
    own = {"thread": thread_id}
    for number, memory in rows.read(session, _WITH_MEMORY, own):
        yield number
        yield from Memory.newest(memory).waiting
    for query in (_NEWEST_SLOT, _LAST_TRIED, _NEWEST_PRIVATE):
        yield from rows.read(session, query, own if query is not _NEWEST_PRIVATE else {}).scalars()


def _is_forgetting(session: Session) -> bool:
    return session.exec(select(Forgetting.name).limit(1)).first() is not None


def old(session: Session, thread_id: str, stays: Bounds, before: Before, after: Place, limit: int) -> Found:
    """Return which of the next ``limit`` old beats of a thread can be deleted.

    Of the old beats that looked, the last one stays, whether or not later ones looked: those are not read here.
    """
    values = {
        "thread": thread_id,
        "before": before.ended,
        "at": after.started_at,
        "number": after.number,
        "limit": limit,
    }
    found = rows.read(session, _OLD, values).all()
    ids = _not_needed(session, [row.id for row in found if _may_go(row, stays, before)], before)
    ids, look = _but_the_last_look(ids, [row.id for row in found if row.has_looked], after.look)
    last = Place(found[-1].started_at, found[-1].id, look) if len(found) == limit else None
    return Found(ids, last)


def _but_the_last_look(
    ids: list[int], looks: Sequence[int], earlier: int | None
) -> tuple[list[int], int | None]:
    """Take the last beat that looked from the ``ids``, and add an ``earlier`` one if there are later ``looks``.

    Returns:
        The ids, and what is the ``earlier`` one of those that follow.
    """
    if not looks:
        return ids, earlier
    last = looks[-1] if looks[-1] in ids else None
    released = [] if earlier is None else [earlier]
    return [*released, *(number for number in ids if number != last)], last


def _may_go(row: Any, stays: Bounds, before: Before) -> bool:
    """Return whether the row of a beat alone says nothing that keeps it."""
    if row.id >= stays.first or row.id in stays.needed:
        return False
    if row.status in UNSETTLED or row.retry_at is not None:
        return False
    latest = before.acted if row.status == BeatStatus.REJECTED else before.ended
    if row.finished_at is None or row.finished_at >= latest:
        return False
    # A slot that a wrong clock dated ahead stays as long as later beats had earlier slots.
    newest = row.last_slot or row.slot
    return newest is None or stays.lowest is None or newest < stays.lowest


def _not_needed(session: Session, ids: Sequence[int], before: Before) -> list[int]:
    """Return the beats of which nothing that hangs on them is needed."""
    if not ids:
        return []
    queries = (
        select(Delivery.beat_id).where(col(Delivery.beat_id).in_(ids)),
        select(ApprovalThread.beat_id).where(
            col(ApprovalThread.beat_id).in_(ids), ApprovalThread.state != ApprovalThreadState.CLEARED
        ),
    )
    needed = {number for query in queries for number in session.exec(query)}
    acted = session.exec(select(Action).where(col(Action.beat_id).in_(ids))).all()
    if acted:
        is_connected = session.exec(select(ConnectionLook.name).limit(1)).first() is not None
        shown = _in_inbox(session, acted)
        needed |= {
            action.beat_id
            for action in acted
            if action.created_at >= before.acted
            or action.status not in _FINAL
            or action.about in shown
            or (is_connected and _left_text(action))
            or _prevents_a_repeat(session, action)
        }
    return [number for number in ids if number not in needed]


def _in_inbox(session: Session, acted: Collection[Action]) -> set[str]:
    """Return the keys of items that actions are about and that the inbox holds."""
    numbers = {}
    for action in acted:
        number = (action.about or "").rpartition(":")[2]
        if action.about is not None and number.isascii() and number.isdigit() and len(number) < 19:
            numbers[action.about] = int(number)
    query = select(InboxItem.id, InboxItem.connection, InboxItem.kind).where(
        col(InboxItem.id).in_(numbers.values())
    )
    held = {f"{connection}.{kind}:{number}" for number, connection, kind in session.exec(query)}
    return held & set(numbers)


def _left_text(action: Action) -> bool:
    """Return whether its text stands on the built-in forum or in a conversation."""
    if action.kind in _TEXTS:
        return "key" in (action.receipt or {})
    return action.kind == ActionKind.TELL and _OF_CONVERSATION in (action.about or "")


def _prevents_a_repeat(session: Session, action: Action) -> bool:
    """Return whether there is a delivery that is refused another try because of this action."""
    query = (
        select(Delivery.id)
        .join(Action, col(Action.id) == Delivery.action_id)
        .where(
            Action.thread_id == action.thread_id,
            Action.digest == action.digest,
            col(Action.id) < action.id,
        )
    )
    return session.exec(query.limit(1)).first() is not None


def remove(session: Session, thread_id: str, hole: timedelta, ids: Collection[int]) -> int:
    """Delete beats of a thread with their actions, unless they are needed since they were found; return how many.

    Their slots are added to the thread's, see `pruned.with_more`; not those that were missed, which are due again
    where the clock is set back (`slots.realign`).
    """
    own = {"thread": thread_id}
    thread = session.exec(select(Thread.next_due, Thread.pruned_slots).where(Thread.id == thread_id)).first()
    if thread is None or _is_forgetting(session):
        return 0
    next_due, stored = thread
    memories = {number for number, _ in rows.read(session, _WITH_MEMORY, own)}
    query = select(Beat.id, Beat.slot, Beat.last_slot, Beat.status).where(
        Beat.thread_id == thread_id, col(Beat.id).in_(ids), *_SETTLED
    )
    gone: list[int | None] = []
    spans: list[Span] = []
    for number, slot, last_slot, status in session.exec(query):
        newest = last_slot or slot
        if number in memories or (newest is not None and next_due is not None and newest >= next_due):
            continue
        gone.append(number)
        if slot is not None and status != BeatStatus.MISSED:
            spans.append(Span(slot, slot))
    if not gone:
        return 0
    connection = session.connection()
    connection.execute(delete(Action).where(col(Action.beat_id).in_(gone)))
    connection.execute(delete(ApprovalThread).where(col(ApprovalThread.beat_id).in_(gone)))
    connection.execute(delete(Beat).where(col(Beat.id).in_(gone)))
    if spans:
        slots = pruned.with_more(stored, spans, hole)
        connection.execute(update(Thread).where(col(Thread.id) == thread_id).values(pruned_slots=slots))
    return len(gone)
