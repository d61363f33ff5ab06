"""How targets outside fare: which are down, and when one is tried again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, bindparam, col, select

from heartbeat.delivery import DOWN_AFTER, PROBE_EVERY, retry_after
from heartbeat.outgoing import TryResult
from heartbeat.store.tables import Delivery, TargetHealth
from heartbeat.vocabulary import DeliveryStatus

_TRY_NOW = (
    update(Delivery)
    .where(
        col(Delivery.target) == bindparam("to"),
        col(Delivery.status) == DeliveryStatus.PENDING,
        col(Delivery.repeatable),
        col(Delivery.next_try) > bindparam("now"),
    )
    .values(next_try=bindparam("now"))
)


def health(session: Session) -> dict[str, TargetHealth]:
    """Return how the targets fare that were tried so far, by name."""
    return {row.target: row for row in session.exec(select(TargetHealth)).all()}


def is_down(session: Session, target: str) -> bool:
    """Return whether the last three tries at a target have all ended without an answer."""
    row = session.get(TargetHealth, target)
    return row is not None and row.down_since is not None


def next_probe(row: TargetHealth) -> datetime | None:
    """Return when a target that is down is tried again; None if it is not down."""
    if row.down_since is None:
        return None
    return (row.last_try or row.down_since) + PROBE_EVERY


def waits_until(row: TargetHealth, *, by_person: bool) -> datetime | None:
    """Return until when what is due for a target waits; None if it does not. A person sends also where it is down."""
    waits = (row.quiet_until, None if by_person else next_probe(row))
    return max((instant for instant in waits if instant is not None), default=None)


def began(session: Session, target: str, now: datetime) -> None:
    """Record that a try has begun."""
    row = session.get(TargetHealth, target) or TargetHealth(target=target)
    row.last_try = now
    session.add(row)


def arrived(session: Session, target: str, now: datetime) -> None:
    """Record that a delivery, or a test message, has arrived: the target is up."""
    answered(session, target, now)
    row = session.get(TargetHealth, target) or TargetHealth(target=target)
    row.last_sent = now
    session.add(row)


def answered(session: Session, target: str, now: datetime) -> None:
    """Record that the target is there: it took a delivery, refused it, or was searched.

    What waited for it while it was down may be tried at once.
    """
    row = session.get(TargetHealth, target) or TargetHealth(target=target)
    if row.down_since is not None:
        session.flush()
        session.connection().execute(_TRY_NOW, {"to": target, "now": now})
    row.misses, row.said, row.down_since, row.told = 0, None, None, False
    session.add(row)
    session.flush()


def forget_health(session: Session, target: str) -> None:
    """Forget how a target fared, since its name leads elsewhere now, or nowhere."""
    # One that is down is tried once an hour only, which would hold back what leads elsewhere now.
    row = session.get(TargetHealth, target)
    if row is not None:
        session.delete(row)


def missed(session: Session, target: str, result: TryResult, now: datetime) -> None:
    """Record a try without an answer; the third in a row means that the target is down."""
    row = session.get(TargetHealth, target) or TargetHealth(target=target)
    row.misses += 1
    row.said = result.said or row.said
    wait = retry_after(result)
    row.quiet_until = row.quiet_until if wait is None else now + wait
    if row.misses >= DOWN_AFTER and row.down_since is None:
        row.down_since = now
    session.add(row)
