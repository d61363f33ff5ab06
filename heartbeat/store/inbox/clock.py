"""Correct the instants of the inbox that were written while the clock was ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select, update

from heartbeat.store import wakes
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem


class Pace(NamedTuple):
    """How far ahead the next look at a connection, that at one which fails, and the end of a lease may lie."""

    every: timedelta
    wait: timedelta
    lease: timedelta


def realign(session: Session, paces: Mapping[str, Pace], now: datetime) -> None:
    """Bring looks and leases back that a wrong clock put too far ahead; ``paces`` are by connection.

    What is right stays as it is, so that several processes may call this.
    """
    for row in session.exec(select(ConnectionLook)):
        pace = paces.get(row.name)
        if pace is None:
            continue
        longest = pace.every if row.failing_since is None else pace.wait
        if row.next_look is not None and row.next_look > now + longest:
            row.next_look = now
        if row.lease_until is not None:
            row.lease_until = min(row.lease_until, now + pace.lease)
        row.last_look = row.last_look and min(row.last_look, now)
        row.failing_since = row.failing_since and min(row.failing_since, now)
        session.add(row)


def realign_items(session: Session, now: datetime) -> None:
    """Let no item have changed later than now, and follow with what wakes threads.

    An item from the future would come due again at each beat until then.
    """
    ahead = update(InboxItem).where(col(InboxItem.changed_at) > now).values(changed_at=now)
    if session.execute(ahead).rowcount:  # type: ignore[attr-defined]
        wakes.recompute_all(session, now)
