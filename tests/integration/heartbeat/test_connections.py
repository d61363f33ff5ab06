"""Connections to the database are closed when it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from heartbeat.store import Store, timer
from heartbeat_service.lifespan import open_service
from tests.support.holds import until
from tests.support.world import World


def opened(path: Path) -> list[str]:
    """Return what this process has open beside a path: the file, its log and its index."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(number.readlink()))
    return [name for name in found if name.startswith(str(path))]


linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed by Linux")


@linux
@pytest.mark.parametrize("watchers", [0, 1, 3])
def test_store_leaves_no_file_open(world: World, tmp_path: Path, watchers: int) -> None:
    path = tmp_path / "own" / "heartbeat.db"
    store = Store(path)
    watching: list[Callable[[], bool]] = [store.changes() for _ in range(watchers)]
    assert [changed() for changed in watching] == [False] * watchers
    store.write(timer.tick, world.clock(), "here")
    assert [changed() for changed in watching] == [True] * watchers
    assert opened(path)
    store.close()
    assert opened(path) == []
    for changed in watching:
        with pytest.raises(sqlite3.ProgrammingError):
            changed()


@linux
async def test_service_leaves_no_file_open(world: World) -> None:
    path = world.settings.database_path
    world.store.close()
    async with open_service(world.settings) as service:
        async with service.events.joined():
            await until(lambda: len(service.services.store._watching) == 7)  # all loops and the events
        assert opened(path)
    assert opened(path) == []


def test_store_that_is_closed_may_be_given_another_file(world: World, tmp_path: Path) -> None:
    """As whoever puts a backup back does; a file that is gone is not made anew."""
    path, other = tmp_path / "own" / "heartbeat.db", tmp_path / "other" / "heartbeat.db"
    store = Store(path)
    Store(other).close()
    store.close()
    other.rename(path)
    store.write(timer.tick, world.clock(), "here")
    store.close()
    path.unlink()
    with pytest.raises(OperationalError):
        store.read(timer.state)
    assert not path.exists()
