"""What the crash tests stand on: children in other processes, a clock they share, and what must hold at the end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

from sqlmodel import select as sql

from graph.heartbeat import HeartbeatGraph
from heartbeat.memory import Memory
from heartbeat.store import Claim, beats, unsettled
from heartbeat.store.outcomes import up_to_date
from heartbeat.store.tables import Action, Post
from heartbeat.vocabulary import Trigger
from tests.acceptance.crash.child import HUNG, PATIENCE, Job, Run, Saver, machine, options, own_place
from tests.support.ollama import Say, decision
from tests.support.paths import ROOT
from tests.support.world import START, Clock, World

LEASE = 30.0
TASK = "Ask about tea."
INSTRUCTIONS = f"""# Heartbeat

- Read the new posts

tasks:
- name: tea
  interval: 1h
  prompt: {TASK}
"""
POST = decision(
    action="post", board="general", title="Summary", content="Two posts.", note="Told them.", reasoning="New."
)
NONE = decision(action="none", reasoning="Quiet.", note="Seen it.")
INVALID = decision(action="post", board="general", title="", content="Two posts.")


class FileClock(Clock):
    """The clock of the test, which its children read from a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(START)
        self.path = path
        self._write()

    def move(self, **delta: float) -> None:
        super().move(**delta)
        self._write()

    def _write(self) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(self.now.isoformat())
        new.replace(self.path)


Reply = str | Callable[[dict[str, Any]], Say]
"""What the model says: always the same, or by the question."""
Row = dict[str, Any]


def mended(question: dict[str, Any]) -> Say:
    """A model that has to be told what was wrong."""
    return Say(POST if len(question["messages"]) > 2 else INVALID)


@dataclass(frozen=True)
class End:
    """How a wait ended: one of the three is set."""

    exit: int | None = None
    signal: int | None = None
    stopped: int | None = None


