"""Hold what is queued while its thread may not act, release it again, and cancel what nothing may send any more.

Each is called in the transaction of the change that demands it: the timer stopped or started, a thread paused or
resumed, disabled or enabled, dry run on or off, a thread or a connection removed. Notices are never held: they say
that a thread was paused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select, update

from heartbeat.config import Config
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.outbox.change import become, end_unsent
from heartbeat.store.tables import Delivery, Thread, Timer
from heartbeat.vocabulary import NOTICE, DeliveryStatus

_OF_AGENT = (col(Delivery.thread_id).is_not(None), col(Delivery.kind) != NOTICE)


def hold(session: Session, now: datetime, *, thread_id: str | None = None) -> None:
    """Hold what is queued of one thread, or of all; what is being sent is held if its try does not arrive."""
    where = _OF_AGENT if thread_id is None else (*_OF_AGENT, col(Delivery.thread_id) == thread_id)
    sending = (*where, Delivery.status == DeliveryStatus.SENDING, col(Delivery.afterwards).is_(None))
    session.execute(update(Delivery).where(*sending).values(afterwards=DeliveryStatus.HELD))
    threads = _threads(session, *where, Delivery.status == DeliveryStatus.PENDING)
    become(session, threads, DeliveryStatus.PENDING, DeliveryStatus.HELD, now)


def release(session: Session, now: datetime, *, thread_id: str | None = None) -> None:
    """Let what is held of one thread, or of all, be sent, where nothing holds it any more."""
    if not _is_running(session):
        return
    defaults = get_defaults(session)
    where = () if thread_id is None else (col(Delivery.thread_id) == thread_id,)
    held = or_(Delivery.status == DeliveryStatus.HELD, Delivery.afterwards == DeliveryStatus.HELD)
    free = [each for each in _threads(session, *where, held) if _may_act(session, each, defaults)]
    once = (col(Delivery.thread_id).in_(free), col(Delivery.afterwards) == DeliveryStatus.HELD)
    session.execute(update(Delivery).where(*once).values(afterwards=None))
    become(session, free, DeliveryStatus.HELD, DeliveryStatus.PENDING, now)


def is_kept(session: Session, row: Delivery) -> bool:
    """Return whether the thread of a delivery may not act now, so that it is sent only by a person."""
    if row.thread_id is None or row.kind == NOTICE:
        return False
    return not _is_running(session) or not _may_act(session, row.thread_id, get_defaults(session))


def follow_config(session: Session, thread_id: str, now: datetime, before: Config, after: Config) -> None:
    """Hold or release what is queued of a thread that was enabled or disabled, or whose dry run was switched."""
    acted, acts = (config.enabled and not config.dry_run for config in (before, after))
    if acted and not acts:
        hold(session, now, thread_id=thread_id)
    elif acts and not acted:
        release(session, now, thread_id=thread_id)


def cancel_all(
    session: Session, now: datetime, *, thread_id: str | None = None, target: str | None = None
) -> None:
    """Cancel what is queued or held of a thread, or for a target, that is being removed.

    What may have arrived becomes `unknown`; what is being sent ends with its try.
    """
    where = () if target is None else (Delivery.target == target,)
    for status in (DeliveryStatus.PENDING, DeliveryStatus.HELD):
        for row in _rows(session, status, thread_id, *where):
            end_unsent(session, row, now, by_person=False)
    for row in _rows(session, DeliveryStatus.SENDING, thread_id, *where):
        row.afterwards = DeliveryStatus.FAILED
        session.add(row)


def forget(session: Session, thread_id: str) -> None:
    """Delete the deliveries of a thread that have ended, but for those of which nobody knows whether they arrived."""
    ended = (DeliveryStatus.SENT, DeliveryStatus.FAILED)
    session.flush()
    session.connection().execute(
        delete(Delivery).where(col(Delivery.thread_id) == thread_id, col(Delivery.status).in_(ended))
    )


def _threads(session: Session, *where: Any) -> list[str]:
    query = select(Delivery.thread_id).where(col(Delivery.thread_id).is_not(None), *where).distinct()
    return [each for each in session.exec(query) if each is not None]


def _rows(session: Session, status: DeliveryStatus, thread_id: str | None, *where: Any) -> Sequence[Delivery]:
    query = select(Delivery).where(Delivery.status == status, *where)
    if thread_id is not None:
        query = query.where(Delivery.thread_id == thread_id)
    return session.exec(query.order_by(col(Delivery.id))).all()


def _is_running(session: Session) -> bool:
    timer = session.get(Timer, 1)
    return timer is None or timer.running


def _may_act(session: Session, thread_id: str, defaults: Mapping[str, Any]) -> bool:
    thread = session.get(Thread, thread_id)
    if thread is None:
        return False
    found = effective(defaults, thread.overrides, thread.id)
    config = found.config
    return not found.refused and not thread.paused_reason and config.enabled and not config.dry_run
