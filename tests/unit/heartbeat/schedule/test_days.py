"""Days without a time, in zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from heartbeat.schedule import days

ZONES = [
    "UTC",
    "America/Los_Angeles",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Pacific/Kiritimati",
]


@pytest.mark.parametrize("zone", ZONES)
def test_a_date_has_begun_where_clocks_show_it(zone: str) -> None:
    """Also on days whose midnight is skipped or comes twice."""
    here = ZoneInfo(zone)
    for number in range(366):
        day = days.of_date(date(2026, 1, 1) + timedelta(days=number))
        begins = days.begins(day, here, all_day=True)
        assert day <= days.wall(begins, here)
        assert days.wall(begins - timedelta(seconds=1), here) < day


def test_an_instant_is_the_same_in_every_zone() -> None:
    at = datetime(2026, 11, 4, 9, tzinfo=UTC)
    assert days.begins(at, ZoneInfo("Pacific/Kiritimati"), all_day=False) == at


def test_the_ends_of_the_calendar_are_no_error() -> None:
    first, last = days.of_date(date.min), days.of_date(date.max)
    assert days.begins(first, days.EAST, all_day=True) == first
    assert days.day_after(last) == last
    assert days.day_after(first) == days.of_date(date(1, 1, 2))
