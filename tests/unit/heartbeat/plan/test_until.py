"""When an order ends, worked out from when it was said: in the thread's zone, and across changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from heartbeat.plan.until import UntilForm, UntilWord, until_of

BERLIN = ZoneInfo("Europe/Berlin")
NEEDED: dict[str, Any] = {"number": 2, "weekday": 4, "clock": 540, "day": 15}


def ends(said: str, zone: str, until: str, **given: Any) -> str:
    """Return the local time at which an order ends that was said at a local time."""
    place = ZoneInfo(zone)
    at = datetime.fromisoformat(said).replace(tzinfo=place)
    found = until_of(UntilForm(until=UntilWord(until), **given), at, place)
    assert found is not None
    assert found.instant is not None
    return f"{found.instant.astimezone(place):%a %Y-%m-%d %H:%M%z}"


@pytest.mark.parametrize(
    ("until", "given", "expected"),
    [
        # Tuesday, 2026-03-03, 14:20 in Berlin
        ("today", {}, "Wed 2026-03-04 00:00+0100"),
        ("tomorrow", {}, "Wed 2026-03-04 00:00+0100"),
        ("tomorrow", {"clock": 540}, "Wed 2026-03-04 09:00+0100"),
        ("time", {"clock": 1080}, "Tue 2026-03-03 18:00+0100"),
        ("time", {"clock": 540}, "Wed 2026-03-04 09:00+0100"),
        ("time", {"clock": 860}, "Wed 2026-03-04 14:20+0100"),
        ("time", {"clock": 861}, "Tue 2026-03-03 14:21+0100"),
        ("day", {"weekday": 4}, "Fri 2026-03-06 00:00+0100"),
        ("day", {"weekday": 4, "clock": 1020}, "Fri 2026-03-06 17:00+0100"),
        ("day", {"weekday": 0}, "Mon 2026-03-09 00:00+0100"),
        ("day", {"weekday": 1}, "Tue 2026-03-10 00:00+0100"),
        ("day", {"weekday": 1, "clock": 1020}, "Tue 2026-03-03 17:00+0100"),
        ("day", {"weekday": 1, "clock": 600}, "Tue 2026-03-10 10:00+0100"),
        ("date", {"day": 15}, "Sun 2026-03-15 00:00+0100"),
        ("date", {"day": 3}, "Fri 2026-04-03 00:00+0200"),
        ("date", {"day": 3, "clock": 960}, "Tue 2026-03-03 16:00+0100"),
        ("date", {"day": 31, "month": 12}, "Thu 2026-12-31 00:00+0100"),
        ("date", {"day": 1, "month": 1}, "Fri 2027-01-01 00:00+0100"),
        ("date", {"day": 29, "month": 2}, "Tue 2028-02-29 00:00+0100"),
        ("minutes", {"number": 45}, "Tue 2026-03-03 15:05+0100"),
        ("hours", {"number": 1}, "Tue 2026-03-03 15:20+0100"),
        ("hours", {"number": 12}, "Wed 2026-03-04 02:20+0100"),
        ("days", {"number": 2}, "Thu 2026-03-05 14:20+0100"),
        ("days", {"number": 2, "clock": 480}, "Thu 2026-03-05 08:00+0100"),
        ("weeks", {"number": 1}, "Tue 2026-03-10 14:20+0100"),
        ("weeks", {"number": 4}, "Tue 2026-03-31 14:20+0200"),
    ],
)
def test_each_way_to_say_it(until: str, given: dict[str, Any], expected: str) -> None:
    assert ends("2026-03-03T14:20", "Europe/Berlin", until, **given) == expected


@pytest.mark.parametrize(
    ("said", "until", "given", "expected"),
    [
        # At 02:00 on 29 March the clock jumps to 03:00.
        ("2026-03-28T14:00", "hours", {"number": 24}, "Sun 2026-03-29 15:00+0200"),
        ("2026-03-28T14:00", "days", {"number": 1}, "Sun 2026-03-29 14:00+0200"),
        ("2026-03-28T02:30", "days", {"number": 1}, "Sun 2026-03-29 03:30+0200"),
        ("2026-03-28T14:00", "time", {"clock": 150}, "Sun 2026-03-29 03:30+0200"),
        ("2026-03-28T14:00", "today", {}, "Sun 2026-03-29 00:00+0100"),
        ("2026-03-29T01:59", "minutes", {"number": 2}, "Sun 2026-03-29 03:01+0200"),
        # At 03:00 on 25 October it goes back to 02:00.
        ("2026-10-24T14:00", "hours", {"number": 24}, "Sun 2026-10-25 13:00+0100"),
        ("2026-10-24T14:00", "days", {"number": 1}, "Sun 2026-10-25 14:00+0100"),
        ("2026-10-24T14:00", "time", {"clock": 150}, "Sun 2026-10-25 02:30+0200"),
        ("2026-10-25T00:00", "tomorrow", {}, "Mon 2026-10-26 00:00+0100"),
    ],
)
def test_across_changes_of_the_clock(said: str, until: str, given: dict[str, Any], expected: str) -> None:
    assert ends(said, "Europe/Berlin", until, **given) == expected


def test_a_time_that_the_clock_shows_twice_is_the_one_that_is_still_to_come() -> None:
    between = datetime(2026, 10, 25, 2, 45, tzinfo=BERLIN)
    found = until_of(UntilForm(until=UntilWord.TIME, clock=150), between, BERLIN)
    assert found is not None
    assert found.instant == datetime.fromisoformat("2026-10-25T02:30:00+01:00")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Tokyo", "Thu 2026-03-05 00:00+0900"),
        ("America/Los_Angeles", "Wed 2026-03-04 00:00-0800"),
        ("UTC", "Wed 2026-03-04 00:00+0000"),
    ],
)
def test_the_day_is_that_of_the_zone(zone: str, expected: str) -> None:
    at, place = datetime.fromisoformat("2026-03-03T20:00:00+00:00"), ZoneInfo(zone)
    found = until_of(UntilForm(until=UntilWord.TODAY), at, place)
    assert found is not None
    assert found.instant is not None
    assert f"{found.instant.astimezone(place):%a %Y-%m-%d %H:%M%z}" == expected


def test_the_next_message_and_nothing_are_no_instants() -> None:
    at = datetime(2026, 3, 3, tzinfo=BERLIN)
    found = until_of(UntilForm(until=UntilWord.NEXT), at, BERLIN)
    assert found is not None
    assert (found.next_message, found.instant) == (True, None)
    assert until_of(UntilForm(until=UntilWord.NONE), at, BERLIN) is None


@pytest.mark.parametrize("until", ["day", "date", "time", "minutes", "hours", "days", "weeks"])
def test_what_a_word_needs_must_be_there(until: str) -> None:
    with pytest.raises(ValidationError, match="needs a"):
        UntilForm(until=UntilWord(until))


@pytest.mark.parametrize(("month", "day"), [(2, 30), (4, 31)])
def test_a_day_that_no_month_has_is_refused(month: int, day: int) -> None:
    with pytest.raises(ValidationError, match=f"month {month} has no day {day}"):
        UntilForm(until=UntilWord.DATE, month=month, day=day)


@given(
    word=st.sampled_from([each for each in UntilWord if each not in {UntilWord.NEXT, UntilWord.NONE}]),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    minutes=st.integers(0, 6 * 366 * 1_440),
    clock=st.integers(0, 1_439),
)
def test_it_ends_after_it_was_said_and_within_its_span(
    word: UntilWord, zone: str, minutes: int, clock: int
) -> None:
    said, place = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), ZoneInfo(zone)
    found = until_of(UntilForm(until=word, **{**NEEDED, "clock": clock}), said, place)
    assert found is not None
    assert found.instant is not None
    assert timedelta() < found.instant - said <= timedelta(days=32)
