"""List checkpoints page by page, each with its writes by one more statement."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.sqlite.utils import load_pending_writes, search_where

PAGE = 50
"""Checkpoints that are read at once."""

Open = Callable[[bool], AbstractContextManager[sqlite3.Cursor]]
Row = Sequence[Any]

_COLUMNS = "thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata"
_ORDER = "ORDER BY checkpoint_id DESC, thread_id, checkpoint_ns"
_LATER = "(checkpoint_id < ? OR (checkpoint_id = ? AND (thread_id, checkpoint_ns) > (?, ?)))"


def pages(
    open_cursor: Open,
    serde: SerializerProtocol,
    config: RunnableConfig | None,
    metadata: dict[str, Any] | None,
    before: RunnableConfig | None,
    limit: int | None,
) -> Iterator[list[CheckpointTuple]]:
    """Yield the checkpoints of a thread, or of all, the newest first, in lists of at most `PAGE`.

    ``metadata`` holds values that theirs must have. ``open_cursor`` opens a cursor for one page.
    """
    where, values = search_where(config, metadata, before)
    left, last = limit, None
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        condition, given = where, list(values)
        if last is not None:
            thread_id, namespace, checkpoint_id = last
            condition = f"{where} AND {_LATER}" if where else f"WHERE {_LATER}"
            given += [checkpoint_id, checkpoint_id, thread_id, namespace]
        with open_cursor(False) as cursor:
            query = f"SELECT {_COLUMNS} FROM checkpoints {condition} {_ORDER} LIMIT ?"  # noqa: S608 - no values
            rows = cursor.execute(query, [*given, size]).fetchall()
            writes = _writes_of(cursor, rows)
        if rows:
            yield [_tuple_of(row, writes.get(tuple(row[:3]), []), serde) for row in rows]
        if len(rows) < size:
            return
        last = rows[-1][:3]
        left = None if left is None else left - len(rows)


def _writes_of(cursor: sqlite3.Cursor, rows: Sequence[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """Return the rows of the writes of each checkpoint, as `load_pending_writes` takes them."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    if not rows:
        return found
    places = ", ".join(["(?, ?, ?)"] * len(rows))
    query = (
        "SELECT thread_id, checkpoint_ns, checkpoint_id, task_id, channel, type, value, task_path, idx FROM writes "  # noqa: S608
        f"WHERE (thread_id, checkpoint_ns, checkpoint_id) IN (VALUES {places})"
    )
    keys = [value for row in rows for value in row[:3]]
    for *key, task_id, channel, kind, data, path, number in cursor.execute(query, keys):
        found.setdefault(tuple(key), []).append((task_id, channel, kind, data, path, number))
    return found


def _tuple_of(row: Row, writes: Sequence[Row], serde: SerializerProtocol) -> CheckpointTuple:
    thread_id, namespace, checkpoint_id, parent_id, kind, data, metadata = row
    return CheckpointTuple(
        _config(thread_id, namespace, checkpoint_id),
        serde.loads_typed((kind, data)),
        json.loads(metadata) if metadata is not None else {},
        _config(thread_id, namespace, parent_id) if parent_id else None,
        load_pending_writes(writes, serde),
    )


def _config(thread_id: str, namespace: str, checkpoint_id: str) -> RunnableConfig:
    named = {"thread_id": thread_id, "checkpoint_ns": namespace, "checkpoint_id": checkpoint_id}
    return cast(RunnableConfig, {"configurable": named})
