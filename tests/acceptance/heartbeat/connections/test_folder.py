"""A folder with many files, and with everything in it that could stop or mislead what reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heartbeat.connections import folder_fetch
from heartbeat.connections.reading import open_file
from heartbeat.store import inbox
from heartbeat.vocabulary import FeedKind
from tests.integration.heartbeat.connections.test_folder_fetch import names, notes, said, shown
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.world import World

__all__ = ["notes"]
DEEP = 200


def test_2_000_files_come_over_several_looks(world: World, notes: Path) -> None:
    for number in range(2_000):
        (notes / f"{number:04}.md").write_text(f"Text {number}\n")
    assert said(world) == "Looked: 500 new, 0 changed, 0 gone, 1500 more at the next look."
    for _ in range(3):
        said(world)
    assert names(world) == [f"{number:04}.md" for number in range(2_000)]
    assert said(world) == "Looked: 0 new, 0 changed, 0 gone."


def test_2_000_files_among_hostile_ones_are_all_seen(
    world: World, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2_000):
        (notes / f"{number:04}.md").write_text(f"- [ ] Task {number}\n" if number % 100 == 0 else "Text\n")
    hostile(notes)
    # This account may be one that is allowed to read everything.
    read = open_file

    def guarded(path: Path) -> object:
        if path.name == "secret.md":
            raise PermissionError(13, "Permission denied")
        if path.name == "replaced.md":
            path.with_name("new").write_text("after")
            path.with_name("new").replace(path)
        if path.name == "vanished.md":
            path.unlink()
        return read(path)

    monkeypatch.setattr(folder_fetch, "open_file", guarded)
    first = look(world)["notes"]
    assert first.failed is None
    problems = first.problems
    for _ in range(5):
        world.clock.move(minutes=5)
        found = look(world)["notes"]
    assert found.sentence == "Looked: 0 new, 0 changed, 0 gone."
    seen = names(world)
    assert {f"{number:04}.md" for number in range(2_000)} <= set(seen)
    assert {"wide.md", "replaced.md", "future.md", "past.md", "gpj.md", "new line.md", "a[31m b.md"} <= set(
        seen
    )
    assert any(name.endswith("/deep.md") for name in seen), "200 folders deep"
    assert not {"link.md", "outside/passwd", "pipe.md", "loop", "secret.md", "large.md"} & set(seen)
    assert not [name for name in seen if not name.isprintable()]
    tasks = set(names(world, FeedKind.TASK))
    assert {f"Task {number}" for number in range(0, 2_000, 100)} | {"Käse", "Steuer zahlen"} <= tasks
    assert not [row for row in world.store.read(inbox.page, limit=5_000) if "root:" in (row.content or "")]
    for name, why in {
        "secret.md": "cannot be read (Permission denied)",
        "vanished.md": "cannot be read (No such file or directory)",
        "large.md": "is larger than 1 MB",
        "latin.md": "is not UTF-8",
    }.items():
        assert [each for each in problems if each.startswith(f"{name} is left out: it {why}")], (
            name,
            problems,
        )
    assert all(each.isprintable() for each in problems)
    [replaced] = [row for row in shown(world, FeedKind.FILE) if row.title == "replaced.md"]
    assert replaced.content == "after"


def hostile(folder: Path) -> None:
    """Put into a folder what may be found or planted there."""
    (folder / "wide.md").write_text("- [ ] Käse\n", encoding="utf-16")
    (folder / "latin.md").write_bytes("- [ ] Käse\n".encode("latin-1"))
    (folder / "half.md").write_bytes(b"\xff\xfe\x00\xd8")
    (folder / "binary.md").write_bytes(bytes(range(256)) * 10)
    with (folder / "large.md").open("wb") as file:
        file.truncate(50_000_000)
    (folder / "link.md").symlink_to("/etc/passwd")
    (folder / "outside").symlink_to("/etc", target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.md").symlink_to(folder / "self.md")
    os.mkfifo(folder / "pipe.md")
    for name in ("secret.md", "replaced.md", "vanished.md", "future.md", "past.md"):
        (folder / name).write_text("before")
    os.utime(folder / "future.md", (2**40, 2**40))
    os.utime(folder / "past.md", (-(2**33), -(2**33)))
    (folder / "new\nline.md").write_text("a name of two lines")
    (folder / "\u202egpj.md").write_text("a name that turns")
    (folder / "a\x1b[31m\tb.md").write_text("a name that colours")
    Path(os.fsdecode(os.fsencode(folder) + b"/odd\xff.md")).write_text("a name that is no text")
    (folder / "todo.md").write_text("- [ ] Steuer\u202e\u200b zahlen\n" + "- [ ] x\r" * 100)
    at = os.open(folder, os.O_RDONLY)
    for _ in range(DEEP):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("deep.md", os.O_WRONLY | os.O_CREAT, dir_fd=at))
    os.close(at)
