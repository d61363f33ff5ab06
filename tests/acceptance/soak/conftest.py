"""One nursery of deliverers for each worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.crash.scene import Nursery
from tests.acceptance.soak.child import PATIENCE


@pytest.fixture(scope="session")
def deliverers() -> Iterator[Nursery]:
    made = Nursery("tests.acceptance.soak.child", PATIENCE)
    yield made
    made.close()
