"""The first seeds of the simulator; tests/acceptance plays the others."""

from __future__ import annotations

import os

import pytest

from tests.integration.simulation.run import SLOTS, simulate

FIRST_SEEDS = 8


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "seed", range(min(FIRST_SEEDS, int(os.environ.get("HEARTBEAT_SIMULATION_SEEDS", FIRST_SEEDS))))
)
def test_seeds(seed: int) -> None:
    report = simulate(seed)
    assert report.failure is None, report.failure
    assert report.slots >= SLOTS
    assert report.told > 0, "no runner has reported the end of a beat"


def test_one_seed_is_one_story() -> None:
    one, other = simulate(3, slots=40), simulate(3, slots=40)
    assert (one.slots, one.beats, one.told, one.virtual) == (
        other.slots,
        other.beats,
        other.told,
        other.virtual,
    )
