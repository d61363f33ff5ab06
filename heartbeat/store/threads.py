"""Threads: create, list, configure, pause, remove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, case, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from heartbeat.config import Config, clean_overrides
from heartbeat.errors import ConflictError, InvalidValueError, NotFoundError
from heartbeat.instructions import Condition, check_content, sha256_of
from heartbeat.outflow import Change, Check, unchecked
from heartbeat.store import approval_threads, events, outbox, rows, slots, wakes
from heartbeat.store.effective import Effective, get_defaults
from heartbeat.store.effective import effective as effective_of
from heartbeat.store.readable import readable
from heartbeat.store.search import holds
from heartbeat.store.tables import Thread
from heartbeat.store.text import check_text
from heartbeat.threads import check_thread_id, langgraph_thread_id
from heartbeat.vocabulary import EventKind

TITLE_LIMIT, REASON_LIMIT = 200, 500


def create(
    session: Session,
    thread_id: str,
    now: datetime,
    *,
    title: str = "",
    config: Mapping[str, Any] | None = None,
    check: Check = unchecked,
) -> Thread:
    """Create a thread; ``check`` may refuse its config.

    Raises:
        InvalidValueError: the id, the title or a field of the config is not allowed; nothing is saved.
        ConflictError: the thread exists.
    """
    check_thread_id(thread_id)
    check_text("title", title, TITLE_LIMIT, least=0)
    overrides = clean_overrides(config or {})
    if session.get(Thread, thread_id):
        raise ConflictError(f"thread {thread_id!r} exists already")
    row = Thread(
        id=thread_id,
        langgraph_id=langgraph_thread_id(thread_id),
        title=title,
        overrides=overrides,
        created_at=now,
    )
    check([Change(f"thread {thread_id}", None, effective(session, row).config)])
    session.add(row)
    session.flush()
    approval_threads.keep(session, row.langgraph_id)
    _replan(session, row, now)
    return row


def get(session: Session, thread_id: str) -> Thread:
    """Return a thread.

    Raises:
        InvalidValueError: not a thread id.
        NotFoundError: no such thread.
    """
    row = rows.find(session, Thread, check_thread_id(thread_id))
    if row is None:
        raise NotFoundError(f"thread {thread_id!r:.80} does not exist")
    return row


def ensure(session: Session, thread_id: str, now: datetime) -> Thread:
    """Return a thread, creating it with the workspace's defaults if it does not exist."""
    return rows.find(session, Thread, check_thread_id(thread_id)) or create(session, thread_id, now)


def id_of(session: Session, langgraph_id: str) -> str | None:
    """Return the id of the thread with this LangGraph UUID, or None."""
    return session.exec(select(Thread.id).where(Thread.langgraph_id == langgraph_id)).first()


def every(
    session: Session, *, after: str = "", words: str = "", limit: int | None = None
) -> Sequence[Thread]:
    """Return up to ``limit`` threads with ids above ``after``, sorted by id.

    ``words`` selects threads whose id or title contains them, ignoring case. Threads that cannot be read, since
    another program has written them, are left out, and named in the log.
    """
    return readable(session, Thread, listed(after=after, words=words).limit(limit))


def listed(*, after: str = "", words: str = "") -> SelectOfScalar[Thread]:
    """Return the query of `every`, without a limit."""
    query = select(Thread).where(col(Thread.id) > after).order_by(col(Thread.id))
    return query.where(holds(words, Thread.id, Thread.title)) if words else query


def matching(session: Session, match: str, *, after: str = "", limit: int) -> list[str]:
    """Return up to ``limit`` ids above ``after`` that match a pattern with ``*`` and ``?``, sorted."""
    query = select(Thread.id).where(col(Thread.id).op("GLOB")(match), col(Thread.id) > after)
    return list(session.exec(query.order_by(col(Thread.id)).limit(limit)).all())


def count(session: Session, *, own_text: bool | None = None) -> int:
    """Return the number of threads: all, or those with or without instructions of their own."""
    query = select(func.count()).select_from(Thread)
    if own_text is not None:
        own = col(Thread.instructions)
        query = query.where(own.is_not(None) if own_text else own.is_(None))
    return session.exec(query).one()


def models(session: Session, *, enabled: bool) -> dict[str | None, int]:
    """Return how many enabled threads override the model, by its name; None counts those that do not.

    ``enabled`` is the default for threads that do not override it, and for those whose cell is no JSON.
    """
    is_json = func.json_valid(Thread.overrides)
    own, is_enabled = (
        case((is_json, func.json_extract(Thread.overrides, f"$.{name}"))) for name in ("model", "enabled")
    )
    query = select(own, func.count()).where(func.coalesce(is_enabled, enabled)).group_by(own)
    return {name: number for name, number in session.exec(query) if name is None or isinstance(name, str)}


