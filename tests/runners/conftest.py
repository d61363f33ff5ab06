"""A scene for each test, and a second process on its database."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from heartbeat.store import Store
from tests.runners.scene import Scene
from tests.support.ollama import FakeOllama
from tests.support.world import World


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to copy."""
    path = tmp_path_factory.mktemp("empty") / "heartbeat.db"
    Store(path).close()
    return path


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama, empty_database: Path) -> Iterator[World]:
    (tmp_path / "home").mkdir()
    shutil.copyfile(empty_database, tmp_path / "home" / "heartbeat.db")
    made = World(tmp_path, ollama)
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
