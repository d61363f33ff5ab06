"""Find the checkpoints of a thread beyond its last runs.

A run is one call of the graph. With the durability ``exit`` it stores one checkpoint, otherwise one a step; where it
begins is read from the sources and the step numbers, so that runs of other programs count too.
"""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from langgraph.checkpoint.serde.base import SerializerProtocol

from checkpoints.removal import COUNTERS, STEP, Key, chain

PIECE = 250
"""Threads that are looked at while the reading connection is held: a few milliseconds."""

_NEXT = "SELECT thread_id FROM checkpoints WHERE thread_id > ? ORDER BY thread_id LIMIT 1"
_MORE = "SELECT 1 FROM checkpoints WHERE thread_id = ? LIMIT 1 OFFSET ?"
_NEWEST_FIRST = (
    "SELECT checkpoint_id, metadata FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = '' "
    "ORDER BY checkpoint_id DESC"
)
_SINCE = (
    "SELECT thread_id, checkpoint_ns, checkpoint_id, metadata FROM checkpoints "
    "WHERE thread_id = :thread AND checkpoint_ns {} AND checkpoint_id >= :first"
)
# Subgraphs apart: of the graph's own checkpoints, which may be many, no more than these are read.
_KEPT = " UNION ALL ".join(_SINCE.format(namespace) for namespace in ("= ''", "> ''"))
_ROOT = (
    "CASE c.checkpoint_ns WHEN '' THEN c.checkpoint_id "
    """ELSE json_extract(CAST(c.metadata AS TEXT), '$.parents.""') END"""
)
"""The id of the checkpoint of the graph itself to which one of a subgraph belongs."""
_OF_ROOT = "SELECT 1 FROM checkpoints r WHERE r.thread_id = c.thread_id AND r.checkpoint_ns = ''"
_INTERRUPTED = (
    "EXISTS (SELECT 1 FROM writes w WHERE w.thread_id = c.thread_id "  # noqa: S608 - only what stands above
    "AND w.checkpoint_ns = c.checkpoint_ns "
    "AND w.checkpoint_id = c.checkpoint_id AND w.channel = '__interrupt__') "
    f"AND EXISTS ({_OF_ROOT} AND r.checkpoint_id = {_ROOT}) "
    f"AND NOT EXISTS ({_OF_ROOT} AND r.checkpoint_id > {_ROOT} AND r.parent_checkpoint_id = {_ROOT})"
)
"""Where a run ended with a question that nobody has answered: the graph has gone on from there in no other run."""
_BEFORE = (
    "SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints c "
    "WHERE thread_id = ? AND checkpoint_id < ?"
)
_ORDER = "ORDER BY checkpoint_ns, checkpoint_id LIMIT ?"


class Piece(NamedTuple):
    """The threads of a piece that hold more than is kept; ``last`` is the last one looked at, None at the end."""

    over: list[str]
    last: str | None


def look(cursor: sqlite3.Cursor, kept: int, after: str) -> Piece:
    """Return which of the next threads have more than ``kept`` checkpoints; each is found by the primary key."""
    over: list[str] = []
    for _ in range(PIECE):
        row = cursor.execute(_NEXT, (after,)).fetchone()
        if row is None:
            return Piece(over, None)
        (after,) = row
        if cursor.execute(_MORE, (after, kept)).fetchone():
            over.append(after)
    return Piece(over, after)


def beyond(cursor: sqlite3.Cursor, serde: SerializerProtocol, thread_id: str, runs: int) -> list[Key]:
    """Return up to `STEP` checkpoints of a thread from before its last ``runs`` runs, the oldest first.

    What an unanswered interrupt needs is not among them, nor what a delta channel of those that stay is rebuilt from.
    """
    first = _first_kept(cursor, thread_id, runs)
    if first is None:
        return []
    needed = _needed(cursor, serde, thread_id, first)
    query = f"{_BEFORE} AND NOT ({_INTERRUPTED}) {_ORDER}"
    found = cursor.execute(query, (thread_id, first, STEP + len(needed))).fetchall()
    return [key for key in found if key not in needed][:STEP]


def _first_kept(cursor: sqlite3.Cursor, thread_id: str, runs: int) -> str | None:
    """Return the id of the first checkpoint of the last ``runs`` runs; None if there are no more runs than that."""
    begun, later = 0, None
    for checkpoint_id, data in cursor.execute(_NEWEST_FIRST, (thread_id,)):
        metadata = json.loads(data) if data else {}
        source, step = metadata.get("source"), metadata.get("step")
        if later is not None:
            later_id, later_source, later_step = later
            # With the durability `exit` the steps between two checkpoints are not stored.
            is_next = isinstance(step, int) and later_step == step + 1
            if later_source != "loop" or not is_next:
                begun += 1
            if begun == runs:
                return str(later_id)
        later = (checkpoint_id, source, step)
    return None


def _needed(cursor: sqlite3.Cursor, serde: SerializerProtocol, thread_id: str, first: str) -> set[Key]:
    """Return what delta channels are rebuilt from; nothing where the thread has none."""
    kept = cursor.execute(_KEPT, {"thread": thread_id, "first": first}).fetchall()
    if not any((json.loads(data) if data else {}).get(COUNTERS) for *_, data in kept):
        return set()
    asked = cursor.execute(f"{_BEFORE} AND {_INTERRUPTED}", (thread_id, first)).fetchall()
    return {key for each in (*kept, *asked) for key in chain(cursor, serde, each[:3])}
