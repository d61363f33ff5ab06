"""Beats: claim, renew, record, settle. Whoever writes must hold the beat's fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, update
from sqlmodel import Session, bindparam, col, func, select

from heartbeat.errors import ConflictError, FenceLostError, NotFoundError
from heartbeat.store import events, progress, retry, rows
from heartbeat.store.lease import LONGEST, Lease
from heartbeat.store.tables import Beat, Thread
from heartbeat.vocabulary import UNSETTLED, BeatStatus, Decider, Reason

_TOO_LONG = select(Beat).where(
    Beat.status == BeatStatus.RUNNING,
    col(Beat.lease_until) > bindparam("until"),
    or_(col(Beat.started_at) > bindparam("now"), col(Beat.lease_until) > bindparam("longest")),
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
    )
    .values(lease_until=bindparam("until"))
)


class Claim(NamedTuple):
    """The right to write about one beat, until somebody raises its fence."""

    beat_id: int
    fence: int


@dataclass(frozen=True)
class Outcome:
    """How a beat ended."""

    status: BeatStatus
    summary: str
    reason: Reason | None = None
    error: str | None = None


def insert(session: Session, row: Beat, lease: Lease, now: datetime) -> Claim:
    """Insert a running beat, leased from now."""
    row.fence = 1
    row.lease_owner, row.lease_until = lease.owner, lease.until(now)
    rows.add(session, row)
    events.started(session, row, now)
    return claim_of(row)


def claim_of(row: Beat) -> Claim:
    """Return the claim that matches a row as it is."""
    assert row.id is not None  # noqa: S101 - a flushed row has its key
    return Claim(row.id, row.fence)


def get(session: Session, beat_id: int) -> Beat:
    """Return a beat.

    Raises:
        NotFoundError: no such beat.
    """
    row = rows.find(session, Beat, beat_id)
    if row is None:
        raise NotFoundError(f"beat {beat_id} does not exist")
    return row


def is_settled(row: Beat) -> bool:
    """Whether the beat has its outcome."""
    return row.status not in UNSETTLED


def held(session: Session, claim: Claim) -> Beat:
    """Return the row of a beat that this claim may write, or that is settled already.

    Raises:
        FenceLostError: somebody else has claimed the beat since.
    """
    row = get(session, claim.beat_id)
    if not is_settled(row) and row.fence != claim.fence:
        raise FenceLostError(f"beat {claim.beat_id} was taken over by {row.lease_owner}")
    return row


def take(session: Session, beat_id: int, lease: Lease, now: datetime) -> Claim:
    """Claim a beat that is under way, to go on from what its row holds.

    A settled beat may be taken too: nothing will be written. A run that no runner stands behind is never taken
    over: nobody can know whether its caller still waits.

    Raises:
        NotFoundError: no such beat.
        ConflictError: another process holds the beat, or a person has to answer first.
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
    """Claim a beat that a runner left behind, also one that was this process's own.

    Raises:
        NotFoundError: no such beat.
        ConflictError: it does not run any more, or its lease has not run out.
    """
    row = _holder(session, beat_id)
    if row.status != BeatStatus.RUNNING:
        raise ConflictError(f"beat {beat_id} is not left behind: it is {row.status}")
    if not (row.supervised and row.is_expired(now)):
        raise ConflictError(f"beat {beat_id} is running in {row.lease_owner}")
    return _raise_fence(session, beat_id, row, lease, now)


class _Holder(NamedTuple):
    """What decides whether a beat may be claimed."""

    status: BeatStatus
    fence: int
    supervised: bool
    lease_owner: str | None
    lease_until: datetime | None
    takeovers: int

    def is_expired(self, now: datetime) -> bool:
        """Whether nobody holds the beat at an instant."""
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
    """Prolong the lease.

    Raises:
        FenceLostError: somebody else has claimed the beat since.
    """
    params = {"beat": claim.beat_id, "held": claim.fence, "until": lease.until(now)}
    if session.connection().execute(_PROLONG, params).rowcount == 0:
        held(session, claim)


def pay(session: Session, claim: Claim, prompt_tokens: int, completion_tokens: int) -> None:
    """Put the tokens of one call on the row; what the call came to is written later.

    Raises:
        FenceLostError: somebody else has claimed the beat since.
    """
    row = held(session, claim)
    if not is_settled(row):
        row.prompt_tokens += prompt_tokens
        row.completion_tokens += completion_tokens
        session.add(row)


def record_round(
    session: Session,
    claim: Claim,
    entry: Mapping[str, Any],
    *,
    paid: tuple[int, int],
    decided_by: Decider | None,
    model: str | None,
    prompt: Sequence[Any] | None,
    context: Mapping[str, Any],
    path: Sequence[str],
) -> Beat:
    """Commit one reply, its decision and its tokens before anybody acts on it.

    ``entry`` is ``{reply, decision, problem, prompt_tokens, completion_tokens, ...}`` with the tokens of the whole
    round; ``paid`` are those of them, for prompts and completions, that are not on the row yet. ``context`` is what
    a run needs to go on from the decision: config, instructions, feed. ``path`` are the nodes that the run has gone
    through, this one included.
    """
    row = held(session, claim)
    if is_settled(row):
        return row
    row.rounds = [*row.rounds, dict(entry)]
    row.decided_by, row.model = decided_by, model
    row.prompt = list(prompt) if prompt is not None else row.prompt
    row.context = row.context or dict(context)
    row.prompt_tokens += paid[0]
    row.completion_tokens += paid[1]
    row.path = list(path)
    session.add(row)
    return row


