"""Fork processes to kill and stop: ``python -m tests.acceptance.crash.child`` imports everything once.

Requests come as JSON lines on standard input, one answer follows each: ``{"start": Job}`` forks a child that runs
the job, ``{"wait": pid}`` answers when it has ended or stopped, ``{"signal": [pid, number]}`` sends a signal.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NoReturn, Protocol

from langgraph.types import Command
from sqlalchemy import event

from checkpoints import GroupCommitSaver, open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, graph, run_config
from heartbeat.settings import load_settings
from heartbeat.store import Lease, Refusal, Store, approval_threads, approvals
from heartbeat.store.approvals import Answer
from heartbeat.vocabulary import AnswerOrigin, Trigger
from heartbeat_decision.model import OllamaModel, Question, Reply
from heartbeat_service.approval import answer
from heartbeat_service.approval_keeper import ApprovalKeeper
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from nodes.context import Context
from nodes.services import Services

Saver = Literal["", "exit", "sync"]
"""The durability of a run with a checkpointer; nothing for a run without."""
Run = Literal["beat", "runner", "outside", "go_on", "approve", "resume", "yes", "no", "keep"]
COMMIT = "commit"
"""The point just before a transaction is committed, whichever node it belongs to."""
PATIENCE = 180
"""Seconds after which a child ends itself, in case its test is gone."""
HUNG = ".hung"
"""What is added to the name of a log for the stacks of a child that ended itself."""


@dataclass(frozen=True)
class Job:
    """What a child does, and where it meets its end."""

    folder: str
    url: str
    log: str
    run: Run
    owner: str
    saver: Saver = ""
    beat_id: int = 0
    at: str = ""
    nth: int = 1
    do: Literal["kill", "stop"] = "kill"
    decision: str = "whole"
    now: str = ""
    """The instant at which this child's clock stands; without it, the clock of the test is read."""


class Ends(Protocol):
    """Where a child meets its end."""

    @property
    def at(self) -> str: ...
    @property
    def nth(self) -> int: ...
    @property
    def do(self) -> Literal["kill", "stop"]: ...


@dataclass
class Probe:
    """Writes down every point, and ends or stops the process at the one it was told."""

    job: Ends
    write: Callable[..., None]
    seen: Counter[str] = field(default_factory=Counter)
    saving: AbstractContextManager[object] = field(default_factory=nullcontext)
    """The lock under which other threads of this process write checkpoints."""

    def __call__(self, point: str) -> None:
        self.seen[point] += 1
        self.write(point=point)
        if (point, self.seen[point]) != (self.job.at, self.job.nth):
            return
        # To this thread, so that it does not run on while another takes the signal.
        if self.job.do == "kill":
            signal.pthread_kill(threading.get_ident(), signal.SIGKILL)
        # LangGraph writes what a node returned while the next one runs: a process stopped in the middle of that
        # would keep the checkpoint file locked.
        with self.saving:
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


@dataclass
class WatchedModel:
    """The real client, with a point between the reply and its commit."""

    probe: Probe
    real: OllamaModel = field(default_factory=OllamaModel)

    def connected(self) -> AbstractAsyncContextManager[None]:
        return self.real.connected()

    async def check(self, url: str, model: str) -> str:
        return await self.real.check(url, model)

    async def ask(self, question: Question) -> Reply:
        reply = await self.real.ask(question)
        self.probe("answered:decide")
        return reply


def services_of(job: Job, probe: Probe) -> Services:
    folder = Path(job.folder)
    settings = load_settings(
        home=folder / "home",
        instructions=folder / "HEARTBEAT.md",
        ollama_url=job.url,
        durability=job.saver or "exit",
        decision=job.decision,
    )
    clock = folder / "clock"
    store = Store(settings.database_path, lease=Lease(30, job.owner))
    if job.at == COMMIT:
        event.listen(store.engine, "commit", lambda _: probe(COMMIT))
    return Services.from_settings(
        settings,
        store=store,
        model=WatchedModel(probe),
        clock=lambda: datetime.fromisoformat(job.now or clock.read_text()),
        probe=probe,
    )


@contextmanager
def machine(path: Path, saver: Saver) -> Iterator[HeartbeatGraph]:
    """A graph with the checkpoint file, or without."""
    if not saver:
        yield graph
        return
    with open_saver(path) as opened:
        yield graph.copy({"checkpointer": opened})


def options(saver: Saver, beat_id: int | None = None, langgraph_id: str | None = None) -> dict[str, Any]:
    """What ``invoke`` is told besides input and context."""
    durability = {"durability": saver} if saver else {}
    return {"config": run_config("demo", beat_id, langgraph_id), **durability}


def own_place(store: Store, beat_id: int | None) -> str | None:
    """The LangGraph thread of a beat's own, if it has one."""
    place = None if beat_id is None else store.read(approval_threads.of_beat, beat_id)
    return place and place.langgraph_id


async def _run_runner(services: Services) -> str:
    async with open_saver(services.settings.checkpoints_path) as saver:
        result = await Runner(services, compile_graph(saver)).beat("demo")
    return result.gate if isinstance(result, Refusal) else result.status


