"""What is read from a cell that holds a time, or JSON whose content is checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from heartbeat.store.columns import CheckedJson, instant_of
from heartbeat.store.rows import columns_of
from heartbeat.store.tables import Beat, Delivery


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_time_that_does_not_exist_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        instant_of(text)


@pytest.mark.parametrize("text", ["2026-11-02T12:00:00", "2026-11-02T12:00:00Z", "2026-11-02T13:00:00+01:00"])
def test_time_is_in_utc(text: str) -> None:
    found = instant_of(text)
    assert (found, found.tzinfo) == (datetime(2026, 11, 2, 12, tzinfo=UTC), UTC)


def test_content_of_a_text_is_checked_once_and_each_reader_gets_a_value_of_its_own() -> None:
    checked: list[Any] = []
    column = CheckedJson(list, checked.append, "numbers")
    first, second = column.read("[1]"), column.read("[1]")
    first.append(2)
    assert (second, column.read("[1]"), column.read("[3]")) == ([1], [1], [3])
    assert checked == [[1], [3]]


def test_content_that_is_not_allowed_is_refused_each_time() -> None:
    column = CheckedJson(list, lambda value: [int(each) for each in value], "numbers")
    for _ in range(2):
        with pytest.raises(ValueError, match="allowed: numbers"):
            column.read('["x"]')


def test_null_is_refused_where_the_cell_must_hold_something() -> None:
    assert CheckedJson(list, nullable=True).read("null") is None
    with pytest.raises(ValueError, match="allowed: a JSON array"):
        CheckedJson(list).read("null")


@pytest.mark.parametrize(
    ("table", "column", "cell"),
    [
        (Beat, "rounds", "[1, 2]"),
        (Beat, "rounds", '[{"decision": 7}]'),
        (Beat, "rounds", '[{"rules": [{"do": "post"}]}]'),
        (Beat, "rounds", '[{"at": "9999-12-31T23:59:59-14:00"}]'),
        (Beat, "approval", '{"a": 1}'),
        (Beat, "approval", '{"answer": "approve", "by": "nobody"}'),
        (Beat, "woken_by", "[1, 2]"),
        (Beat, "path", '["tea"]'),
        (Delivery, "payload", '{"a": 1}'),
        (Delivery, "payload", "{}"),
        (Delivery, "tries", '[{"at": [7], "ended": "perhaps"}]'),
        (Delivery, "tries", '[{"at": "2026-11-02T12:00:00Z", "ended": "tea", "said": ""}]'),
    ],
)
def test_content_that_no_reader_can_use_is_refused(table: Any, column: str, cell: str) -> None:
    kind = columns_of(table).c[column].type
    assert isinstance(kind, CheckedJson)
    with pytest.raises(ValueError, match="allowed: a JSON"):
        kind.read(cell)


def test_content_that_may_be_missing_is_read() -> None:
    columns = columns_of(Beat).c
    rounds = [{"raw": "no JSON", "decision": None}, {"at": "2026-11-02T12:00:00+00:00", "decision": {}}]
    kept: dict[str, Any] = {"rounds": rounds, "approval": {"answer": "reject"}, "path": []}
    for name, value in kept.items():
        kind = columns[name].type
        assert isinstance(kind, CheckedJson)
        assert kind.read(json.dumps(value)) == value
