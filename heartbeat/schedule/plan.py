"""The part of a thread's config that decides when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from heartbeat.schedule.grid import phase
from heartbeat.schedule.interval import parse_interval
from heartbeat.schedule.window import END_OF_DAY, parse_zone


class Hours(Protocol):
    """Active hours: minutes of the day, start inclusive, end exclusive."""

    @property
    def start(self) -> int:
        """0..1439."""

    @property
    def end(self) -> int:
        """0..1440."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A grid of slots and a daily window.

    ``every`` and ``phase`` are in seconds. ``start`` and ``end`` are minutes of the local day, or both None.
    ``zone`` is an IANA name.

    Raises:
        ValueError: a field is out of bounds, start equals end, only one of them is given, or the zone is unknown.
    """

    every: int
    phase: int
    start: int | None = None
    end: int | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        parse_interval(self.every)
        parse_zone(self.zone)
        if not 0 <= self.phase < self.every:
            raise ValueError(f"phase {self.phase} is out of range; allowed: 0 to {self.every - 1}")
        if self.start is None and self.end is None:
            return
        if self.start is None or self.end is None:
            raise ValueError("only one of start and end is given; allowed: both or none")
        if not (0 <= self.start < END_OF_DAY and 0 <= self.end <= END_OF_DAY) or self.start == self.end:
            raise ValueError(
                f"{self.start} to {self.end} is not a window; allowed: start 0 to {END_OF_DAY - 1} and "
                f"end 0 to {END_OF_DAY}, minutes of the day that differ"
            )

    @classmethod
    def of(cls, thread_id: str, every: int, hours: Hours | None = None, timezone: str = "UTC") -> Self:
        """Return the plan of a thread from its effective config.

        Raises:
            ValueError: as for the class.
        """
        checked = parse_interval(every)
        return cls(
            every=checked,
            phase=phase(thread_id, checked),
            start=hours.start if hours else None,
            end=hours.end if hours else None,
            zone=timezone,
        )

    @property
    def always(self) -> bool:
        """Whether the window never closes: no hours, or 00:00 to 24:00."""
        return self.start is None or (self.start, self.end) == (0, END_OF_DAY)
