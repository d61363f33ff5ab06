"""What a save does to the file: by a new one in its place where that keeps what it is, else into it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from heartbeat.errors import InvalidValueError, StaleError
from heartbeat.instructions import Condition, read_document, saving, sha256_of, write_document
from tests.support.saving import NEW, OLD, as_root, left_nothing_beside

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners, links and mounts of POSIX systems")


def test_a_new_file_takes_the_place_of_an_ordinary_one(path: Path, home: Path) -> None:
    path.chmod(0o604)
    before = path.stat().st_ino

    with path.open() as reader:
        write_document(path, NEW, home=home)
        assert reader.read() == OLD, "who reads it meanwhile has all of the old text"

    assert path.stat().st_ino != before
    assert path.stat().st_mode & 0o777 == 0o604
    assert left_nothing_beside(path, home)


@as_root
def test_owner_and_group_stay(path: Path, home: Path) -> None:
    os.chown(path, 4321, 5432)
    path.chmod(0o640)

    write_document(path, NEW, home=home)

    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (4321, 5432, 0o640)


def test_extended_attributes_stay(path: Path, home: Path) -> None:
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")

    write_document(path, NEW, home=home)

    assert os.getxattr(path, "user.note") == b"mine"


def hard_link(path: Path) -> Path:
    other = path.parent.parent / "other.md"
    other.hardlink_to(path)
    return other


def link(path: Path) -> Path:
    other = path.parent.parent / "real.md"
    path.rename(other)
    path.symlink_to(os.path.relpath(other, path.parent))
    return other


def links(path: Path) -> Path:
    other = link(path)
    between = path.parent.parent / "between.md"
    path.unlink()
    between.symlink_to(other)
    path.symlink_to(between)
    return other


@pytest.mark.parametrize("arrange", [hard_link, link, links])
def test_links_stay_and_lead_to_the_new_text(path: Path, home: Path, arrange: Callable[[Path], Path]) -> None:
    other = arrange(path)
    is_link = path.is_symlink()

    write_document(path, NEW, home=home)

    assert (path.read_bytes(), other.read_bytes()) == (NEW.encode(), NEW.encode())
    assert path.is_symlink() is is_link
    assert is_link or path.samefile(other)
    assert left_nothing_beside(path, home)


def test_a_link_to_nothing_makes_what_it_names(path: Path, home: Path) -> None:
    path.unlink()
    path.symlink_to("later.md")

    write_document(path, NEW, home=home)

    assert path.is_symlink()
    assert path.with_name("later.md").read_bytes() == NEW.encode()


def refuse(code: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path if name == "replace" else os, name, fail)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (errno.EBUSY, "replace"),
        (errno.EXDEV, "replace"),
        (errno.EPERM, "replace"),
        (errno.EACCES, "replace"),
        (errno.EPERM, "chown"),
    ],
)
def test_where_no_new_file_can_take_its_place_it_is_written_into(
    path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    if name == "chown":
        if os.geteuid():
            pytest.skip("needs root")
        os.chown(path, 4321, 5432)
    before = path.stat()

    monkeypatch.setattr(saving, "_write_atomically", new_beside(path, code, name, monkeypatch))
    write_document(path, NEW, home=home)
    monkeypatch.undo()

    assert path.read_bytes() == NEW.encode()
    found = path.stat()
    assert (found.st_ino, found.st_uid) == (before.st_ino, before.st_uid)
    assert left_nothing_beside(path, home)


def new_beside(path: Path, code: int, name: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a `_write_atomically` that the system lets down for this file alone."""
    usual = saving._write_atomically

    def put(target: Path, *more: object, **named: object) -> None:
        with monkeypatch.context() as patch:
            if target == path:
                refuse(code, name, patch)
            usual(target, *more, **named)  # type: ignore[arg-type]

    return put


def test_a_file_that_is_read_only_is_refused(path: Path, home: Path) -> None:
    path.chmod(0o444)

    with pytest.raises(
        InvalidValueError, match=r"cannot be written: it is read-only\. Let this account write it\."
    ):
        write_document(path, NEW, home=home)

    assert path.read_text() == OLD
    assert left_nothing_beside(path, home)


def test_a_folder_that_is_not_there_is_named(path: Path, home: Path) -> None:
    with pytest.raises(
        InvalidValueError, match=r"No such file or directory\. Its folder is not there; make it"
    ):
        write_document(path.parent / "none" / "HEARTBEAT.md", NEW, home=home)


def test_a_folder_in_its_place_is_named(path: Path, home: Path) -> None:
    path.unlink()
    path.mkdir()

    with pytest.raises(InvalidValueError, match="cannot be written: it is not a file but a folder"):
        write_document(path, NEW, home=home)


@pytest.mark.parametrize(
    "record", [b"", b"no JSON", b"[]\nx", b'{"path": "x"}\n', b'{"path": 5, "old": 1}\n', b"\xff\n"]
)
def test_a_record_that_cannot_be_read_is_kept_and_stops_nothing(
    path: Path, home: Path, record: bytes
) -> None:
    (home / "instructions.saving").write_bytes(record)

    found = read_document(path, home)

    assert found is not None
    assert found.content == OLD
    assert (home / "instructions.damaged").read_bytes() == record
    write_document(path, NEW, home=home)
    assert path.read_bytes() == NEW.encode()


def test_a_disk_that_fills_up_half_way_brings_the_old_text_back(
    path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hard_link(path)
    inode, usual = path.stat().st_ino, saving.write_all

    def fill_up(descriptor: int, data: bytes) -> None:
        if data == NEW.encode() and os.fstat(descriptor).st_ino == inode:
            usual(descriptor, data[:5])
            raise OSError(errno.ENOSPC, "No space left on device")
        usual(descriptor, data)

    monkeypatch.setattr(saving, "write_all", fill_up)
    with pytest.raises(InvalidValueError, match=r"No space left on device\. Make room, then save again\."):
        write_document(path, NEW, home=home)

    assert path.read_text() == OLD
    assert left_nothing_beside(path, home)


def test_who_saves_what_was_changed_in_place_is_told(path: Path, home: Path) -> None:
    hard_link(path)
    write_document(path, NEW, condition=Condition.is_still(sha256_of(OLD)), home=home)

    with pytest.raises(StaleError):
        write_document(path, "third", condition=Condition.is_still(sha256_of(OLD)), home=home)

    assert path.read_bytes() == NEW.encode()
