"""Instants that are given: in UTC, or refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heartbeat.schedule.instants import parse_instant


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-03T08:00+01:00", datetime(2026, 11, 3, 7, tzinfo=UTC)),
        ("1969-12-31T23:00:00-01:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9001-01-01T00:59:59+01:00", datetime(9000, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_utc(text: str, at: datetime) -> None:
    assert parse_instant(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03T08:00",
        "tomorrow",
        "0001-01-01T00:00:00+12:00",
        "9999-12-31T23:59:59-12:00",
        "1970-01-01T00:00:00+01:00",
        "9000-12-31T23:59:59-01:00",
    ],
)
def test_what_is_no_instant_that_can_be_reckoned_with_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"allowed: |Invalid isoformat"):
        parse_instant(text)
