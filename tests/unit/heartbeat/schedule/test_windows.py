from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from heartbeat.schedule import Plan, Window, parse_zone, windows
from heartbeat.schedule.window import in_window
from tests.unit.heartbeat.schedule.reference import every_window, plan, utc

NEW_YORK = "America/New_York"
HOUR = timedelta(hours=1)


def is_open(plan: Plan, instant: datetime) -> bool:
    found = bool(list(windows(plan, instant, instant)))
    assert plan.start is not None
    assert plan.end is not None
    assert in_window(instant, start=plan.start, end=plan.end, zone=parse_zone(plan.zone)) == found
    return found


def shown(plan: Plan, after: str, until: str) -> list[str]:
    """Windows as ``opens closes`` in UTC."""
    return [
        f"{window.opens:%m-%dT%H:%M} {window.closes:%m-%dT%H:%M}"
        for window in windows(plan, utc(after), utc(until))
    ]


@pytest.mark.parametrize(
    ("hours", "zone", "instant", "expected"),
    [
        ("08:00-24:00", "UTC", "2026-06-01T07:59:59", False),
        ("08:00-24:00", "UTC", "2026-06-01T08:00", True),
        ("08:00-24:00", "UTC", "2026-06-01T23:59:59.999999", True),
        ("08:00-24:00", "UTC", "2026-06-02T00:00", False),
        ("22:00-06:00", "UTC", "2026-06-01T21:59:59", False),
        ("22:00-06:00", "UTC", "2026-06-01T22:00", True),
        ("22:00-06:00", "UTC", "2026-06-01T05:30", True),
        ("22:00-06:00", "UTC", "2026-06-01T06:00", False),
        ("22:00-00:00", "UTC", "2026-06-01T23:59:59", True),
        ("22:00-00:00", "UTC", "2026-06-01T00:00", False),
        ("08:00-09:00", NEW_YORK, "2027-03-07T13:00", True),
        ("08:00-09:00", NEW_YORK, "2027-03-14T12:00", True),
        ("08:00-09:00", NEW_YORK, "2027-03-14T13:00", False),
        ("01:00-02:00", NEW_YORK, "2026-11-01T05:30", True),
        ("01:00-02:00", NEW_YORK, "2026-11-01T06:30", True),
        ("01:00-02:00", NEW_YORK, "2026-11-01T07:00", False),
        ("23:30-00:30", "Asia/Kathmandu", "2026-06-01T17:45", True),
        ("23:30-00:30", "Asia/Kathmandu", "2026-06-01T17:44:59", False),
        ("23:30-00:30", "Asia/Kathmandu", "2026-06-01T18:45", False),
        ("09:00-09:30", "Asia/Kolkata", "2026-06-01T03:30", True),
        ("09:00-09:30", "Asia/Kolkata", "2026-06-01T04:00", False),
        ("00:00-00:45", "Australia/Eucla", "2026-06-01T15:15", True),
        ("00:00-00:45", "Australia/Eucla", "2026-06-01T16:00", False),
    ],
)
def test_start_is_inside_and_end_is_not(hours: str, zone: str, instant: str, expected: bool) -> None:
    assert is_open(plan(hours, zone), utc(instant)) is expected


