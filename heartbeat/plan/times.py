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
    """Return whether a rule holds now: on this day, and within its window."""
    within = (
        only.start is None or only.end is None or in_window(now, start=only.start, end=only.end, zone=zone)
    )
    return within and (not only.days or _day(only, now, zone).weekday() in only.days)


def _day(only: Only, at: datetime, zone: ZoneInfo) -> date:
    """Return the day that an instant counts to: in a window that spans midnight, the one on which it began."""
    local = at.astimezone(zone)
    is_night = only.start is not None and only.end is not None and only.end <= only.start
    before_end = only.end is not None and local.hour * 60 + local.minute < only.end
    return local.date() - timedelta(days=1) if is_night and before_end else local.date()


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


def used_up(limit: Limit, acts: Iterable[datetime], now: datetime, only: Only, zone: ZoneInfo) -> bool:
    """Return whether acts at these instants use up a limit: in the same local day, week from Monday, or month.

    A night belongs to the day on which it began.
    """
    today = _day(only, now, zone)
    same: Callable[[date], bool]
    match limit:
        case Limit.ONCE:
            return any(True for _ in acts)
        case Limit.DAY:
            same = lambda day: day == today  # noqa: E731
        case Limit.WEEK:
            same = lambda day: day.isocalendar()[:2] == today.isocalendar()[:2]  # noqa: E731
        case Limit.MONTH:
            same = lambda day: (day.year, day.month) == (today.year, today.month)  # noqa: E731
        case Limit.ITEM:
            return False
    return any(same(_day(only, at, zone)) for at in acts)
