"""A simulation whose old rows are deleted all the while, past its referee, which still knows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from heartbeat.store import Lease, pruned
from heartbeat.store.retention import Kept, Rows, bites
from tests.integration.simulation.file import SimulatedStore
from tests.integration.simulation.run import LEASE, SLOTS, Report, Simulation, quiet

if TYPE_CHECKING:
    from tests.integration.simulation.process import Process

SOON = timedelta(minutes=5)
KEPT = Kept(beat_age=SOON, beats=3, events=20, acted_age=SOON, hole=timedelta(0))
"""Much less than any setting allows."""
_OFTEN = 0.05


class PruningSimulation(Simulation):
    """Deletes what is not kept between the commits of all processes; with None nothing.

    It uses dice of its own, so that the same seed is the same story as without it.
    """

    def __init__(self, seed: int, kept: Kept | None, *, slots: int = SLOTS) -> None:
        super().__init__(seed, slots=slots)
        self.told: list[str] = []
        self.deleted = 0
        self._kept, self._dice, self._is_pruning = kept, Random(f"{seed} pruning"), False
        self._store = SimulatedStore(
            self._connection,
            lease=Lease(LEASE, "pruner"),
            refuse=lambda writing: None,
            committed=lambda call: None,
            memo=self._memo,
        )
        self._committed_before, self.referee.committed = self.referee.committed, self._after  # type: ignore[method-assign]
        self._rows, self.referee.mirror.rows = self.referee.mirror.rows, self._all_rows  # type: ignore[method-assign]
        self._gone: dict[int, Any] = {}

    def note(self, what: object) -> None:
        """Keep all that happened, but for rows that are gone with a thread: here some of them went before."""
        super().note(what)
        if not str(what).startswith("gone: "):
            self.told.append(f"{self.now:.3f} {what}")

    def step_clock(self, seconds: float) -> None:
        """Set the clock; what of the missed slots that went lies ahead now is due again, as that of rows is."""
        super().step_clock(seconds)
        wall = self.clock()
        for number, row in list(self._gone.items()):
            if row.status == "missed" and row.newest > wall:
                self.referee.drop(row)
                del self._gone[number]
                if row.slot <= wall:
                    self._gone[number] = replace(row, last_slot=wall)
                    self.referee.put(self._gone[number])

    def _all_rows(self) -> dict[int, Any]:
        return {**self._gone, **self._rows()}

    def _after(self, process: Process | None, call: tuple[Any, ...]) -> None:
        self._committed_before(process, call)
        if self._kept is None or self._is_pruning or self._dice.random() > _OFTEN:
            return
        self._is_pruning = True
        try:
            self._prune(self._kept)
        finally:
            self._is_pruning = False

    def _prune(self, kept: Kept) -> None:
        before = self._rows()
        for bite in bites(self._store, kept, self.clock, lambda: 0.0):
            self.deleted += bite.number if bite.rows == Rows.BEATS else 0
            if self._dice.random() < 0.1:
                break  # its process is killed
        left = self._rows()
        self._gone |= {number: row for number, row in before.items() if number not in left}
        self.referee.mirror.changes()


def play(seed: int, kept: Kept | None, *, slots: int = SLOTS) -> tuple[Report, PruningSimulation]:
    """Run one seed.

    Each slot is kept apart, so that a clock that is set back finds the rest as if nothing had been deleted.
    """
    with quiet(), patch.object(pruned, "RANGES", 10_000):
        simulation = PruningSimulation(seed, kept, slots=slots)
        return simulation.run(), simulation


def compare(seed: int, *, slots: int = SLOTS) -> None:
    """See that all that happens in a story happens while its old rows are deleted, too."""
    (report, without), (also, pruning) = play(seed, None, slots=slots), play(seed, KEPT, slots=slots)
    assert report.failure is None, report.failure
    assert also.failure is None, also.failure
    assert pruning.told == without.told
    assert pruning.deleted > len(without.referee.rows) / 4
