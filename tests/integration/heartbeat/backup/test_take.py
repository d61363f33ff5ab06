"""Taking a backup: what is in it, where it goes, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from heartbeat import __version__
from heartbeat.backup import layout, take
from heartbeat.backup.manifest import StoredFile, read_manifest
from heartbeat.backup.own_folder import MARKER
from heartbeat.connections import Connections, editing
from heartbeat.errors import ConflictError, InvalidValueError, NotFoundError, UnreadableError
from heartbeat.plan.shipped import shipped_path
from heartbeat.restoring import journal_of
from heartbeat.settings import load_settings
from heartbeat.store.migrate import HEAD
from tests.integration.heartbeat.backup.conftest import held, taken
from tests.support.database import write_as
from tests.support.world import START, World


def test_a_backup_holds_all_that_is_state(full: World) -> None:
    made = taken(full)
    assert made.path == full.folder / "backups" / "2026-11-02T120000Z"
    names = set(held(made.path))
    secrets = {name for name in names if name.startswith("secrets/phone.")}
    assert len(secrets) == 1
    assert names - secrets == {
        "HEARTBEAT.md",
        "HEARTBEAT.plan.json",
        "checkpoints.db",
        "connections.toml",
        "heartbeat.db",
        "manifest.json",
        "notes/diary.jsonl",
        "prompts/age.txt",
    }


def test_every_file_of_the_product_is_in_it_or_left_out_on_purpose(full: World) -> None:
    """Whoever lets the product write another file decides whether it belongs to a backup."""
    stored = {name.partition("/")[0] for name in held(taken(full).path)}
    written = {path.name for path in full.settings.home.iterdir()}
    left_out = {
        "heartbeat.log",
        "token",
        "instructions.lock",
        "heartbeat.db-wal",
        "heartbeat.db-shm",
        "heartbeat.db.lock",
    }
    assert written - stored - left_out == set()


def test_the_manifest_says_what_it_holds(full: World) -> None:
    made = taken(full)
    found = read_manifest(made.path)
    assert found == made.manifest
    assert (found.format, found.made_at, found.heartbeat, found.database_schema) == (
        2,
        START,
        __version__,
        HEAD,
    )
    assert {each.name for each in found.files} == set(held(made.path)) - {"manifest.json"}
    for each in found.files:
        assert StoredFile.of(each.name, made.path / each.name) == each


def test_it_is_of_the_time_at_which_the_database_is_copied(full: World) -> None:
    """What was queued while other files were copied is in it, and was not there earlier."""

    def wait(point: str) -> None:
        if point == "checkpoints":
            full.clock.move(minutes=5)
            full.post("Meanwhile")
        elif point == "database":
            full.clock.move(minutes=5)

    made = take(full.settings, full.folder / "backups", full.clock, probe=wait)
    assert (made.path.name, made.manifest.made_at) == ("2026-11-02T120000Z", START + timedelta(minutes=5))
    with closing(sqlite3.connect(made.path / "heartbeat.db")) as copied:
        assert copied.execute("SELECT count(*) FROM post").fetchone() == (2,)


def test_only_the_account_reads_it(full: World) -> None:
    made = taken(full)
    for path in (made.path, *made.path.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_each_backup_gets_a_folder_of_its_own(full: World) -> None:
    first, second = taken(full), taken(full)
    full.clock.move(hours=1)
    third = taken(full)
    assert [each.path.name for each in (first, second, third)] == [
        "2026-11-02T120000Z",
        "2026-11-02T120000Z-2",
        "2026-11-02T130000Z",
    ]
    assert read_manifest(first.path) == first.manifest


def test_an_earlier_version_reads_one_without_a_plan(full: World) -> None:
    shipped_path(full.settings.instructions).unlink()
    made = taken(full)
    assert "HEARTBEAT.plan.json" not in held(made.path)
    assert read_manifest(made.path).format == 1


TEXTS = ["HEARTBEAT.md", "HEARTBEAT.plan.json"]


@pytest.mark.parametrize("name", TEXTS)
def test_linked_texts_are_in_it_by_their_content(full: World, name: str) -> None:
    real = full.folder / "elsewhere"
    text = layout.written(full.settings)[name]
    text.rename(real)
    text.symlink_to(real)
    made = taken(full)
    stored = made.path / name
    assert not stored.is_symlink()
    assert stored.read_bytes() == real.read_bytes()


@pytest.mark.parametrize("name", TEXTS)
def test_texts_of_any_encoding_are_in_it_as_they_are(full: World, name: str) -> None:
    data = b"\xff\xfe- \x00tea \r\n" * 9_000
    layout.written(full.settings)[name].write_bytes(data)
    assert (taken(full).path / name).read_bytes() == data


def test_a_workspace_without_texts_has_a_backup_too(world: World) -> None:
    world.settings.instructions.unlink()
    assert set(held(taken(world).path)) == {"heartbeat.db", "manifest.json"}


def test_a_database_of_an_earlier_version_is_copied_as_it_is(world: World) -> None:
    world.store.close()
    write_as("0009", world.settings.database_path)
    assert taken(world).manifest.database_schema == "0009"


def test_no_workspace_is_a_sentence(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "none")
    with pytest.raises(
        NotFoundError, match=r"^there is no workspace here: no .*; go to its folder, or set HEARTBEAT"
    ):
        take(settings, tmp_path / "backups", lambda: START)
    assert list(tmp_path.iterdir()) == []


def test_another_programs_database_is_a_sentence(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    settings.home.mkdir()
    settings.database_path.touch()
    with pytest.raises(NotFoundError, match="holds no workspace"):
        take(settings, tmp_path / "backups", lambda: START)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [".backup.lock"]


@pytest.mark.parametrize("name", ["home", "home/backups"])
def test_a_backup_into_the_workspace_itself_is_refused(full: World, name: str) -> None:
    before = held(full.settings.home)
    with pytest.raises(
        InvalidValueError, match=r"is in .*, which is backed up; allowed: a folder outside of it"
    ):
        take(full.settings, full.folder / name, lambda: START)
    assert held(full.settings.home) == before


def test_a_file_is_no_place_for_backups(full: World) -> None:
    with pytest.raises(InvalidValueError, match="is no folder; allowed"):
        take(full.settings, full.settings.instructions, lambda: START)


def test_one_backup_at_a_time(full: World) -> None:
    taken(full)
    with (
        FileLock(full.folder / "backups" / ".backup.lock"),
        pytest.raises(ConflictError, match="another backup is being made"),
    ):
        taken(full)


def test_what_an_earlier_one_left_is_cleared(full: World) -> None:
    remains = full.folder / "backups" / ".unfinished-2026-11-01T120000Z" / "secrets"
    remains.mkdir(parents=True)
    (remains / "half.json").write_text("{")
    (remains.parent / MARKER).touch()
    taken(full)
    assert {path.name for path in (full.folder / "backups").iterdir()} == {
        ".backup.lock",
        "2026-11-02T120000Z",
    }


def test_what_others_have_there_is_not_cleared(full: World, tmp_path: Path) -> None:
    mine = full.folder / "backups" / ".unfinished-symphony"
    same = full.folder / "backups" / ".unfinished-2026-11-02T120000Z"
    far = tmp_path / "far"
    for folder in (mine, same, far):
        folder.mkdir(parents=True)
        (folder / "score.txt").write_text("mine")
    (far / MARKER).touch()
    (full.folder / "backups" / ".unfinished-link").symlink_to(far)
    assert taken(full).path.name == "2026-11-02T120000Z-2"
    for folder in (mine, same, far):
        assert (folder / "score.txt").read_text() == "mine"


def test_a_full_disk_leaves_nothing_and_is_named(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("heartbeat.backup.files.write_all", full_disk)
    with pytest.raises(OSError, match="No space left") as raised:
        taken(full)
    assert raised.value.filename == str(full.folder / "backups")
    assert [path.name for path in (full.folder / "backups").iterdir()] == [".backup.lock"]


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_no_file_are_a_sentence(full: World, name: str) -> None:
    text = layout.written(full.settings)[name]
    text.unlink()
    text.mkdir()
    with pytest.raises(UnreadableError, match="is not a file but a folder"):
        taken(full)
    assert [path.name for path in (full.folder / "backups").iterdir()] == [".backup.lock"]


def test_an_unfinished_restore_is_not_backed_up(full: World) -> None:
    journal_of(full.settings).write_text("{}")
    with pytest.raises(ConflictError, match="was cut off"):
        taken(full)


def test_a_secret_that_comes_and_goes_meanwhile_is_in_it(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is changed while the database is copied: the row and the secrets that it names agree."""
    connections = Connections.load(full.settings, full.store)

    def change(point: str) -> None:
        if point in ("checkpoints", "database"):
            editing.change(connections, "phone", {"url": f"ntfy://ntfy.example/{point}"})

    made = take(full.settings, full.folder / "backups", lambda: START, probe=change)
    with closing(sqlite3.connect(made.path / "heartbeat.db")) as copied:
        [(named,)] = copied.execute("SELECT json_extract(\"values\", '$.secrets') FROM connection")
    stored = json.loads((made.path / "secrets" / named).read_text())
    assert stored == {"url": "ntfy://ntfy.example/checkpoints"}
