"""One nursery for each worker; a scene for each test; beats that nothing disturbed, to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.acceptance.crash.scene import FileClock, Nursery, Reply, Row, Scene, arrange, comparable
from tests.support.ollama import FakeOllama, fake_ollama
from tests.support.world import World

Undisturbed = Callable[[Reply], Row]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, clock=FileClock(tmp_path / "clock"), decision="whole")
    yield made
    made.close()


@pytest.fixture
def scene(world: World, nursery: Nursery) -> Scene:
    return Scene(world, nursery)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The row of the same beat when nothing happens to it."""

    @cache
    def beat(reply: Reply) -> Row:
        with fake_ollama() as fake:
            world = World(tmp_path_factory.mktemp("undisturbed"), fake, decision="whole")
            arrange(world, reply)
            world.scheduled()
            [row] = world.history()
            world.close()
        return comparable(row.model_dump())

    return beat
