"""The grid of slots: ``k * every + phase`` in unix seconds."""

from __future__ import annotations

from hashlib import sha256


def phase(thread_id: str, every: int) -> int:
    """Return the offset of a thread's grid in seconds, 0..every-1, from a hash of its id."""
    return int.from_bytes(sha256(thread_id.encode()).digest()[:4], "big") % every


def first_slot(second: int, *, every: int, phase: int) -> int:
    """Return the first slot at or after a unix second."""
    return second + (phase - second) % every
