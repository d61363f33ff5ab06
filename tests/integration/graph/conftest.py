"""A workspace whose model is asked small questions first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ollama import FakeOllama
from tests.support.world import World


@pytest.fixture
def triaged(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, triage=True)
    made.thread()
    yield made
    made.close()
