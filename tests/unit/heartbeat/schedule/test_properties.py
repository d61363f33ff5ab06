"""The schedule against its rules by brute force, over any zone, window, interval and date.

``HEARTBEAT_TEST_LONG=1`` takes every zone and many more examples.
"""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from whenever import Instant

from heartbeat.schedule import Missed, Plan, due_between, missed, next_due, parse_zone, windows
from heartbeat.schedule.interval import MAXIMUM, MINIMUM
from heartbeat.schedule.window import in_window
from tests.unit.heartbeat.schedule.reference import every_due, every_window, is_inside, utc

LONG = bool(os.environ.get("HEARTBEAT_TEST_LONG"))
ALL_ZONES = sorted(available_timezones())
ODD_ZONES = [
    "UTC",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Asia/Shanghai",
    "Asia/Tehran",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MARGIN = 3 * DAY
"""Longer than any window of the dates looked at."""

zones = st.sampled_from(ALL_ZONES) | st.sampled_from(ODD_ZONES)
intervals = st.sampled_from([60, 1_800, 3_600, 14_400, 86_400]) | st.integers(MINIMUM, MAXIMUM)
minutes = st.integers(0, 1_439) | st.integers(0, 47).map(lambda half_hour: half_hour * 30)
dates = st.datetimes(datetime(1973, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001


@st.composite
def questions(draw: st.DrawFn) -> tuple[Plan, datetime]:
    """Any plan and moment; mostly the clock changes near the moment, often near an edge of the window too."""
    zone = draw(zones)
    moment = utc(draw(dates).isoformat())
    start, end = draw(minutes), draw(minutes | st.just(1_440))
    change = Instant(moment).to_tz(zone).next_transition()
    if change is not None and draw(st.integers(0, 4)):
        moment = change.to_instant().to_stdlib() + timedelta(minutes=draw(st.integers(-1_500, 300)))
        shown = change.hour * 60 + change.minute
        if draw(st.booleans()):
            start = (shown + draw(st.integers(-90, 90))) % 1_440
        if draw(st.booleans()):
            end = (shown + draw(st.integers(-90, 90))) % 1_440
    assume(start != end)
    every = draw(intervals)
    return Plan(every, draw(st.integers(0, every - 1)), start, end, zone), moment


@pytest.mark.timeout(1_200 if LONG else 120)
@settings(max_examples=5_000 if LONG else settings().max_examples)
@given(questions(), st.timedeltas(timedelta(), 2 * DAY))
def test_windows_and_due_instants_are_those_of_the_definition(
    question: tuple[Plan, datetime], ahead: timedelta
) -> None:
    plan, after = question
    until = after + ahead
    begin = after.replace(second=0, microsecond=0) - MARGIN
    end = until + MARGIN

    stretches = every_window(plan, begin, end)
    expected = [instant for instant in every_due(plan, stretches, begin, end) if after < instant <= until]
    assert due_between(plan, after, until, 10_000) == expected
    assert next_due(plan, after) == (expected[0] if expected else next_due(plan, until))
    assert missed(plan, after, until) == summary(expected)
    if not plan.always:
        asked = [(opens, closes) for opens, closes in stretches if closes > after and opens <= until]
        assert [(window.opens, window.closes) for window in windows(plan, after, until)] == asked


def summary(instants: list[datetime]) -> Missed | None:
    if not instants:
        return None
    last = instants[-2] if len(instants) > 1 else None
    return Missed(first=instants[0], last=last, count=len(instants), newest=instants[-1])


def random_plan(rng: random.Random, zone: str) -> Plan:
    every = round(MINIMUM * (MAXIMUM / MINIMUM) ** rng.random())
    start = rng.randrange(1_440)
    end = rng.choice([minute for minute in range(1_441) if minute != start])
    return Plan(every, rng.randrange(every), start, end, zone)


@pytest.mark.parametrize("zone", ALL_ZONES if LONG else ODD_ZONES)
def test_a_year(zone: str) -> None:
    """Each window has a due instant, none lies outside, and they only go forward."""
    rng = random.Random(zone)
    for _ in range(3 if LONG else 1):
        plan = random_plan(rng, zone)
        begin = utc("2026-01-01") + rng.randrange(-40, 40) * 365 * DAY
        end = begin + 365 * DAY
        year = list(windows(plan, begin, end))
        due = due_between(plan, year[0].opens - SECOND, year[-1].closes - SECOND, 10**6)
        check_edges(plan, begin, end)
        assert all(earlier < later for earlier, later in pairwise(due))
        waiting = iter(due)
        instant = next(waiting, None)
        for window in year:
            assert instant is not None
            assert window.opens <= instant < window.closes
            while instant is not None and instant < window.closes:
                assert instant >= window.opens
                instant = next(waiting, None)
        assert instant is None
        for number in rng.sample(range(len(due) - 1), 25):
            between = due[number] + (due[number + 1] - due[number]) * rng.random()
            assert next_due(plan, due[number]) == next_due(plan, between) == due[number + 1]
        assert all(
            is_inside(plan, instant) for instant in (due if LONG else due[:: max(1, len(due) // 2_000)])
        )


def check_edges(plan: Plan, begin: datetime, end: datetime) -> None:
    """Windows are maximal, and shorter than the margin."""
    assert plan.start is not None
    assert plan.end is not None
    zone = parse_zone(plan.zone)
    for window in windows(plan, begin, end):
        inside = [
            in_window(instant, start=plan.start, end=plan.end, zone=zone)
            for instant in (window.opens - SECOND, window.opens, window.closes - SECOND, window.closes)
        ]
        assert inside == [False, True, True, False]
        assert window.closes - window.opens < MARGIN


@pytest.mark.parametrize("zone", ALL_ZONES if LONG else ODD_ZONES)
def test_no_window_that_closes_is_as_long_as_the_margin(zone: str) -> None:
    """Even where the one closed minute of a day is skipped, anywhere in the history of the zone."""
    begin = Instant.from_utc(1800, 1, 2)
    change = begin.to_tz(zone).next_transition()
    longest = timedelta()
    while change is not None and change.year < 2040:
        local = change.to_plain()
        before = change.subtract(seconds=1).to_plain()
        for closed in {before.hour * 60 + before.minute, local.hour * 60 + local.minute}:
            for end in (closed, (closed + 1) % 1_440, (closed - 1) % 1_440):
                plan = Plan(60, 0, (end + 1) % 1_440, end, zone)
                moment = change.to_instant().to_stdlib()
                for window in windows(plan, moment - 2 * DAY, moment + 2 * DAY):
                    longest = max(longest, window.closes - window.opens)
        change = change.next_transition()
    assert longest < timedelta(days=3)


def test_every_zone_a_config_accepts_is_one_the_schedule_knows() -> None:
    for zone in ALL_ZONES:
        plan = Plan.of("garden", 3_600, None, parse_zone(zone).key)
        shut = Plan(plan.every, plan.phase, 600, 601, zone)
        found = next_due(shut, utc("2026-06-01"))
        assert found is not None
        assert is_inside(shut, found)
