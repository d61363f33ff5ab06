"""How `heartbeat serve` says when the next beat comes."""

from __future__ import annotations

import pytest

from heartbeat_service.cli.serve import until


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3.0, "now"),
        (0.4, "now"),
        (119.4, "in 119 s"),
        (150.0, "in 2 minutes"),
        (7_199.0, "in 119 minutes"),
        (7_300.0, "in 2 hours"),
        (4_838_279.0, "in 55 days"),
    ],
)
def test_time_to_come_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    assert until(seconds) == said
