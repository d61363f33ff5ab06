from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from heartbeat.schedule import next_attempt, retry_after
from tests.unit.heartbeat.schedule.reference import utc

AT = utc("2026-06-01T12:00:00.5")


def test_the_rungs() -> None:
    seconds = [retry_after(attempt).total_seconds() for attempt in range(1, 8)]
    assert seconds == [30, 60, 300, 900, 3_600, 3_600, 3_600]
    assert retry_after(10**9) == timedelta(hours=1)


@pytest.mark.parametrize("attempt", [0, -1])
def test_attempts_are_counted_from_one(attempt: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        retry_after(attempt)
    with pytest.raises(ValueError, match="1 or more"):
        next_attempt(attempt, AT, None)


@pytest.mark.parametrize(("gap", "expected"), [(29, None), (30, None), (30.000001, 30), (31, 30), (None, 30)])
def test_the_next_slot_comes_first(gap: float | None, expected: int | None) -> None:
    next_slot = None if gap is None else AT + timedelta(seconds=gap)
    again = None if expected is None else AT + timedelta(seconds=expected)
    assert next_attempt(1, AT, next_slot) == again


def test_instants_leave_as_utc_and_naive_ones_are_refused() -> None:
    local = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    again = next_attempt(2, local, None)
    assert again == AT + timedelta(minutes=1)
    assert again is not None
    assert again.tzinfo is UTC
    with pytest.raises(ValueError, match="has no UTC offset"):
        next_attempt(1, AT.replace(tzinfo=None), None)
    with pytest.raises(ValueError, match="has no UTC offset"):
        next_attempt(1, AT, AT.replace(tzinfo=None))
