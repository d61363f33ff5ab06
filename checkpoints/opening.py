"""Open the checkpoint file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from types import TracebackType

from checkpoints.saver import GroupCommitSaver
from heartbeat.errors import InvalidValueError
from heartbeat.private import keep_private
from heartbeat.restoring import refuse_unfinished
from heartbeat.settings import load_settings
from heartbeat.store.place import Place

BUSY_TIMEOUT = 30.0
"""Seconds that a write waits for other writers."""
_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL")


def open_saver(url: str | Path | None = None) -> SaverContext:
    """Return a context that opens the checkpoint file, for ``with`` as for ``async with``.

    The saver it gives serves ``invoke`` and ``ainvoke``. ``url`` is a path or
    ``sqlite:///path``; the default is the file in the settings.
    """
    if url is None:
        settings = load_settings()
        refuse_unfinished(settings)
        keep_private(settings)
        return SaverContext(settings.checkpoints_path)
    return SaverContext(Path(str(url).removeprefix("sqlite:///")))


@asynccontextmanager
async def checkpointer() -> AsyncIterator[GroupCommitSaver]:
    """Yield a saver for the file in the settings; langgraph.json refers to this function."""
    async with open_saver() as saver:
        yield saver


class SaverContext:
    """Open the checkpoint file when entered, and close it when left. A context can be entered once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = Place(path)
        self._saver: GroupCommitSaver | None = None

    def __enter__(self) -> GroupCommitSaver:
        self.place.prepare()
        with ExitStack() as opened:
            try:
                reading, writing = (opened.enter_context(closing(self._connect())) for _ in range(2))
                self.place.record_identity()
                for pragma in _PRAGMAS:
                    reading.execute(pragma)
                    writing.execute(pragma)
                self._saver = GroupCommitSaver(reading, writing, self.place)
            except BaseException as error:
                raise self._explained(error) from error
            opened.pop_all()
        return self._saver

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._saver is not None:
            self._saver.close()

    async def __aenter__(self) -> GroupCommitSaver:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, check_same_thread=False, isolation_level=None)

    def _explained(self, error: BaseException) -> BaseException:
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.OperationalError):
            return error
        return InvalidValueError(
            "checkpoints",
            f"{self.path}: {error}; it can be moved away: what a thread remembers is also on its beats",
        )
