"""The order of the longest tier."""

from __future__ import annotations

from pathlib import Path

import pytest

SIMULATION = Path(__file__).parent / "simulation"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Play the seeds of the simulator last: they are many and wait for nothing, so no worker is idle at the end."""
    items.sort(key=lambda item: item.path.parent == SIMULATION)
