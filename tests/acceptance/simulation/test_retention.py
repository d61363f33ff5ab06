"""The same story with and without retention: every commit of every process, whatever is killed or set back."""

from __future__ import annotations

import pytest

from heartbeat.store import pruned
from tests.integration.simulation.pruning import KEPT, compare, play

SEEDS = range(4)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_retention_changes_nothing_that_happens(seed: int) -> None:
    compare(seed)


@pytest.mark.timeout(900)
def test_without_what_a_thread_remembers_a_slot_is_beaten_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    monkeypatch.setattr(pruned, "covering", lambda stored, slot: None)
    monkeypatch.setattr(pruned, "spans", lambda stored: [])
    failures: list[str | None] = []
    for seed in SEEDS:
        failures.append(play(seed, KEPT)[0].failure)
        if "two rows for one slot" in (failures[-1] or ""):
            return
    pytest.fail(f"not found: {failures}")
