"""A short form of ``make chaos``: the same blows, the same judgement."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.chaos.plan import Plan
from tests.acceptance.chaos.run import run

SHORT = Plan(
    seconds=14,
    threads=90,
    lease=3,
    poll=1,
    pause=(0.5, 1.5),
    freeze=(1.1, 1.5),
    restart=(0.1, 0.5),
    lock=(1.0, 2.0),
    crowded=True,
    patience=60,
)


@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    told: list[str] = []
    report = run(SHORT, tmp_path, told.append)
    assert report.wrong == [], "\n".join([*told, *report.lines()])
    assert report.blows.total() >= 2
    assert report.verdict.slots >= 5
    assert report.verdict.actions > 0
