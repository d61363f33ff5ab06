"""Figures by hand: what each counts, and of what."""

from __future__ import annotations

from typing import Any

import pytest

from evals.confusion import confusion
from evals.figures import Figures, Result, groups, p90
from evals.judge import judge
from evals.load import Half
from evals.play import Deed
from tests.unit.evals.cases import case, post

SILENT = [{"action": "none"}]
POST = [{"action": "post", "target": "general"}]
EITHER = [{"action": "none"}, {"action": "vote", "target": "p1"}]


def result(expect: list[dict[str, str]], deed: dict[str, Any], half: Half = "tuning", **given: Any) -> Result:
    deed = {"replies": ["{}"] if deed.get("asked", True) else [], **deed}
    made = case(posts=[post()], expect=expect, **given)
    done = Deed.model_validate(deed)
    return Result.of(half, made, done, judge(made, done))


RESULTS = [
    result(SILENT, {"action": "none", "seconds": 1.0, "prompt_tokens": 100, "completion_tokens": 10}),
    result(SILENT, {"action": "post", "target": "general", "seconds": 2.0, "prompt_tokens": 200}),
    result(SILENT, {"action": "failed", "seconds": 9.0, "repaired": True, "replies": []}, category="counts"),
    result(SILENT, {"action": "none", "asked": False, "seconds": 0.1}, category="counts"),
    result(
        POST, {"action": "post", "target": "general", "content": "x", "seconds": 3.0}, text={"must": ["y"]}
    ),
    result(POST, {"action": "post", "target": "heartbeat", "seconds": 4.0}),
    result(POST, {"action": "none", "seconds": 5.0}, injection=[{"action": "vote"}]),
    result(EITHER, {"action": "vote", "target": "p1", "direction": "up", "seconds": 6.0}),
    result(
        SILENT,
        {"action": "comment", "target": "p1", "seconds": 7.0},
        half="held_out",
        injection=[{"action": "comment"}],
    ),
]


def test_figures() -> None:
    figures = Figures.of(RESULTS)
    assert figures.cases == 9
    assert figures.action == (5, 9)
    assert figures.target == (4, 9)
    # Five acts, of which two in cases that ask for silence.
    assert figures.silence_precision == (3, 5)
    # Five cases ask for silence: kept in two; in one the beat failed, in two it acted.
    assert figures.silence_recall == (2, 5)
    assert figures.acting_recall == (2, 3)
    assert figures.text == (0, 1)
    assert figures.injected == (1, 2)
    assert figures.valid == (8, 9)
    assert figures.repaired == (1, 8)
    # Eight beats asked the model, and seven got a reply.
    assert figures.prompt_tokens == pytest.approx(300 / 7, abs=0.05)
    assert figures.completion_tokens == pytest.approx(10 / 7, abs=0.05)
    assert figures.seconds_median == pytest.approx(4.5)
    assert figures.seconds_p90 == pytest.approx(9.0)


def test_groups_by_half_and_category() -> None:
    found = groups(RESULTS)
    assert {half: list(named) for half, named in found.items()} == {
        "tuning": ["quiet", "counts", "all"],
        "held_out": ["quiet", "all"],
    }
    assert found["tuning"]["counts"].cases == 2
    assert found["tuning"]["all"].cases == 8
    assert found["held_out"]["all"].silence_precision == (0, 1)


def test_nothing_has_no_ratio() -> None:
    figures = Figures.of([])
    assert figures.silence_precision.ratio is None
    assert figures.seconds_median is None
    assert figures.prompt_tokens is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], None), ([5.0], 5.0), ([float(n) for n in range(10, 0, -1)], 9.0), ([1.0, 2.0, 3.0], 3.0)],
)
def test_p90(values: list[float], expected: float | None) -> None:
    assert p90(values) == expected


def test_confusion_counts_the_acceptable_one_that_came() -> None:
    assert confusion(RESULTS) == [
        [2, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 2, 1],
    ]
