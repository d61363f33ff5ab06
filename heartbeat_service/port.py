"""The interface between the timer and a runner of beats."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class BeatRunner(Protocol):
    """Runs scheduled beats and wakes, in this process or in another engine.

    It guarantees: a slot has one row, a thread has one run at a time beside which only approved actions are
    carried out, and the beats of a runner that was killed are finished by another one.
    """

    @property
    def free(self) -> int:
        """Number of beats that it can start now."""

    @property
    def in_flight(self) -> frozenset[int]:
        """Numbers of the beats that it runs."""

    async def submit(self, thread_id: str, slot: datetime | None) -> None:
        """Claim a due slot, or without one a due wake, start its beat and return without waiting for it.

        What another runner has claimed is left to it; without a free place nothing is claimed.
        """

    async def recover(self, beat_id: int) -> None:
        """Take over a beat that a dead process left behind, if there is a free place."""

    async def drain(self, seconds: float) -> None:
        """Stop running beats within ``seconds``; beats that have not stopped by then are left to other processes."""
