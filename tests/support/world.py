"""A workspace of one test: real store, real graph, a clock that the test moves, a fake Ollama."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from graph.heartbeat import HeartbeatGraph, graph
from heartbeat.decision_mode import DecisionMode
from heartbeat.plan.lines import plan_lines
from heartbeat.plan.rule import PlacedBody
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Claim, Lease, Store, forum, history, messages, threads, views
from heartbeat.store.views import BeatDetail
from heartbeat.vocabulary import Trigger
from heartbeat_decision.model import OllamaModel
from heartbeat_service.plan import correct
from nodes.context import Context
from nodes.line_reader import read_first
from nodes.services import Services
from nodes.state import BeatInput
from tests.support.database import lay
from tests.support.ollama import FakeOllama
from tests.support.readings import keep_readings

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
INSTRUCTIONS = """# Heartbeat

## Checklist
- Read the new posts

## Rules
- If 3+ new posts → post a summary of them
- If no urgent items → stay silent
"""
SUMMARIZE = {"do": "post", "when": {"kind": "new", "count": 3}, "about": ["forum"]}
"""What the line about three new posts asks for, as a rule."""


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def _nothing(_: str) -> None:
    pass


@dataclass
class World:
    """Everything a test of beats needs, in one folder."""

    folder: Path
    ollama: FakeOllama
    clock: Clock = field(default_factory=Clock)
    graph: HeartbeatGraph = graph
    probe: Callable[[str], None] = _nothing
    decision: str | None = None
    """How beats decide; None, and it is as the environment or the default has it."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Other settings."""
    reads_ahead: bool = True
    """Whether lines are read without HTTP before a beat that a person asks for; if not, the beat reads them."""

    settings: Settings = field(init=False)
    store: Store = field(init=False)
    services: Services = field(init=False)
    _read: str | None = field(default=None, init=False, repr=False)
    """The text whose lines were read ahead."""

    def __post_init__(self) -> None:
        self.settings = load_settings(
            home=self.folder / "home",
            instructions=self.folder / "HEARTBEAT.md",
            ollama_url=self.ollama.url,
            **({} if self.decision is None else {"decision": self.decision}),
            **self.more,
        )
        self.store = Store(lay(self.settings.database_path), lease=Lease(30, "test-process"))
        self.services = Services.from_settings(
            self.settings,
            store=self.store,
            model=OllamaModel(clock=self.seconds),
            clock=self.clock,
            probe=self._probe,
        )
        self.write(INSTRUCTIONS)

    def seconds(self) -> float:
        return self.clock().timestamp()

    def _probe(self, point: str) -> None:
        self.probe(point)

    def write(self, instructions: str) -> None:
        self.settings.instructions.write_bytes(instructions.encode())

    def read(self) -> None:
        """Have all lines of the instructions read, by the real reader where the model gives more than an answer."""
        text = self.settings.instructions.read_text("utf-8")
        if not keep_readings(self.services, self.ollama, text):
            asyncio.run(read_first(self.services, text))
            self.ollama.readings.clear()
        self._read = text

    def _read_ahead(self) -> None:
        """Keep readings before a beat that would begin with some dozen calls and transactions to read the lines."""
        if not self.reads_ahead or self.settings.decides_by == DecisionMode.WHOLE:
            return
        try:
            text = self.settings.instructions.read_text("utf-8")
        except (OSError, ValueError):
            return
        if text != self._read:
            keep_readings(self.services, self.ollama, text)
            self._read = text

    def correct(self, words: str, **rule: Any) -> None:
        """Let the line of HEARTBEAT.md that holds these words ask for this, as its owner says."""
        lines = plan_lines(self.settings.instructions.read_text("utf-8"))
        (line_id,) = [each.id for each in lines if words in each.text]
        correct(self.services, line_id, rules=[PlacedBody.model_validate(rule)], by="ana")

    def thread(self, thread_id: str = "demo", **config: Any) -> str:
        self.store.write(threads.create, thread_id, self.clock(), config=config)
        return thread_id

    def configure(self, **config: Any) -> None:
        self.store.write(threads.configure, "demo", config, self.clock())

    def post(self, title: str = "A post", content: str = "Some words", author: str = "bo") -> int:
        row = self.store.write(
            forum.add_post, board="general", title=title, content=content, author=author, now=self.clock()
        )
        return row.id or 0

    def comment(self, post_id: int, content: str = "A remark", author: str = "cy", **more: Any) -> int:
        row = self.store.write(
            forum.add_comment, post_id, content=content, author=author, now=self.clock(), **more
        )
        return row.id or 0

    def owner(self, text: str) -> None:
        """Let the owner write in the thread."""
        self.store.write(messages.add, "demo", author="owner", content=text, now=self.clock())

    def posts(self, author: str = "heartbeat") -> list[Any]:
        rows = self.store.read(forum.posts, now=self.clock(), limit=200)
        return [row for row in rows if row.author == author]

    def context(self, **settings: Any) -> Context:
        return Context(services=self.services, **settings)

    def beat(self, _graph: HeartbeatGraph | None = None, **given: Any) -> dict[str, Any]:
        """Run one beat by ``invoke``, thirty seconds after the last."""
        self.clock.move(seconds=30)
        self._read_ahead()
        run = _graph or self.graph
        asked = cast("BeatInput", {"thread": "demo", **given})
        result = run.invoke(asked, context=self.context())
        beat: dict[str, Any] = json.loads(json.dumps(result["beat"]))
        return beat

    def scheduled(self) -> dict[str, Any]:
        """Run one scheduled beat, whose slot is now."""
        opened = self.store.open_beat("demo", Trigger.SCHEDULED, self.clock(), self.clock(), supervised=True)
        assert isinstance(opened, Claim), opened
        return self.go_on(opened.beat_id, claim=opened)

    def go_on(
        self, beat_id: int, graph: HeartbeatGraph | None = None, *, claim: Claim | None = None
    ) -> dict[str, Any]:
        """Run a beat that was begun: as its claim says, or as a run from outside does, which claims it."""
        run = graph or self.graph
        result = run.invoke({"beat_id": beat_id}, context=self.context(claim=claim))
        beat: dict[str, Any] = result["beat"]
        return beat

    def detail(self, beat_id: int) -> BeatDetail:
        return self.store.read(views.beat_detail, beat_id)

    def history(self) -> list[Any]:
        return list(self.store.read(history.latest))

    def elsewhere(self, owner: str = "other-process") -> World:
        """The same workspace as another process sees it."""
        twin = copy(self)
        twin.store = Store(self.settings.database_path, lease=Lease(30, owner))
        twin.services = Services.from_settings(
            self.settings,
            store=twin.store,
            model=OllamaModel(clock=self.seconds),
            clock=self.clock,
            probe=twin._probe,
        )
        return twin

    def close(self) -> None:
        self.store.close()
