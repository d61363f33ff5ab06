"""What a plug-in's fetch brings is checked, item by item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.plugins import FetchedSource
from heartbeat.vocabulary import FeedKind

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@dataclass
class Shelf:
    """A source that a test teaches what to show."""

    shows: Callable[[], Any]
    name: str = "shelf"
    time_limit: float = 5.0
    every: int = 600

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> Any:
        return self.shows()


def fetch(shows: Callable[[], Any]) -> FetchResult:
    return FetchedSource.of(Shelf(shows), "extra 1.0").fetch(NOW, {}, 5)


def item(**given: Any) -> Any:
    return FetchedItem(**{"external_id": "a", "kind": FeedKind.ENTRY, "created_at": NOW, **given})


def test_what_is_right_is_taken_as_it_is() -> None:
    given = FetchResult(
        (item(), item(external_id="b")), {"etag": "x"}, is_whole=True, problems=("One sentence.",)
    )
    found = fetch(lambda: given)
    assert (list(found.items), found.memo, found.is_whole) == (list(given.items), {"etag": "x"}, True)
    assert list(found.problems) == ["One sentence."]
    assert fetch(lambda: FetchResult(unchanged=True, memo={"a": 1})) == FetchResult(
        unchanged=True, memo={"a": 1}, problems=[]
    )


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        ("words", "that is 'words'; allowed: a FetchedItem"),
        (item(kind="post"), "whose kind is 'post'"),
        (item(kind=[]), "whose kind is []"),
        (item(title=7), "whose title is 7; allowed: text"),
        (item(external_id=" "), "without an external_id"),
        (item(external_id=None), "whose external_id is None"),
        (item(url=b"x"), "whose url is b'x'"),
        (item(created_at=NOW.replace(tzinfo=None)), "whose created_at is datetime.datetime(2026, 11, 2"),
        (item(due_at="noon"), "whose due_at is 'noon'"),
        (item(own="no"), "whose own is 'no'"),
    ],
)
def test_a_faulty_item_is_left_out_alone(faulty: Any, said: str) -> None:
    found = fetch(lambda: FetchResult((item(external_id="b"), faulty), is_whole=True))
    assert [each.external_id for each in found.items] == ["b"]
    assert said in found.problems[0]
    assert not found.is_whole, "what could not be read is not gone"


def test_many_faulty_items_are_counted() -> None:
    found = fetch(lambda: FetchResult(cast("Any", [7] * 9)))
    assert len(found.problems) == 4
    assert found.problems[-1] == "It shows 6 more that cannot be used."


def fail() -> Any:
    raise RuntimeError("no network")


def leave() -> Any:
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("shows", "said"),
    [
        (fail, "The plug-in failed: RuntimeError: no network"),
        (leave, "The plug-in failed: SystemExit: 3"),
        (lambda: None, "The plug-in returned None; allowed: a FetchResult."),
        (lambda: FetchResult(cast("Any", 7)), "TypeError"),
        (lambda: FetchResult(memo={"a": NOW}), "a memo that is no JSON"),
        (lambda: FetchResult(memo={"a": "x" * 100_001}), "a memo of another form"),
        (lambda: FetchResult(memo=cast("Any", [1])), "a memo of another form"),
    ],
)
def test_what_is_no_result_fails_the_look(shows: Callable[[], Any], said: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(shows)
    assert said in str(caught.value)


def test_an_error_of_the_port_keeps_how_long_the_source_wants_to_be_left_alone() -> None:
    def busy() -> Any:
        raise FetchError("Too many requests.", retry_after=90)

    with pytest.raises(FetchError) as caught:
        fetch(busy)
    assert caught.value.retry_after == 90
