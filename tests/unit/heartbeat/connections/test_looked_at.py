"""The keys of kinds that are looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from heartbeat.connections.feed import FeedSpec
from heartbeat.errors import InvalidValueError

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("every", "seconds"), [("5m", 300), ("2d", 172_800), ("7d", 604_800), (60, 60)])
def test_how_often(every: object, seconds: int) -> None:
    assert FeedSpec.parse({"path": "a", "every": every}).every == seconds


@pytest.mark.parametrize(
    ("since", "oldest"),
    [("now", NOW), ("all", None), ("7d", NOW - timedelta(days=7)), ("90d", NOW - timedelta(days=90))],
)
def test_how_far_back(since: str, oldest: datetime | None) -> None:
    assert FeedSpec.parse({"path": "a", "since": since}).oldest(NOW) == oldest


@pytest.mark.parametrize(
    ("key", "value"),
    [("every", "59s"), ("every", "8d"), ("every", "often"), ("since", "yesterday"), ("since", "9999d")],
)
def test_what_is_not_allowed(key: str, value: str) -> None:
    with pytest.raises(InvalidValueError, match=f"{key}: '{value}' is not allowed; allowed: "):
        FeedSpec.parse({"path": "a", key: value})
