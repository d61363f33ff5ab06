"""What became of a thread's earlier actions, for the memory of its next beat.

A memory says what was looked at; what became of an action may be known later: one that waited for approval is
answered, one that was on its way fails. So nothing is written back: each time a memory is loaded, what is known by
then is taken into it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, not_, or_, select

from heartbeat.loss import Loss
from heartbeat.memory import Memory
from heartbeat.remember import End, with_late_action
from heartbeat.run_data import RunData
from heartbeat.store import beats, outbox, progress
from heartbeat.store.done import counts_as_done
from heartbeat.store.tables import Action, Beat, Delivery
from heartbeat.vocabulary import UNSETTLED, ActionStatus, BeatStatus, DeliveryReason

SPAN = timedelta(days=30)
"""How far back failed actions are looked at; no delivery takes longer."""
_LIMIT = 100
_LOOKED = (BeatStatus.ACTED, BeatStatus.NONE)

logger = logging.getLogger("heartbeat")


def up_to_date(session: Session, thread_id: str, memory: Memory, now: datetime) -> Memory:
    """Return the memory with what became of the thread's earlier actions; itself if nothing did.

    What was approved late and done is recent. What was not done after all is open again once, see `heartbeat.loss`;
    what a person said no to stays handled.
    """
    return _without_failed(session, thread_id, with_answers(session, thread_id, memory), now)


def with_answers(session: Session, thread_id: str, memory: Memory) -> Memory:
    """Return the memory with what became of the beats that waited for approval when it was written.

    Those that still wait stay in ``waiting``; a beat is taken into a memory once.
    """
    if not memory.waiting:
        return memory
    query = select(Beat.id, Beat.status).where(Beat.thread_id == thread_id, col(Beat.id).in_(memory.waiting))
    found = session.exec(query).all()
    still = {beat_id for beat_id, status in found if status in UNSETTLED}
    settled = [beats.get(session, beat_id) for beat_id, _ in found if beat_id and beat_id not in still]
    memory = memory.model_copy(update={"waiting": tuple(each for each in memory.waiting if each in still)})
    for row in sorted(settled, key=lambda row: (row.finished_at or row.started_at, row.id)):
        try:
            memory = _with_outcome(session, row, memory)
        except ValidationError as error:
            said = "what became of beat %s cannot be remembered: %s"
            logger.warning(
                said, row.id, type(error).__name__ if row.private else error, extra={"action": "memory_lost"}
            )
    return memory


def _with_outcome(session: Session, row: Beat, memory: Memory) -> Memory:
    if not beats.has_waited(row):
        return memory  # rows were lost, and another beat has its number
    end = End(row.id or 0, row.status, row.reason)
    if row.status == BeatStatus.ACTED:
        done = progress.done_by(session, row)
        if done is None or done.status == ActionStatus.FAILED:
            return memory  # a failed one is a loss
        return with_late_action(
            RunData(progress.state_of(row)), end, memory, done.created_at, _proposed(row, memory)
        )
    if end.counts_as_done:
        return memory
    return _loss(row, since=row.started_at, at=row.finished_at or row.started_at).out_of(memory)


def _proposed(row: Beat, memory: Memory) -> set[str]:
    """Return what a beat that waited has stamped as done, unless it was stamped again since."""
    stamped = {name: at for name, at in Memory.newest(row.memory).done.items() if at >= row.started_at}
    return {name for name, at in stamped.items() if memory.done.get(name) == at}


def _without_failed(session: Session, thread_id: str, memory: Memory, now: datetime) -> Memory:
    """Return the memory without the actions that failed since the thread last looked."""
    failed = _failed(session, thread_id, now)
    if not failed:
        return memory
    looked_at = _last_look(session, thread_id)
    ends = outbox.of_actions(session, [row.id for row in failed if row.id is not None])
    since = [
        (row, at)
        for row in failed
        if (at := _known_at(row, ends.get(row.id or 0, []))) and (looked_at is None or at >= looked_at)
    ]
    open_again = {row.id for row in _failed(session, thread_id, now, is_open=True)} if since else set()
    for row, at in since:
        for loss in _of_action(session, row, at):
            memory = replace(loss, is_final=row.id not in open_again).out_of(memory)
    return memory


def _failed(session: Session, thread_id: str, now: datetime, *, is_open: bool = False) -> Sequence[Action]:
    """Return the latest failed actions, the oldest first; those that do not count as done if they are to be open."""
    query = select(Action).where(
        Action.thread_id == thread_id,
        Action.status == ActionStatus.FAILED,
        col(Action.created_at) > now - SPAN,
    )
    if is_open:
        query = query.where(not_(counts_as_done()))
    return session.exec(query.order_by(col(Action.id).desc()).limit(_LIMIT)).all()[::-1]


def _known_at(row: Action, ends: Sequence[Delivery]) -> datetime:
    return max((each.finished_at for each in ends if each.finished_at), default=row.created_at)


def _of_action(session: Session, row: Action, at: datetime) -> Iterator[Loss]:
    beat = session.get(Beat, row.beat_id)
    if beat is None:
        return
    try:
        loss = _loss(beat, since=row.created_at, at=at, until=beat.finished_at or at)
    except ValidationError:
        return  # written by another version
    yield replace(loss, may_repeat=row.reason == DeliveryReason.CANCELLED)


def _loss(row: Beat, *, since: datetime, at: datetime, until: datetime | None = None) -> Loss:
    beat, after = RunData(progress.state_of(row)), Memory.newest(row.memory)
    return Loss.of(beat, after, beat_id=row.id or 0, since=since, at=at, until=until)


def _last_look(session: Session, thread_id: str) -> datetime | None:
    """Return when the latest beat began that has written what it saw into the thread's memory."""
    query = select(func.max(Beat.started_at)).where(Beat.thread_id == thread_id, looked())
    return session.exec(query).one()


def looked() -> ColumnElement[bool]:
    """Return the condition on beats that have written what they saw into the memory of their thread."""
    waited = and_(col(Beat.expires_at).is_not(None), col(Beat.memory).is_not(None))
    return or_(col(Beat.status).in_(_LOOKED), waited)
