"""The rules of the schedule by brute force: every minute is looked at, with zoneinfo and nothing clever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from heartbeat.schedule import Plan

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Stretch = tuple[datetime, datetime]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def plan(hours: str, zone: str = "UTC", *, every: int = 86_400, phase: int = 0) -> Plan:
    start, end = hours.split("-")
    return Plan(every=every, phase=phase, start=clock(start), end=clock(end), zone=zone)


def is_inside(plan: Plan, instant: datetime) -> bool:
    if plan.start is None or plan.end is None:
        return True
    local = instant.astimezone(ZoneInfo(plan.zone))
    second = (local.hour * 60 + local.minute) * 60 + local.second
    start, end = plan.start * 60, plan.end * 60
    return start <= second < end if start < end else not end <= second < start


def every_window(plan: Plan, begin: datetime, end: datetime, step: timedelta = MINUTE) -> list[Stretch]:
    """Windows of [begin, end), cut off at both ends; exact where openings fall on multiples of ``step``."""
    instants = (begin + step * number for number in range((end - begin) // step))
    found = []
    for inside, group in groupby(instants, key=lambda instant: is_inside(plan, instant)):
        members = list(group)
        if inside:
            found.append((members[0], members[-1] + step))
    return found


def every_slot(plan: Plan, begin: datetime, end: datetime) -> Iterator[datetime]:
    number = (begin - EPOCH) // timedelta(seconds=plan.every)
    while (slot := EPOCH + timedelta(seconds=number * plan.every + plan.phase)) < end:
        if slot >= begin:
            yield slot
        number += 1


def every_due(plan: Plan, stretches: list[Stretch], begin: datetime, end: datetime) -> list[datetime]:
    """Due instants of [begin, end), whose windows are ``stretches``."""
    slots = [slot for slot in every_slot(plan, begin, end) if is_inside(plan, slot)]
    empty = [opens for opens, closes in stretches if not any(opens <= slot < closes for slot in slots)]
    return sorted(slots + empty)
