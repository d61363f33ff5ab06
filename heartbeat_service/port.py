"""The port between the timer and whatever runs beats."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class BeatRunner(Protocol):
    """Runs scheduled beats: in this process, or in another engine.

    What every runner keeps: a slot lies in one row, a thread has one run at a time, and the beats of a runner
    that was killed are finished by another.
    """

    @property
    def free(self) -> int:
        """How many more beats it takes now."""

    @property
    def in_flight(self) -> frozenset[int]:
        """The beats it is running."""

    async def submit(self, thread_id: str, slot: datetime) -> None:
        """Claim a due slot and start its beat; return as soon as that is done.

        A slot that another runner has claimed is none of its business; without a free place nothing is claimed.
        """

    async def recover(self, beat_id: int) -> None:
        """Start to finish a beat that a dead process left behind, if there is a free place."""

    async def drain(self, seconds: float) -> None:
        """Let beats come to rest, for at most so long; what is not finished then is left to others."""
