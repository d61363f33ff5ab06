"""Time as the keeper of the leases sees it: each of its pauses is over when a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Condition, Event

from tests.support.holds import PATIENCE


@dataclass
class Rounds:
    """Stands in for the pause between two renewals."""

    asleep: int = 0
    _granted: bool = False
    _changed: Condition = field(default_factory=Condition)

    def pause(self, stopped: Event, seconds: float) -> bool:
        """Wait for a test to end the pause, or for the keeper to have nothing left to keep."""
        with self._changed:
            self.asleep += 1
            self._changed.notify_all()
            while not self._granted and not stopped.is_set():
                self._changed.wait(0.01)
            self.asleep -= 1
            self._granted = self._granted and stopped.is_set()
            return stopped.is_set()

    def turn(self) -> None:
        """End one pause, and wait until the renewals after it are done."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.asleep, PATIENCE), "no lease is kept"
            self._granted = True
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._granted, PATIENCE)
            assert self._changed.wait_for(lambda: self.asleep, PATIENCE), "a renewal does not end"

    def turn_once(self) -> None:
        """End one pause, without waiting for what comes after it."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.asleep, PATIENCE), "no lease is kept"
            self._granted = True
            self._changed.notify_all()
