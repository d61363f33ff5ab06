"""The same story with and without retention: every commit of every process, whatever is killed or set back."""

from __future__ import annotations

import pytest

from heartbeat.store import pruned
from tests.integration.simulation.pruning import KEPT, play

SEEDS = range(4)


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep each slot apart, so that a clock that is set back finds the rest as if nothing had been deleted."""
    monkeypatch.setattr(pruned, "RANGES", 10_000)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_retention_changes_nothing_that_happens(seed: int) -> None:
    (report, without), (also, pruning) = play(seed, None), play(seed, KEPT)
    assert report.failure is None, report.failure
    assert also.failure is None, also.failure
    assert pruning.told == without.told
    assert pruning.deleted > len(without.referee.rows) / 4


def test_without_what_a_thread_remembers_a_slot_is_beaten_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The test above can fail."""

    monkeypatch.setattr(pruned, "covering", lambda stored, slot: None)
    monkeypatch.setattr(pruned, "spans", lambda stored: [])
    failures = [play(seed, KEPT)[0].failure for seed in SEEDS]
    assert any(each and "two rows for one slot" in each for each in failures), failures
