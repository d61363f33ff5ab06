"""A workspace with everything that a backup holds."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from checkpoints import open_saver
from heartbeat.backup import Backup, Report, restore, take
from heartbeat.connections import Connections, editing
from heartbeat.connections.note_journal import NoteJournal
from heartbeat.plan.shipped import shipped_path
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Store
from heartbeat.token_file import make_token
from tests.support.world import START, World

LATER = START + timedelta(days=1)


@pytest.fixture
def full(world: World) -> World:
    """A world with connections, secrets, notes, prompts and a token."""
    world.thread(enabled=False)
    world.post("First")
    connections = Connections.load(world.settings, world.store)
    editing.add(connections, "phone", "apprise", {"url": "ntfy://ntfy.example/secret-topic"})
    home = world.settings.home
    journal = NoteJournal(home / "notes" / "diary.jsonl")
    with journal.locked(1):
        (home / "notes" / "diary.jsonl").write_text('{"key": "1"}\n')
    (home / "prompts").mkdir()
    (home / "prompts" / "age.txt").write_text("{{ minutes }} minutes ago\n")
    shipped_path(world.settings.instructions).write_text('{"version": 1, "lines": []}\n')
    make_token(world.settings)
    (home / "heartbeat.log").write_text("not state")
    world.settings.connections_path.write_text('[news]\nkind = "folder"\npath = "news"\n')
    with open_saver(world.settings.checkpoints_path):
        pass
    return world


def taken(world: World) -> Backup:
    """Take a backup of a world."""
    return take(world.settings, world.folder / "backups", world.clock)


def elsewhere(folder: Path) -> Settings:
    """Return the settings of an empty workspace."""
    folder.mkdir(exist_ok=True)
    return load_settings(home=folder / "state", instructions=folder / "HEARTBEAT.md")


def restored(settings: Settings, folder: Path, *, replace: bool = False) -> Report:
    """Restore a backup a day later."""
    return restore(settings, folder, LATER, replace_old=replace)


def held(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their paths in it, but for locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and not path.name.endswith("-shm")
    }


def opened(settings: Settings) -> Store:
    """Open a workspace as every process does."""
    return Store.from_settings(settings)


IS_ROOT = os.name == "posix" and os.geteuid() == 0
