from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from pydantic import BaseModel

from checkpoints import checkpointer, open_saver
from heartbeat.errors import InvalidValueError

CONFIG: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}


class Odd(BaseModel):
    """A type that no channel of ours holds."""

    value: int = 1


def mode_of(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
    connection.close()
    return mode


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_same_file_sync_and_async(tmp_path: Path, form: str) -> None:
    path = tmp_path / "deep" / "c.db"
    with open_saver(form.format(path)) as saver:
        saver.put(CONFIG, empty_checkpoint(), {"source": "input"}, {})
    assert mode_of(path) == "wal"
    with open_saver(path) as saver:
        assert saver.get_tuple(CONFIG) is not None


async def test_settings_name_the_file(tmp_path: Path) -> None:
    async with checkpointer() as saver:
        await saver.aput(CONFIG, empty_checkpoint(), {"source": "input"}, {})
    assert (tmp_path / "home" / "checkpoints.db").exists()
    async with open_saver() as saver:
        assert await saver.aget_tuple(CONFIG) is not None


def test_only_plain_types_are_rebuilt(tmp_path: Path) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        data = saver.serde.dumps_typed({"odd": Odd(), "plain": [1, "x", None]})
        assert saver.serde.loads_typed(data) == {"odd": {"value": 1}, "plain": [1, "x", None]}


def test_connections_are_closed(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with open_saver(tmp_path / "c.db") as saver:
        saver.put(CONFIG, empty_checkpoint(), {"source": "input"}, {})
        assert set(threading.enumerate()) - before
    assert not set(threading.enumerate()) - before
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        saver.put(CONFIG, empty_checkpoint(), {"source": "input"}, {})
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        saver.get_tuple(CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["c.db"]


def test_file_that_is_no_database_is_named_and_nothing_hangs(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    path.write_bytes(b"no database at all" * 500)
    sentence = r"c\.db: file is not a database; it can be moved away"
    with pytest.raises(InvalidValueError, match=sentence), open_saver(path):
        pass
    before = set(threading.enumerate())

    async def use() -> None:
        async with open_saver(path):
            pass

    with pytest.raises(InvalidValueError, match=sentence):
        asyncio.run(use())
    left = set(threading.enumerate()) - before
    for thread in left:  # the connection's own ends a moment after it has said so
        thread.join(timeout=10)
    assert not [thread for thread in left if thread.is_alive()]
