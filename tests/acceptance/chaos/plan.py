"""What a run of chaos is made of; its numbers come from one seed, its timing from the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How long, how many, and how rough; every time is in seconds."""

    seconds: float = 180.0
    """How long blows fall; to start before and to come to rest afterwards takes as long as it takes."""
    processes: int = 3
    threads: int = 50
    seed: int = 1
    every: int = 60
    lease: float = 5.0
    poll: float = 5.0
    pause: tuple[float, float] = (2.0, 8.0)
    """Between two blows."""
    restart: tuple[float, float] = (0.2, 4.0)
    """Until a killed process is started again."""
    lock: tuple[float, float] = (2.0, 10.0)
    """How long another program holds the database's write lock."""
    freeze: tuple[float, float] = (1.2, 3.0)
    """How long a process is frozen, in leases."""
    blackout: float = 0.0
    """How long nothing runs at all, once, half-way; 0: never."""
    crowded: bool = False
    """Whether so much else runs on the machine that beats may come too late."""
    patience: float = 10.0
    """How long after the end of its lease a beat may stay with a dead process while another lives."""

    @property
    def settling(self) -> float:
        """How long all live undisturbed before the end, at most."""
        return self.lease + self.poll + 25.0
