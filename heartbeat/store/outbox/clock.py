"""Correct the instants of deliveries that were written while the clock was ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select, update

from heartbeat.delivery import LADDER, LONGEST_WAIT
from heartbeat.store.outbox.rows import expiry
from heartbeat.store.readable import readable
from heartbeat.store.tables import Delivery, TargetHealth
from heartbeat.vocabulary import OPEN_DELIVERIES

LONGEST_LEASE = timedelta(hours=1)
"""Longer than the lease of any delivery whose target keeps to its time limit."""


def realign(session: Session, now: datetime) -> None:
    """Bring leases, tries and ends of deliveries back that a wrong clock put too far ahead."""
    query = select(Delivery).where(
        col(Delivery.status).in_(sorted(OPEN_DELIVERIES)),
        or_(
            col(Delivery.created_at) > now,
            col(Delivery.first_try) > now,
            col(Delivery.next_try) > now + LONGEST_WAIT,
            col(Delivery.lease_until) > now + LONGEST_LEASE,
        ),
    )
    for row in readable(session, Delivery, query):
        _correct(row, now)
        session.add(row)
    # Without reading the rows: another program may have written some so that they cannot be.
    last, quiet = col(TargetHealth.last_try), col(TargetHealth.quiet_until)
    session.execute(update(TargetHealth).where(last > now).values(last_try=now))
    until = now + LONGEST_WAIT
    session.execute(update(TargetHealth).where(quiet > until).values(quiet_until=until))


def _correct(row: Delivery, now: datetime) -> None:
    if row.created_at > now:
        row.created_at, row.expires_at = now, expiry(row.deliver_within, now)
    if row.first_try is not None and row.first_try > now:
        row.first_try = None  # when the target saw the key first is not known, nor how long it remembers it
    if row.next_try is not None:
        row.next_try = min(row.next_try, now + LADDER[-1])
    if row.lease_until is not None:
        row.lease_until = min(row.lease_until, now + LONGEST_LEASE)
