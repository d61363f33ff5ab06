"""The order of the longest tier, and how long one of its tests may take."""

from __future__ import annotations

from pathlib import Path

import pytest

SIMULATION = Path(__file__).parent / "simulation"
LONGEST = 400
"""Seconds that a test may take; a dozen processes on two cores start twenty times as slowly as one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Play the seeds of the simulator last: they are many and wait for nothing, so no worker is idle at the end."""
    items.sort(key=lambda item: item.path.parent == SIMULATION)
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONGEST))
