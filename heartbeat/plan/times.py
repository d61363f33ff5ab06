"""Times of rules: when a rule holds, its instants, and how often it may be followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from heartbeat.plan.rule import Only, Rule
from heartbeat.plan.words import Limit
from heartbeat.schedule.window import in_window

MAKE_UP = timedelta(hours=2)
"""How long after an instant its rule is due where nothing else is set, so that a missed one is made up for."""
ORDER_LASTS = timedelta(days=7)
"""After which an order of the owner that was not carried out ends."""


def holds(only: Only, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a rule holds now: on this day, and within its window.

    A window that spans midnight belongs to the day on which it begins.
    """
    local = now.astimezone(zone)
    if only.start is None or only.end is None:
        return not only.days or local.weekday() in only.days
    if not in_window(now, start=only.start, end=only.end, zone=zone):
        return False
    minute = local.hour * 60 + local.minute
    began = local - timedelta(days=1) if only.end <= only.start and minute < only.end else local
    return not only.days or began.weekday() in only.days


def instant_due(
    rule: Rule, now: datetime, zone: ZoneInfo, is_active: Callable[[datetime], bool], make_up: timedelta
) -> datetime | None:
    """Return the latest instant of a rule that it may still be followed for, None if there is none.

    Only instants after the rule was read and within ``make_up`` count, and none outside the active hours.
    """
    oldest, today = (now - make_up).astimezone(zone).date(), now.astimezone(zone).date()
    found = [
        instant
        for number in range((today - oldest).days + 1)
        for instant in instants_on(rule.only, oldest + timedelta(days=number), zone)
        if now - make_up < instant <= now and instant > rule.read_at and is_active(instant)
    ]
    return max(found, default=None)


def first_instant(
    only: Only, after: datetime, zone: ZoneInfo, is_active: Callable[[datetime], bool]
) -> datetime | None:
    """Return the first instant after another, None if there is none within eight days."""
    first = after.astimezone(zone).date()
    days = (first + timedelta(days=number) for number in range(9))
    later = (
        instant
        for day in days
        for instant in instants_on(only, day, zone)
        if instant > after and is_active(instant)
    )
    return next(later, None)


def instants_on(only: Only, day: date, zone: ZoneInfo) -> Iterable[datetime]:
    """Return the instants of a local day, in their order.

    A time that the clock jumps over is moved by the jump; one that it shows twice is its first.
    """
    if only.days and day.weekday() not in only.days:
        return []
    return [datetime.combine(day, time(minute // 60, minute % 60), zone) for minute in only.minutes]


def used_up(limit: Limit, acts: Iterable[datetime], now: datetime, zone: ZoneInfo) -> bool:
    """Return whether acts at these instants use up a limit: in the same local day, week from Monday, or month."""
    local = now.astimezone(zone)
    same: Callable[[datetime], bool]
    match limit:
        case Limit.ONCE:
            return any(True for _ in acts)
        case Limit.DAY:
            same = lambda at: at.date() == local.date()  # noqa: E731
        case Limit.WEEK:
            same = lambda at: at.isocalendar()[:2] == local.isocalendar()[:2]  # noqa: E731
        case Limit.MONTH:
            same = lambda at: (at.year, at.month) == (local.year, local.month)  # noqa: E731
        case Limit.ITEM:
            return False
    return any(same(at.astimezone(zone)) for at in acts)
