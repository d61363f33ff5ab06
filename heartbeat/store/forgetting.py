"""Forget a connection: delete its items, and every text of the beats that may have seen one, in small transactions.

A thread remembers what it has seen in texts of its own, so all its beats count from the first on that saw something
of the connection; and so do those of other threads from the first on that saw what these wrote on the built-in forum.
A row says which connection is being forgotten, so that any process can go on where another one ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, and_, col, delete, or_, select

from heartbeat.store import beats, events, forgotten, inbox, rows, verdicts, wakes
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.beats import Outcome
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.forgetting_tables import Forgetting
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem
from heartbeat.store.readable import split
from heartbeat.store.tables import Beat, Thread
from heartbeat.threads import approval_langgraph_id
from heartbeat.vocabulary import UNSETTLED, ApprovalThreadState, BeatStatus, EventKind

BATCH = 50
"""Beats whose texts are deleted in one transaction."""
ITEMS = 1_000
"""Items that are deleted in one transaction."""
_AT_ONCE = 100
"""Pieces of JSON that are looked for in one query."""
GRACE = timedelta(seconds=10)
"""How long after its end the run of a beat may still be writing its last checkpoint."""


class Traces(NamedTuple):
    """Where checkpoints may hold texts: LangGraph threads by id, and whose source or thread any of them may name."""

    langgraph_ids: list[str]
    sources: list[str]
    threads: list[str]


def knows(session: Session, name: str) -> bool:
    """Return whether the inbox holds anything of a connection, or it is being forgotten."""
    if session.get(Forgetting, name) is not None or session.get(ConnectionLook, name) is not None:
        return True
    return session.exec(select(InboxItem.id).where(InboxItem.connection == name).limit(1)).first() is not None


def names(session: Session) -> list[str]:
    """Return the connections that are being forgotten."""
    return list(session.exec(select(Forgetting.name).order_by(Forgetting.name)))


def begin(session: Session, name: str, now: datetime) -> None:
    """Record that a connection is to be forgotten; from now on no beat and no look finds it.

    A run that is under way, of a thread that looks at it, may have read its items already: it counts as one that has.
    """
    row = session.get(Forgetting, name) or Forgetting(name=name, asked_at=now)
    running = select(Beat.thread_id, Beat.id).where(Beat.status == BeatStatus.RUNNING)
    seeing = set(_looking(session, name))
    row.threads = _merged(
        row.threads, {thread: first for thread, first in session.exec(running) if first and thread in seeing}
    )
    session.add(row)
    session.execute(delete(ConnectionLook).where(col(ConnectionLook.name) == name))
    wakes.recompute_all(session, now)
    events.add(session, EventKind.CONNECTION_CHANGED, now, name=name)


def step(session: Session, name: str, agent: str, now: datetime, *, again_after: timedelta) -> bool:
    """Delete the next texts of a connection; return whether there may be more.

    ``agent`` is the name under which the agent writes into conversations. ``again_after`` is how long a run can go on
    that is closed here: it knows the texts, and can still write a checkpoint.
    """
    row = session.get(Forgetting, name)
    if row is None:
        return False
    session.execute(delete(ConnectionLook).where(col(ConnectionLook.name) == name))
    verdicts.forget(session, name)
    some = select(InboxItem.id).where(InboxItem.connection == name).limit(ITEMS)
    gone = session.execute(delete(InboxItem).where(col(InboxItem.id).in_(some))).rowcount  # type: ignore[attr-defined]
    if gone:
        return True
    found = _next(session, row)
    if not found:
        return False
    ids = [each.id for each in found if each.id is not None]
    for each in found:
        if each.status in UNSETTLED:
            said = f"The connection {name}, which it may have looked at, was forgotten."
            beats.close(session, each, Outcome(BeatStatus.ABANDONED, said), now, fence=each.fence + 1)
            _look_again(row, now + again_after)
        elif each.finished_at is not None and now - each.finished_at < GRACE:
            _look_again(row, each.finished_at + GRACE)
    if forgotten.blank_deliveries(session, ids, now):
        _look_again(row, now + again_after)
    forgotten.blank_notices(session, ids, name, now)
    made = forgotten.blank_actions(session, ids)
    pieces = forgotten.blank_forum(session, made)
    verdicts.forget_items(session, [f"forum.{kind}:{number}" for kind, number in made])
    session.flush()
    for each in found:
        forgotten.blank_beat(each, name, now)
        session.add(each)
    forgotten.blank_events(session, ids)
    for thread in {each.thread_id for each in found}:
        forgotten.blank_pauses(session, thread, now)
        begun = rows.find(session, Beat, row.threads[thread])
        if begun is not None:
            forgotten.blank_messages(session, thread, agent, begun.started_at)
    row.pieces = [*row.pieces, *pieces]
    session.add(row)
    return True


def search(session: Session, name: str) -> dict[str, int]:
    """Return the first beat of each thread that shows that it saw something of a connection; it reads all beats."""
    row = session.get(Forgetting, name)
    found: dict[str, int] = {}
    pieces = [] if row is None else _pieces(row)
    for start in range(0, len(pieces), _AT_ONCE):
        found = _merged(found, forgotten.shows_any(session, pieces[start : start + _AT_ONCE]))
    return found


def add(
    session: Session, name: str, found: Mapping[str, int], now: datetime, *, again_after: timedelta
) -> bool:
    """Record threads that saw something of a connection; return whether they have beats that are to be forgotten.

    A run of another thread may have read what the agent wrote on the forum, and show that only later.
    """
    row = session.get(Forgetting, name)
    if row is None:
        return False
    row.threads = _merged(row.threads, found)
    if row.pieces and row.cleaned_at is None and _is_any_running(session):
        _look_again(row, now + again_after)
    session.add(row)
    wakes.recompute_all(session, now)
    return bool(_next(session, row, limit=1))


def _is_any_running(session: Session) -> bool:
    return session.exec(select(Beat.id).where(Beat.status == BeatStatus.RUNNING).limit(1)).first() is not None


def traces(session: Session, name: str) -> Traces:
    """Return where checkpoints may hold texts of a connection that is being forgotten."""
    row = session.get(Forgetting, name)
    if row is None:
        return Traces([], [], [])
    known = select(Thread.langgraph_id).where(col(Thread.id).in_(row.threads))
    apart = select(ApprovalThread.langgraph_id).where(col(ApprovalThread.thread_id).in_(row.threads))
    waited = [approval_langgraph_id(thread, first) for thread, first in row.threads.items()]
    return Traces(sorted({*session.exec(known), *session.exec(apart), *waited}), [name], sorted(row.threads))


def note_cleaned(session: Session, name: str, now: datetime) -> bool:
    """Record that checkpoints were deleted; return whether beats are left that may have begun from one of them."""
    row = session.get(Forgetting, name)
    if row is None:
        return False
    row.cleaned_at = now
    session.add(row)
    of_these = select(ApprovalThread).where(col(ApprovalThread.thread_id).in_(row.threads))
    for each in session.exec(of_these):
        # Where a beat of the thread waits that knows nothing of it, its interrupt is stored anew.
        beat = session.get(Beat, each.beat_id)
        is_waiting = beat is not None and beat.status == BeatStatus.AWAITING_APPROVAL
        each.state = ApprovalThreadState.MISSING if is_waiting else ApprovalThreadState.CLEARED
        session.add(each)
    session.flush()
    return bool(_next(session, row, limit=1))


def again_at(session: Session, name: str, now: datetime) -> datetime | None:
    """Return when a connection has to be looked through once more; None if that is due or not needed."""
    row = session.get(Forgetting, name)
    return None if row is None or row.again_at is None or row.again_at <= now else row.again_at


def look_through(session: Session, name: str, now: datetime) -> None:
    """Begin once more, where it is time for that: what was written since by a run that was closed is deleted too."""
    row = session.get(Forgetting, name)
    if row is None or row.again_at is None or row.again_at > now:
        return
    row.again_at = None
    session.add(row)
    late = and_(col(Beat.forgotten_at).is_not(None), col(Beat.forgotten_at) >= row.asked_at)
    ids = [each for each in session.exec(select(Beat.id).where(late)) if each is not None]
    forgotten.blank_deliveries(session, ids, now)
    forgotten.blank_actions(session, ids)
    forgotten.blank_events(session, ids)


def end(session: Session, name: str, now: datetime) -> None:
    """Record that nothing of a connection is left."""
    row = session.get(Forgetting, name)
    if row is not None:
        session.delete(row)
        events.add(session, EventKind.CONNECTION_CHANGED, now, name=name)


def _looking(session: Session, name: str) -> Iterable[str]:
    """Return the threads that look at a connection; one that cannot be read may look at it, and counts."""
    defaults = get_defaults(session)
    found, others = split(session, Thread, select(Thread))
    yield from (cell.thread for cell in others if cell.thread is not None)
    for thread in found:
        sources = effective(defaults, thread.overrides, thread.id).config.sources
        if name in inbox.visible(session, sources):
            yield thread.id


def _merged(known: Mapping[str, int], more: Mapping[str, int]) -> dict[str, Any]:
    """Return the first beat of each thread."""
    return {
        each: min(first for first in (known.get(each), more.get(each)) if first is not None)
        for each in {**known, **more}
    }


def _pieces(row: Forgetting) -> list[str]:
    """Return the pieces of JSON by which a beat shows that it has seen something of the connection."""
    return [f'"source": "{row.name}"', f'"{row.name}.', f'"source {row.name}: ', *row.pieces]


def _next(session: Session, row: Forgetting, limit: int | None = None) -> list[Beat]:
    """Return the next beats whose texts are to be deleted, the newest first: the next beat begins from its memory.

    Those that began after the checkpoints were deleted know nothing of the connection.
    """
    limit, found = limit or BATCH, list[Beat]()
    for thread, first in row.threads.items():
        query = select(Beat).where(
            Beat.thread_id == thread, col(Beat.id) >= first, col(Beat.forgotten_at).is_(None)
        )
        if row.cleaned_at is not None:
            query = query.where(or_(col(Beat.started_at) <= row.cleaned_at, col(Beat.id) == first))
        if len(found) < limit:
            found += session.exec(query.order_by(col(Beat.id).desc()).limit(limit - len(found))).all()
    return found


def _look_again(row: Forgetting, at: datetime) -> None:
    row.again_at = at if row.again_at is None else max(row.again_at, at)
