from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heartbeat.errors import InvalidValueError, UnreadableError
from heartbeat.instructions import MAX_BYTES, Condition, Document, read_document, sha256_of, write_document

CONTENT = "\ufeff# Mine\r\n- 检查\r- b\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "HEARTBEAT.md"


def test_a_document_is_read_exactly_as_stored(path: Path) -> None:
    path.write_bytes(CONTENT.encode())
    os.utime(path, (1_700_000_000, 1_700_000_000))

    assert read_document(path) == Document(
        content=CONTENT,
        sha256=hashlib.sha256(CONTENT.encode()).hexdigest(),
        last_modified=datetime.fromtimestamp(1_700_000_000, UTC),
        path=str(path),
    )


def test_a_missing_file_is_no_document(path: Path) -> None:
    assert read_document(path) is None
    path.write_text("a file where a folder is needed")
    assert read_document(path / "HEARTBEAT.md") is None


def test_the_largest_file_is_read_and_one_byte_more_is_refused(path: Path) -> None:
    path.write_bytes(b"a" * MAX_BYTES)
    assert read_document(path) is not None

    path.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(
        InvalidValueError, match=r"larger than 64 KiB; allowed: up to 65,536 bytes\."
    ) as refusal:
        read_document(path)
    assert refusal.value.field == "content"


def test_bytes_that_are_not_utf8_are_refused_with_their_place(path: Path) -> None:
    path.write_bytes(b"# Mine\n- caf\xe9\n")

    with pytest.raises(InvalidValueError, match=r"not UTF-8 on line 2 \(byte 12\)"):
        read_document(path)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_an_encoding_that_is_marked_is_read(path: Path, codec: str) -> None:
    path.write_bytes(CONTENT.encode(codec))

    found = read_document(path)

    assert found is not None
    assert found.content == CONTENT
    assert found.sha256 == sha256_of(CONTENT)
    written = write_document(path, CONTENT, condition=Condition.is_still(found.sha256))
    assert (path.read_bytes(), written.content) == (CONTENT.encode(), CONTENT)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"# Mine\r- caf\xe9\r", r"is not UTF-8 on line 2 \(byte 12\); save it as UTF-8\."),
        (b"- \x93quoted\x94\n", r"is not UTF-8 on line 1 \(byte 2\)"),
        ("- 检查\n".encode("gb18030"), r"is not UTF-8 on line 1 \(byte 2\)"),
        ("- テスト\n".encode("shift-jis"), "is not UTF-8 on line 1"),
        (
            "# Mine\n- a\n".encode("utf-16-le"),
            "seems to be UTF-16 without a byte order mark; save it as UTF-8",
        ),
        (
            "# Mine\n- a\n".encode("utf-16-be"),
            "seems to be UTF-16 without a byte order mark; save it as UTF-8",
        ),
        ("- 检查\n- 必须\n".encode("utf-16-le"), "UTF-8"),
        (b"\xff\xfe\x00\xd8\x20\x00", r"begins as UTF-16, and is none at byte 2; save it as UTF-8"),
        (b"\xff\xfe", "is not UTF-8 on line 1"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is not UTF-8 on line 2"),
        (b"\0", "holds nothing but NUL characters"),
        (b"\0" * 4096, "holds nothing but NUL characters"),
        (b"\n \0\0\r\n", "holds nothing but NUL characters"),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_to_do(path: Path, data: bytes, said: str) -> None:
    path.write_bytes(data)

    with pytest.raises(UnreadableError, match=said):
        read_document(path)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX systems")
def test_a_loop_of_links_is_refused(path: Path) -> None:
    path.symlink_to(path.name)

    with pytest.raises(UnreadableError, match=r"cannot be read: .+\. Its links lead in a circle; put a file"):
        read_document(path)
    with pytest.raises(InvalidValueError, match="cannot be written"):
        write_document(path, "a")


def test_a_folder_is_refused(path: Path) -> None:
    path.mkdir()

    with pytest.raises(InvalidValueError, match="is not a file"):
        read_document(path)
    with pytest.raises(InvalidValueError, match="cannot be written"):
        write_document(path, "a")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(path: Path) -> None:
    os.mkfifo(path)

    with pytest.raises(InvalidValueError, match="is not a file"):
        read_document(path)


def test_a_file_without_permission_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("a")

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)

    with pytest.raises(InvalidValueError, match=r"cannot be read: Permission denied\.") as refusal:
        read_document(path)
    assert refusal.value.field == "content"


@pytest.mark.parametrize("content", [CONTENT, "", "a" * MAX_BYTES])
def test_what_was_written_is_read_again(path: Path, content: str) -> None:
    written = write_document(path, content)

    assert path.read_bytes() == content.encode()
    assert read_document(path) == written
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", ["a" * (MAX_BYTES + 1), "é" * (MAX_BYTES // 2 + 1), "half \ud83d"])
def test_refused_content_leaves_the_old_file(path: Path, content: str) -> None:
    path.write_text("old")

    with pytest.raises(InvalidValueError) as refusal:
        write_document(path, content)

    assert refusal.value.field == "content"
    assert path.read_text() == "old"


def test_a_failed_write_leaves_the_old_file_and_no_other(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(InvalidValueError, match=r"cannot be written: No space left on device\."):
        write_document(path, "new")

    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_folder_is_refused(path: Path) -> None:
    with pytest.raises(InvalidValueError, match="cannot be written"):
        write_document(path.parent / "none" / "HEARTBEAT.md", "a")


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX systems")
def test_mode_and_link_stay(path: Path) -> None:
    path.write_text("old")
    path.chmod(0o640)
    link = path.with_name("link.md")
    link.symlink_to(path)

    write_document(link, "new")

    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_lone_surrogate_has_a_hash_too() -> None:
    assert sha256_of("\ud800") != sha256_of("\ud801")
    assert sha256_of("") == hashlib.sha256(b"").hexdigest()
