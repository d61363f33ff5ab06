"""One thread that writes to a database, with several callers' changes in one commit."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from heartbeat.store.place import Place

T = TypeVar("T")

MAX_BATCH = 256
"""Changes that one commit holds at most, so that none waits long for those before it."""

Change = Callable[[sqlite3.Connection], T]
"""Statements of one caller. They may run twice, so they change nothing but the database."""


@dataclass(frozen=True)
class _Job:
    """A change and the future that its caller waits for."""

    change: Change[Any]
    done: Future[Any] = field(default_factory=Future)


class Writer:
    """Apply changes from any thread, in the order in which they came.

    What waits while a commit is under way is committed together by the next one. A future has a result only after
    its commit, so whatever a caller was told is in the file. Where one change of several fails, each is tried again
    by itself, so that it fails for its own caller only.
    """

    def __init__(self, connection: sqlite3.Connection, place: Place) -> None:
        """Start the thread; ``connection`` is in autocommit mode and belongs to the writer from now on."""
        self._connection = connection
        self._place = place
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.committing = threading.Lock()
        """Held while a commit is under way."""
        self._lock = threading.Lock()
        self._is_closed = False
        self._has_begun = False
        # A daemon: a saver that nobody closed must not keep the process from ending.
        self._thread = threading.Thread(target=self._serve, name="checkpoint-writer", daemon=True)
        self._thread.start()

    def submit(self, change: Change[T]) -> Future[T]:
        """Queue a change; the future holds its result once it is committed.

        Raises:
            sqlite3.ProgrammingError: the writer is closed.
        """
        job = _Job(change)
        with self._lock:
            if self._is_closed:
                raise sqlite3.ProgrammingError("Cannot write checkpoints: their file is closed.")
            self._jobs.put(job)
        return job.done

    def close(self) -> None:
        """Commit what is queued, end the thread, and close the connection; a second call does nothing."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._jobs.put(None)
        self._thread.join()

    def _serve(self) -> None:
        try:
            is_open = True
            while is_open:
                batch, is_open = self._next()
                self._apply([job for job in batch if job.done.set_running_or_notify_cancel()])
        finally:
            self._connection.close()

    def _next(self) -> tuple[list[_Job], bool]:
        """Wait for a change; return it with those that wait behind it, and whether more may come."""
        batch: list[_Job] = []
        with suppress(queue.Empty):
            while len(batch) < MAX_BATCH:
                job = self._jobs.get(block=not batch)
                if job is None:
                    return batch, False
                batch.append(job)
        return batch, True

    def _apply(self, batch: Sequence[_Job]) -> None:
        if not batch:
            return
        try:
            results = self._commit(batch)
        except BaseException as error:  # noqa: BLE001 - whatever it is, callers wait for it
            if self._has_begun and len(batch) > 1:
                for job in batch:
                    self._apply([job])
            else:
                for job in batch:
                    job.done.set_exception(error)
        else:
            for job, result in zip(batch, results, strict=True):
                job.done.set_result(result)

    def _commit(self, batch: Sequence[_Job]) -> list[Any]:
        """Return the results of the changes, all committed; where one fails, none is.

        Raises:
            sqlite3.Error: the file is locked, lost or not writable, or a change failed.
        """
        self._has_begun = False
        with self.committing, self._place.writing():
            self._place.check()
            self._connection.execute("BEGIN IMMEDIATE")
            self._has_begun = True
            try:
                results = [job.change(self._connection) for job in batch]
                self._connection.execute("COMMIT")
            except BaseException:
                # Otherwise the open transaction would hold the lock, and be part of the next commit.
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
        return results
