"""Folders as they are: many files, boxes, odd files, and what the agent wrote itself."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest

from heartbeat.connections.folder_fetch import FolderFetch
from heartbeat.connections.folder_target import FolderTarget
from heartbeat.connections.note_journal import NoteJournal
from heartbeat.outgoing import Outgoing
from heartbeat.store import inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.world import World


@pytest.fixture
def notes(world: World) -> Path:
    """An empty folder that the workspace is connected to and was looked at."""
    folder = world.folder / "notes"
    folder.mkdir()
    world.settings.connections_path.write_text(
        f'[notes]\nkind = "folder"\npath = "{folder}"\nglob = "**/*"\nwrite = true\n'
    )
    look(world)
    return folder


def said(world: World) -> str:
    world.clock.move(minutes=5)
    return look(world)["notes"].sentence


def shown(world: World, kind: FeedKind) -> list[InboxItem]:
    rows = world.store.read(inbox.page, kind=kind, limit=5_000)
    return sorted((row for row in rows if row.gone_at is None), key=lambda row: row.external_id)


def names(world: World, kind: FeedKind = FeedKind.FILE) -> list[str]:
    return [row.title for row in shown(world, kind)]


def test_boxes_are_ticked_and_unticked(world: World, notes: Path) -> None:
    todo = notes / "todo.md"
    todo.write_text("# Today\n- [ ] tea\n* [ ] tea\n1. [ ] milk\n- [x] done\n- [ ]\n- no box\n")
    assert said(world) == "Looked: 4 new, 0 changed, 0 gone."
    assert sorted(names(world, FeedKind.TASK)) == ["milk", "tea", "tea"]
    todo.write_text("# Today\n- [x] tea\n* [ ] tea\n1. [ ] milk\n- [x] done\n- [ ]\n- no box\n")
    assert said(world) == "Looked: 0 new, 0 changed, 1 gone."
    todo.write_text("# Today\n- [ ] tea\n* [ ] tea\n1. [ ] milk\n- [x] done\n- [ ]\n- no box\n")
    assert said(world) == "Looked: 0 new, 1 changed, 0 gone.", "a box that is open again is news"


def test_files_are_changed_renamed_replaced_and_deleted(world: World, notes: Path) -> None:
    (notes / "a.md").write_text("x" * 30_000 + "one")
    assert said(world) == "Looked: 1 new, 0 changed, 0 gone."
    (notes / "a.md").write_text("x" * 30_000 + "two")
    assert said(world) == "Looked: 0 new, 1 changed, 0 gone.", "changes beyond what is kept count too"
    (notes / "a.md").rename(notes / "b.md")
    assert said(world) == "Looked: 1 new, 0 changed, 1 gone."
    (notes / "c").write_text("other words")
    (notes / "c").replace(notes / "b.md")
    assert said(world) == "Looked: 0 new, 1 changed, 0 gone."
    (notes / "b.md").unlink()
    assert said(world) == "Looked: 0 new, 0 changed, 1 gone."


def test_odd_files_harm_nothing_and_the_ones_beside_them_are_seen(world: World, notes: Path) -> None:
    (notes / "fine.md").write_text("words")
    (notes / "wide.md").write_text("- [ ] Käse\n", encoding="utf-16")
    (notes / "odd.md").write_bytes(b"\xff\xfe\x00\xd8")
    (notes / "picture.png").write_bytes(bytes(range(256)) * 10)
    with (notes / "large.md").open("wb") as file:
        file.truncate(50_000_000)
    (notes / "deep" / "er").mkdir(parents=True)
    (notes / "deep" / "er" / "x.md").write_text("deep")
    (notes / "deep" / "loop").symlink_to(notes, target_is_directory=True)
    (notes / "link.md").symlink_to("/etc/passwd")
    (notes / "broken.md").symlink_to("nowhere")
    os.mkfifo(notes / "pipe.md")
    (notes / ".git").mkdir()
    (notes / ".git" / "config.md").write_text("hidden")
    (notes / ".hidden.md").write_text("hidden")
    found = look(world)["notes"]
    assert found.failed is None
    assert {"fine.md", "wide.md", "deep/er/x.md"} <= set(names(world))
    assert not {"link.md", "broken.md", "pipe.md", ".hidden.md", ".git/config.md"} & set(names(world))
    assert names(world, FeedKind.TASK) == ["Käse"]
    assert any(each.startswith("large.md is left out: it is larger than 1 MB") for each in found.problems)


def test_files_of_the_workspace_itself_are_spared(world: World, notes: Path) -> None:
    world.settings.connections_path.write_text(
        f'[notes]\nkind = "folder"\npath = "{world.folder}"\nglob = "**/*"\n'
    )
    (world.folder / "mine.md").write_text("mine")
    look(world)
    assert "mine.md" in names(world)
    assert not [name for name in names(world) if name.startswith(("HEARTBEAT", "connections.toml", "home/"))]


def test_what_the_agent_wrote_is_no_news(world: World, notes: Path) -> None:
    (notes / "todo.md").write_text("# Today\n- [ ] tea\n")
    said(world)
    target = FolderTarget("notes", notes, "**/*", home=world.settings.home, sleep=lambda _: None)
    note = {"kind": "note", "target": "notes", "file": "todo.md"}
    target.deliver(Outgoing(**note, mode="append", text="- [ ] milk"), "key-1", 10)
    assert said(world) == "Looked: 0 new, 0 changed, 0 gone."
    target.deliver(Outgoing(**note, mode="tick", text="- [ ] tea"), "key-2", 10)
    assert said(world) == "Looked: 0 new, 0 changed, 1 gone."


def test_names_that_differ_in_control_characters_are_two_files(world: World, notes: Path) -> None:
    (notes / "todo.md").write_text("mine")
    (notes / "to\x01do.md").write_text("other")
    said(world)
    assert sorted(row.content or "" for row in shown(world, FeedKind.FILE)) == ["mine", "other"]


def test_a_look_ends_within_its_time_and_nothing_is_gone_then(world: World, notes: Path) -> None:
    for number in range(10):
        (notes / f"{number}.md").write_text("words")
    said(world)
    ticks = count(0, 4)
    journal = NoteJournal.of(world.settings.home, "notes")
    fetch = FolderFetch(notes, "**/*", journal, monotonic=lambda: float(next(ticks)))
    found = fetch.fetch(world.clock(), {}, 60)
    assert not found.is_whole
    assert len(found.items) < 10
    assert found.problems == ["Looking at the folder took too long: not all of its files were looked at."]


def test_a_folder_that_is_not_there_is_told(world: World, notes: Path) -> None:
    notes.rmdir()
    assert look(world)["notes"].failed == f"There is no folder {notes}; make it, or change path."
