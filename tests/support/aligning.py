"""Correct the next slots and wakes of all threads, as a timer does between its ticks."""

from __future__ import annotations

from datetime import datetime

from heartbeat.store import Store, alignment


def align(store: Store, now: datetime) -> list[str]:
    """Correct what is off, piece by piece, and return the ids of the threads that were read for that."""
    off, after = [], ""
    while True:
        found = store.read(alignment.look, now, after=after)
        store.write(alignment.correct, now, found.off)
        off += found.off
        if found.last is None:
            return off
        after = found.last
