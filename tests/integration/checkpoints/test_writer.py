"""Changes of many callers in one commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from checkpoints.writer import MAX_BATCH, Change, Writer
from heartbeat.store.place import Place

TIMEOUT = 60


class Bench:
    """A writer whose commits are counted, and which can be kept busy."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, timeout=TIMEOUT
        )
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        self.statements: list[str] = []
        self.connection.set_trace_callback(self.statements.append)
        self.writer = Writer(self.connection, Place(path))

    @property
    def commits(self) -> int:
        return self.statements.count("COMMIT")

    def busy(self) -> tuple[threading.Event, Future[Any]]:
        """Keep the writer busy with a change until the event is set."""
        began, go_on = threading.Event(), threading.Event()

        def change(connection: sqlite3.Connection) -> None:
            began.set()
            assert go_on.wait(TIMEOUT)

        waiting = self.writer.submit(change)
        assert began.wait(TIMEOUT)
        return go_on, waiting

    def rows(self) -> list[int]:
        with closing(sqlite3.connect(self.path)) as other:
            return [number for (number,) in other.execute("SELECT n FROM t ORDER BY n")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "t.db")
    yield made
    made.writer.close()


def insert(number: int) -> Change[int]:
    def change(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return change


def test_what_waits_is_committed_at_once(bench: Bench) -> None:
    go_on, _ = bench.busy()
    waiting = [bench.writer.submit(insert(number)) for number in range(50)]
    assert not any(each.done() for each in waiting)
    go_on.set()
    assert [each.result(TIMEOUT) for each in waiting] == list(range(50))
    assert bench.commits == 2
    assert bench.rows() == list(range(50))


def test_a_commit_has_a_bound(bench: Bench) -> None:
    go_on, _ = bench.busy()
    waiting = [bench.writer.submit(insert(number)) for number in range(MAX_BATCH + 1)]
    go_on.set()
    waiting[-1].result(TIMEOUT)
    assert bench.commits == 3


def test_a_change_that_fails_fails_alone(bench: Bench) -> None:
    go_on, _ = bench.busy()
    waiting = [bench.writer.submit(insert(number)) for number in (1, 2, 1, 3)]
    go_on.set()
    assert isinstance(waiting[2].exception(TIMEOUT), sqlite3.IntegrityError)
    assert [waiting[index].result(TIMEOUT) for index in (0, 1, 3)] == [1, 2, 3]
    assert bench.rows() == [1, 2, 3]


def test_where_nothing_can_be_written_all_fail_and_the_next_goes_on(bench: Bench) -> None:
    bench.connection.execute("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(bench.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        error = bench.writer.submit(insert(1)).exception(TIMEOUT)
        assert isinstance(error, sqlite3.OperationalError)
        assert "locked" in str(error)
        other.execute("ROLLBACK")
    assert bench.writer.submit(insert(2)).result(TIMEOUT) == 2
    assert bench.rows() == [2]


def test_a_change_given_up_before_its_turn_is_not_made(bench: Bench) -> None:
    go_on, _ = bench.busy()
    given_up, kept = bench.writer.submit(insert(1)), bench.writer.submit(insert(2))
    assert given_up.cancel()
    go_on.set()
    assert kept.result(TIMEOUT) == 2
    assert bench.rows() == [2]


def test_closing_commits_what_is_queued(bench: Bench) -> None:
    go_on, _ = bench.busy()
    waiting = bench.writer.submit(insert(1))
    closer = threading.Thread(target=bench.writer.close)
    closer.start()
    go_on.set()
    assert waiting.result(TIMEOUT) == 1
    closer.join(TIMEOUT)
    assert bench.rows() == [1]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        bench.writer.submit(insert(2))
    bench.writer.close()
