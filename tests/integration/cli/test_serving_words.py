"""How `heartbeat serve` says when the next beat comes."""

from __future__ import annotations

import pytest

from heartbeat_service.cli.serve import until


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3.0, "0 s"),
        (119.4, "119 s"),
        (150.0, "2 minutes"),
        (7_199.0, "119 minutes"),
        (7_300.0, "2 hours"),
        (4_838_279.0, "55 days"),
    ],
)
def test_time_to_come_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    assert until(seconds) == said
