"""What happens to the threads, the machine and the people: seeded, at seeded moments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from heartbeat.config import Config, effective_config
from heartbeat.store import slots, threads, timer, workspace
from heartbeat.store.approvals import Answer
from tests.integration.simulation.invariants import LATE

if TYPE_CHECKING:
    from tests.integration.simulation.run import Simulation

GAP = 60.0
_INTERVALS = (60, 60, 60, 75, 90, 120, 120, 180, 300, 600, 900, 3600, 14_400)
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
_FULL = 100_000.0


class Scenario:
    """Plays events until enough slots were due; ``often`` names one that happens ten times as often."""

    def __init__(self, simulation: Simulation, often: str | None = None) -> None:
        self._simulation, self._random = simulation, simulation.random
        self._configs: dict[str, dict[str, Any]] = {}
        self._defaults: dict[str, Any] = {}
        self._named = 0
        self._deeds: dict[Callable[[], None], int] = {
            self._create: 3,
            self._remove: 1,
            self._edit_schedule: 8,
            self._edit_anything: 4,
            self._edit_defaults: 3,
            self._pause: 4,
            self._resume: 5,
            self._switch: 5,
            self._manual: 12,
            self._answer: 12,
            self._outage: 5,
            self._break: 4,
            self._small_step: 4,
            self._step: 6,
            self._kill: 8,
            self._kill_all: 5,
            self._stop: 4,
            self._start: 8,
            self._freeze: 5,
            self._lock: 4,
        }
        for deed in self._deeds:
            if deed.__name__ == f"_{often}":
                self._deeds[deed] *= 10

    async def play(self) -> None:
        """Let things happen."""
        simulation = self._simulation
        for _ in range(self._random.randint(5, 10)):
            self._create()
        while simulation.oracle.total < simulation.slots and simulation.now < _FULL:
            await asyncio.sleep(self._random.expovariate(1 / GAP))
            self._happen()
            simulation.referee.check()

    def _happen(self) -> None:
        deed = self._random.choices(list(self._deeds), list(self._deeds.values()))[0]
        # A person who meets a locked database tries again some other time.
        try:
            deed()
        except OperationalError as error:
            self._simulation.note(f"{deed.__name__} fails: {error.orig}")

    def rest(self) -> None:
        """Stop all faults; every process lives and the timer is on."""
        simulation = self._simulation
        simulation.note("all faults stop")
        simulation.locked_until = 0.0
        simulation.outage = None
        simulation.broken.clear()
        for process in simulation.processes:
            process.frozen_until = 0.0
        self._set_switch(True)
        if not any(process.works for process in simulation.processes):
            simulation.start()
        simulation.settle_down(LATE)

    # Threads

    def _any_thread(self) -> str | None:
        return self._random.choice(list(self._configs)) if self._configs else None

    def _config(self, thread_id: str) -> Config:
        return effective_config(self._defaults, self._configs[thread_id])

    def _follow(self, thread_id: str) -> None:
        """Tell the oracle what decides now when a thread is due."""
        simulation = self._simulation
        simulation.referee.advance()
        config = self._config(thread_id)
        idle = not config.enabled or thread_id in simulation.referee.paused
        simulation.oracle.plan(thread_id, None if idle else slots.plan_of(thread_id, config))

    def _write(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        simulation = self._simulation
        simulation.note(f"{work.__name__} {args} {kwargs or ''}")
        simulation.admin.write(work, *args, **kwargs)

    def _schedule(self) -> dict[str, Any]:
        chosen: dict[str, Any] = {"every": self._random.choice(_INTERVALS)}
        if self._random.random() < 0.3:
            chosen["timezone"] = self._random.choice(_ZONES)
        if self._random.random() < 0.2:
            start = self._random.randrange(24 * 60)
            end = (start + self._random.randint(30, 1200)) % (24 * 60)
            clock = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (start, end)]
            chosen["active_hours"] = {"start": clock[0], "end": clock[1]}
        elif self._random.random() < 0.3:
            chosen["active_hours"] = None
        if self._random.random() < 0.2:
            chosen["missed"] = self._random.choice(("latest", "skip"))
        if self._random.random() < 0.1:
            chosen["enabled"] = self._random.random() < 0.6
        return chosen

    def _create(self) -> None:
        if len(self._configs) >= 12:
            return
        simulation = self._simulation
        self._named += 1
        old = self._random.random() < 0.2 and self._named > 12
        thread_id = f"t{self._random.randint(1, self._named) if old else self._named}"
        if thread_id in self._configs:
            return
        config = self._schedule()
        simulation.referee.advance()
        simulation.oracle.add(thread_id, simulation.clock())
        self._configs[thread_id] = config
        try:
            self._write(threads.create, thread_id, simulation.clock(), config=config)
        except OperationalError:
            del self._configs[thread_id], simulation.oracle.threads[thread_id]
            raise
        self._follow(thread_id)

    def _remove(self) -> None:
        thread_id = self._any_thread()
        if thread_id is None or len(self._configs) < 5:
            return
        self._write(threads.remove, thread_id, self._simulation.clock())
        simulation = self._simulation
        del self._configs[thread_id], simulation.oracle.threads[thread_id]
        simulation.referee.forget(thread_id)
        simulation.broken.discard(thread_id)

    def _edit(self, values: dict[str, Any]) -> None:
        thread_id = self._any_thread()
        if thread_id is not None:
            self._simulation.referee.advance()
            self._write(threads.configure, thread_id, values, self._simulation.clock())
            self._configs[thread_id] = {**self._configs[thread_id], **values}
            self._follow(thread_id)

    def _edit_schedule(self) -> None:
        self._edit({**self._schedule(), "enabled": self._random.random() < 0.9})

    def _edit_anything(self) -> None:
        self._edit({"temperature": round(self._random.random(), 2)})

    def _edit_defaults(self) -> None:
        values = self._random.choice(
            ({}, {"temperature": 0.1}, {"timezone": self._random.choice(_ZONES)}, {"missed": "skip"})
        )
        self._write(workspace.set_defaults, values, self._simulation.clock())
        self._defaults = dict(values)
        for thread_id in self._configs:
            self._follow(thread_id)

    def _pause(self) -> None:
        thread_id, simulation = self._any_thread(), self._simulation
        if thread_id is not None:
            simulation.pausing.add(thread_id)
            try:
                self._write(threads.pause, thread_id, "a person said so", simulation.clock())
            finally:
                simulation.pausing.discard(thread_id)
            self._follow(thread_id)

    def _resume(self) -> None:
        simulation = self._simulation
        simulation.broken.clear()
        for thread_id in sorted(simulation.referee.paused):
            # Before the transaction: what it changes is judged by it.
            history = simulation.oracle.threads[thread_id]
            before, history.resumed_at = history.resumed_at, simulation.clock()
            try:
                self._write(threads.resume, thread_id, simulation.clock())
            except OperationalError:
                history.resumed_at = before
                raise
            self._follow(thread_id)

    def _manual(self) -> None:
        thread_id, process = self._any_thread(), self._any_process()
        if thread_id is not None and process is not None:
            self._simulation.note(f"a person asks {process.name} for a beat of {thread_id}")
            process.beat(thread_id)

    def _answer(self) -> None:
        """Answer a beat that waits; now and then one that was answered before, in another window."""
        simulation = self._simulation
        asked = [row for row in simulation.referee.rows.values() if row.has_asked]
        waiting = [row for row in asked if row.status == "awaiting_approval"]
        row = self._random.choice(waiting or asked) if asked else None
        process = self._any_process()
        if row is not None and process is not None:
            answer = self._random.choice(("approve", "approve", "reject"))
            simulation.note(f"a person tells {process.name} to {answer} beat {row.id}")
            process.answer(row.thread_id, row.id, Answer.model_validate({"answer": answer}))

    # Machine

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        self._simulation.loop.call_later(seconds, work)

    def _set_switch(self, running: bool) -> None:
        self._write(timer.switch, running, self._simulation.clock())
        self._simulation.switched_on = running

    def _switch(self) -> None:
        if not self._simulation.switched_on:
            self._set_switch(True)
        elif self._random.random() < 0.5:
            self._set_switch(False)

    def _outage(self) -> None:
        simulation = self._simulation
        simulation.outage = self._random.choice(("skipped/model_unreachable", "failed/model_error"))
        simulation.note(f"outage: {simulation.outage}")

        def end() -> None:
            simulation.outage = None
            simulation.note("the outage ends")

        self._later(self._random.uniform(60, 1200), end)

    def _break(self) -> None:
        thread_id = self._any_thread()
        if thread_id is not None:
            self._simulation.broken.add(thread_id)
            self._simulation.note(f"beats of {thread_id} fail from now on")

    def _small_step(self) -> None:
        self._set_clock(self._random.uniform(-5, 5))

    def _step(self) -> None:
        far = 86_400 if self._random.random() < 0.05 else 2 * 3600 if self._random.random() < 0.2 else 300
        self._set_clock(self._random.uniform(-far, far))

    def _set_clock(self, seconds: float) -> None:
        self._simulation.step_clock(seconds)
        self._simulation.note(f"the clock is set by {seconds:+.2f} s")

    def _any_process(self) -> Any:
        able = [process for process in self._simulation.processes if process.works]
        return self._random.choice(able) if able else None

    def _kill(self) -> None:
        process = self._any_process()
        if process is not None:
            self._simulation.note(f"{process.name} is killed")
            process.kill()
            self._bury()
            if self._random.random() < 0.7:
                self._later(self._random.expovariate(1 / 60), self._start)

    def _kill_all(self) -> None:
        self._simulation.note("all processes are killed")
        for process in self._simulation.processes:
            process.kill()
        self._bury()
        self._later(self._random.uniform(10, 2400), self._start)

    def _stop(self) -> None:
        process = self._any_process()
        if process is not None:
            self._simulation.note(f"{process.name} is told to stop")
            process.stop(self._random.choice((0, 5, 20)))
            self._later(self._random.expovariate(1 / 60), self._start)

    def _bury(self) -> None:
        self._simulation.processes[:] = [each for each in self._simulation.processes if not each.dead]

    def _start(self) -> None:
        simulation = self._simulation
        self._bury()
        if len(simulation.processes) < 3 and not simulation.calm:
            simulation.note(f"{simulation.start().name} starts")

    def _freeze(self) -> None:
        process = self._any_process()
        if process is not None:
            seconds = self._random.expovariate(1 / 40)
            self._simulation.note(f"{process.name} freezes for {seconds:.1f} s")
            process.freeze(seconds)

    def _lock(self) -> None:
        simulation = self._simulation
        seconds = self._random.expovariate(1 / 20)
        simulation.note(f"the database is locked for {seconds:.1f} s")
        simulation.locked_until = simulation.now + seconds
        # A slot that could not be claimed waits a minute.
        simulation.settle_down(seconds + 60 + LATE)
