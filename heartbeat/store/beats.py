"""Beats: insert, record and settle them. Writes of a run require the current fence of its beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlmodel import Session, bindparam, col, func, select, update

from heartbeat.call_figures import CallFigures
from heartbeat.errors import FenceLostError, NotFoundError
from heartbeat.store import events, progress, retry, rows, wakes
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Action, Beat, Thread
from heartbeat.vocabulary import UNSETTLED, BeatStatus, Decider, Reason

_THERE = select(Beat.id).where(Beat.id == bindparam("beat"))
_BEATS, _THREADS = rows.columns_of(Beat), rows.columns_of(Thread)
_WITH_THREAD: Select[*tuple[Any, ...]] = (
    select(*_BEATS.c, *_THREADS.c)
    .join_from(_BEATS, _THREADS, _THREADS.c.id == _BEATS.c.thread_id)
    .where(_BEATS.c.id == bindparam("beat"))
)
_STANDING: Select[*tuple[Any, ...]] = select(
    _BEATS.c.thread_id, _BEATS.c.status, _BEATS.c.fence, _BEATS.c.lease_owner
).where(_BEATS.c.id == bindparam("beat"))
_RECORDED = (
    *("rounds", "decided_by", "model", "prompt", "context", "path"),
    "instructions_sha256",
)
"""Columns that a reply is written to, besides those of its figures."""
_RECORD = (
    update(_BEATS)
    .where(
        col(Beat.id) == bindparam("number"),
        col(Beat.fence) == bindparam("held"),
        col(Beat.status) == BeatStatus.RUNNING,
    )
    .values(
        {name: bindparam(name) for name in _RECORDED}
        | {
            name: func.coalesce(
                getattr(Beat, name) + bindparam(f"more_{name}"),
                getattr(Beat, name),
                bindparam(f"more_{name}"),
            )
            for name in CallFigures.names()
        }
    )
)


class Claim(NamedTuple):
    """The right to write to one beat, valid until its fence is raised."""

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
    """Insert a running beat with a lease that starts now."""
    row.fence = 1
    row.lease_owner, row.lease_until = lease.owner, lease.until(now)
    rows.add(session, row)
    events.started(session, row, now)
    return claim_of(row)


def claim_of(row: Beat) -> Claim:
    """Return the claim with the current fence of a row."""
    assert row.id is not None  # noqa: S101 - a flushed row has its key
    return Claim(row.id, row.fence)


def get(session: Session, beat_id: int) -> Beat:
    """Return a beat.

    Raises:
        NotFoundError: no such beat.
    """
    row = rows.find(session, Beat, beat_id)
    if row is None:
        raise _missing(session, beat_id)
    return row


def with_thread(session: Session, beat_id: int) -> tuple[Beat, Thread]:
    """Return a beat and its thread, read at once; the session has them as long as the caller holds them.

    Raises:
        NotFoundError: no such beat.
    """
    found = rows.read(session, _WITH_THREAD, {"beat": beat_id}).first()
    if found is None:
        raise _missing(session, beat_id)
    own = len(_BEATS.c)
    return (
        rows.attach(session, Beat, dict(zip(_BEATS.c.keys(), found[:own], strict=True))),
        rows.attach(session, Thread, dict(zip(_THREADS.c.keys(), found[own:], strict=True))),
    )


def check(session: Session, beat_id: int) -> None:
    """Check that a beat is there: it goes with its thread.

    Raises:
        NotFoundError: no such beat.
    """
    if rows.read(session, _THERE, {"beat": beat_id}).first() is None:
        raise _missing(session, beat_id)


def _missing(session: Session, beat_id: int) -> NotFoundError:
    """Return the error for a number that no beat has: it may have had one."""
    newest = session.exec(select(func.max(Beat.id))).one() or 0
    if 0 < beat_id <= newest:
        return NotFoundError(
            f"beat {beat_id} does not exist any more: it was old, or it went with its thread"
        )
    return NotFoundError(f"beat {beat_id} does not exist")


def is_settled(row: Beat) -> bool:
    """Return whether the beat has an outcome."""
    return row.status not in UNSETTLED


def held(session: Session, claim: Claim) -> Beat:
    """Return the row of a claimed beat; callers must not change it if it is settled.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: the beat was claimed again since, and is not settled.
    """
    row = get(session, claim.beat_id)
    if not is_settled(row) and row.fence != claim.fence:
        raise _lost(claim, row.lease_owner)
    return row


def thread_of_running(session: Session, claim: Claim) -> str | None:
    """Return the thread of a claimed beat, None if the beat is settled; the rest of its row is not read.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: the beat was claimed again since, and is not settled.
    """
    found = rows.read(session, _STANDING, {"beat": claim.beat_id}).first()
    if found is None:
        raise _missing(session, claim.beat_id)
    if found.status not in UNSETTLED:
        return None
    if found.fence != claim.fence:
        raise _lost(claim, found.lease_owner)
    return str(found.thread_id)


def _lost(claim: Claim, owner: str | None) -> FenceLostError:
    return FenceLostError(f"beat {claim.beat_id} was taken over by {owner}")


def add_figures(session: Session, claim: Claim, figures: CallFigures) -> None:
    """Add what calls of the model took to the row; their results are written later.

    Raises:
        FenceLostError: the beat was claimed again since.
    """
    row = held(session, claim)
    if not is_settled(row):
        figures.add_to(row)
        session.add(row)


def record_round(
    session: Session,
    claim: Claim,
    entry: Mapping[str, Any],
    *,
    known: Beat,
    unrecorded: CallFigures,
    decided_by: Decider | None,
    model: str | None,
    prompt: Sequence[Any] | None,
    context: Mapping[str, Any],
    path: Sequence[str],
    instructions_sha256: str | None,
) -> Beat:
    """Record one reply with its decision and tokens, before it is acted on, and return the row.

    ``entry`` is ``{reply, decision, problem, prompt_tokens, completion_tokens, ...}`` with the tokens of the whole
    round. ``known`` is the row as the run has it in hand: the first round needs no other. ``unrecorded`` is what
    calls took that is not on the row yet. ``context`` is the state from which a run can continue after the decision:
    config, instructions, feed. ``path`` are the nodes that have finished, including the current one.
    ``instructions_sha256`` is the hash of what the beat follows.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: the beat was claimed again since, and is not settled.
    """
    is_first = not known.rounds and known.prompt is None and known.context is None
    row = known if is_first else held(session, claim)
    if is_settled(row):
        return row
    values = {
        "rounds": [*row.rounds, dict(entry)],
        "decided_by": decided_by,
        "model": model,
        "prompt": list(prompt) if prompt is not None else row.prompt,
        "context": row.context or dict(context),
        "path": list(path),
        "instructions_sha256": instructions_sha256,
    }
    more = {f"more_{name}": getattr(unrecorded, name) for name in CallFigures.names()}
    fenced = {"number": claim.beat_id, "held": claim.fence}
    if session.connection().execute(_RECORD, {**values, **more, **fenced}).rowcount:
        return rows.changed(row, **values)
    return held(session, claim)


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
    looked_at: datetime | None = None,
    instructions_sha256: str | None = None,
    done: Sequence[Action] | None = None,
) -> Beat:
    """Write the outcome and the thread's memory; return the row unchanged if it is settled already.

    A beat that has waited for approval keeps the memory that was written when it began to wait: later beats have gone
    on from it. ``path`` are the nodes that have finished; None keeps those on the row. ``looked_at`` is the instant
    up to which the beat was shown what came due, and ``instructions_sha256`` the hash of what it was to follow.
    ``done`` are its actions if they are known.
    """
    row = held(session, claim)
    if is_settled(row):
        return row
    kept: dict[str, Any] = {"problems": [*row.problems, *problems]}
    if memory is not None and not has_waited(row):
        kept["memory"] = dict(memory)
    if action is not None:
        kept["action"] = dict(action)
    if path is not None:
        kept["path"] = list(path)
    if instructions_sha256 is not None:
        kept["instructions_sha256"] = instructions_sha256
    return close(session, row, outcome, now, looked_at=looked_at, known=done, **kept)


def close(
    session: Session,
    row: Beat,
    outcome: Outcome,
    now: datetime,
    *,
    looked_at: datetime | None = None,
    known: Sequence[Action] | None = None,
    **kept: Any,
) -> Beat:
    """Write the outcome of a beat and the columns in ``kept``, and end its lease.

    A beat whose action was done always ends as ``acted`` with its memory; the summary of a different ``outcome``
    is then added to its problems. ``known`` are its actions if the transaction has them. If a slot of the thread
    waits for admission, the timer is to look at it at once.
    """
    done = progress.done_by(session, row) if known is None else next(iter(known), None)
    if outcome.status == BeatStatus.ACTED:
        # Meanwhile it may have arrived at its target, or not.
        summary = progress.summary_of(row, done)
        outcome = outcome if summary is None else replace(outcome, summary=summary)
    elif done is not None:
        problems = kept.get("problems") or [*row.problems, *(row.context or {}).get("problems", [])]
        kept["problems"] = [*problems, outcome.summary]
        summary, memory = progress.as_acted(row, done, latest_memory(session, row.thread_id))
        kept["memory"] = row.memory if has_waited(row) else memory or row.memory
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
    wakes.after_beat(session, thread, row, _left_by(kept), now, looked_at=looked_at)
    events.finished(session, row, now)
    return row


def _left_by(kept: Mapping[str, Any]) -> int:
    """Return how many items wait for the next beat, by the memory that a beat writes at its end."""
    left = (kept.get("memory") or {}).get("left", 0)
    return left if isinstance(left, int) else 0


def has_waited(row: Beat) -> bool:
    """Return whether the row has the memory of a beat that began to wait for approval."""
    return row.expires_at is not None and row.memory is not None


def give_up(
    session: Session,
    claim: Claim,
    outcome: Outcome,
    now: datetime,
    *,
    path: Sequence[str] = (),
    instructions_sha256: str | None = None,
) -> Beat:
    """Close a running beat whose run cannot finish; later writes of that run have no effect.

    ``path`` are the nodes that have finished, and ``instructions_sha256`` is the hash of what the beat followed; if
    empty, what is on the row is kept.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: the beat was claimed again since.
    """
    row = held(session, claim)
    if row.status == BeatStatus.RUNNING:
        kept: dict[str, Any] = {"path": list(path)} if path else {}
        if instructions_sha256:
            kept["instructions_sha256"] = instructions_sha256
        close(session, row, outcome, now, **kept)
    return row


def close_id(session: Session, beat_id: int, outcome: Outcome, now: datetime) -> int:
    """Close a beat by its id, and return the id."""
    close(session, get(session, beat_id), outcome, now)
    return beat_id


def latest_memory(session: Session, thread_id: str) -> dict[str, Any] | None:
    """Return the memory on the thread's latest beat that has one."""
    query = select(Beat.memory).where(Beat.thread_id == thread_id, col(Beat.memory).is_not(None))
    memory = session.exec(query.order_by(col(Beat.id).desc()).limit(1)).first()
    return None if memory is None else dict(memory)


def tokens_since(session: Session, thread_id: str, since: datetime) -> int:
    """Return the sum of prompt and completion tokens of the thread's beats started since an instant (inclusive)."""
    query = select(func.coalesce(func.sum(Beat.prompt_tokens + Beat.completion_tokens), 0))
    return int(session.exec(query.where(Beat.thread_id == thread_id, col(Beat.started_at) >= since)).one())
