from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest

from heartbeat.schedule import Missed, Plan, due, due_between, missed, next_due, phase, spans, upcoming
from heartbeat.schedule.offsets import offsets
from tests.unit.heartbeat.schedule.reference import is_inside, plan, utc

NEW_YORK = "America/New_York"
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def test_slots_lie_on_the_grid() -> None:
    half_hours = Plan(1_800, 100)
    assert next_due(half_hours, utc("2026-06-01T12:00")) == utc("2026-06-01T12:01:40")
    assert next_due(half_hours, utc("2026-06-01T12:01:39.999999")) == utc("2026-06-01T12:01:40")
    assert next_due(half_hours, utc("2026-06-01T12:01:40")) == utc("2026-06-01T12:31:40")
    assert next_due(half_hours, utc("2026-06-01T12:01:40.000001")) == utc("2026-06-01T12:31:40")


def test_grid_before_1970() -> None:
    assert next_due(Plan(86_400, 1), utc("1969-12-30T12:00")) == utc("1969-12-31T00:00:01")


def test_other_zones_come_in_and_utc_comes_out() -> None:
    noon = utc("2026-06-01T12:00").astimezone(timezone(timedelta(hours=-7)))
    found = next_due(Plan(3_600, 60), noon)
    assert found == utc("2026-06-01T12:01")
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize("thread", [f"thread-{number}" for number in range(40)])
def test_every_four_hours_in_shanghai_stays_inside(thread: str) -> None:
    shanghai = Plan(14_400, phase(thread, 14_400), 480, 1_380, "Asia/Shanghai")
    found = next_due(shanghai, utc("2026-06-01T15:21"))
    assert found is not None
    assert utc("2026-06-02T00:00") <= found < utc("2026-06-02T04:00")
    assert is_inside(shanghai, found)


def test_a_daily_beat_whose_slot_is_quiet_comes_at_the_opening() -> None:
    quiet_slot = plan("08:00-09:00", phase=3 * 3_600)
    assert due_between(quiet_slot, utc("2026-06-01"), utc("2026-06-04"), 10) == [
        utc(f"2026-06-0{day}T08:00") for day in (1, 2, 3)
    ]
    open_slot = plan("08:00-09:00", phase=8 * 3_600 + 60)
    assert next_due(open_slot, utc("2026-06-01")) == utc("2026-06-01T08:01")
    at_the_end = plan("08:00-09:00", phase=9 * 3_600)
    assert next_due(at_the_end, utc("2026-06-01")) == utc("2026-06-01T08:00")


def test_inside_a_window_whose_opening_was_its_only_due_instant() -> None:
    quiet_slot = plan("08:00-09:00", phase=0)
    assert next_due(quiet_slot, utc("2026-06-01T08:00")) == utc("2026-06-02T08:00")
    assert next_due(quiet_slot, utc("2026-06-01T08:30")) == utc("2026-06-02T08:00")


def test_no_slot_twice_in_the_repeated_hour() -> None:
    instants = due_between(
        plan("01:00-02:00", NEW_YORK, every=600), utc("2026-11-01"), utc("2026-11-02"), 100
    )
    assert instants == [utc("2026-11-01T05:00") + number * timedelta(minutes=10) for number in range(12)]


def test_two_windows_of_one_repeated_hour_are_due_once_each() -> None:
    instants = due_between(plan("01:30-02:30", NEW_YORK), utc("2026-11-01"), utc("2026-11-02"), 100)
    assert instants == [utc("2026-11-01T05:30"), utc("2026-11-01T06:30")]


def test_a_window_in_the_skipped_hour_is_passed_over() -> None:
    skipped = plan("02:00-03:00", NEW_YORK)
    assert next_due(skipped, utc("2026-03-07T08:00")) == utc("2026-03-09T06:00")


def test_every_minute_and_once_a_day_around_midnight() -> None:
    minutes = due_between(
        plan("23:30-00:30", every=60, phase=59), utc("2026-06-01T12:00"), utc("2026-06-02"), 99
    )
    assert minutes[0] == utc("2026-06-01T23:30:59")
    assert len(minutes) == 30
    daily = plan("23:30-00:30", phase=15 * 60)
    assert next_due(daily, utc("2026-06-01T23:45")) == utc("2026-06-02T00:15")
    assert next_due(daily, utc("2026-06-02T00:15")) == utc("2026-06-03T00:15")


def test_hours_that_never_close_are_no_hours() -> None:
    after = utc("2026-10-30T23:59:59")
    full = due_between(plan("00:00-24:00", NEW_YORK, every=3_601), after, after + 5 * DAY, 1_000)
    assert full == due_between(Plan(3_601, 0), after, after + 5 * DAY, 1_000)


def test_between_takes_the_end_and_not_the_beginning() -> None:
    hourly = Plan(3_600, 0)
    noon = utc("2026-06-01T12:00")
    assert due_between(hourly, noon, noon + DAY / 12, 10) == [noon + DAY / 24, noon + DAY / 12]
    assert due_between(hourly, noon, noon + 1_000 * DAY, 1) == [noon + DAY / 24]
    assert due_between(hourly, noon, noon, 10) == []
    assert due_between(hourly, noon, noon - DAY, 10) == []
    opening = plan("08:00-09:00")
    assert due_between(opening, noon, utc("2026-06-02T08:00"), 10) == [utc("2026-06-02T08:00")]
    with pytest.raises(ValueError, match="maxsize"):
        due_between(hourly, noon, noon + DAY, -1)


