"""Chaos: real processes on one database, killed and frozen at random, and the judgement afterwards."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from heartbeat.store import Store, threads
from tests.acceptance.chaos import logs
from tests.acceptance.chaos.oracle import Verdict, judge
from tests.acceptance.chaos.plan import Plan
from tests.acceptance.chaos.process import Process
from tests.acceptance.chaos.voice import LINE, Voice
from tests.acceptance.chaos.watch import Watch
from tests.support.ollama import FakeOllama, fake_ollama

LOOK = 0.1
"""Seconds between two looks at the database."""
START_WITHIN = 180.0
INSTRUCTIONS = f"# Heartbeat\n\n## Checklist\n- {LINE}\n"


@dataclass
class Report:
    """Figures of a run, and what was wrong."""

    plan: Plan
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0
    blows: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    overdue: float = 0.0
    orphaned: float = 0.0
    takeovers: int = 0
    asked: int = 0
    thrown_away: int = 0
    expected: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        plan, verdict = self.plan, self.verdict
        yield (
            f"{self.seconds:.0f} s, {plan.processes} processes ({self.starts} starts), {plan.threads} threads, "
            f"seed {plan.seed}, lease {plan.lease:g} s"
        )
        yield f"blows: {_counted(self.blows)}"
        yield f"slots due: {verdict.slots}, waiting at the end: {verdict.waiting}"
        yield f"rows: {_counted(verdict.outcomes)}; tried again: {verdict.retried}, at rest: {verdict.resting}"
        yield f"actions: {verdict.actions}; model asked {self.asked} times, {self.thrown_away} posts never made"
        yield (
            f"takeovers seen: {self.takeovers}; longest past a lease: {self.overdue:.1f} s, "
            f"longest from death to takeover: {self.orphaned:.1f} s"
        )
        yield f"log lines expected: {_counted(self.expected)}"
        yield from (f"WRONG: {each}" for each in self.wrong)
        yield "something is wrong" if self.wrong else "all is well"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"


def run(plan: Plan, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Run chaos in an empty folder and judge what it left."""
    with fake_ollama() as fake:
        voice = Voice(plan.seed)
        fake.answer = voice
        with _arena(plan, folder, fake, tell) as arena:
            arena.fight()
            return arena.report(voice)


@contextmanager
def _arena(plan: Plan, folder: Path, fake: FakeOllama, tell: Callable[[str], None]) -> Iterator[Arena]:
    arena = Arena(plan, folder, fake, tell)
    try:
        yield arena
    finally:
        arena.close()


