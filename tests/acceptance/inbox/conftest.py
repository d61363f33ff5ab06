"""A workspace that is connected to a feed on loopback, and processes that look at it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import Literal

import pytest

from heartbeat.store import inbox
from heartbeat.store.inbox_tables import ConnectionLook
from tests.acceptance.crash.scene import End, FileClock, Nursery
from tests.acceptance.inbox.child import PATIENCE, TICK, Job
from tests.support.holds import until
from tests.support.ollama import FakeOllama
from tests.support.web import Answer, Asked, WebServer, web_server
from tests.support.world import World


def feed(entries: list[str]) -> bytes:
    """Return a feed with these entries, which shows the newest first."""
    items = "".join(f"<item><guid>{each}</guid><title>{each}</title></item>" for each in reversed(entries))
    return f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


@dataclass
class Child:
    """A process and its log."""

    nursery: Nursery
    pid: int
    job: Job

    def wait(self) -> End:
        return self.nursery.wait(self.pid, self.job.log)

    def send(self, number: signal.Signals) -> None:
        self.nursery.ask(signal=[self.pid, number])

    def kill(self) -> None:
        """Kill it wherever it is."""
        self.send(signal.SIGKILL)
        assert self.wait() == End(signal=signal.SIGKILL)

    def stop(self) -> None:
        """Let it sleep wherever it is."""
        self.send(signal.SIGSTOP)
        assert self.wait() == End(stopped=signal.SIGSTOP)

    def lines(self) -> list[dict[str, str]]:
        log = Path(self.job.log)
        # The last line may be half written.
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def ticks(self) -> int:
        return sum(line.get("point") == TICK for line in self.lines())

    def has_ended(self) -> bool:
        return any("end" in line or "error" in line for line in self.lines())

    def result(self) -> str:
        """Wait for its own end; return what it says of it."""
        assert self.wait() == End(exit=0), self.lines()[-1:]
        return self.lines()[-1]["end"]


@dataclass
class Site:
    """The workspace, the server of its feed ``news``, and processes."""

    world: World
    nursery: Nursery
    server: WebServer
    entries: list[str] = field(default_factory=lambda: ["First", "Second"])
    held: Event | None = None
    """Holds requests until it is set."""
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.server.answer = self._answer
        self.connect()

    def connect(self, *others: str) -> None:
        """Connect the workspace to the feed, and to others that show nothing."""
        rest = 'lan = true\nevery = "10m"\nsince = "all"\n'
        self.world.settings.connections_path.write_text(
            "".join(
                f'[{name}]\nkind = "feed"\nurl = "{self.server.url}/{name}"\n{rest}'
                for name in ("news", *others)
            )
        )

    def _answer(self, asked: Asked) -> Answer:
        body = feed(self.entries if asked.path == "/news" else [])
        if self.held is not None:
            assert self.held.wait(PATIENCE)
        return Answer(body=body)

    @property
    def asked(self) -> int:
        """How often the feed was asked for."""
        return len(self.server.asked)

    def child(
        self,
        run: Literal["look", "serve", "write"] = "look",
        *,
        at: str = "",
        nth: int = 1,
    ) -> Child:
        number = next(self._numbers)
        job = Job(
            folder=str(self.world.folder),
            log=str(self.world.folder / f"child-{number}.log"),
            owner=f"child-{number}",
            run=run,
            at=at,
            nth=nth,
        )
        return Child(self.nursery, self.nursery.ask(start=asdict(job))["pid"], job)

    def look(self) -> str:
        """Look once at what is due in a process of its own; return what came of it."""
        return self.child().result()

    def row(self, name: str = "news") -> ConnectionLook:
        return self.world.store.read(inbox.all_looks)[name]

    def titles(self) -> list[str]:
        """Titles of all items in the order of their numbers, which have no gap and none of which is given twice."""
        rows = sorted(self.world.store.read(inbox.page, limit=20_000), key=lambda row: row.seq)
        assert [row.seq for row in rows] == [*range(1, len(rows) + 1)]
        return [row.title for row in rows]

    def titles_of(self, name: str) -> list[str]:
        """Titles of the items of one connection."""
        rows = self.world.store.read(inbox.page, connections=[name], limit=20_000)
        return [row.title for row in rows]

    async def all_tick(self, *services: Child) -> None:
        """Wait until each of the processes has begun and ended a tick."""
        seen = {each.pid: each.ticks() for each in services}
        await until(lambda: all(each.ticks() >= seen[each.pid] + 2 for each in services))


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery("tests.acceptance.inbox.child", PATIENCE)
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, clock=FileClock(tmp_path / "clock"), decision="whole")
    yield made
    made.close()


@pytest.fixture
def site(world: World, nursery: Nursery) -> Iterator[Site]:
    with web_server() as server:
        made = Site(world, nursery, server)
        yield made
        if made.held is not None:
            made.held.set()
