"""LangGraph checkpoint savers for the checkpoint file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from heartbeat.errors import InvalidValueError
from heartbeat.private import keep_private
from heartbeat.restoring import refuse_unfinished
from heartbeat.settings import load_settings
from heartbeat.store.place import Place

BUSY_TIMEOUT = 30.0
"""Seconds that a write waits for other writers."""
_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL")


def open_saver(url: str | Path | None = None) -> SaverContext:
    """Return a context that opens the checkpoint file.

    ``with`` gives a saver for ``invoke``, ``async with`` one for ``ainvoke``. ``url`` is a path or
    ``sqlite:///path``; the default is the file in the settings.
    """
    if url is None:
        settings = load_settings()
        refuse_unfinished(settings)
        keep_private(settings)
        return SaverContext(settings.checkpoints_path)
    return SaverContext(Path(str(url).removeprefix("sqlite:///")))


@asynccontextmanager
async def checkpointer() -> AsyncIterator[AsyncSqliteSaver]:
    """Yield a saver for the file in the settings; langgraph.json refers to this function."""
    async with open_saver() as saver:
        yield saver


class _Saver(SqliteSaver):
    """Refuse to write if the file was moved or replaced while it was open."""

    def __init__(self, connection: sqlite3.Connection, place: Place) -> None:
        super().__init__(connection, serde=_serializer())
        self._place = place

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """Yield a cursor, and commit its statements if ``transaction`` is true."""
        with self._place.writing() if transaction else nullcontext():
            self._place.check()
            try:
                with super().cursor(transaction) as cursor:
                    yield cursor
            except sqlite3.Error:
                with self.lock, suppress(sqlite3.Error):
                    self.conn.rollback()
                raise


class _AsyncSaver(AsyncSqliteSaver):
    """Refuse to write if the file was moved or replaced while it was open."""

    def __init__(self, connection: aiosqlite.Connection, place: Place) -> None:
        super().__init__(connection, serde=_serializer())
        self._place = place

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint."""
        async with self._writing():
            return await super().aput(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store the writes of a node."""
        async with self._writing():
            await super().aput_writes(config, writes, task_id, task_path)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        with self._place.writing():
            self._place.check()
            try:
                yield
            except sqlite3.Error:
                # Otherwise the open transaction would hold the lock and be part of the next commit.
                async with self.lock:
                    with suppress(sqlite3.Error):
                        await self.conn.rollback()
                raise


class SaverContext:
    """Open the checkpoint file when entered, and close it when left; a context is entered once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = Place(path)
        self._connection: sqlite3.Connection | None = None
        self._async_connection: aiosqlite.Connection | None = None

    def __enter__(self) -> SqliteSaver:
        self.place.prepare()
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, check_same_thread=False)
        try:
            self.place.record_identity()
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            saver = _Saver(connection, self.place)
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
        await asyncio.to_thread(self.place.prepare)
        connection = await aiosqlite.connect(self.path, timeout=BUSY_TIMEOUT)
        try:
            self.place.record_identity()
            for pragma in _PRAGMAS:
                await connection.execute(pragma)
            saver = _AsyncSaver(connection, self.place)
            await saver.setup()
        except BaseException as error:
            await connection.close()
            raise self._explained(error) from error
        self._async_connection = connection
        return saver

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The thread of aiosqlite is not a daemon: an open connection would keep the process from ending.
        if self._async_connection is not None:
            await self._async_connection.close()

    def _explained(self, error: BaseException) -> BaseException:
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.OperationalError):
            return error
        return InvalidValueError(
            "checkpoints",
            f"{self.path}: {error}; it can be moved away: what a thread remembers is also on its beats",
        )


def _serializer() -> JsonPlusSerializer:
    # The channels hold plain JSON, so no other types need to be restored from a checkpoint.
    return JsonPlusSerializer(allowed_msgpack_modules=None)
