"""Claims on beats: take, renew and release them. A claim is the newest fence of a beat, held by a lease."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, update
from sqlmodel import Session, bindparam, col, select

from heartbeat.errors import ConflictError, NotFoundError
from heartbeat.store import rows
from heartbeat.store.beats import Claim, held, is_settled
from heartbeat.store.lease import MAX_LEASE, Lease
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import UNSETTLED, BeatStatus

_SHORTEN = (
    update(Beat)
    .where(
        col(Beat.status) == BeatStatus.RUNNING,
        col(Beat.lease_until) > bindparam("until"),
        or_(col(Beat.started_at) > bindparam("now"), col(Beat.lease_until) > bindparam("longest")),
    )
    .values(lease_until=bindparam("until"))
)
_HOLDER = select(  # type: ignore[call-overload]
    Beat.status, Beat.fence, Beat.supervised, Beat.lease_owner, Beat.lease_until, Beat.takeovers
).where(Beat.id == bindparam("beat"))
_HOLD = (
    update(Beat)
    .where(col(Beat.id) == bindparam("beat"))
    .values(
        fence=bindparam("raised"),
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        takeovers=bindparam("taken"),
    )
)
_PROLONG = (
    update(Beat)
    .where(
        col(Beat.id) == bindparam("beat"),
        col(Beat.fence) == bindparam("held"),
        col(Beat.status) == BeatStatus.RUNNING,
        col(Beat.lease_owner).is_not(None),
    )
    .values(lease_until=bindparam("until"))
)


def take(session: Session, beat_id: int, lease: Lease, now: datetime) -> Claim:
    """Claim an unfinished beat, to continue from its row.

    A settled beat may be claimed too, but nothing is written to it. An unsupervised beat is never taken over from
    another process, since its caller may still be waiting.

    Raises:
        NotFoundError: no such beat.
        ConflictError: another process holds the beat, or it waits for approval.
    """
    row = _holder(session, beat_id)
    if row.status not in UNSETTLED:
        return Claim(beat_id, row.fence)
    if row.status == BeatStatus.AWAITING_APPROVAL:
        raise ConflictError(f"beat {beat_id} waits for a person's approval")
    if not row.is_expired(now) and row.lease_owner != lease.owner:
        raise ConflictError(f"beat {beat_id} is running in {row.lease_owner}")
    if not row.supervised and row.lease_owner != lease.owner:
        raise ConflictError(f"beat {beat_id} was started from outside by {row.lease_owner}, which is gone")
    return _raise_fence(session, beat_id, row, lease, now)


def take_over(session: Session, beat_id: int, lease: Lease, now: datetime) -> Claim:
    """Claim a supervised beat whose lease has expired, even if it was this process's own.

    Raises:
        NotFoundError: no such beat.
        ConflictError: the beat is not running, not supervised, or its lease has not expired.
    """
    row = _holder(session, beat_id)
    if row.status != BeatStatus.RUNNING:
        raise ConflictError(f"beat {beat_id} is not left behind: it is {row.status}")
    if not (row.supervised and row.is_expired(now)):
        raise ConflictError(f"beat {beat_id} is running in {row.lease_owner}")
    return _raise_fence(session, beat_id, row, lease, now)


class _Holder(NamedTuple):
    """The columns that decide whether a beat may be claimed."""

    status: BeatStatus
    fence: int
    supervised: bool
    lease_owner: str | None
    lease_until: datetime | None
    takeovers: int

    def is_expired(self, now: datetime) -> bool:
        """Return whether no lease holds the beat at ``now``."""
        return self.lease_until is None or self.lease_until <= now


def _holder(session: Session, beat_id: int) -> _Holder:
    row = rows.read(session, _HOLDER, {"beat": beat_id}).first()
    if row is None:
        raise NotFoundError(f"beat {beat_id} does not exist")
    return _Holder(*row)


def _raise_fence(session: Session, beat_id: int, row: _Holder, lease: Lease, now: datetime) -> Claim:
    claim = Claim(beat_id, row.fence + 1)
    taken = row.takeovers + (row.lease_owner not in {None, lease.owner})
    held = {
        "beat": beat_id,
        "raised": claim.fence,
        "owner": lease.owner,
        "until": lease.until(now),
        "taken": taken,
    }
    session.connection().execute(_HOLD, held)
    return claim


def renew(session: Session, claim: Claim, lease: Lease, now: datetime) -> None:
    """Extend the lease, unless it was released meanwhile.

    Raises:
        FenceLostError: the beat was claimed again since.
    """
    params = {"beat": claim.beat_id, "held": claim.fence, "until": lease.until(now)}
    if session.connection().execute(_PROLONG, params).rowcount == 0:
        held(session, claim)


def release(session: Session, claim: Claim, now: datetime) -> bool:
    """End the lease of a running beat, so that another process can continue it at once; return whether it has ended.

    The next claim does not count as a takeover, since no process has died.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: the beat was claimed again since.
    """
    row = held(session, claim)
    if row.status == BeatStatus.RUNNING:
        row.lease_owner, row.lease_until = None, now
        session.add(row)
    return is_settled(row)


def shorten_leases(session: Session, lease: Lease, now: datetime) -> None:
    """Shorten leases written while the clock was ahead, which would hold their beats for too long.

    These are leases of beats that started later than ``now``, and leases longer than any setting allows. A process
    that is alive renews its lease before the shortened one expires.
    """
    params = {"until": lease.until(now), "now": now, "longest": now + MAX_LEASE}
    session.flush()
    session.connection().execute(_SHORTEN, params)
