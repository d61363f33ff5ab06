"""The claim of reading: one reader for the workspace at a time, and when the model is asked again after a failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from heartbeat.errors import FenceLostError
from heartbeat.schedule.backoff import retry_after
from heartbeat.store import events
from heartbeat.store.lease import MAX_LEASE, Lease
from heartbeat.store.plan_tables import ReaderRow
from heartbeat.vocabulary import EventKind

_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class ReadingClaim:
    """The right to read lines for the workspace."""

    fence: int


@dataclass(frozen=True)
class ReaderState:
    """Who reads: the name and digest of the model, and whether it reads now.

    ``held_until`` is when the lease of whoever reads ends unless it is renewed; None if nobody reads. ``problem``
    says why the model could not be asked; None if it could.
    """

    model: str = ""
    digest: str = ""
    held_until: datetime | None = None
    problem: str | None = None

    @property
    def is_reading(self) -> bool:
        """Whether somebody reads now."""
        return self.held_until is not None


def state(session: Session, now: datetime) -> ReaderState:
    """Return who reads now, or read last."""
    row = session.get(ReaderRow, 1)
    if row is None:
        return ReaderState()
    return ReaderState(row.model, row.digest, row.lease_until if _is_held(row, now) else None, row.said)


def free_at(session: Session, now: datetime) -> datetime:
    """Return when reading can be claimed: now, when the claim of another expires, or after the wait for the model."""
    row = session.get(ReaderRow, 1)
    if row is None:
        return now
    held = row.lease_until if row.lease_until is not None and _is_held(row, now) else now
    return max(held, _wait_until(row, now))


def claim(session: Session, lease: Lease, now: datetime, *, at_once: bool = False) -> ReadingClaim | None:
    """Claim reading; None if somebody else reads, or the model is left alone after a failure.

    ``at_once``: a person waits for it, so the model is asked though it has failed lately.
    """
    row = session.get(ReaderRow, 1) or ReaderRow()
    if _is_held(row, now) or not (at_once or _wait_until(row, now) <= now):
        return None
    row.fence += 1
    row.lease_owner, row.lease_until = lease.owner, lease.until(now)
    session.add(row)
    return ReadingClaim(row.fence)


def _is_held(row: ReaderRow, now: datetime) -> bool:
    # One that ends later than a lease can be long was taken before the clock was set back.
    return row.lease_until is not None and now < row.lease_until <= now + MAX_LEASE


def _wait_until(row: ReaderRow, now: datetime) -> datetime:
    wait = row.next_try
    return now if wait is None or wait > now + _LONGEST_WAIT else max(wait, now)


def held(session: Session, claim: ReadingClaim) -> ReaderRow:
    """Return the row of the claim.

    Raises:
        FenceLostError: somebody else reads meanwhile.
    """
    row = session.get(ReaderRow, 1)
    if row is None or row.fence != claim.fence or row.lease_owner is None:
        raise FenceLostError("the lines are read by somebody else")
    return row


def renew(session: Session, claim: ReadingClaim, lease: Lease, now: datetime) -> None:
    """Extend the claim.

    Raises:
        FenceLostError: somebody else reads meanwhile.
    """
    row = held(session, claim)
    row.lease_until = lease.until(now)
    session.add(row)


def begin(session: Session, claim: ReadingClaim, model: str, digest: str, now: datetime) -> None:
    """Note which model reads, once the model has answered that it is there.

    Raises:
        FenceLostError: somebody else reads meanwhile.
    """
    row = held(session, claim)
    row.model, row.digest = model, digest
    session.add(row)
    events.add(session, EventKind.PLAN_CHANGED, now)


def answered(session: Session, claim: ReadingClaim) -> None:
    """Note that the model answers.

    Raises:
        FenceLostError: somebody else reads meanwhile.
    """
    row = held(session, claim)
    if row.misses or row.said is not None:
        row.misses, row.said, row.next_try = 0, None, None
        session.add(row)


def miss(
    session: Session, claim: ReadingClaim, model: str, said: str, now: datetime, *, jitter: float = 0.0
) -> None:
    """Note that the model could not be asked, end the claim, and leave the model alone for a while.

    That is 30 s, 1, 5, 15, then 60 minutes; ``jitter`` is a number from 0 to 1, and at most a tenth is added.

    Raises:
        FenceLostError: somebody else reads meanwhile.
    """
    row = held(session, claim)
    row.misses += 1
    if row.model != model:
        row.digest = ""  # that of the model before, with which nothing is to be read any more
    row.model, row.said = model, said
    row.next_try = now + min(retry_after(row.misses) * (1 + jitter / 10), _LONGEST_WAIT)
    row.lease_owner = row.lease_until = None
    session.add(row)
    events.add(session, EventKind.PLAN_CHANGED, now)


def release(session: Session, claim: ReadingClaim, now: datetime) -> None:
    """End the claim; one that somebody else has taken meanwhile is left alone."""
    row = session.get(ReaderRow, 1)
    if row is not None and row.fence == claim.fence:
        row.lease_owner = row.lease_until = None
        session.add(row)
        events.add(session, EventKind.PLAN_CHANGED, now)


def forget(session: Session) -> None:
    """End whatever claim there is, and ask the model at once: nobody reads in a workspace that was restored."""
    row = session.get(ReaderRow, 1)
    if row is not None:
        row.fence += 1
        row.lease_owner = row.lease_until = row.next_try = None
        session.add(row)
