"""Whole SQLite files: copied while they are written to, checked, and asked whether they are open."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from heartbeat.store.failure import FailureKind, failure_of
from heartbeat.store.sqlite_file import copy_database, is_in_use, revision_of, use_wal
from tests.support.database import lay


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A database in WAL mode whose rows come in pairs."""
    path = tmp_path / "source.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE pair (number INTEGER, side TEXT, filler BLOB)")
        _write(made, 0)
    return path


def _write(connection: sqlite3.Connection, number: int) -> None:
    with connection:
        for side in "ab":
            connection.execute("INSERT INTO pair VALUES (?, ?, zeroblob(3000))", (number, side))


@dataclass
class Written:
    """The number of the last pair that is committed."""

    last: int = 0
    more: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, number: int) -> None:
        """Wait without turning in a circle, which would keep the writer from its work."""
        with self.more:
            assert self.more.wait_for(lambda: self.last >= number, timeout=60)


@contextmanager
def writing(source: Path) -> Iterator[Written]:
    """Write pairs without a pause, and yield how far that is."""
    stop, done = threading.Event(), Written()

    def work() -> None:
        with closing(sqlite3.connect(source, timeout=30)) as connection:
            while not stop.is_set():
                _write(connection, done.last + 1)
                with done.more:
                    done.last += 1
                    done.more.notify_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def numbers(path: Path, side: str) -> list[int]:
    with closing(sqlite3.connect(path)) as opened:
        return [row[0] for row in opened.execute("SELECT number FROM pair WHERE side = ?", (side,))]


def test_a_copy_holds_one_moment_while_others_write(source: Path, tmp_path: Path) -> None:
    with writing(source) as done:
        for round_number in range(5):
            done.wait_for(done.last + 50)
            known = done.last
            copy = tmp_path / f"copy{round_number}.db"
            copy_database(source, copy)
            assert numbers(copy, "a") == numbers(copy, "b")
            assert numbers(copy, "a")[: known + 1] == list(range(known + 1))


def test_a_copy_is_one_private_file_that_is_read_without_writing(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy_database(source, copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert numbers(copy, "a") == [0]
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy.db"]
    use_wal(copy)
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_damaged_database_is_not_copied(source: Path, tmp_path: Path) -> None:
    data = bytearray(source.read_bytes())
    data[4096:] = b"\x55" * (len(data) - 4096)
    source.write_bytes(data)
    with pytest.raises(sqlite3.DatabaseError) as raised:
        copy_database(source, tmp_path / "copy.db")
    failure = failure_of(raised.value)
    assert failure is not None
    assert failure.kind is FailureKind.DAMAGED


def test_a_database_that_stays_locked_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as held:
        held.execute("CREATE TABLE one (number)")
        held.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            copy_database(path, tmp_path / "copy.db", patience=0.1)


def test_the_revision_of_a_database(source: Path, tmp_path: Path) -> None:
    from heartbeat.store.migrate import HEAD

    assert revision_of(source) is None
    assert revision_of(lay(tmp_path / "heartbeat.db")) == HEAD


def test_nobody_uses_a_file_that_is_not_there_or_that_this_process_has_closed(
    source: Path, tmp_path: Path
) -> None:
    assert not is_in_use(source)
    assert not is_in_use(tmp_path / "none.db")
    (tmp_path / "noise.db").write_bytes(b"no database")
    assert not is_in_use(tmp_path / "noise.db")
