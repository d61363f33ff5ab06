"""Ranges of slots whose beats were deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from heartbeat.store import pruned
from heartbeat.store.pruned import Span

DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: float) -> datetime:
    return FIRST + day * DAY


def days(stored: list[list[str]]) -> list[tuple[float, float]]:
    return [((each.first - FIRST) / DAY, (each.last - FIRST) / DAY) for each in pruned.spans(stored)]


def test_slots_that_are_near_become_one_range() -> None:
    stored = pruned.with_more([], [Span(at(3), at(3)), Span(at(1), at(1)), Span(at(2), at(2))], DAY)
    assert days(stored) == [(1, 3)]
    assert days(pruned.with_more(stored, [Span(at(4), at(4)), Span(at(2), at(2))], DAY)) == [(1, 4)]


def test_a_longer_hole_stays_in_which_a_thread_beats_when_a_clock_is_set_right() -> None:
    stored = pruned.with_more([], [Span(at(1), at(2)), Span(at(300), at(301))], 90 * DAY)
    assert days(stored) == [(1, 2), (300, 301)]
    assert pruned.covering(stored, at(1.5)) == at(2)
    assert pruned.covering(stored, at(150)) is None
    assert pruned.covering(stored, at(300)) == at(301)
    assert pruned.covering(stored, at(302)) is None


@pytest.mark.parametrize("number", [pruned.RANGES, pruned.RANGES + 1, 3 * pruned.RANGES])
def test_they_stay_few_and_none_of_them_is_free(number: int) -> None:
    slots = [at(each * each) for each in range(number)]
    stored: list[list[str]] = []
    for slot in slots:
        stored = pruned.with_more(stored, [Span(slot, slot)], timedelta(0))
    assert len(stored) == min(number, pruned.RANGES)
    assert all(pruned.covering(stored, slot) for slot in slots)