def test_upcoming_are_the_answers_of_next_due_in_a_row() -> None:
    for any_plan in (plan("02:00-03:00", NEW_YORK), plan("23:30-00:30", every=600), Plan(86_400, 1)):
        found = upcoming(any_plan, utc("2026-03-07T12:00"), 1_000)
        assert len(found) == 1_000
        after = [utc("2026-03-07T12:00"), *found]
        assert [next_due(any_plan, instant) for instant in after[:-1]] == found


def test_upcoming_ends_with_the_calendar() -> None:
    assert upcoming(Plan(86_400, 0), utc("9999-12-27T12:00"), 10) == [utc("9999-12-28")]
    assert upcoming(plan("08:00-09:00", NEW_YORK), END_OF_TIME, 10) == []


def test_upcoming_none() -> None:
    assert upcoming(Plan(60, 0), utc("2026-06-01"), 0) == []
    with pytest.raises(ValueError, match="maxsize"):
        upcoming(Plan(60, 0), utc("2026-06-01"), -1)


def test_naive_instants_are_refused() -> None:
    aware, naive = utc("2026-06-01"), datetime(2026, 6, 1)  # noqa: DTZ001
    for call in (
        lambda: next_due(Plan(60, 0), naive),
        lambda: upcoming(Plan(60, 0), naive, 1),
        lambda: due_between(Plan(60, 0), naive, aware, 1),
        lambda: due_between(Plan(60, 0), aware, naive, 1),
        lambda: missed(Plan(60, 0), naive, aware),
        lambda: missed(Plan(60, 0), aware, naive),
    ):
        with pytest.raises(ValueError, match="has no UTC offset"):
            call()


def test_nothing_missed() -> None:
    noon = utc("2026-06-01T12:00")
    assert missed(Plan(3_600, 0), noon, noon + DAY / 25) is None
    assert missed(plan("08:00-09:00"), noon, noon + DAY / 2) is None
    assert missed(Plan(60, 0), noon, noon - DAY) is None


def test_one_missed_leaves_nothing_over() -> None:
    noon = utc("2026-06-01T12:00")
    assert missed(Plan(3_600, 0), noon - SECOND, noon) == Missed(first=noon, last=None, count=1, newest=noon)


def test_missed_across_windows() -> None:
    went_by = missed(plan("08:00-09:00"), utc("2026-06-01"), utc("2026-06-03T12:00"))
    assert went_by == Missed(
        first=utc("2026-06-01T08:00"),
        last=utc("2026-06-02T08:00"),
        count=3,
        newest=utc("2026-06-03T08:00"),
    )


@pytest.mark.parametrize("hours", [None, "08:00-09:00"])
def test_years_away(hours: str | None) -> None:
    days = (utc("2046-06-01") - utc("2026-06-01")).days
    away = plan(hours, every=60) if hours else Plan(60, 0)
    went_by = missed(away, utc("2026-06-01T00:00"), utc("2046-06-01T00:00"))
    assert went_by is not None
    assert went_by.count == days * (60 if hours else 1_440)
    assert went_by.last is not None
    assert went_by.newest - went_by.last == timedelta(minutes=1)


def test_the_ends_of_the_calendar() -> None:
    for any_plan in (Plan(60, 0), plan("08:00-09:00", NEW_YORK), plan("22:00-06:00", "Pacific/Kiritimati")):
        assert next_due(any_plan, END_OF_TIME) is None
        first = next_due(any_plan, LONG_AGO)
        assert first is not None
        assert first.year == 1
    everything = missed(Plan(86_400, 0), LONG_AGO, END_OF_TIME)
    assert everything is not None
    assert everything.count == (everything.newest - everything.first).days + 1


@dataclass
class Work:
    """How much passed from one module of the schedule to the next."""

    stretches_of_one_offset: int = 0
    windows: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    done = Work()

    def counted_offsets(zone: str, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        for found in offsets(zone, begin, end):
            done.stretches_of_one_offset += 1
            yield found

    def counted_windows(plan: Plan, after: int, until: int) -> Iterator[tuple[int, int]]:
        for found in spans.spans(plan, after, until):
            done.windows += 1
            yield found

    monkeypatch.setattr(spans, "offsets", counted_offsets)
    monkeypatch.setattr(due, "spans", counted_windows)
    return done


def test_a_search_looks_at_two_windows_at_most(work: Work) -> None:
    searches = 0
    for hours in ("08:00-09:00", "02:00-03:00", "02:31-02:30", "23:30-00:30"):
        for number in range(0, 365 * 24, 7):
            next_due(plan(hours, NEW_YORK), utc("2026-01-01") + number * timedelta(hours=1))
            searches += 1
    assert work.windows <= 2 * searches
    assert work.stretches_of_one_offset <= 2 * searches


def test_without_hours_years_cost_as_much_as_a_minute(work: Work) -> None:
    missed(Plan(60, 0), LONG_AGO, END_OF_TIME)
    next_due(Plan(60, 0), LONG_AGO)
    assert work == Work(stretches_of_one_offset=0, windows=2)


def test_with_hours_years_cost_one_window_a_day(work: Work) -> None:
    missed(plan("08:00-18:00", NEW_YORK, every=60), utc("2006-01-01"), utc("2026-01-01"))
    assert work.windows == (utc("2026-01-01") - utc("2006-01-01")).days
    assert work.stretches_of_one_offset == 2 * 20 + 1
