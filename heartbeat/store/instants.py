"""Instants of a thread's plan: the next of each rule; of those that were missed the owner is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.plan.instants import TimedRule, stored_rules
from heartbeat.schedule.window import parse_zone
from heartbeat.store import events, rows
from heartbeat.store.tables import Thread
from heartbeat.text import utc
from heartbeat.vocabulary import EventKind, WakeReason
from heartbeat.wake import Wake

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_RULES_LIMIT = 100
"""Rules with instants of one thread that it is woken for, the first of its plan."""


def of(thread: Thread) -> list[TimedRule]:
    """Return the rules of a thread that have instants."""
    return stored_rules(thread.instants)


def put(session: Session, thread: Thread, rules: Iterable[TimedRule]) -> None:
    """Keep the rules of a thread that have instants."""
    values = [each.model_dump(mode="json") for each in rules][:_RULES_LIMIT]
    if values != thread.instants:
        rows.put(session, thread, instants=values)


def skip(session: Session, thread: Thread) -> None:
    """Let all instants be over until `next_wakes` is called, when a thread is no longer disabled or paused."""
    put(session, thread, [each.since(_NEVER) for each in of(thread)])


def next_wakes(session: Session, thread: Thread, config: Config, now: datetime) -> list[Wake]:
    """Return a wake for the next instant of each rule; an open one has passed and can still be made up for.

    The owner is told of those that cannot. None is over any more that is still to come.
    """
    zone, missed, left, wakes = (
        parse_zone(config.timezone),
        list[dict[str, Any]](),
        list[TimedRule](),
        list[Wake](),
    )
    for kept in of(thread):
        rule = kept.until(now)
        at, lost = rule.next(now, zone, config.is_active)
        if lost is not None:
            missed.append(
                {
                    "line": rule.line,
                    "text": rule.text,
                    "at": utc(lost),
                    "within": rule.make_up.total_seconds(),
                }
            )
        left.append(rule if lost is None else rule.over(now))
        if at is not None:
            wakes.append(Wake(reason=WakeReason.INSTANT, at=at, due_at=at, title=rule.text, line=rule.line))
    put(session, thread, left)
    if missed:
        data: dict[str, Any] = {"missed": missed, "timezone": config.timezone}
        events.add(session, EventKind.PLAN_CHANGED, now, thread_id=thread.id, **data)
    return wakes
