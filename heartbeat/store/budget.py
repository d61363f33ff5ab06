"""The daily budgets of a thread: actions and tokens, counted from midnight in the thread's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.schedule import format_local, parse_zone
from heartbeat.store import actions, beats
from heartbeat.store.actions import Promised
from heartbeat.text import sentence


@dataclass(frozen=True)
class Spent:
    """A budget that is used up.

    ``field`` is the config field that sets it, ``sentence`` the explanation. ``free_at``, in UTC, is the start of
    the next local day, or before that the end of the approvals that fill it. ``freed_by`` are the beats that wait
    for approval and whose rejection frees it; empty where it is spent without them.
    """

    field: Literal["max_actions_per_day", "daily_token_budget"]
    limit: int
    sentence: str
    free_at: datetime
    freed_by: tuple[int, ...] = ()


def spent(session: Session, thread_id: str, config: Config, now: datetime) -> Spent | None:
    """Return the first daily budget that is used up, or None; an action of today that waits is spent."""
    return _promised_actions(session, thread_id, config, now) or spent_tokens(session, thread_id, config, now)


def _promised_actions(session: Session, thread_id: str, config: Config, now: datetime) -> Spent | None:
    since, until = day_bounds(now, config.timezone)
    done, waiting = actions.tally_since(session, thread_id, since, now)
    if done + waiting < config.max_actions_per_day:
        return None
    if done >= config.max_actions_per_day:
        return _done(done, until, config)
    return _promised(done, actions.promised_since(session, thread_id, since, now), until, config)


def spent_actions(done: int, config: Config, now: datetime) -> Spent | None:
    """Return the budget of actions if those of today that count as done have used it up, or None."""
    _, until = day_bounds(now, config.timezone)
    return None if done < config.max_actions_per_day else _done(done, until, config)


def _done(done: int, until: datetime, config: Config) -> Spent:
    said = f"The thread has done {done} actions today, its limit"
    return Spent("max_actions_per_day", config.max_actions_per_day, _explained(said, until, config), until)


def _promised(done: int, waiting: Sequence[Promised], until: datetime, config: Config) -> Spent:
    """Return the budget that is used up only together with what waits, the first to expire first."""
    limit = config.max_actions_per_day
    freeing = waiting[: done + len(waiting) - limit + 1]
    ends = freeing[-1].expires_at
    until = until if ends is None else min(until, ends)
    numbers = tuple(each.beat_id for each in freeing)
    wait = "1 waits" if len(waiting) == 1 else f"{len(waiting)} wait"
    said = f"The thread has done {done} actions today, and {wait} for approval; its limit is {limit}"
    which = f"beat {numbers[0]} is" if len(numbers) == 1 else f"beats {', '.join(map(str, numbers))} are"
    free = f"It is free again {format_local(until, config.timezone)}, or once {which} rejected."
    return Spent("max_actions_per_day", limit, f"{sentence(said)} {free}", until, numbers)


def spent_tokens(session: Session, thread_id: str, config: Config, now: datetime) -> Spent | None:
    """Return the budget of tokens if one is set and used up, or None."""
    if config.daily_token_budget is None:
        return None
    since, until = day_bounds(now, config.timezone)
    tokens = beats.tokens_since(session, thread_id, since)
    if tokens < config.daily_token_budget:
        return None
    said = f"The thread has used {tokens} tokens today; its budget is {config.daily_token_budget}"
    return Spent("daily_token_budget", config.daily_token_budget, _explained(said, until, config), until)


def _explained(said: str, until: datetime, config: Config) -> str:
    """Return the sentence, followed by when the budget is free again, in the thread's time zone."""
    return f"{sentence(said)} It is free again {format_local(until, config.timezone)}."


def day_bounds(now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """Return the start and the end of the local day of ``now``, in UTC."""
    zone = parse_zone(timezone)
    today = now.astimezone(zone).date()
    first, last = (
        datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in (today, today + timedelta(1))
    )
    return first, last
