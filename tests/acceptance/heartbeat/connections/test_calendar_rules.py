"""Rules of calendars, counted out as the library does that counts them from their start."""

from __future__ import annotations

import pytest

from tests.integration.heartbeat.connections.test_calendar import calendar, counted_both_ways, event

RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;COUNT=2140",
    "FREQ=DAILY;UNTIL=20261105T000000Z",
    "FREQ=DAILY;BYHOUR=8,17;BYMINUTE=0,30",
    "FREQ=DAILY;INTERVAL=2;BYDAY=MO,WE,FR",
    "FREQ=DAILY;BYMONTH=11;BYMONTHDAY=-30,-27,8",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TU,WE,TH;BYSETPOS=-1",
    "FREQ=WEEKLY;COUNT=320;BYDAY=TU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=1TU,-1SU",
    "FREQ=MONTHLY;BYMONTHDAY=3,-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=4,-1",
    "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=4",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=1TH",
    "FREQ=YEARLY;BYYEARDAY=307,-56",
    "FREQ=YEARLY;BYWEEKNO=45;BYDAY=WE",
    "FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYMONTHDAY=3",
    "FREQ=HOURLY;INTERVAL=7",
    "FREQ=HOURLY;INTERVAL=5;BYHOUR=3,8,13",
    "FREQ=MINUTELY;INTERVAL=401",
    "FREQ=MINUTELY;INTERVAL=45;BYHOUR=6",
    "FREQ=SECONDLY;INTERVAL=86399",
]
DAYS = "DTSTART;VALUE=DATE:20210105"
STARTS = [
    "DTSTART;TZID=Europe/Berlin:20210105T083000",
    "DTSTART:20210105T083000Z\nDURATION:PT30H",
    "DTSTART:20210105T083000",
    DAYS,
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("start", STARTS, ids=["zone", "utc", "local", "day"])
def test_rules_are_counted_as_the_library_counts_them(rule: str, start: str) -> None:
    if "UNTIL" in rule:
        rule = rule.replace("T000000Z", "" if start == DAYS else "T000000Z" if "Z" in start else "T000000")
    counted, expected = counted_both_ways(calendar(event("e", start, f"RRULE:{rule}")))
    assert sorted(counted) == sorted(expected)
