"""A checkpoint saver with one writer, for ``invoke`` and ``ainvoke``."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from checkpoints import removal, retention
from checkpoints.listing import pages
from checkpoints.writer import Change, Writer
from heartbeat.store.place import Place

_PUT = (
    "INSERT OR REPLACE INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, "
    "checkpoint, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_PUT_WRITES = (
    "INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class GroupCommitSaver(SqliteSaver):
    """Keep checkpoints in a file of LangGraph's own format; many callers' writes are one commit.

    The synchronous and the asynchronous methods use one `Writer`, and a call returns once its own write is
    committed. Reading has a connection of its own, so that no reader waits for a writer. The tables and what is in
    them are those of ``SqliteSaver``, whose files it opens, and which opens its files.
    """

    def __init__(self, reading: sqlite3.Connection, writing: sqlite3.Connection, place: Place) -> None:
        """Take two connections in autocommit mode to the same file; both are closed with the saver."""
        # The channels hold plain JSON, so no other types need to be restored from a checkpoint.
        super().__init__(reading, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self.setup()
        self.writer = Writer(writing, place)

    def close(self) -> None:
        """Commit what is queued, and close both connections."""
        self.writer.close()
        with self.lock:
            self.conn.close()

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """Yield a cursor whose statements see one state of the file; what they write is not kept."""
        with self.lock:
            self.conn.execute("BEGIN")
            try:
                yield self.conn.cursor()
            finally:
                with suppress(sqlite3.Error):
                    self.conn.execute("ROLLBACK")

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint, and return the config that names it."""
        self.writer.submit(self._putting(config, checkpoint, metadata)).result()
        return _config_of(config, checkpoint)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint, and return the config that names it."""
        await asyncio.wrap_future(self.writer.submit(self._putting(config, checkpoint, metadata)))
        return _config_of(config, checkpoint)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote."""
        self.writer.submit(self._putting_writes(config, writes, task_id, task_path)).result()

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote."""
        await asyncio.wrap_future(
            self.writer.submit(self._putting_writes(config, writes, task_id, task_path))
        )

    def _putting(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata
    ) -> Change[None]:
        """Return the change that stores a checkpoint."""
        place = config["configurable"]
        described = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False)
        row = (
            str(place["thread_id"]),
            place["checkpoint_ns"],
            checkpoint["id"],
            place.get("checkpoint_id"),
            *self.serde.dumps_typed(checkpoint),
            described.encode("utf-8", "ignore"),
        )

        def put(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT, row)

        return put

    def _putting_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str
    ) -> Change[None]:
        """Return the change that stores what a task wrote."""
        place = config["configurable"]
        key = (str(place["thread_id"]), str(place["checkpoint_ns"]), str(place["checkpoint_id"]))
        rows = [
            (
                *key,
                task_id,
                task_path,
                WRITES_IDX_MAP.get(channel, number),
                channel,
                *self.serde.dumps_typed(value),
            )
            for number, (channel, value) in enumerate(writes)
        ]
        # As LangGraph's own saver: an error or interrupt replaces the one before, an ordinary write is kept.
        is_special = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        statement = f"INSERT OR {'REPLACE' if is_special else 'IGNORE'} {_PUT_WRITES}"

        def put(connection: sqlite3.Connection) -> None:
            connection.executemany(statement, rows)

        return put

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - LangGraph's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Yield checkpoints, the newest first; nothing is held locked between two of them."""
        for page in pages(self.cursor, self.serde, config, filter, before, limit):
            yield from page

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - LangGraph's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Yield checkpoints, the newest first; nothing is held locked between two of them."""
        found = pages(self.cursor, self.serde, config, filter, before, limit)
        while (page := await asyncio.to_thread(next, found, None)) is not None:
            for each in page:
                yield each

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that a config names, or the newest of its thread."""
        return await asyncio.to_thread(self.get_tuple, config)

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return what was written to delta channels, back to a whole value of each."""
        return await asyncio.to_thread(self.get_delta_channel_history, config=config, channels=channels)

    def delete_thread(self, thread_id: str) -> None:
        """Delete the checkpoints and writes of a thread, the oldest first, in small steps."""
        while self.writer.submit(removal.oldest(str(thread_id))).result():
            pass

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete the checkpoints and writes of a thread, the oldest first, in small steps."""
        await asyncio.to_thread(self.delete_thread, thread_id)

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints that runs made, with their writes, in small steps."""
        with self.cursor(transaction=False) as cursor:
            keys = removal.of_runs(cursor, [str(each) for each in run_ids])
        self._remove(keys)

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints that runs made, with their writes, in small steps."""
        await asyncio.to_thread(self.delete_for_runs, run_ids)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy the checkpoints and writes of a thread to another one, all or none."""
        self.writer.submit(removal.copy(str(source_thread_id), str(target_thread_id))).result()

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy the checkpoints and writes of a thread to another one, all or none."""
        await asyncio.to_thread(self.copy_thread, source_thread_id, target_thread_id)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest", keep: int = 1) -> None:
        """Delete old checkpoints of threads in small steps.

        The strategy ``keep_latest`` keeps the newest ``keep`` of each namespace of a thread, and what a delta channel
        of them is rebuilt from; ``delete`` keeps nothing.

        Raises:
            ValueError: the strategy is unknown, or ``keep`` is below 1.
        """
        if strategy not in {"keep_latest", "delete"}:
            raise ValueError(f"strategy: {strategy!r} is not known; allowed: keep_latest or delete")
        if keep < 1:
            raise ValueError(f"keep: {keep} is too small; allowed: 1 or more")
        for thread_id in map(str, thread_ids):
            if strategy == "delete":
                self.delete_thread(thread_id)
                continue
            with self.cursor(transaction=False) as cursor:
                keys = removal.older(cursor, self.serde, thread_id, keep)
            self._remove(keys)

    async def aprune(
        self, thread_ids: Sequence[str], *, strategy: str = "keep_latest", keep: int = 1
    ) -> None:
        """Delete old checkpoints of threads in small steps; see `prune`."""
        await asyncio.to_thread(self.prune, thread_ids, strategy=strategy, keep=keep)

    def over(self, runs: int, *, after: str = "") -> retention.Piece:
        """Return which of the threads after ``after`` may have more than ``runs`` runs; see `retention.look`."""
        with self.cursor(transaction=False) as cursor:
            return retention.look(cursor, runs, after)

    def prune_runs(self, thread_id: str, runs: int) -> int:
        """Delete the oldest checkpoints from before a thread's last ``runs`` runs; return how many.

        One call deletes at most `removal.STEP`, so that no other write waits long; one that returns 0 found nothing.
        An unanswered interrupt stays.
        """
        with self.cursor(transaction=False) as cursor:
            keys = retention.beyond(cursor, self.serde, str(thread_id), runs)
        self._remove(keys)
        return len(keys)

    def _remove(self, keys: Sequence[removal.Key]) -> None:
        for step in removal.steps(keys):
            self.writer.submit(step).result()


def _config_of(config: RunnableConfig, checkpoint: Checkpoint) -> RunnableConfig:
    place = config["configurable"]
    named = {
        "thread_id": place["thread_id"],
        "checkpoint_ns": place["checkpoint_ns"],
        "checkpoint_id": checkpoint["id"],
    }
    return cast(RunnableConfig, {"configurable": named})