def record_instructions(session: Session, claim: Claim, sha256: str, path: Sequence[str]) -> None:
    """Keep which text the beat followed, and the nodes it has gone through."""
    row = held(session, claim)
    if not is_settled(row):
        row.instructions_sha256 = sha256
        row.path = list(path)
        session.add(row)


def settle(
    session: Session,
    claim: Claim,
    outcome: Outcome,
    now: datetime,
    *,
    memory: Mapping[str, Any] | None = None,
    problems: Sequence[str] = (),
    action: Mapping[str, Any] | None = None,
    path: Sequence[str] | None = None,
) -> Beat:
    """Write the outcome, and what the thread remembers, once; later calls return what was written.

    ``path`` are the nodes that the run has gone through; None leaves those on the row.
    """
    row = held(session, claim)
    if is_settled(row):
        return row
    kept: dict[str, Any] = {"problems": [*row.problems, *problems]}
    if memory is not None:
        kept["memory"] = dict(memory)
    if action is not None:
        kept["action"] = dict(action)
    if path is not None:
        kept["path"] = list(path)
    return close(session, row, outcome, now, **kept)


def close(session: Session, row: Beat, outcome: Outcome, now: datetime, **kept: Any) -> Beat:
    """Give a row its outcome, and columns to keep; end its lease.

    What has acted ends ``acted`` and is remembered, whoever closes it and why; the outcome that was given is then
    one of its problems. A slot that waits behind it is admitted next.
    """
    done = None if outcome.status == BeatStatus.ACTED else progress.done_by(session, row)
    if done is not None:
        problems = kept.get("problems") or [*row.problems, *(row.context or {}).get("problems", [])]
        kept["problems"] = [*problems, outcome.summary]
        summary, memory = progress.as_acted(row, done, latest_memory(session, row.thread_id))
        kept["memory"] = memory or row.memory
        outcome = Outcome(BeatStatus.ACTED, summary)
    rows.put(
        session,
        row,
        status=outcome.status,
        reason=outcome.reason,
        summary=outcome.summary,
        error=outcome.error,
        finished_at=now,
        duration_seconds=round((now - row.started_at).total_seconds(), 3),
        lease_owner=None,
        lease_until=None,
        **kept,
    )
    thread = rows.find(session, Thread, row.thread_id)
    assert thread is not None  # noqa: S101 - a beat goes with its thread
    if thread.waiting:
        rows.put(session, thread, wake_at=now)
    retry.schedule(session, thread, row, now)
    events.finished(session, row, now)
    return row


def release(session: Session, claim: Claim, now: datetime) -> None:
    """End the lease of a beat that still runs, so that another process can go on with it at once.

    What is handed over so counts as no takeover: nothing went wrong.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: somebody else has claimed the beat since.
    """
    row = held(session, claim)
    if row.status == BeatStatus.RUNNING:
        row.lease_owner, row.lease_until = None, now
        session.add(row)


def shorten_leases(session: Session, lease: Lease, now: datetime) -> None:
    """Let no lease from a clock that was ahead hold a beat for hours; whoever lives renews it in time.

    Such a lease belongs to a beat that began in the future, or is longer than any lease may be.
    """
    params = {"until": lease.until(now), "now": now, "longest": now + LONGEST}
    for row in session.exec(_TOO_LONG, params=params).all():
        row.lease_until = lease.until(now)
        session.add(row)


def give_up(
    session: Session, claim: Claim, outcome: Outcome, now: datetime, *, path: Sequence[str] = ()
) -> Beat:
    """End a beat whose run cannot finish it; the run, should it wake up, writes nothing more.

    ``path`` are the nodes that the run has gone through; without any, those on the row stay.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: somebody else has claimed the beat since.
    """
    row = held(session, claim)
    if row.status == BeatStatus.RUNNING:
        kept = {"path": list(path)} if path else {}
        close(session, row, outcome, now, **kept)
    return row


def close_id(session: Session, beat_id: int, outcome: Outcome, now: datetime) -> int:
    """Close a row by its number, and return the number."""
    close(session, get(session, beat_id), outcome, now)
    return beat_id


def latest_memory(session: Session, thread_id: str) -> dict[str, Any] | None:
    """Return what the thread remembers, from the latest row that holds it."""
    query = select(Beat.memory).where(Beat.thread_id == thread_id, col(Beat.memory).is_not(None))
    memory = session.exec(query.order_by(col(Beat.id).desc()).limit(1)).first()
    return None if memory is None else dict(memory)


def tokens_since(session: Session, thread_id: str, since: datetime) -> int:
    """Return the prompt and completion tokens of the beats begun since an instant."""
    query = select(func.coalesce(func.sum(Beat.prompt_tokens + Beat.completion_tokens), 0))
    return int(session.exec(query.where(Beat.thread_id == thread_id, col(Beat.started_at) >= since)).one())