async def _run_answer(services: Services, beat_id: int, given: Answer) -> str:
    async with open_saver(services.settings.checkpoints_path) as saver:
        runner = Runner(services, compile_graph(saver))
        return (await answer(runner, beat_id, given, by=AnswerOrigin.CLI)).status


async def _keep(services: Services) -> str:
    """One look of the loop that every serving process has, and what it starts."""
    async with open_saver(services.settings.checkpoints_path) as saver:
        runner = LocalRunner(Runner(services, compile_graph(saver)))
        await ApprovalKeeper(services, runner).tick()
        for beat_id in runner.in_flight:
            await runner.wait_for(beat_id)
    return "kept"


def run(job: Job, write: Callable[..., None]) -> str:
    """Run the job; return how the beat ended."""
    probe = Probe(job, write)
    services = services_of(job, probe)
    try:
        return _run(job, services, probe)
    finally:
        services.store.close()


def _run(job: Job, services: Services, probe: Probe) -> str:
    store, now = services.store, services.clock()
    if job.run == "runner":
        assert job.do == "kill", "the asynchronous saver has no lock that a thread can take"
        return asyncio.run(_run_runner(services))
    if job.run == "keep":
        return asyncio.run(_keep(services))
    if job.run in {"yes", "no"}:
        given = Answer(answer="approve" if job.run == "yes" else "reject")
        return asyncio.run(_run_answer(services, job.beat_id, given))
    asked: Any = {"beat_id": job.beat_id}
    claim = None
    if job.run == "outside":
        asked = {"thread": "demo"}
    elif job.run == "resume":
        asked = Command(resume={"answer": "approve"})
    elif job.run == "approve":
        given = Answer(answer="approve")
        claim = store.write(
            approvals.answer, job.beat_id, given, by=AnswerOrigin.API, lease=store.lease, now=now
        )
    elif job.run == "beat":
        opened = store.open_beat("demo", Trigger.SCHEDULED, now, now, supervised=True)
        if isinstance(opened, Refusal):
            return opened.gate
        claim, asked = opened, {"beat_id": opened.beat_id}
    with machine(services.settings.checkpoints_path, job.saver) as opened_graph:
        if isinstance(opened_graph.checkpointer, GroupCommitSaver):
            probe.saving = opened_graph.checkpointer.writer.committing
        result = opened_graph.invoke(
            asked, context=Context(services=services, claim=claim), **options(job.saver, asked_id(asked))
        )
    return str(result["beat"]["status"])


def asked_id(asked: Any) -> int | None:
    """The beat that an input names."""
    return asked.get("beat_id") if isinstance(asked, dict) else None


def be_child(log_path: str, work: Callable[[Callable[..., None]], str], patience: int = PATIENCE) -> NoReturn:
    """Do the work of a forked child: write how it ended to its log, and exit; if it hangs, where it does."""
    hung = os.open(log_path + HUNG, os.O_WRONLY | os.O_CREAT)
    faulthandler.register(signal.SIGALRM, file=hung, chain=True)
    signal.alarm(patience)
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(**what: str) -> None:
        os.write(log, json.dumps(what).encode() + b"\n")

    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    try:
        write(end=work(write))
    except Exception as error:
        write(error=type(error).__name__, trace=traceback.format_exc())
        os._exit(1)
    os._exit(0)


def _start(begin: Callable[[dict[str, Any]], NoReturn], job: dict[str, Any], living: set[int]) -> int:
    assert threading.active_count() == 1, "a thread would not live on in a fork"
    pid = os.fork()
    if pid == 0:
        begin(job)
    living.add(pid)
    return pid


def _wait(pid: int, living: set[int]) -> dict[str, int | None]:
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return {"stopped": os.WSTOPSIG(status)}
    living.discard(pid)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    return {"exit": os.WEXITSTATUS(status)}


def _warm_up() -> None:
    """Run one beat where no model answers, so that what a first beat imports and builds is there for every child."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "clock").write_text("2026-11-02T12:00:00+00:00")
        (folder / "HEARTBEAT.md").write_text("- Look\n")
        job = Job(
            folder=name,
            url="http://127.0.0.1:9",
            log="",
            run="outside",
            owner="nobody",
            saver="sync",
            beat_id=1,
        )
        assert run(job, lambda **_: None) == "skipped"
    gc.collect()
    gc.freeze()


def nurse(begin: Callable[[dict[str, Any]], NoReturn]) -> None:
    """Answer requests until standard input ends; ``begin`` is what a child does, and no child outlives that."""
    living: set[int] = set()
    try:
        for line in sys.stdin:
            answer: dict[str, Any] = {}
            match json.loads(line):
                case {"start": job}:
                    answer = {"pid": _start(begin, job, living)}
                case {"wait": pid}:
                    answer = _wait(pid, living)
                case {"signal": [pid, number]}:
                    assert pid in living
                    os.kill(pid, number)
            os.write(1, json.dumps(answer).encode() + b"\n")
    finally:
        for pid in living:
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Fork children that run beats."""

    def begin(given: dict[str, Any]) -> NoReturn:
        job = Job(**given)
        be_child(job.log, lambda write: run(job, write))

    _warm_up()
    nurse(begin)


if __name__ == "__main__":
    main()
