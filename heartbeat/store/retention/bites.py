"""The bites in which rows are deleted, and how many rows one takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from heartbeat.store.retention.kept import Rows

LONGEST = 0.05
"""Seconds for which a bite may hold the write lock."""


class Bite(NamedTuple):
    """What one step deleted: ``number`` rows of a kind, which held the write lock for ``seconds``."""

    rows: Rows
    number: int
    seconds: float


@dataclass
class BiteSize:
    """How many rows the next bite takes: half as many after one that took long, a quarter more after a quick one.

    All deliveries of one action go in the same bite, which takes more than ``MOST`` rows where these are more.
    """

    LEAST: ClassVar[int] = 5
    MOST: ClassVar[int] = 100

    now: int = field(default=20)

    def took(self, seconds: float) -> None:
        """Adapt to how long the last bite held the write lock."""
        if seconds > LONGEST / 5:
            self.now = max(self.LEAST, self.now // 2)
        elif seconds < LONGEST / 10:
            self.now = min(self.MOST, self.now + max(1, self.now // 4))
