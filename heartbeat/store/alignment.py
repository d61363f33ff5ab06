"""Correct the next slots and wakes that a wrong clock, older rules of a time zone or an older version has written.

A pass looks at all threads in pieces, a few columns of each, and reads and writes whole only those that may be off.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlmodel import Session, bindparam, col, select

from heartbeat.schedule import next_due
from heartbeat.store import rows, slots, wakes
from heartbeat.store.effective import Effective, effective, get_defaults
from heartbeat.store.tables import Thread

PIECE = 500
"""Threads that are looked at in one transaction: a few milliseconds."""
AT_ONCE = 50
"""Threads that are corrected in one transaction, so that other writers need not wait long."""

logger = logging.getLogger("heartbeat")

_COLUMNS = (
    Thread.id,
    Thread.overrides,
    Thread.paused_reason,
    Thread.next_due,
    Thread.wake_at,
    Thread.due_through,
    Thread.woken_by,
    Thread.instants,
)
_PIECE = (
    select(*_COLUMNS)  # type: ignore[call-overload]
    .where(col(Thread.id) > bindparam("after"), col(Thread.id).not_in(bindparam("without", expanding=True)))
    .order_by(col(Thread.id))
    .limit(bindparam("limit"))
)


class Piece(NamedTuple):
    """The threads of a piece that may be off; ``last`` is the last id that was looked at, None at the end."""

    off: list[str]
    last: str | None


class _Planned(NamedTuple):
    """What of a thread's row says when it is started."""

    id: str
    overrides: dict[str, object]
    paused_reason: str | None
    next_due: datetime | None
    wake_at: datetime | None
    due_through: datetime | None
    woken_by: list[object]
    instants: list[object]


def look(
    session: Session, now: datetime, *, after: str = "", limit: int = PIECE, without: Collection[str] = ()
) -> Piece:
    """Return which of up to ``limit`` threads with ids above ``after`` may be off, at most `AT_ONCE` of them.

    Whatever `correct` would change is among them. Threads whose ids are in ``without`` are not read.
    """
    defaults, off, last = json.dumps(get_defaults(session)), [], after
    params = {"after": after, "limit": limit, "without": list(without)}
    found = [_Planned(*row) for row in rows.read(session, _PIECE, params)]
    for each in found:
        config = _effective(defaults, json.dumps(each.overrides))
        last = each.id
        if config.problem:
            said = "a thread does not beat, since its config is refused: %s"
            problem = effective(json.loads(defaults), each.overrides, each.id).problem
            logger.error(said, problem, extra={"action": "config_refused"})
        if _is_slot_off(each, config, now) or _is_wake_off(each, now):
            off.append(each.id)
            if len(off) == AT_ONCE:
                return Piece(off, last)
    return Piece(off, last if len(found) == limit else None)


def correct(session: Session, now: datetime, thread_ids: Sequence[str]) -> None:
    """Correct the next slots and the wakes of threads, where they are off."""
    defaults, known = get_defaults(session), []
    for thread_id in thread_ids:
        thread = rows.find(session, Thread, thread_id)
        if thread is None:
            continue  # removed since
        found = effective(defaults, thread.overrides, thread.id)
        if found.planned:
            slots.realign(session, thread, found.planned, now)
        known.append((thread, found.config))
    wakes.realign(session, known, now)


@lru_cache(maxsize=1024)
def _effective(defaults: str, overrides: str) -> Effective:
    return effective(json.loads(defaults), json.loads(overrides))


def _is_slot_off(thread: _Planned, found: Effective, now: datetime) -> bool:
    """Return whether the next slot may be too late or missing, or its wake time wrong."""
    config = found.planned
    if config is None:
        return False
    if not config.enabled or thread.paused_reason:
        return thread.next_due is not None or thread.wake_at is not None
    if thread.next_due is None or thread.wake_at != thread.next_due:
        return True
    if thread.next_due <= now:
        return False
    plan = slots.plan_of(thread.id, config)
    if plan.always:
        # The grid has a slot in each interval, and the first one after now lies in the interval that begins now.
        return thread.next_due > now + timedelta(seconds=plan.every)
    first = next_due(plan, now)
    return first is not None and thread.next_due > first


def _is_wake_off(thread: _Planned, now: datetime) -> bool:
    """Return whether something asks for a wake, or a beat has looked at what comes due later than now."""
    is_ahead = thread.due_through is not None and thread.due_through > now
    return is_ahead or bool(thread.woken_by) or bool(thread.instants)