def config(session: Session, thread: Thread) -> Config:
    """Return the effective config: built-in defaults, overridden by the workspace's and then the thread's values.

    Raises:
        InvalidValueError: a stored value is not allowed; the message names it and where it is stored.
    """
    return effective(session, thread).accepted


def effective(session: Session, thread: Thread) -> Effective:
    """Return the effective config, and the stored values that are not allowed."""
    return effective_of(get_defaults(session), thread.overrides, thread.id)


def configure(
    session: Session,
    thread_id: str,
    values: Mapping[str, Any],
    now: datetime,
    *,
    replace: bool = False,
    check: Check = unchecked,
) -> Thread:
    """Override fields of the config; with ``replace``, all other overrides are removed.

    ``check`` may refuse the config that it becomes.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds; nothing is saved.
        NotFoundError: no such thread.
    """
    row = get(session, thread_id)
    before, changed = effective(session, row), clean_overrides(values)
    row.overrides = changed if replace else {**row.overrides, **changed}
    _follow(session, row, before, now, check)
    return row


def unset(
    session: Session, thread_id: str, names: Iterable[str], now: datetime, *, check: Check = unchecked
) -> Thread:
    """Remove overrides, so that the workspace's values apply again; stored fields that are unknown are accepted.

    ``check`` may refuse the config that it becomes.

    Raises:
        InvalidValueError: a field is neither stored nor known; nothing is saved.
        NotFoundError: no such thread.
    """
    row = get(session, thread_id)
    before, left = effective(session, row), dict(row.overrides)
    for name in names:
        if name not in left and name not in Config.model_fields:
            known = ", ".join(Config.model_fields)
            raise InvalidValueError(name, f"{name}: unknown field; allowed: {known}")
        left.pop(name, None)
    row.overrides = left
    _follow(session, row, before, now, check)
    return row


def _follow(session: Session, row: Thread, before: Effective, now: datetime, check: Check) -> None:
    """Let slots and queued deliveries follow a changed config."""
    after = effective(session, row)
    check([Change(f"thread {row.id}", before.config, after.config)])
    slots.replan(session, row, after.planned, now, before=before.planned)
    wakes.recompute(session, row, after.config, now)
    outbox.follow_config(session, row.id, now, before.config, after.config)


def _replan(session: Session, row: Thread, now: datetime) -> None:
    """Let slots and wakes follow a thread that was made, paused or resumed."""
    found = effective(session, row)
    slots.replan(session, row, found.planned, now, before=found.planned)
    wakes.recompute(session, row, found.config, now)


def pause(session: Session, thread_id: str, reason: str, now: datetime) -> Thread:
    """Stop the scheduled beats of a thread and hold what it has queued; ``reason`` is shown with the thread.

    Raises:
        InvalidValueError: the reason is blank or too long.
        NotFoundError: no such thread.
    """
    row = get(session, thread_id)
    said = check_text("reason", reason, REASON_LIMIT)
    if row.paused_reason is None:
        outbox.hold(session, now, thread_id=row.id)
    row.paused_reason = said
    events.add(session, EventKind.THREAD_PAUSED, now, thread_id=row.id, reason=row.paused_reason)
    _replan(session, row, now)
    return row


def resume(session: Session, thread_id: str, now: datetime) -> Thread:
    """Let the scheduled beats of a thread go on; earlier failures do not count towards the next pause.

    Raises:
        NotFoundError: no such thread.
    """
    row = get(session, thread_id)
    if row.paused_reason is not None:
        row.paused_reason, row.resumed_at = None, now
        events.add(session, EventKind.THREAD_RESUMED, now, thread_id=row.id)
        _replan(session, row, now)
        outbox.release(session, now, thread_id=row.id)
    return row


def set_instructions(
    session: Session,
    thread_id: str,
    content: str | None,
    now: datetime,
    *,
    condition: Condition | None = None,
) -> Thread:
    """Set the thread's own instructions, used in place of the workspace's file; None removes them.

    ``condition`` is checked against the current instructions of the thread.

    Raises:
        InvalidValueError: larger than 65,536 bytes, or not valid Unicode; nothing is saved.
        NotFoundError: no such thread.
        StaleError: the condition does not hold; nothing is saved.
    """
    row = get(session, thread_id)
    if content is not None:
        check_content(content)
    if condition is not None:
        found = None if row.instructions is None else sha256_of(row.instructions)
        condition.check(found, f"text of thread {thread_id}")
    row.instructions, row.instructions_at = content, None if content is None else now
    session.add(row)
    return row


def remove(session: Session, thread_id: str, now: datetime) -> None:
    """Remove a thread and all that belongs to it.

    What it has queued is cancelled, and shown so; deliveries that are being sent or that may have arrived are kept.
    The LangGraph threads whose checkpoints are to be deleted now are `approval_threads.of_removed`.
    """
    row = get(session, thread_id)
    approval_threads.add_removed(session, row.id, row.langgraph_id)
    outbox.forget(session, thread_id)
    outbox.cancel_all(session, now, thread_id=thread_id)
    session.delete(row)
