"""The beginning of one story with and without retention.

tests/acceptance plays four at length, and shows that they find a mutant of retention, as so short a story does not.
"""

from __future__ import annotations

import pytest

from tests.integration.simulation.pruning import compare


@pytest.mark.timeout(600)
def test_retention_changes_nothing_that_happens() -> None:
    compare(0, slots=60)