@pytest.mark.parametrize(
    ("hours", "zone", "after", "until", "expected"),
    [
        pytest.param(
            "01:00-02:00",
            NEW_YORK,
            "2026-11-01",
            "2026-11-02",
            ["11-01T05:00 11-01T07:00"],
            id="repeated hour",
        ),
        pytest.param(
            "01:30-02:30",
            NEW_YORK,
            "2026-11-01",
            "2026-11-02",
            ["11-01T05:30 11-01T06:00", "11-01T06:30 11-01T07:30"],
            id="clock set back before the opening, in the middle of a window",
        ),
        pytest.param(
            "02:00-03:00",
            NEW_YORK,
            "2026-03-07",
            "2026-03-10",
            ["03-07T07:00 03-07T08:00", "03-09T06:00 03-09T07:00"],
            id="skipped hour does not open",
        ),
        pytest.param(
            "01:30-03:30",
            NEW_YORK,
            "2026-03-08",
            "2026-03-09",
            ["03-08T06:30 03-08T07:30"],
            id="around the skip",
        ),
        pytest.param(
            "02:30-04:00",
            NEW_YORK,
            "2026-03-08",
            "2026-03-09",
            ["03-08T07:00 03-08T08:00"],
            id="opening skipped",
        ),
        pytest.param(
            "01:30-02:30",
            NEW_YORK,
            "2026-03-08",
            "2026-03-09",
            ["03-08T06:30 03-08T07:00"],
            id="closing skipped",
        ),
        pytest.param(
            "22:00-06:00",
            NEW_YORK,
            "2026-03-08",
            "2026-03-09",
            ["03-08T03:00 03-08T10:00"],
            id="night of seven hours",
        ),
        pytest.param(
            "22:00-06:00",
            NEW_YORK,
            "2026-11-01",
            "2026-11-02",
            ["11-01T02:00 11-01T11:00"],
            id="night of nine hours",
        ),
        pytest.param(
            "02:31-02:30",
            NEW_YORK,
            "2026-03-08",
            "2026-03-08T12:00",
            ["03-07T07:31 03-09T06:30"],
            id="two days where the one closed minute is skipped",
        ),
        pytest.param(
            "23:30-00:30",
            "Asia/Beirut",
            "2024-03-30T12:00",
            "2024-03-31T12:00",
            ["03-30T21:30 03-30T22:00"],
            id="midnight skipped",
        ),
        pytest.param(
            "23:30-00:30",
            "Asia/Beirut",
            "2024-10-26T12:00",
            "2024-10-27T12:00",
            ["10-26T20:30 10-26T21:00", "10-26T21:30 10-26T22:30"],
            id="midnight repeated",
        ),
        pytest.param(
            "01:30-02:00",
            "Australia/Lord_Howe",
            "2026-04-04",
            "2026-04-05",
            ["04-04T14:30 04-04T15:30"],
            id="half an hour repeated",
        ),
        pytest.param(
            "02:00-02:30",
            "Australia/Lord_Howe",
            "2026-10-03T00:00",
            "2026-10-04T00:00",
            [],
            id="half an hour skipped",
        ),
        pytest.param(
            "01:45-02:45",
            "Australia/Lord_Howe",
            "2026-10-03T00:00",
            "2026-10-04T00:00",
            ["10-03T15:15 10-03T15:45"],
            id="around half an hour skipped",
        ),
        pytest.param(
            "02:00-03:00",
            "Africa/Casablanca",
            "2024-03-10",
            "2024-03-10T12:00",
            ["03-10T01:00 03-10T03:00"],
            id="Ramadan begins",
        ),
        pytest.param(
            "02:00-03:00", "Africa/Casablanca", "2024-04-14", "2024-04-14T12:00", [], id="Ramadan is over"
        ),
        pytest.param(
            "08:00-09:00",
            "Pacific/Apia",
            "2011-12-29",
            "2011-12-31T20:00",
            ["12-29T18:00 12-29T19:00", "12-30T18:00 12-30T19:00", "12-31T18:00 12-31T19:00"],
            id="30 December never was",
        ),
        pytest.param(
            "22:00-02:00",
            "Pacific/Apia",
            "2011-12-30",
            "2011-12-31",
            ["12-30T08:00 12-30T12:00"],
            id="from 29 to 31 December without a break",
        ),
        pytest.param(
            "02:00-04:00",
            "Pacific/Chatham",
            "2026-04-04",
            "2026-04-05",
            ["04-04T12:15 04-04T15:15"],
            id="three quarters of an hour east, set back",
        ),
    ],
)
def test_clocks_that_change(hours: str, zone: str, after: str, until: str, expected: list[str]) -> None:
    assert shown(plan(hours, zone), after, until) == expected


def test_to_the_second_where_local_mean_time_was_kept() -> None:
    amsterdam = plan("23:30-00:30", "Europe/Amsterdam")
    begin, end = utc("1930-05-17"), utc("1930-05-19")
    expected = every_window(amsterdam, begin, end, step=timedelta(seconds=4))
    assert expected[0][0].second != 0
    assert [(window.opens, window.closes) for window in windows(amsterdam, begin, end)] == expected


def test_windows_are_whole_even_when_asked_for_a_moment_inside() -> None:
    moment = utc("2026-06-01T23:00")
    (window,) = windows(plan("22:00-06:00"), moment, moment)
    assert window == Window(utc("2026-06-01T22:00"), utc("2026-06-02T06:00"))


def test_edges_of_the_question() -> None:
    daily = plan("08:00-09:00")
    opens, closes = utc("2026-06-01T08:00"), utc("2026-06-01T09:00")
    assert list(windows(daily, closes, opens + 23 * HOUR)) == []
    assert [window.opens for window in windows(daily, closes - HOUR / 60, opens)] == [opens]
    assert list(windows(daily, closes, opens)) == []


@pytest.mark.parametrize("open_day", [Plan(60, 0), plan("00:00-24:00", NEW_YORK)])
def test_what_never_closes_is_one_window(open_day: Plan) -> None:
    (window,) = windows(open_day, utc("2026-06-01"), utc("2027-06-01"))
    assert window.opens.year == 1
    assert window.closes.year == 9999


def test_naive_instants_are_refused() -> None:
    naive = utc("2026-06-01").replace(tzinfo=None)
    with pytest.raises(ValueError, match="has no UTC offset"):
        windows(plan("08:00-09:00"), naive, utc("2026-06-01"))
    with pytest.raises(ValueError, match="has no UTC offset"):
        windows(plan("08:00-09:00"), utc("2026-06-01"), naive)
