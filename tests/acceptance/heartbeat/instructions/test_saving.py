"""Saves by several processes, by one that is killed, and into what is mounted."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from heartbeat.errors import InvalidValueError, UnreadableError
from heartbeat.instructions import Condition, read_document, saving, sha256_of, write_document
from tests.support.saving import NEW, OLD, as_root, left_nothing_beside

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners, links and mounts of POSIX systems")


@pytest.fixture
def mounted(path: Path, tmp_path: Path) -> Iterator[Path]:
    """The file that is mounted at ``path``, as a container engine does it."""
    outside = tmp_path / "outside.md"
    outside.write_text(OLD)
    if subprocess.run(["mount", "--bind", outside, path], capture_output=True, check=False).returncode:
        pytest.skip("mounts are not allowed here")
    yield outside
    subprocess.run(["umount", path], check=True)


@as_root
def test_a_file_that_is_mounted_alone_is_written_into(path: Path, home: Path, mounted: Path) -> None:
    written = write_document(path, NEW, condition=Condition.is_still(sha256_of(OLD)), home=home)

    assert mounted.read_bytes() == NEW.encode()
    assert read_document(path, home) == written
    assert left_nothing_beside(path, home)


def hard_link(path: Path) -> Path:
    other = path.parent.parent / "other.md"
    other.hardlink_to(path)
    return other


@as_root
def test_a_file_system_that_is_read_only_is_named(path: Path, home: Path, mounted: Path) -> None:
    if subprocess.run(["mount", "-o", "remount,ro,bind", path], capture_output=True, check=False).returncode:
        pytest.skip("mounts are not allowed here")

    with pytest.raises(
        InvalidValueError, match=r"Read-only file system\. Mount it so that it may be written\."
    ):
        write_document(path, NEW, home=home)

    assert mounted.read_text() == OLD


def _save_in_child(path: Path, home: Path, point: str) -> None:
    """Save, and die like a process that is killed at this point."""
    usual = saving.write_all

    def cut(descriptor: int, data: bytes) -> None:
        if data == NEW.encode() and os.fstat(descriptor).st_ino == path.stat().st_ino:
            if point == "half":
                usual(descriptor, data[: len(data) // 2])
            elif point == "before the end is cut":
                usual(descriptor, data)
            elif point == "emptied":
                os.ftruncate(descriptor, 0)
            os._exit(9)
        usual(descriptor, data)

    saving.write_all = cut
    write_document(path, NEW, home=home)


@pytest.mark.parametrize("point", ["before", "half", "before the end is cut", "emptied"])
@pytest.mark.parametrize("seen_by", ["reader", "writer"])
def test_a_save_that_was_killed_is_finished_by_who_comes_next(
    path: Path, home: Path, point: str, seen_by: str
) -> None:
    hard_link(path)
    child = multiprocessing.get_context("fork").Process(target=_save_in_child, args=(path, home, point))
    child.start()
    child.join(30)
    assert child.exitcode == 9
    assert (home / "instructions.saving").stat().st_mode & 0o777 == 0o600
    # What was not begun is not done: nobody was told that it is saved.
    text = OLD if point == "before" else NEW

    if seen_by == "reader":
        found = read_document(path, home)
        assert found is not None
        assert found.content == text
    else:
        write_document(path, "third", condition=Condition.is_still(sha256_of(text)), home=home)
    assert left_nothing_beside(path, home)


@pytest.mark.parametrize("theirs", ["# Mine\n", OLD + "- more\n", "# N", OLD[:-9]])
def test_what_was_written_since_a_save_was_killed_stays(path: Path, home: Path, theirs: str) -> None:
    hard_link(path)
    child = multiprocessing.get_context("fork").Process(target=_save_in_child, args=(path, home, "half"))
    child.start()
    child.join(30)
    path.write_text(theirs)

    found = read_document(path, home)

    assert found is not None
    assert found.content == theirs
    assert left_nothing_beside(path, home)


def test_what_took_the_place_of_the_file_since_a_save_was_killed_is_not_waited_for(
    path: Path, home: Path
) -> None:
    hard_link(path)
    child = multiprocessing.get_context("fork").Process(target=_save_in_child, args=(path, home, "half"))
    child.start()
    child.join(30)
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(UnreadableError, match="a device, a pipe or a socket"):
        read_document(path, home)


def _save_often(path: Path, home: Path, name: str) -> None:
    for number in range(20):
        write_document(path, f"{name} {number}\n" * 500, home=home)


@pytest.mark.parametrize("in_place", [False, True])
def test_processes_that_save_at_the_same_time_never_mix_their_texts(
    path: Path, home: Path, in_place: bool
) -> None:
    if in_place:
        hard_link(path)
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_save_often, args=(path, home, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    found = read_document(path, home)
    assert found is not None
    assert len(set(found.content.splitlines())) == 1
    assert found.content.count("\n") == 500
    assert left_nothing_beside(path, home)