class Nursery:
    """The process that forks children: it has imported everything, so that one costs little."""

    def __init__(self, module: str = "tests.acceptance.crash.child", patience: int = PATIENCE) -> None:
        self._patience = patience
        foreign = ("HEARTBEAT_", "CRT_", "OLLAMA_", "LANGSMITH_", "LANGCHAIN_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            # Loading the certificates of the whole world takes longer than a beat over plain HTTP.
            env={**own, "SSL_CERT_DIR": str(Path(__file__).parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(request).encode() + b"\n")
        ready, _, _ = select.select([process.stdout], [], [], self._patience + 10)
        assert ready, f"no answer to {request}"
        line = process.stdout.readline()
        assert line, "the nursery is gone"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def wait(self, pid: int, log: str) -> End:
        """Wait until a child ends or stops; one that hung fails with the stacks of its threads."""
        end = End(**self.ask(wait=pid))
        assert end.signal != signal.SIGALRM, f"it hung:\n{Path(log + HUNG).read_text()}"
        return end

    def close(self) -> None:
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@dataclass
class Child:
    """One process, its log, and its end."""

    nursery: Nursery
    pid: int
    job: Job

    def wait(self) -> End:
        return self.nursery.wait(self.pid, self.job.log)

    def send(self, number: signal.Signals) -> None:
        self.nursery.ask(signal=[self.pid, number])

    def lines(self) -> list[dict[str, str]]:
        log = Path(self.job.log)
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    @property
    def points(self) -> list[str]:
        return [line["point"] for line in self.lines() if "point" in line]

    def met(self) -> bool:
        """Whether the last thing it did was to come to its point, for the last time asked."""
        here = self.points
        return here[-1:] == [self.job.at] and here.count(self.job.at) == self.job.nth

    def result(self) -> str:
        """Wait for its own end; return the status of the beat, or the name of the error."""
        end = self.wait()
        last = self.lines()[-1]
        assert end == End(exit=0 if "end" in last else 1), (end, last)
        return last.get("end") or last["error"]

    def stop(self) -> None:
        """Stop it from outside, wherever it is."""
        self.send(signal.SIGSTOP)
        assert self.wait() == End(stopped=signal.SIGSTOP)


@dataclass
class Scene:
    """One thread with news and a task due, and processes that beat for it."""

    world: World
    nursery: Nursery
    saver: Saver = ""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def child(
        self,
        run: Run = "beat",
        *,
        at: str = "",
        nth: int = 1,
        do: Literal["kill", "stop"] = "kill",
        beat_id: int = 1,
        stands: bool = False,
    ) -> Child:
        number = next(self._numbers)
        job = Job(
            folder=str(self.world.folder),
            url=self.world.ollama.url,
            log=str(self.world.folder / f"child-{number}.log"),
            run=run,
            owner=f"child-{number}",
            saver=self.saver,
            beat_id=beat_id,
            at=at,
            nth=nth,
            do=do,
            decision=self.world.settings.decides_by,
            now=self.world.clock().isoformat() if stands else "",
        )
        return Child(self.nursery, self.nursery.ask(start=asdict(job))["pid"], job)

    def killed(self, run: Run = "beat", *, at: str, nth: int = 1, beat_id: int = 1) -> Child:
        """A process that was killed at a point, and really there."""
        child = self.child(run, at=at, nth=nth, beat_id=beat_id)
        end = child.wait()
        assert end == End(signal=signal.SIGKILL), (end, child.lines()[-1:])
        assert child.met(), child.points
        return child

    def stopped(self, run: Run = "beat", *, at: str, stands: bool = False, beat_id: int = 1) -> Child:
        """A process that sleeps at a point."""
        child = self.child(run, at=at, do="stop", stands=stands, beat_id=beat_id)
        end = child.wait()
        assert end == End(stopped=signal.SIGSTOP), (end, child.lines()[-1:])
        assert child.met(), child.points
        return child

    def wake(self, child: Child) -> str:
        """Let a sleeper go on, later than everybody else; return how it ends."""
        self.world.clock.move(seconds=1)
        child.send(signal.SIGCONT)
        return child.result()

    def machine(self) -> AbstractContextManager[HeartbeatGraph]:
        return machine(self.world.settings.checkpoints_path, self.saver)

    def left_behind(self) -> list[int]:
        return self.world.store.read(unsettled.left_behind, self.world.clock())

    def outlast_lease(self) -> None:
        self.world.clock.move(seconds=LEASE + 1)

    def invoke(self, given: Any, claim: Claim | None = None) -> Row:
        """Run the graph in this process, which is another than any child."""
        beat_id = given.get("beat_id") if isinstance(given, dict) else None
        own = own_place(self.world.store, beat_id)
        with self.machine() as graph:
            context = self.world.context(claim=claim)
            result = graph.invoke(given, context=context, **options(self.saver, beat_id, own))
        beat: Row = result["beat"]
        return beat

    def beat(self) -> Row:
        """A scheduled beat in this process."""
        store, now = self.world.store, self.world.clock()
        opened = store.open_beat("demo", Trigger.SCHEDULED, now, now, supervised=True)
        assert isinstance(opened, Claim), opened
        return self.invoke({"beat_id": opened.beat_id}, opened)

    def take_over(self, beat_id: int = 1) -> Row:
        """Go on with a beat whose process is gone, or seems to be."""
        assert beat_id in self.left_behind()
        return self.invoke({"beat_id": beat_id})

    def recover(self, *, settled: bool = False) -> Row:
        """Go on with a beat once its lease has run out; one that is settled nobody has to look at."""
        assert self.left_behind() == [], "nobody may think the process dead yet"
        self.outlast_lease()
        if settled:
            assert self.left_behind() == []
            return self.invoke({"beat_id": 1})
        return self.take_over()

    def next_beat(self, reply: Reply = NONE) -> Row:
        """A beat from outside, half a minute later."""
        says(self.world, reply)
        self.world.clock.move(seconds=30)
        return self.invoke({"thread": "demo"})

    def row(self, beat_id: int = 1) -> Row:
        return self.world.store.read(beats.get, beat_id).model_dump()

    def rows(self) -> list[Row]:
        return [row.model_dump() for row in reversed(self.world.history())]

    def actions(self) -> list[Action]:
        return list(self.world.store.read(lambda session: session.exec(sql(Action)).all()))

    def own_posts(self) -> list[Post]:
        return self.world.posts()

    def memory(self) -> Memory:
        return Memory.newest(self.world.store.read(beats.latest_memory, "demo"))

    def known(self) -> Memory:
        """What the next beat begins with: the memory, and what became of what had waited."""
        return self.world.store.read(up_to_date, "demo", self.memory(), self.world.clock())

    def channel(self) -> Memory:
        """What the newest checkpoint remembers."""
        with self.machine() as graph:
            return Memory.newest(graph.get_state(options(self.saver)["config"]).values.get("memory"))


def timeless(memory: Memory) -> Row:
    """Everything a memory says, but for the clock."""
    plain = memory.model_dump(exclude={"asked_at", "tasks", "recent"})
    plain["tasks"] = sorted(memory.tasks)
    plain["recent"] = [action.model_dump(exclude={"at"}) for action in memory.recent]
    plain["asked"] = memory.asked_at is not None
    return plain


def comparable(row: Row) -> Row:
    """What a row says about its beat, whoever wrote it and when."""
    hands = {
        *("finished_at", "duration_seconds", "model_seconds", "started_at", "slot"),
        *("lease_owner", "lease_until", "fence", "takeovers"),
    }
    plain = {name: value for name, value in row.items() if name not in hands}
    plain["prompt"] = [role for role, _ in row["prompt"]]
    plain["rounds"] = [{**entry, "seconds": None, "at": None} for entry in row["rounds"]]
    plain["memory"] = timeless(Memory.newest(row["memory"]))
    if row["context"] is not None:
        plain["context"] = {**row["context"], "feed": {**row["context"]["feed"], "looked_at": None}}
    return plain


def arrange(world: World, reply: Reply = POST, **config: Any) -> None:
    """News, a task that is due, and a model with an opinion."""
    world.write(INSTRUCTIONS)
    world.thread(**config)
    world.post("First")
    world.post("Second")
    says(world, reply)


def says(world: World, reply: Reply) -> None:
    """Let the model say something else from now on."""
    world.ollama.answer = reply if callable(reply) else lambda _: Say(reply)


def check_one_post(scene: Scene) -> None:
    """One action, one post, one receipt, one settled row."""
    [row] = scene.rows()
    assert (row["status"], row["reason"], row["lease_owner"]) == ("acted", None, None)
    check_one_action(scene)


def check_silence(scene: Scene) -> None:
    """One settled row, and nothing done."""
    [row] = scene.rows()
    assert (row["status"], row["reason"], row["lease_owner"]) == ("none", None, None)
    assert (scene.actions(), scene.own_posts()) == ([], [])


def check_one_action(scene: Scene) -> None:
    [action], [post] = scene.actions(), scene.own_posts()
    assert (action.beat_id, action.key, action.status) == (1, "1:0", "sent")
    assert action.receipt == {"key": "1:0", "post_id": post.id}
    assert post.title == "Summary"


def check_task_is_not_repeated(scene: Scene) -> None:
    """The task was stamped once, and the news is seen: the next beat leaves both alone."""
    stamp = scene.memory().tasks["tea"]
    assert START <= stamp <= scene.world.clock()
    asked = len(scene.world.ollama.calls)
    second = scene.next_beat()
    assert (second["status"], len(scene.world.ollama.calls)) == ("none", asked + 1)
    assert TASK not in scene.world.ollama.prompts[-1]
    assert "New posts: 0." in scene.world.ollama.prompts[-1]
    assert scene.memory().tasks["tea"] == stamp
