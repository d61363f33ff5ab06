"""Folders as they are: many files, boxes, odd files, and what the agent wrote itself."""

from __future__ import annotations

import errno
import os
from itertools import count
from pathlib import Path

import pytest

from heartbeat.connections.folder_fetch import FolderFetch
from heartbeat.connections.folder_target import FolderTarget
from heartbeat.connections.note_journal import NoteJournal
from heartbeat.outgoing import Outgoing
from heartbeat.plan.shipped import shipped_path
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
    (notes / "other.md").write_text("stays")
    (notes / "b.md").unlink()
    assert said(world) == "Looked: 1 new, 0 changed, 1 gone."


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


def _states(world: World) -> dict[str, tuple[int, bool, bool]]:
    """Return of each task its number, whether it is gone and whether it is done, by its file."""
    rows = world.store.read(inbox.page, kind=FeedKind.TASK, limit=100)
    return {row.parent or "": (row.seq, row.gone_at is not None, row.done_at is not None) for row in rows}


def _say_done(world: World) -> None:
    for row in shown(world, FeedKind.TASK):
        world.store.write(inbox.done, row.id or 0, world.clock())


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(b"- [ ] tea\n" + b"x" * 1_000_000, id="too large"),
        pytest.param("- [ ] tea\n".encode("utf-16")[:-1], id="half-saved"),
        pytest.param(b"\xff\xfe\x00\xd8", id="no text"),
        pytest.param(None, id="deleted"),
    ],
)
def test_boxes_of_a_file_that_cannot_be_read_once_stay_done(
    world: World, notes: Path, fault: bytes | None
) -> None:
    todo = notes / "todo.md"
    todo.write_text("- [ ] tea\n")
    (notes / "other.md").write_text("words")
    said(world)
    _say_done(world)
    before = _states(world)
    if fault is None:
        todo.unlink()
    else:
        todo.write_bytes(fault)
    said(world)
    if fault is not None:
        assert _states(world) == before
    todo.write_text("- [ ] tea\n")
    assert said(world) == "Looked: 0 new, 0 changed, 0 gone."
    assert _states(world) == before


def test_a_ticked_box_that_is_open_again_is_not_done(world: World, notes: Path) -> None:
    (notes / "todo.md").write_text("- [ ] tea\n")
    said(world)
    _say_done(world)
    (notes / "todo.md").write_text("- [x] tea\n")
    said(world)
    (notes / "todo.md").write_text("- [ ] tea\n")
    assert said(world) == "Looked: 0 new, 1 changed, 0 gone."
    assert [(is_gone, is_done) for _, is_gone, is_done in _states(world).values()] == [(False, False)]


def test_a_subfolder_that_cannot_be_read_is_named_and_its_items_stay(
    world: World, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "/".join(["d" * 100] * 4)
    for name in ("sub/a.md", f"sub/{long}/b.md", "subway.md", "other.md"):
        (notes / name).parent.mkdir(parents=True, exist_ok=True)
        (notes / name).write_text("- [ ] tea\n")
    said(world)
    (notes / "subway.md").unlink()
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path) == str(notes / "sub"):
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    world.clock.move(minutes=5)
    found = look(world)["notes"]
    assert found.problems == ("The folder sub is left out: it cannot be read (Input/output error)",)
    assert found.sentence == "Looked: 0 new, 0 changed, 2 gone.", "subway.md and its box"
    monkeypatch.undo()
    assert said(world) == "Looked: 0 new, 0 changed, 0 gone."


def test_a_folder_that_cannot_be_read_is_a_failure(
    world: World, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scandir(path: str) -> object:
        raise OSError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    failed = look(world)["notes"].failed
    assert (
        failed == f"The folder {notes} cannot be read (Permission denied); make it readable, or change path."
    )


def test_a_folder_that_is_empty_at_once_keeps_its_items_for_one_look(world: World, notes: Path) -> None:
    (notes / "todo.md").write_text("- [ ] tea\n")
    said(world)
    (notes / "todo.md").unlink()
    world.clock.move(minutes=5)
    found = look(world)["notes"]
    assert found.problems == (
        f"{notes} has no files any more; if the next look finds none either, its items are gone.",
    )
    assert names(world) == ["todo.md"]
    (notes / "todo.md").write_text("- [ ] tea\n")
    assert said(world) == "Looked: 0 new, 0 changed, 0 gone."
    (notes / "todo.md").unlink()
    said(world)
    assert said(world) == "Looked: 0 new, 0 changed, 2 gone."


def test_boxes_in_a_code_fence_are_no_tasks(world: World, notes: Path) -> None:
    (notes / "todo.md").write_text(
        "- [ ] tea\n```md\n- [ ] sample\n~~~\n- [ ] sample\n````\n- [ ] milk\n"
        "  ~~~~\n- [ ] sample\n~~~\n- [ ] sample\n~~~~\n``no fence``\n- [ ] eggs\n```\n- [ ] unclosed\n"
    )
    said(world)
    assert sorted(names(world, FeedKind.TASK)) == ["eggs", "milk", "tea"]


def test_files_of_the_workspace_itself_are_spared(world: World, notes: Path) -> None:
    world.settings.connections_path.write_text(
        f'[notes]\nkind = "folder"\npath = "{world.folder}"\nglob = "**/*"\n'
    )
    (world.folder / "mine.md").write_text("mine")
    shipped_path(world.settings.instructions).write_text("{}")
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