class Arena:
    """The processes, who strikes them, and who watches."""

    def __init__(self, plan: Plan, folder: Path, fake: FakeOllama, tell: Callable[[str], None]) -> None:
        self.plan, self.folder, self.tell = plan, folder, tell
        self.random = random.Random(plan.seed)
        self.settings = {
            "HEARTBEAT_HOME": str(folder / "home"),
            "HEARTBEAT_INSTRUCTIONS": str(folder / "HEARTBEAT.md"),
            "HEARTBEAT_OLLAMA_URL": fake.url,
            "HEARTBEAT_DECISION": "whole",
            "HEARTBEAT_LEASE_SECONDS": f"{plan.lease:g}",
            "HEARTBEAT_POLL_SECONDS": f"{plan.poll:g}",
            "HEARTBEAT_DRAIN_SECONDS": "5",
            "HEARTBEAT_PORT": "0",
        }
        (folder / "HEARTBEAT.md").write_text(INSTRUCTIONS)
        self.path = folder / "home" / "heartbeat.db"
        Store(self.path).close()
        self.began = self.ended = self.gone = datetime.now(UTC)
        self.watch = Watch(self.path)
        self.everyone: list[Process] = []
        self.places: list[Process | None] = []
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.blows: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.dark = False
        self.holder: Process | None = None
        self.locking: sqlite3.Connection | None = None

    def close(self) -> None:
        self._unlock()
        for process in self.everyone:
            process.close()
        self.watch.close()

    def _make_threads(self) -> datetime:
        plan, store = self.plan, Store(self.path)
        config = {"every": plan.every, "recheck_after": 0, "max_actions_per_day": 1000}
        try:
            began = datetime.now(UTC)
            for number in range(plan.threads):
                store.write(threads.create, f"t{number:03}", began, config=config)
        finally:
            store.close()
        return began

    def fight(self) -> None:
        """Start all, make their threads, strike for the time planned, let all live again, then tell all to stop."""
        plan = self.plan
        for place in range(plan.processes):
            self.places.append(None)
            self._start(place)
        self._until(
            lambda: self.wrong or all(each and each.ready for each in self.places),
            START_WITHIN,
            "not all have started",
        )
        if self.wrong:
            return
        self.began = self._make_threads()
        end = time.time() + plan.seconds
        strike_at = 0.0
        dark_at = time.time() + (end - time.time()) / 2 if plan.blackout else end
        while (now := time.time()) < end:
            self._step()
            if now >= dark_at:
                dark_at = end
                self._black_out()
            elif now >= strike_at and not self.dark:
                self._strike()
                strike_at = now + self.random.uniform(*plan.pause)
        self._let_live()
        self._until(
            lambda: self.watch.is_calm(plan.patience / 10), plan.settling, "it did not come to be calm"
        )
        self._stop()

    def _start(self, place: int) -> None:
        process = Process(f"serve-{len(self.everyone)}", self.folder, self.settings)
        self.everyone.append(process)
        self.places[place] = process

    def _step(self) -> None:
        time.sleep(LOOK)
        now = time.time()
        due = [each for each in self.later if each[0] <= now]
        self.later = [each for each in self.later if each[0] > now]
        for _, do in due:
            do()
        if self.holder or self.locking or not any(each and each.ready for each in self.places):
            self.watch.hindered()
        self.watch.look()
        for process in self.everyone:
            if process.exit is not None and process.killed_at is None:
                process.killed_at = now
                self.wrong.append(f"{process.name} ended by itself with {process.exit}")

    def _until(self, true: Callable[[], object], seconds: float, otherwise: str) -> None:
        end = time.time() + seconds
        while not true():
            if time.time() > end:
                self.wrong.append(otherwise)
                return
            self._step()

    def _strike(self) -> None:
        awake = [place for place, each in enumerate(self.places) if each and each.ready]
        if len(awake) < 2:
            return  # one always lives
        place = self.random.choice(awake)
        blow = self.random.choices(("kill", "kill in a beat", "freeze", "lock"), (3, 3, 4, 1))[0]
        if blow == "kill in a beat":
            working = {row.pid for row in self.watch.running()}
            hit = [each for each in awake if (process := self.places[each]) and process.pid in working]
            if not hit:
                return
            place = self.random.choice(hit)
        self.blows[blow] += 1
        if blow == "freeze":
            self._freeze(place)
        elif blow == "lock":
            self._lock(self.random.uniform(*self.plan.lock))
        else:
            self._kill(place, self.random.uniform(*self.plan.restart))

    def _kill(self, place: int, seconds: float) -> None:
        process = self.places[place]
        assert process is not None
        process.kill()
        self.watch.died(process.pid)
        self.places[place] = None
        self.tell(f"killed {process.name}")
        self.later.append((time.time() + seconds, partial(self._start, place)))

    def _freeze(self, place: int) -> None:
        process = self.places[place]
        assert process is not None
        process.freeze()
        seconds = self.plan.lease * self.random.uniform(*self.plan.freeze)
        if self.watch.is_locked():
            self.blows["frozen with the database's lock"] += 1
            self.holder = process
        self.tell(f"froze {process.name} for {seconds:.1f} s")
        self.later.append((time.time() + seconds, partial(self._thaw, process)))

    def _lock(self, seconds: float) -> None:
        if self.locking is not None:
            return
        connection = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            connection.close()  # a frozen process holds it
            return
        self.locking = connection
        self.tell(f"locked the database for {seconds:.1f} s")
        self.later.append((time.time() + seconds, self._unlock))

    def _unlock(self) -> None:
        if self.locking is not None:
            self.locking.close()
            self.locking = None

    def _thaw(self, process: Process) -> None:
        if self.holder is process:
            self.holder = None
            self.watch.hindered()
        if process.exit is None and process.frozen:
            process.thaw()
            self.tell(f"thawed {process.name}")

    def _black_out(self) -> None:
        self.blows["blackout"] += 1
        self.tell(f"nothing runs for {self.plan.blackout:g} s")
        self.dark = True
        self._unlock()
        self.later.clear()
        for place, process in enumerate(self.places):
            if process is None:
                self.later.append((time.time() + self.plan.blackout, partial(self._start, place)))
            else:
                self._kill(place, self.plan.blackout)
        self.holder = None
        self.later.append((time.time() + self.plan.blackout, self._dawn))

    def _dawn(self) -> None:
        self.dark = False

    def _let_live(self) -> None:
        for _, do in self.later:
            do()
        self.later.clear()
        self._until(
            lambda: all(each and each.ready for each in self.places), START_WITHIN, "not all live again"
        )

    def _stop(self) -> None:
        self.ended = datetime.now(UTC)
        living = [process for process in self.places if process is not None]
        for process in living:
            process.ask_to_stop()
        end = time.time() + 30
        for process in living:
            code = process.wait(end - time.time())
            process.killed_at = time.time()
            if code != 0:
                self.wrong.append(f"{process.name} was told to stop and ended with {code}")
        self.gone = datetime.now(UTC)

    def report(self, voice: Voice) -> Report:
        """Judge what is left."""
        plan, watch = self.plan, self.watch
        when = {"since": self.began, "until": self.ended, "gone": self.gone}
        verdict = judge(self.path, every=plan.every, said=voice.said, **when)
        expected, others = logs.read(process.err for process in self.everyone)
        overdue = max(watch.overdue.values(), default=0.0)
        wrong = [*self.wrong, *verdict.wrong, *(f"log {line}" for line in others)]
        if overdue > plan.patience:
            worst = max(watch.overdue, key=lambda beat_id: watch.overdue[beat_id])
            wrong.append(f"beat {worst} was left with a dead process for {overdue:.1f} s after its lease")
        missed = verdict.outcomes["missed"]
        if missed and not plan.blackout and not plan.crowded:
            wrong.append(f"{missed} rows of missed slots, though a process always lived")
        return Report(
            plan=plan,
            verdict=verdict,
            seconds=(self.ended - self.began).total_seconds(),
            blows=self.blows,
            starts=len(self.everyone),
            overdue=overdue,
            orphaned=max(watch.orphaned.values(), default=0.0),
            takeovers=watch.takeovers,
            asked=voice.answers,
            thrown_away=len(voice.said) - verdict.actions,
            expected=expected,
            wrong=wrong,
        )
