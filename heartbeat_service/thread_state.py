"""Whether scheduled beats of a thread start now, and if not, why, until when, and how to change that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field
from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.schedule import format_local, next_due, windows
from heartbeat.schedule.window import format_minute
from heartbeat.store import budget, slots, waiting
from heartbeat.store.effective import Effective
from heartbeat.store.tables import Thread
from heartbeat.store.timer import TimerState
from heartbeat.store.unreadable import Unreadable
from heartbeat.text import sentence
from heartbeat.vocabulary import ThreadStateName

SILENT = timedelta(minutes=1)
"""Maximum age of the last tick, and of a due slot; a timer ticks at least every 10 s."""
_HORIZON = timedelta(days=370)


class ThreadState(BaseModel):
    """Whether scheduled beats of a thread start now, and if not, why; it does not apply to beats by hand."""

    name: ThreadStateName
    sentence: str = Field(description="The state in words, for people.")
    until: datetime | None = Field(
        description="When it ends by itself: active hours open, a budget is free, an approval expires."
    )
    remedy: str | None = Field(description="The command that ends it, if there is one.")

    def told(self) -> str:
        """Return the sentence, followed by the remedy if there is one."""
        return f"{self.sentence} Change that with: {self.remedy}" if self.remedy else self.sentence


class PendingApproval(BaseModel):
    """An action that waits for a person."""

    beat_id: int
    place: str = Field(description="The target that it would go to; tell: to the owner, wherever that is.")
    until: datetime | None = Field(description="When it is rejected unless somebody has answered.")
    holds_thread: bool = Field(
        description="Whether its thread waits with it, as after a run from outside; else its thread goes on."
    )
    sentence: str = Field(description="Until when it waits, and what its thread does meanwhile, for people.")
    remedy: str = Field(description="The commands that answer it.")

    def told(self) -> str:
        """Return the sentence, followed by how to answer."""
        return f"{self.sentence} To answer: {self.remedy}"


def pending_approvals(
    session: Session, thread_id: str, config: Config, now: datetime
) -> list[PendingApproval]:
    """Return the actions of a thread that wait for a person, the oldest first."""
    return [
        PendingApproval(
            beat_id=each.beat_id,
            place=each.place,
            until=each.expires_at,
            holds_thread=each.in_place,
            sentence=_pending(each, config),
            remedy=each.remedy,
        )
        for each in waiting.of_thread(session, thread_id)
        if each.expires_at is None or each.expires_at > now
    ]


def _pending(each: waiting.Waiting, config: Config) -> str:
    until = f" until {format_local(each.expires_at, config.timezone)}" if each.expires_at else ""
    said = f"Beat {each.beat_id} waits for a person{until}."
    return f"{said} {each.meanwhile}"


def obstacles(
    session: Session,
    row: Thread,
    found: Effective,
    state: TimerState,
    pending: Sequence[PendingApproval],
    now: datetime,
) -> list[ThreadState]:
    """Return everything that prevents scheduled beats of a thread; of ``pending``, what it waits for.

    First come those that a person has to end, then those that end by themselves, the longest first.
    """
    lasting = [_refused(found), _paused(row), _disabled(row, found), timer_obstacle(state, now)]
    passing = [_held(pending), _spent(session, row, found, now), _quiet(row, found, now)]
    ends = [each for each in passing if each is not None]
    ends.sort(key=lambda each: (each.until is None, each.until or now), reverse=True)
    return [*(each for each in lasting if each is not None), *ends]


def _refused(found: Effective) -> ThreadState | None:
    if not found.refused:
        return None
    said = f"It does not beat, since its config is refused: {found.problem}"
    return _state(ThreadStateName.REFUSED, said, remedy="heartbeat doctor")


def unreadable(cell: Unreadable) -> ThreadState:
    """Return the state of a thread that cannot be read, since another program has written it."""
    said = f"It does not beat, since it cannot be read: {cell}"
    return _state(ThreadStateName.REFUSED, said, remedy="heartbeat doctor")


def _paused(row: Thread) -> ThreadState | None:
    if not row.paused_reason:
        return None
    return _state(
        ThreadStateName.PAUSED,
        f"It is paused: {row.paused_reason}",
        remedy=f"heartbeat threads resume {row.id}",
    )


def _disabled(row: Thread, found: Effective) -> ThreadState | None:
    if found.config.enabled:
        return None
    said = "It is switched off, and beats only by hand"
    return _state(ThreadStateName.DISABLED, said, remedy=f"heartbeat threads set {row.id} enabled=true")


def timer_obstacle(state: TimerState, now: datetime) -> ThreadState | None:
    """Return what prevents scheduled beats of all threads, or None."""
    if not state.running:
        said = "The timer is stopped, so no scheduled beat starts"
        return _state(ThreadStateName.TIMER_STOPPED, said, remedy="heartbeat start")
    tick = state.last_tick
    if tick is not None and now - tick <= SILENT:
        return None
    last = f"its last sign of life was {tick.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if tick else "none ever ran"
    said = f"No timer runs on this database ({last}), so no scheduled beat starts"
    return _state(ThreadStateName.TIMER_SILENT, said, remedy="heartbeat serve")


def _held(pending: Sequence[PendingApproval]) -> ThreadState | None:
    first = next((each for each in pending if each.holds_thread), None)
    if first is None:
        return None
    name = ThreadStateName.AWAITING_APPROVAL
    return _state(name, first.sentence, until=first.until, remedy=first.remedy)


def _spent(session: Session, row: Thread, found: Effective, now: datetime) -> ThreadState | None:
    spent = budget.spent(session, row.id, found.config, now)
    if spent is None:
        return None
    more = 2 * spent.limit if spent.field == "daily_token_budget" else min(2 * spent.limit, 1000)
    rejected = " and ".join(f"heartbeat reject {beat_id}" for beat_id in spent.freed_by)
    raised = f"heartbeat threads set {row.id} {spent.field}={more}" if more > spent.limit else ""
    remedy = ", or ".join(each for each in (rejected, raised) if each) or None
    return _state(ThreadStateName.BUDGET_EXHAUSTED, spent.sentence, until=spent.free_at, remedy=remedy)


def _quiet(row: Thread, found: Effective, now: datetime) -> ThreadState | None:
    config = found.config
    if config.active_hours is None or config.is_active(now):
        return None
    hours = f"{format_minute(config.active_hours.start)}-{format_minute(config.active_hours.end)}"
    window = next(iter(windows(slots.plan_of(row.id, config), now, now + _HORIZON)), None)
    if window is None:
        return _state(
            ThreadStateName.QUIET, f"It is quiet: its active hours, {hours} in {config.timezone}, never open"
        )
    said = f"It is quiet until {format_local(window.opens, config.timezone)}: its active hours are {hours}"
    return _state(ThreadStateName.QUIET, said, until=window.opens)


def beating(row: Thread, config: Config, now: datetime) -> ThreadState:
    """Return the state of a thread without obstacles."""
    following = row.next_due or next_due(slots.plan_of(row.id, config), now)
    if following is None:
        return _state(ThreadStateName.BEATING, "It beats by itself")
    when = "is due now" if following <= now else f"comes {format_local(following, config.timezone)}"
    return _state(ThreadStateName.BEATING, f"It beats by itself; the next beat {when}")


def _state(
    name: ThreadStateName, said: str, *, until: datetime | None = None, remedy: str | None = None
) -> ThreadState:
    return ThreadState(name=name, sentence=sentence(said), until=until, remedy=remedy)
