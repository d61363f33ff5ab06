"""Open and close the checkpoint file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from heartbeat.errors import InvalidValueError
from heartbeat.private import keep_private, make_file, make_folder
from heartbeat.settings import load_settings

BUSY_TIMEOUT = 30.0
"""Seconds a write waits for another process."""
_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL")


def open_saver(url: str | Path | None = None) -> SaverContext:
    """Return a context that opens the checkpoint file; ``with`` gives a saver for ``invoke``, ``async with`` one
    for ``ainvoke``.

    ``url`` is a path or ``sqlite:///path``; without it, the file that the settings name.
    """
    if url is None:
        settings = load_settings()
        keep_private(settings)
        return SaverContext(settings.checkpoints_path)
    return SaverContext(Path(str(url).removeprefix("sqlite:///")))


@asynccontextmanager
async def checkpointer() -> AsyncIterator[AsyncSqliteSaver]:
    """Yield the settings' saver; what langgraph.json names."""
    async with open_saver() as saver:
        yield saver


class SaverContext:
    """One opening of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._async_connection: aiosqlite.Connection | None = None

    def __enter__(self) -> SqliteSaver:
        self._prepare()
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            saver = SqliteSaver(connection, serde=_serializer())
            saver.setup()
        except BaseException as error:
            connection.close()
            raise self._explained(error) from error
        self._connection = connection
        return saver

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    async def __aenter__(self) -> AsyncSqliteSaver:
        await asyncio.to_thread(self._prepare)
        connection = await aiosqlite.connect(self.path, timeout=BUSY_TIMEOUT)
        try:
            for pragma in _PRAGMAS:
                await connection.execute(pragma)
            saver = AsyncSqliteSaver(connection, serde=_serializer())
            await saver.setup()
        except BaseException as error:
            await connection.close()
            raise self._explained(error) from error
        self._async_connection = connection
        return saver

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its thread is no daemon: a connection left open would keep the process from ending.
        if self._async_connection is not None:
            await self._async_connection.close()

    def _prepare(self) -> None:
        make_folder(self.path.parent)
        make_file(self.path)

    def _explained(self, error: BaseException) -> BaseException:
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.OperationalError):
            return error
        return InvalidValueError(
            "checkpoints",
            f"{self.path}: {error}; it can be moved away: what a thread remembers is also on its beats",
        )


def _serializer() -> JsonPlusSerializer:
    # Our channels hold plain JSON, so no type needs to be rebuilt when a checkpoint is read.
    return JsonPlusSerializer(allowed_msgpack_modules=None)
