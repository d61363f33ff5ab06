"""A scene for each test, and a second process on its database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.acceptance.runners.scene import Scene
from tests.support.ollama import FakeOllama
from tests.support.world import World


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    # By the one question: one call of the model is one beat, which tests hold and count.
    made = World(tmp_path, ollama, decision="whole")
    yield made
    made.close()


@pytest.fixture
async def scene(world: World) -> AsyncIterator[Scene]:
    """Async, so that it lets everybody go before the loop waits for its threads."""
    made = Scene(world)
    yield made
    made.let_all_go()


@pytest.fixture
def other(world: World) -> Iterator[World]:
    """The workspace as another process sees it."""
    twin = world.elsewhere()
    yield twin
    twin.store.close()
