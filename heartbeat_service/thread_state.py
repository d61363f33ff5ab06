"""Whether scheduled beats of a thread start now, and if not, why, until when, and how to change that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field
from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.schedule import next_due, parse_zone, windows
from heartbeat.schedule.window import format_minute
from heartbeat.store import budget, slots, unsettled
from heartbeat.store.effective import Effective
from heartbeat.store.tables import Thread
from heartbeat.store.timer import TimerState
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, ThreadStateName

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


def obstacles(
    session: Session, row: Thread, found: Effective, state: TimerState, now: datetime
) -> list[ThreadState]:
    """Return everything that prevents scheduled beats of a thread.

    First come those that a person has to end, then those that end by themselves, the longest first.
    """
    lasting = [_refused(found), _paused(row), _disabled(row, found), timer_obstacle(state, now)]
    passing = [_waiting(session, row, now), _spent(session, row, found, now), _quiet(row, found, now)]
    ends = [each for each in passing if each is not None]
    ends.sort(key=lambda each: (each.until is None, each.until or now), reverse=True)
    return [*(each for each in lasting if each is not None), *ends]


def _refused(found: Effective) -> ThreadState | None:
    if not found.refused:
        return None
    said = f"It does not beat, since its config is refused: {found.problem}"
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


def _waiting(session: Session, row: Thread, now: datetime) -> ThreadState | None:
    open_beats = unsettled.of_thread(session, row.id)
    first = next((each for each in open_beats if each.status == BeatStatus.AWAITING_APPROVAL), None)
    if first is None or first.is_over(now):
        return None
    until = f", at most until {first.expires_at:%Y-%m-%d %H:%M} UTC" if first.expires_at else ""
    said = f"Beat {first.id} waits for a person{until}; slots that come before are skipped"
    remedy = f"heartbeat approve {first.id}, or heartbeat reject {first.id}"
    return _state(ThreadStateName.AWAITING_APPROVAL, said, until=first.expires_at, remedy=remedy)


def _spent(session: Session, row: Thread, found: Effective, now: datetime) -> ThreadState | None:
    spent = budget.spent(session, row.id, found.config, now)
    if spent is None:
        return None
    more = 2 * spent.limit if spent.field == "daily_token_budget" else min(2 * spent.limit, 1000)
    remedy = f"heartbeat threads set {row.id} {spent.field}={more}" if more > spent.limit else None
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
    said = f"It is quiet until {_local(window.opens, config)}: its active hours are {hours}"
    return _state(ThreadStateName.QUIET, said, until=window.opens)


def beating(row: Thread, config: Config, now: datetime) -> ThreadState:
    """Return the state of a thread without obstacles."""
    following = row.next_due or next_due(slots.plan_of(row.id, config), now)
    if following is None:
        return _state(ThreadStateName.BEATING, "It beats by itself")
    when = "is due now" if following <= now else f"comes {_local(following, config)}"
    return _state(ThreadStateName.BEATING, f"It beats by itself; the next beat {when}")


def _local(instant: datetime, config: Config) -> str:
    """Format an instant in the thread's time zone: ``Tue 2026-11-03 08:00 Europe/Berlin``."""
    return f"{instant.astimezone(parse_zone(config.timezone)):%a %Y-%m-%d %H:%M} {config.timezone}"


def _state(
    name: ThreadStateName, said: str, *, until: datetime | None = None, remedy: str | None = None
) -> ThreadState:
    return ThreadState(name=name, sentence=sentence(said), until=until, remedy=remedy)
