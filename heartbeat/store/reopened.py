"""What the agent remembers as done and was not done after all: open again by what its actions came to.

A memory says what was looked at; what became of an action is known later. So nothing is written back: each time a
memory is loaded, the actions that failed since the thread last looked are taken out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlmodel import Session, col, func, not_, select

from heartbeat.memory import PENDING_LIMIT, Memory
from heartbeat.remember import handled_tasks, items_of
from heartbeat.run_data import RunData
from heartbeat.store import outbox
from heartbeat.store.done import counts_as_done
from heartbeat.store.progress import state_of
from heartbeat.store.tables import Action, Beat, Delivery
from heartbeat.vocabulary import ActionStatus, BeatStatus, DeliveryReason

SPAN = timedelta(days=30)
"""How far back actions are looked at; no delivery takes longer."""
ONCE_IN = timedelta(days=1)
"""What failed twice within this time counts as done: a task until it is due again, an item until it changes."""
_LIMIT = 100
_LOOKED = (BeatStatus.ACTED, BeatStatus.NONE)


@dataclass(frozen=True)
class _Failure:
    """An action that failed, with its beat; ``at`` is when that was known."""

    action: Action
    beat: Beat
    at: datetime
    tasks: frozenset[str]
    items: tuple[str, ...]

    @property
    def is_end(self) -> bool:
        """Whether it was refused or expired, not cancelled."""
        return self.action.reason != DeliveryReason.CANCELLED


def without_failed(session: Session, thread_id: str, memory: Memory, now: datetime) -> Memory:
    """Return the memory without the actions that failed since the thread last looked; itself if there are none.

    Their items are new again, and their tasks due. What counts as done all the same stays as it is: see
    `heartbeat.store.done`.
    """
    failures = _failures(session, thread_id, now)
    looked_at = _last_look(session, thread_id) if failures else None
    since = [each for each in failures if looked_at is None or each.at >= looked_at]
    if not since:
        return memory
    open_again = {row.id for row in _rows(session, thread_id, now, is_open=True)}
    for failure in since:
        again = _open_again(failure, failures) if failure.action.id in open_again else None
        memory = memory if again is None else _without(memory, again)
    return memory


def _last_look(session: Session, thread_id: str) -> datetime | None:
    query = select(func.max(Beat.started_at)).where(
        Beat.thread_id == thread_id, col(Beat.status).in_(_LOOKED)
    )
    return session.exec(query).one()


def _rows(session: Session, thread_id: str, now: datetime, *, is_open: bool = False) -> Sequence[Action]:
    query = select(Action).where(
        Action.thread_id == thread_id,
        Action.status == ActionStatus.FAILED,
        col(Action.created_at) > now - SPAN,
    )
    if is_open:
        query = query.where(not_(counts_as_done()))
    return session.exec(query.order_by(col(Action.id).desc()).limit(_LIMIT)).all()[::-1]


def _failures(session: Session, thread_id: str, now: datetime) -> list[_Failure]:
    rows = _rows(session, thread_id, now)
    if not rows:
        return []
    ends = outbox.of_actions(session, [row.id for row in rows if row.id is not None])
    return [failure for row in rows for failure in _failure(session, row, ends.get(row.id or 0, []))]


def _failure(session: Session, row: Action, ends: Sequence[Delivery]) -> Iterator[_Failure]:
    beat = session.get(Beat, row.beat_id)
    if beat is None:
        return
    at = max((each.finished_at for each in ends if each.finished_at), default=row.created_at)
    try:
        data = RunData(state_of(beat))
        yield _Failure(row, beat, at, frozenset(handled_tasks(data)), items_of(data))
    except ValidationError:
        return  # written by another version


def _open_again(failure: _Failure, failures: Sequence[_Failure]) -> _Failure | None:
    """Return the failure without what has failed shortly before too; None if that is all of it.

    What the target refuses again and again is so proposed again once, not at every beat.
    """
    if not failure.is_end:
        return failure
    created = failure.action.created_at
    before = [
        each for each in failures if each.is_end and created - ONCE_IN < each.action.created_at < created
    ]
    tasks = failure.tasks.difference(*(each.tasks for each in before))
    known = {key for each in before for key in each.items}
    items = tuple(key for key in failure.items if key not in known)
    if not tasks and not items and (failure.tasks or failure.items or before):
        return None
    return replace(failure, tasks=tasks, items=items)


def _without(memory: Memory, failure: _Failure) -> Memory:
    action, until = failure.action, failure.beat.finished_at or failure.at
    items = dict.fromkeys((*memory.pending, *failure.items))
    done = f"{action.kind} {action.target_id}"
    return memory.model_copy(
        update={
            "fingerprint": None,
            "tasks": {
                name: at for name, at in memory.tasks.items() if not (name in failure.tasks and at <= until)
            },
            "pending": tuple(items)[:PENDING_LIMIT],
            "counted": tuple(key for key in memory.counted if key not in failure.items),
            "done": {key: at for key, at in memory.done.items() if not (key == done and at <= until)},
            "recent": tuple(
                each
                for each in memory.recent
                if not (
                    (each.kind, each.target_id) == (action.kind, action.target_id)
                    and action.created_at <= each.at <= until
                )
            ),
        }
    )
