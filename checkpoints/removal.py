"""Remove and copy checkpoints: what goes, and the changes that take it away in small steps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial

from langgraph.checkpoint.serde.base import SerializerProtocol

from checkpoints.writer import Change

STEP = 100
"""Checkpoints that one step removes, so that no other write waits long for it."""

Key = tuple[str, str, str]
"""Thread, namespace and id of a checkpoint."""

_OLDEST = (
    "SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints WHERE thread_id = ? "
    "ORDER BY checkpoint_id LIMIT ?"
)
_OF_RUNS = (
    "SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints "
    "WHERE json_extract(CAST(metadata AS TEXT), '$.run_id') IN (SELECT value FROM json_each(?)) "
    "ORDER BY checkpoint_id"
)
_NAMESPACES = "SELECT DISTINCT checkpoint_ns FROM checkpoints WHERE thread_id = ?"
_NEWEST_FIRST = (
    "SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? "
    "ORDER BY checkpoint_id DESC"
)
_WHOLE = (
    "SELECT parent_checkpoint_id, type, checkpoint, metadata FROM checkpoints "
    "WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?"
)
_LEFT = "DELETE FROM writes WHERE rowid IN (SELECT rowid FROM writes WHERE thread_id = ? LIMIT ?)"
_DELETE = (
    "DELETE FROM writes WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?",
    "DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?",
)
_COPY = (
    "INSERT OR REPLACE INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, "
    "checkpoint, metadata) SELECT ?, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata "
    "FROM checkpoints WHERE thread_id = ?",
    "INSERT OR REPLACE INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, "
    "value) SELECT ?, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value FROM writes "
    "WHERE thread_id = ?",
)
COUNTERS = "counters_since_delta_snapshot"
"""The key of a checkpoint's metadata that names its delta channels."""


def oldest(thread_id: str) -> Change[int]:
    """Return the change that removes the oldest checkpoints of a thread; its result is 0 once nothing is left."""

    def change(connection: sqlite3.Connection) -> int:
        keys = connection.execute(_OLDEST, (thread_id, STEP)).fetchall()
        if keys:
            _delete(connection, keys)
            return len(keys)
        return connection.execute(_LEFT, (thread_id, STEP)).rowcount  # their checkpoint was never stored

    return change


def steps(keys: Sequence[Key]) -> Iterator[Change[None]]:
    """Yield the changes that remove checkpoints with their writes, in the order of their keys."""
    for begin in range(0, len(keys), STEP):
        yield partial(_delete, keys=keys[begin : begin + STEP])


def of_runs(cursor: sqlite3.Cursor, run_ids: Sequence[str]) -> list[Key]:
    """Return the keys of the checkpoints that runs made."""
    return cursor.execute(_OF_RUNS, (json.dumps(list(run_ids)),)).fetchall()


def older(cursor: sqlite3.Cursor, serde: SerializerProtocol, thread_id: str, keep: int) -> list[Key]:
    """Return the keys of a thread's checkpoints but the newest ``keep`` of each namespace, the oldest first.

    What a delta channel of those that stay is rebuilt from stays too.
    """
    keys: list[Key] = []
    for (namespace,) in cursor.execute(_NAMESPACES, (thread_id,)).fetchall():
        found = cursor.execute(_NEWEST_FIRST, (thread_id, namespace)).fetchall()
        needed = {key for kept in found[:keep] for key in chain(cursor, serde, kept)}
        keys += [key for key in reversed(found[keep:]) if key not in needed]
    return keys


def copy(source: str, target: str) -> Change[None]:
    """Return the change that copies the checkpoints and writes of a thread to another one."""

    def change(connection: sqlite3.Connection) -> None:
        for statement in _COPY:
            connection.execute(statement, (target, source))

    return change


def _delete(connection: sqlite3.Connection, keys: Sequence[Key]) -> None:
    for statement in _DELETE:
        connection.executemany(statement, keys)


def chain(cursor: sqlite3.Cursor, serde: SerializerProtocol, key: Key) -> Iterator[Key]:
    """Yield the ancestors of a checkpoint, back to the one that holds a whole value of each of its delta channels."""
    missing: set[str] | None = None
    seen: set[Key] = set()
    while key not in seen:
        seen.add(key)
        row = cursor.execute(_WHOLE, key).fetchone()
        if row is None:
            return
        parent_id, kind, data, metadata = row
        if missing is None:
            missing = set((json.loads(metadata) if metadata else {}).get(COUNTERS) or {})
        else:
            yield key
        if missing:
            missing -= set(serde.loads_typed((kind, data)).get("channel_values") or {})
        if not missing or not parent_id:
            return
        key = (key[0], key[1], parent_id)
