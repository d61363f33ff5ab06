"""What must hold, whatever happens: looked at after every commit and every event."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from heartbeat.schedule import due_between
from heartbeat.store import due
from tests.integration.simulation.beat import Run
from tests.integration.simulation.mirror import Mirror, Row
from tests.integration.simulation.oracle import Oracle
from tests.integration.simulation.process import POLL

if TYPE_CHECKING:
    from tests.integration.simulation.process import Process
    from tests.integration.simulation.run import Simulation

LATE = 2 * POLL + 8
"""Seconds until something that is due must have begun: one rest, a slot that knocks again, and slow threads."""
LADDER = (30, 60, 300, 900, 3600)
FAILURES = 10
TRIES = len(LADDER) + 24
_SPACING, _FLOOD = timedelta(seconds=30), timedelta(seconds=60)
_NO_BEAT = {"missed", "running", "awaiting_approval"}


class Violation(Exception):  # noqa: N818 - what it is
    """An invariant does not hold."""


class Referee:
    """Keeps its own picture of the rows and compares each change with what is allowed."""

    def __init__(self, simulation: Simulation, mirror: Mirror, oracle: Oracle) -> None:
        self._simulation, self.mirror, self._oracle = simulation, mirror, oracle
        self.rows: dict[int, Row] = {}
        self.actions: Counter[int] = Counter()
        self.paused: set[str] = set()
        self._by_thread: dict[str, dict[int, Row]] = defaultdict(dict)
        self._inserted: set[int] = set()
        self._open: dict[int, Row] = {}
        self._retries: dict[int, Row] = {}
        self._owed: dict[str, dict[datetime, float]] = defaultdict(dict)
        self._runs: list[Run] = []
        self._since: dict[tuple[str, int], float] = {}
        self._excused: dict[str, float] = defaultdict(float)
        self._was_excused: dict[str, bool] = {}
        self._world_excused = 0.0
        self._world_was_excused = True
        self._starts: dict[str, list[datetime]] = defaultdict(list)

    # Runs

    @contextmanager
    def running(self, run: Run) -> Iterator[None]:
        """Watch over a run for as long as it lives: no other of its thread may hold a fence meanwhile.

        Only what a person has answered is carried out beside others.
        """
        for other in self._runs:
            row = self.rows.get(other.claim.beat_id)
            holds = row is not None and row.status == "running" and row.fence == other.claim.fence
            beside = other.claim.beat_id != run.claim.beat_id and (other.answer or run.answer)
            if other.thread_id == run.thread_id and holds and not other.stalled and not beside:
                self.fail(f"two runs at once: {other.claim} and {run.claim}")
        self._runs.append(run)
        try:
            yield
        finally:
            self._runs.remove(run)

    # Commits

    def committed(self, process: Process | None, call: tuple[Any, ...]) -> None:
        """Look at what one transaction has changed."""
        self.advance()
        beats, acted, threads = self.mirror.changes()
        before = {beat_id: self.rows.get(beat_id) for beat_id in beats}
        self._inserted = {beat_id for beat_id, row in before.items() if row is None}
        for beat_id in sorted(beats):
            self._replace(beat_id, before[beat_id], self.mirror.row(beat_id))
        for thread_id in threads:
            self._note_pause(thread_id)
        for beat_id in acted:
            self._check_action(beat_id, call)
        for beat_id in sorted(beats):
            new = self.rows.get(beat_id)
            if new is not None:
                self._check_change(before[beat_id], new)
        if process is not None and call[0] is due.begin:
            self._check_places(process)
        self.sample()

    def advance(self) -> None:
        """Let the oracle see the clock."""
        simulation = self._simulation
        for thread_id, slot in self._oracle.advance(simulation.clock(), simulation.now):
            if not any(row.covers(slot) for row in self._by_thread[thread_id].values()):
                self._owed[thread_id][slot] = simulation.now

    def set_back(self) -> None:
        """Forget what lies ahead again."""
        wall = self._simulation.clock()
        for owed in self._owed.values():
            for slot in [slot for slot in owed if slot > wall]:
                del owed[slot]

    def forget(self, thread_id: str) -> None:
        """Forget a thread that was removed."""
        self._owed.pop(thread_id, None)
        self.paused.discard(thread_id)

    def _replace(self, beat_id: int, old: Row | None, new: Row | None) -> None:
        for index in (self.rows, self._open, self._retries):
            index.pop(beat_id, None)
        if old is not None:
            self._by_thread[old.thread_id].pop(beat_id, None)
        shrunk = old is not None and old.slot and (new is None or new.newest < old.newest)
        if new is not None:
            self.rows[beat_id] = new
            self._by_thread[new.thread_id][beat_id] = new
            if new.status == "running":
                self._open[beat_id] = new
            if new.retry_at:
                self._retries[beat_id] = new
            if new.slot is not None:
                owed = self._owed[new.thread_id]
                for slot in [slot for slot in owed if new.covers(slot)]:
                    del owed[slot]
        self._simulation.note(new or f"gone: {old}")
        if shrunk and old is not None:
            self._recount(old.thread_id)

    def put(self, row: Row) -> None:
        """Count a row that has no place in the database any more."""
        self.rows[row.id] = self._by_thread[row.thread_id][row.id] = row
        self._recount(row.thread_id)

    def drop(self, row: Row) -> None:
        """Count such a row no more."""
        self.rows.pop(row.id, None)
        self._by_thread[row.thread_id].pop(row.id, None)
        self._recount(row.thread_id)

    def _recount(self, thread_id: str) -> None:
        if thread_id not in self._oracle.threads:
            return
        rows = self._by_thread[thread_id].values()
        due = self._oracle.threads[thread_id].due
        self._owed[thread_id] = {
            slot: self._simulation.now for slot in due if not any(row.covers(slot) for row in rows)
        }

    def _note_pause(self, thread_id: str) -> None:
        if self.mirror.paused(thread_id) is None:
            self.paused.discard(thread_id)
            return
        if thread_id in self.paused or thread_id in self._simulation.pausing:
            self.paused.add(thread_id)
            return
        if not self._has_failed_enough(thread_id):
            self.fail(f"{thread_id} was paused without {FAILURES} failures in a row")
        self._simulation.note(f"{thread_id} paused itself")
        self.paused.add(thread_id)
        self._oracle.plan(thread_id, None)
        # The instant of the pause is the one its transaction was given, a moment ago.
        newest = max(row.finished_at for row in self._by_thread[thread_id].values() if row.finished_at)
        owed = self._owed[thread_id]
        for slot in [slot for slot in owed if slot > newest]:
            del owed[slot]
            del self._oracle.threads[thread_id].due[slot]

    def _has_failed_enough(self, thread_id: str) -> bool:
        # The transaction that pauses writes down the slot that waited at admission, after it has counted.
        since = self._oracle.threads[thread_id].resumed_at
        rows = [
            row
            for row in self._by_thread[thread_id].values()
            if row.slot and row.status not in _NO_BEAT and (since is None or row.started_at > since)
            if row.id not in self._inserted
        ]
        last = sorted(rows, key=lambda row: row.slot or row.started_at, reverse=True)[:FAILURES]
        return len(last) == FAILURES and all(
            row.status == "failed" and row.reason != "database" and not row.retry_at for row in last
        )

    # Rules about one change

    def _check_change(self, old: Row | None, new: Row) -> None:
        if old is None and new.slot is not None:
            self._check_new_slot(new)
        elif new.last_slot is not None and old is not None and old.last_slot != new.last_slot:
            self._check_count(new)
        began = new.status == "running" and (old is None or old.status != "running")
        if began and not (old and old.status == "awaiting_approval"):
            self._check_start(old, new)
        if old is not None and not old.is_open and new.status != "running" and old.status != new.status:
            self.fail(f"a settled beat changed: {old} to {new}")
        if new.status == "awaiting_approval":
            self._check_waiting(new)
        if (new.status, new.reason) == ("skipped", "awaiting_approval"):
            self.fail(f"a thread is mute while one of its beats waits: {new}")
        if len(new.attempts) > TRIES:
            self.fail(f"{len(new.attempts)} attempts: {new}")
        if old is not None and old.is_open and not new.is_open:
            self._check_end(new)

    def _check_waiting(self, new: Row) -> None:
        for row in self._by_thread[new.thread_id].values():
            if row.id != new.id and row.status == "awaiting_approval" and row.place == new.place:
                self.fail(f"two wait at one place: {row} and {new}")

    def _check_new_slot(self, new: Row) -> None:
        history = self._oracle.threads.get(new.thread_id)
        if history is None:
            self.fail(f"a row of an unknown thread: {new}")
        if new.slot not in history.ever:
            self.fail(f"a row for an instant that was never due: {new}")
        for row in self._by_thread[new.thread_id].values():
            if row.id != new.id and row.slot and row.slot <= new.newest and new.slot <= row.newest:
                self.fail(f"two rows for one slot: {row} and {new}")
        if new.last_slot is not None or new.missed:
            self._check_count(new)

    def _check_count(self, new: Row) -> None:
        assert new.slot is not None
        history = self._oracle.threads[new.thread_id]
        second = timedelta(seconds=1)
        for plan in history.plans:
            slots = due_between(plan, new.slot - second, new.newest, 100_000)
            if slots and (slots[0], slots[-1], len(slots)) == (new.slot, new.last_slot, new.missed):
                return
        self.fail(f"a wrong count of missed slots: {new}")

    def _check_start(self, old: Row | None, new: Row) -> None:
        # What began before the clock was set back keeps nobody waiting.
        earlier = [start for start in self._starts[new.thread_id] if start <= new.started_at]
        self._starts[new.thread_id] = [*earlier, new.started_at][-10:]
        others = [
            row
            for row in self._by_thread[new.thread_id].values()
            if row.id != new.id and row.status == "running" and row.answer is None
        ]
        if others:
            self.fail(f"a beat began beside another: {others[0]} and {new}")
        if new.trigger != "scheduled":
            return
        if not self._simulation.switched_on:
            self.fail(f"a beat began while the timer is switched off: {new}")
        history = self._oracle.threads[new.thread_id]
        if history.plan is None:
            self.fail(f"a beat began while its thread is paused or disabled: {new}")
        # By the clock that was read: it may have been set back before the commit.
        if old is not None and (old.retry_at is None or old.retry_at > new.started_at):
            self.fail(f"a slot was tried again too early: {old}")
        if old is not None and self.actions[new.id]:
            self.fail(f"a beat that has acted was tried again: {old}")

    def _check_end(self, new: Row) -> None:
        if new.answer == "approve" and new.status not in {"acted", "failed"}:
            self.fail(f"an approved action was not done: {new}")
        if new.answer == "reject" and (new.status == "acted" or self.actions[new.id]):
            self.fail(f"a rejected action was done: {new}")
        if new.trigger != "scheduled" or new.finished_at is None:
            return
        failed = new.status == "failed" or (new.status, new.reason) == ("skipped", "model_unreachable")
        following = self.mirror.next_due(new.thread_id)
        again = None
        if failed and following is not None and not self.actions[new.id] and not new.has_asked:
            rung = LADDER[min(len(new.attempts), len(LADDER) - 1)]
            again = new.finished_at + timedelta(seconds=rung)
            again = again if again < following else None
        if new.retry_at != again:
            self.fail(f"the backoff says {again}, the row {new.retry_at}: {new}")
        if new.status != "failed" or again is not None or not self._has_failed_enough(new.thread_id):
            return
        if self.mirror.paused(new.thread_id) is None:
            self.fail(f"{FAILURES} slots in a row failed and {new.thread_id} goes on")

    def _check_action(self, beat_id: int, call: tuple[Any, ...]) -> None:
        self.actions[beat_id] += 1
        row, claim = self.rows.get(beat_id), call[1]
        if self.actions[beat_id] > 1:
            self.fail(f"beat {beat_id} acted twice")
        if row is None or row.status != "running" or row.fence != claim.fence:
            self.fail(f"a run acted without the right to: {claim}, {row}")

    def _check_places(self, process: Process) -> None:
        beats = sum(run.scheduled and run.process is process for run in self._runs)
        if beats > process.runner.concurrency or process.runner.free < 0:
            self.fail(f"{process.name} runs {beats} scheduled beats at once")

    # Rules about time

    def sample(self) -> None:
        """Note who has an excuse for being late now."""
        simulation, now = self._simulation, self._simulation.now
        is_excused = simulation.is_excused()
        if is_excused or self._world_was_excused:
            self._world_excused = now
        self._world_was_excused = is_excused
        wall = simulation.clock()
        running = {row.thread_id for row in self._open.values() if row.answer is None}
        for thread_id in self._oracle.threads:
            starts = self._starts[thread_id]
            busy = (
                is_excused
                or thread_id in running
                or bool(
                    starts
                    and (
                        any(wall - _SPACING < start <= wall for start in starts)
                        or sum(wall - _FLOOD < start <= wall for start in starts) >= 5
                    )
                )
            )
            if busy or self._was_excused.get(thread_id, True):
                self._excused[thread_id] = now
            self._was_excused[thread_id] = busy

    def check(self) -> None:
        """Look for what is late."""
        self.advance()
        self.sample()
        _simulation, now, wall = self._simulation, self._simulation.now, self._simulation.clock()
        if not self._oracle.is_sure and now - self._world_excused > LATE:
            self._oracle.is_sure = True
        for thread_id, owed in self._owed.items():
            for slot, since in owed.items():
                if now - max(since, self._excused[thread_id]) > LATE:
                    self.fail(f"the slot {slot} of {thread_id} has no row")
        waiting: dict[tuple[str, int], float] = {}
        for kind, rows in (("retry", self._retries), ("lease", self._open)):
            for row in rows.values():
                instant = row.retry_at if kind == "retry" else row.lease_until
                if instant is not None and instant <= wall:
                    since = waiting[kind, row.id] = self._since.get((kind, row.id), now)
                    excused = self._excused[row.thread_id] if kind == "retry" else self._world_excused
                    if now - max(since, excused) > LATE and not (kind == "lease" and self._is_held(row)):
                        self.fail(f"{kind} is late: {row}")
        self._since = waiting

    def _is_held(self, row: Row) -> bool:
        """Whether only the process that runs the beat could recover it."""
        able = [process for process in self._simulation.processes if process.works]
        return all(row.id in process.runner.in_flight for process in able)

    def check_whole(self) -> None:
        """Look at everything once more, from nothing."""
        self.check()
        rows = self.mirror.rows()
        if rows != self.rows:
            self.fail("the rows have changed without a commit")
        for thread_id, history in self._oracle.threads.items():
            own = sorted(
                (row for row in rows.values() if row.thread_id == thread_id and row.slot),
                key=lambda row: row.slot or row.started_at,
            )
            for one, other in itertools.pairwise(own):
                if other.slot is not None and one.newest >= other.slot:
                    self.fail(f"two rows for one slot: {one} and {other}")
            for slot in history.due:
                late = (self._simulation.clock() - slot).total_seconds() > 2 * LATE
                if late and not any(row.covers(slot) for row in own):
                    self.fail(f"in the end the slot {slot} of {thread_id} has no row")
        wall = self._simulation.clock()
        for row in rows.values():
            if row.status == "running" and (wall - row.started_at).total_seconds() > 2 * LATE:
                self.fail(f"in the end a beat still runs: {row}")

    def fail(self, what: str) -> NoReturn:
        """Raise what is wrong, and remember it where nobody catches it."""
        self._simulation.fail(what)
        raise Violation(what)
