"""Backups and restores that are killed at any point: a backup is whole or none, and so is a restore."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from checkpoints import open_saver
from heartbeat.backup import restore, take
from heartbeat.backup.manifest import find_backup
from heartbeat.errors import ConflictError, NotFoundError
from heartbeat.restoring import journal_of
from heartbeat.settings import Settings
from heartbeat.store import Store
from tests.integration.heartbeat.backup.conftest import LATER, held
from tests.support.paths import ROOT
from tests.support.world import START, World

CHILD = """
import os, signal, sys
from datetime import datetime
from pathlib import Path

from heartbeat.backup import restore, take
from heartbeat.settings import load_settings

what, home, text, folder, now, point = sys.argv[1:]
settings = load_settings(home=Path(home), instructions=Path(text))

def probe(name):
    if name == point:
        os.kill(os.getpid(), signal.SIGKILL)

if what == "take":
    take(settings, Path(folder), lambda: datetime.fromisoformat(now), probe=probe)
else:
    restore(settings, Path(folder), datetime.fromisoformat(now), replace_old=True, probe=probe)
"""
"""A process that takes or restores a backup, and is killed at a point."""


def killed(what: str, settings: Settings, folder: Path, now: str, point: str) -> None:
    places = (str(settings.home), str(settings.instructions), str(folder))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, what, *places, now, point],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")


@pytest.mark.parametrize("point", ["begun", "texts", "checkpoints", "database", "manifest", "synced"])
def test_a_backup_that_is_killed_is_none(full: World, point: str) -> None:
    folder = full.folder / "backups"
    full.store.close()
    before = held(full.settings.home)
    killed("take", full.settings, folder, START.isoformat(), point)
    assert len(list(folder.glob(".unfinished-*"))) == 1
    with pytest.raises(NotFoundError, match="holds no backup"):
        find_backup(folder)
    assert held(full.settings.home) == before
    made = take(full.settings, folder, lambda: LATER)
    assert find_backup(folder) == made.path
    assert list(folder.glob(".unfinished-*")) == []


def test_one_that_is_killed_leaves_those_before(full: World) -> None:
    folder = full.folder / "backups"
    first = take(full.settings, folder, lambda: START)
    killed("take", full.settings, folder, LATER.isoformat(), "synced")
    assert find_backup(folder) == first.path


STEPS = [f"placed {number}" for number in range(6)]


@pytest.mark.parametrize("point", ["staged", "settled", "journal", *STEPS])
def test_a_restore_that_is_killed_is_undone_by_the_next(full: World, point: str) -> None:
    backup = take(full.settings, full.folder / "backups", lambda: START).path
    full.post("After the backup")
    full.settings.instructions.write_text("- New text\n")
    full.settings.connections_path.unlink()
    full.store.close()
    before = held(full.folder)
    killed("restore", full.settings, backup, LATER.isoformat(), point)
    if journal_of(full.settings).exists():
        with pytest.raises(ConflictError, match="was cut off"):
            Store.from_settings(full.settings)
        with pytest.raises(ConflictError, match="was cut off"):
            open_saver()
    else:
        assert point in ("staged", "settled")
        now = held(full.folder)
        assert {name: now[name] for name in before} == before
    report = restore(full.settings, backup, LATER, replace_old=True)
    assert report.undone == (point not in ("staged", "settled"))
    kept = {path.name: path for path in report.kept}
    mark = ".replaced-2026-11-03T120000Z"
    database = kept[f"heartbeat.db{mark}"]
    assert posts(database) == ["First", "After the backup"]
    assert posts(full.settings.database_path) == ["First"]
    assert full.settings.instructions.read_bytes() == (backup / "HEARTBEAT.md").read_bytes()
    assert full.settings.connections_path.read_bytes() == (backup / "connections.toml").read_bytes()
    left = [path.name for path in full.settings.home.iterdir() if "restoring" in path.name]
    assert left == ["restoring.lock"]
    Store.from_settings(full.settings).close()


def posts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return [title for (title,) in file.execute("SELECT title FROM post ORDER BY id")]


READER = """
import sqlite3, sys
opened = sqlite3.connect(sys.argv[1])
opened.execute("SELECT * FROM sqlite_master").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Let another process have a database open, and do nothing with it."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield
    finally:
        process.communicate("")


@pytest.mark.parametrize("name", ["heartbeat.db", "checkpoints.db"])
def test_a_workspace_that_somebody_has_open_is_not_replaced(full: World, name: str) -> None:
    backup = take(full.settings, full.folder / "backups", lambda: START).path
    full.store.close()
    before = held(full.settings.home)
    said = rf"{name} is in use; stop heartbeat serve and whatever else has it open, then restore again"
    with reading(full.settings.home / name), pytest.raises(ConflictError, match=said):
        restore(full.settings, backup, LATER, replace_old=True)
    after = held(full.settings.home)
    assert {path: after[path] for path in before} == before
    restore(full.settings, backup, LATER, replace_old=True)


def test_whoever_opens_it_at_the_last_moment_is_in_the_way(full: World) -> None:
    """Between the first look and the first step: nothing was moved yet, and nothing stays."""
    backup = take(full.settings, full.folder / "backups", lambda: START).path
    full.store.close()
    before = held(full.settings.home)
    with pytest.raises(ConflictError, match="is in use"), reading_from("settled", full, backup):
        raise AssertionError("it was restored")
    after = held(full.settings.home)
    assert {path: after[path] for path in before} == before
    assert not journal_of(full.settings).exists()


@contextmanager
def reading_from(point: str, world: World, backup: Path) -> Iterator[None]:
    """Restore, and let another process open the old database at a point."""
    others = []

    def probe(name: str) -> None:
        if name == point:
            other = reading(world.settings.database_path)
            other.__enter__()
            others.append(other)

    try:
        restore(world.settings, backup, LATER, replace_old=True, probe=probe)
        yield
    finally:
        for other in others:
            other.__exit__(None, None, None)
