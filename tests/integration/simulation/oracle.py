"""The oracle: which slots were due, worked out from what was done to each thread and to the wall clock alone.

A slot is due when the wall clock passes it while the thread is enabled, not paused, and planned so. Edits count
from their instant: what was due before it stays due, the new plan begins after it.

When the clock is set forward, all slots in between were passed. When it is set back, slots that lie ahead again
are due when they are passed again; those that have a row by then do not come again. Until a process that lives
has had time to notice a step back, slots may come or not, but none may come twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from heartbeat.schedule import Plan, due_between

_ALL = 100_000
_YEAR = timedelta(days=366)


@dataclass
class History:
    """What one thread was told, and what it therefore owes."""

    last: datetime
    plan: Plan | None = None
    following: datetime | None = None
    """The first slot of the plan after ``last``, where it was worked out already."""
    plans: list[Plan] = field(default_factory=list)
    due: dict[datetime, float] = field(default_factory=dict)
    """The slots that must lie in a row, and the virtual time at which they were passed."""
    ever: set[datetime] = field(default_factory=set)
    """The slots that may lie in a row."""
    resumed_at: datetime | None = None


@dataclass
class Oracle:
    """Follows every thread; ``total`` counts the slots that became due."""

    threads: dict[str, History] = field(default_factory=dict)
    total: int = 0
    is_sure: bool = True

    def add(self, thread_id: str, wall: datetime) -> History:
        """Begin to follow a thread."""
        self.threads[thread_id] = History(wall)
        return self.threads[thread_id]

    def advance(self, wall: datetime, virtual: float) -> Iterator[tuple[str, datetime]]:
        """Let the wall clock go on; yield the slots that became due."""
        for thread_id, history in self.threads.items():
            if wall <= history.last:
                continue
            before, history.last = history.last, wall
            if history.plan is None:
                continue
            if history.following is not None and wall < history.following:
                continue
            for slot in due_between(history.plan, before, wall, _ALL):
                history.ever.add(slot)
                if self.is_sure and slot not in history.due:
                    history.due[slot] = virtual
                    self.total += 1
                    yield thread_id, slot
            history.following = next(iter(due_between(history.plan, wall, wall + _YEAR, 1)), None)

    def set_back(self, wall: datetime) -> None:
        """Note that the clock was set back; call `advance` first."""
        self.is_sure = False
        for history in self.threads.values():
            history.last, history.following = wall, None
            history.due = {slot: virtual for slot, virtual in history.due.items() if slot <= wall}

    def plan(self, thread_id: str, plan: Plan | None) -> None:
        """Note what decides from now on when a thread is due; None where nothing is. Call `advance` first."""
        history = self.threads[thread_id]
        history.plan, history.following = plan, None
        if plan is not None and plan not in history.plans:
            history.plans.append(plan)
