"""When connections are looked at: which are due, who looks now, and how long one that fails is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, select, update

from heartbeat.errors import FenceLostError
from heartbeat.schedule.backoff import retry_after
from heartbeat.store import events, wakes
from heartbeat.store.forgetting_tables import Forgetting
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem
from heartbeat.store.lease import Lease
from heartbeat.vocabulary import EventKind


class DueLooks(NamedTuple):
    """The connections to look at now, the longest waiting first, and when the next one is due."""

    names: list[str]
    wake_at: datetime | None


FAILING = timedelta(hours=3)
"""How long a connection must have failed before the owner is told."""


@dataclass(frozen=True)
class LookClaim:
    """The right to write what a connection shows, and what the last fetch kept for this one."""

    name: str
    fence: int
    memo: Mapping[str, Any] = field(default_factory=dict)


def due(session: Session, names: Mapping[str, str], now: datetime) -> DueLooks:
    """Return which connections are due; ``names`` are all that are looked at, each with a hash of where it leads.

    One that leads elsewhere than at the last look is due at once.
    """
    rows = {row.name: row for row in session.exec(select(ConnectionLook))}
    found: list[tuple[datetime, str]] = []
    later: list[datetime] = []
    for name, address in names.items():
        row = rows.get(name)
        at = _due_at(row, address, now)
        if at <= now:
            found.append((at, name))
        else:
            later.append(at)
    return DueLooks([name for _, name in sorted(found)], min(later, default=None))


def _due_at(row: ConnectionLook | None, address: str, now: datetime) -> datetime:
    if row is None:
        return now
    held = row.lease_until if row.lease_owner is not None else None
    at = now if row.next_look is None or row.address != address else row.next_look
    return max(at, held) if held is not None else at


def claim(
    session: Session, name: str, address: str, lease: Lease, now: datetime, *, seconds: float
) -> LookClaim | None:
    """Claim a connection that is due for ``seconds``; None if it is not, or somebody else looks at it.

    None too where it is being forgotten: a process may not have noticed yet that it was removed.

    What was kept of another address does not count: its items are gone, and its memo is dropped.
    """
    row = session.get(ConnectionLook, name) or ConnectionLook(name=name, address=address)
    if session.get(Forgetting, name) is not None or _due_at(row, address, now) > now:
        return None
    if row.address != address:
        _lead_elsewhere(session, row, address, now)
    row.fence += 1
    row.lease_owner, row.lease_until = lease.owner, now + timedelta(seconds=seconds)
    session.add(row)
    return LookClaim(name, row.fence, dict(row.memo))


def _lead_elsewhere(session: Session, row: ConnectionLook, address: str, now: datetime) -> None:
    for item in session.exec(
        select(InboxItem).where(InboxItem.connection == row.name, col(InboxItem.gone_at).is_(None))
    ):
        item.gone_at = now
        session.add(item)
    row.address, row.memo = address, {}
    row.first_look = row.last_look = row.failing_since = None
    row.misses, row.said, row.told, row.held_back = 0, None, False, 0


def held(session: Session, claim: LookClaim) -> ConnectionLook:
    """Return the row of a claimed connection.

    Raises:
        FenceLostError: it was claimed again since, or forgotten.
    """
    row = session.get(ConnectionLook, claim.name)
    if row is None or row.fence != claim.fence or row.lease_owner is None:
        raise FenceLostError(
            f"connection {claim.name} is looked at by {row.lease_owner if row else 'nobody'}"
        )
    return row


def failed(
    session: Session,
    claim: LookClaim,
    said: str,
    now: datetime,
    *,
    wait: float | None = None,
    jitter: float = 0.0,
) -> ConnectionLook:
    """Record that a look failed, and leave the connection alone for a while: 30 s, 1, 5, 15, then 60 minutes.

    ``wait`` are the seconds for which it wants to be left alone, if it said so. ``jitter`` is a number from 0 to 1:
    at most a tenth is added, so that many do not come back at once.

    Raises:
        FenceLostError: it was claimed again since.
    """
    row = held(session, claim)
    row.misses += 1
    row.failing_since = row.failing_since or now
    row.said = said
    pause = retry_after(row.misses) * (1 + jitter / 10)
    row.next_look = now + (pause if wait is None else max(pause, timedelta(seconds=wait)))
    row.lease_owner = row.lease_until = None
    session.add(row)
    events.add(session, EventKind.CONNECTION_CHANGED, now, name=row.name)
    return row


def untold(session: Session, now: datetime) -> list[ConnectionLook]:
    """Return the connections that have failed for `FAILING` without a notice so far, and mark them as told."""
    query = select(ConnectionLook).where(
        col(ConnectionLook.used),
        col(ConnectionLook.told).is_(False),
        col(ConnectionLook.failing_since) <= now - FAILING,
    )
    rows = list(session.exec(query.order_by(col(ConnectionLook.name))))
    for row in rows:
        row.told = True
        session.add(row)
    return rows


def release(session: Session, claim: LookClaim) -> None:
    """End the lease of a look that was cut off, so that another process can look at once.

    Raises:
        FenceLostError: it was claimed again since.
    """
    row = held(session, claim)
    row.lease_owner = row.lease_until = None
    session.add(row)


def look_anew(session: Session) -> None:
    """Let every connection be due now, whoever looked at it."""
    session.execute(update(ConnectionLook).values(next_look=None, lease_owner=None, lease_until=None))


def ask(session: Session, name: str, now: datetime) -> None:
    """Let a connection be due now."""
    row = session.get(ConnectionLook, name)
    if row is not None:
        row.next_look = now
        session.add(row)


def are_kept(session: Session, private: Mapping[str, bool]) -> bool:
    """Return whether `keep` has nothing to do."""
    rows = session.exec(select(ConnectionLook)).all()
    known = {row.name: row.private for row in rows if row.used}
    left_out = _forgotten(session)
    return known == {name: each for name, each in private.items() if name not in left_out}


def keep(session: Session, private: Mapping[str, bool], now: datetime) -> None:
    """Record which connections are looked at now, each with whether it is private."""
    rows = {row.name: row for row in session.exec(select(ConnectionLook))}
    for name in (private.keys() | rows.keys()) - _forgotten(session):
        row = rows.get(name) or ConnectionLook(name=name)
        row.used, row.private = name in private, private.get(name, row.private)
        session.add(row)
    wakes.recompute_all(session, now)


def all_looks(session: Session) -> dict[str, ConnectionLook]:
    """Return when connections were and will be looked at, by name."""
    return {row.name: row for row in session.exec(select(ConnectionLook))}


def _forgotten(session: Session) -> set[str]:
    """Return the connections that are being forgotten, which a process may still take to be there."""
    return {row.name for row in session.exec(select(Forgetting))}
