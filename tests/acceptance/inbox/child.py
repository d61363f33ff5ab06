"""Fork processes that look at connections or write: ``python -m tests.acceptance.inbox.child``.

It works as `tests.acceptance.crash.child` does.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Literal, NoReturn

from sqlalchemy import event
from sqlmodel import Session

from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.settings import load_settings
from heartbeat.store import Lease, Store, forum, inbox, messages
from heartbeat.vocabulary import FeedKind
from heartbeat_service.fetcher import Fetcher
from nodes.services import Services
from tests.acceptance.crash.child import COMMIT, Probe, be_child, nurse

PATIENCE = 300
"""Seconds after which a child, or a request that is held, ends by itself; on a busy machine one waits for long."""
POLL = 0.05
"""Seconds between two ticks of a process that serves."""
TICK = "tick"
"""The point after each of its ticks."""
LOOKED = "looked"
"""The point after the result of a look was committed."""
WRITTEN = 16
"""How much one writer writes."""
SHARED = ("left", "right")
"""Connections that all writers write items of."""


@dataclass(frozen=True)
class Job:
    """What a child does, and where it meets its end."""

    folder: str
    log: str
    owner: str
    run: Literal["look", "serve", "write"]
    at: str = ""
    nth: int = 1
    do: Literal["kill", "stop"] = "kill"


class Serving(Fetcher):
    """The fetcher of a process that serves, with a point after each tick."""

    def __init__(self, services: Services, probe: Probe) -> None:
        super().__init__(services, on_looked=lambda _: probe(LOOKED), poll=POLL)
        self.probe = probe

    async def tick(self) -> float:
        """Tick, and say so."""
        rest = await super().tick()
        self.probe(TICK)
        return rest


async def _serve(services: Services, probe: Probe) -> str:
    """Look at what is due until SIGTERM comes."""
    fetcher = Serving(services, probe)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, fetcher.stop)
    await fetcher.run()
    await fetcher.drain(30)
    return "served"


async def _look(services: Services, probe: Probe) -> str:
    """Look once at what is due, and return what came of it."""
    fetcher = Fetcher(services, on_looked=lambda _: probe(LOOKED))
    [looked] = await fetcher.look_named(only_due=True)
    return looked.sentence


class Writer:
    """Writes posts, comments, messages and items in turn, each in a transaction that is committed late."""

    def __init__(self, services: Services, owner: str) -> None:
        self.store, self.clock, self.owner = services.store, services.clock, owner
        self.addresses = services.connections.look_addresses()
        self.random = Random(owner)

    def write(self) -> str:
        """Write until all is written."""
        ways: list[Callable[[Session, str], object]] = [self.post, self.comment, self.message, self.item]
        for number in range(WRITTEN):
            name = f"{self.owner}-{number:02}"
            while not self.store.write(self.late, ways[number % len(ways)], name):
                time.sleep(self.random.random() / 100)
        return "written"

    def late(self, session: Session, way: Callable[[Session, str], object], name: str) -> bool:
        """Write, and leave time for others before the commit."""
        done = bool(way(session, name))
        session.flush()
        time.sleep(self.random.random() / 100)
        return done

    def post(self, session: Session, name: str) -> object:
        return forum.add_post(
            session, board="general", title=name, content="Words.", author="bo", now=self.clock()
        )

    def comment(self, session: Session, name: str) -> object:
        return forum.add_comment(session, 1, content=name, author="cy", now=self.clock())

    def message(self, session: Session, name: str) -> object:
        return messages.add(session, "demo", author="owner", content=name, now=self.clock())

    def item(self, session: Session, name: str) -> object:
        """Write one item of a connection, unless another process looks at it now."""
        connection, now = self.random.choice(SHARED), self.clock()
        inbox.ask(session, connection, now)
        claim = inbox.claim(
            session, connection, self.addresses[connection], self.store.lease, now, seconds=60
        )
        if claim is None:
            return None
        result = FetchResult((FetchedItem(name, FeedKind.ENTRY, now, title=name),))
        return inbox.write(session, claim, result, now, every=1_800, oldest=None)


def run(job: Job, write: Callable[..., None]) -> str:
    """Do the job; return how it ended."""
    folder = Path(job.folder)
    clock, probe = folder / "clock", Probe(job, write)
    settings = load_settings(home=folder / "home", instructions=folder / "HEARTBEAT.md")
    store = Store(settings.database_path, lease=Lease(30, job.owner))
    if job.at == COMMIT:
        event.listen(store.engine, "commit", lambda _: probe(COMMIT))
    services = Services.from_settings(
        settings, store=store, clock=lambda: datetime.fromisoformat(clock.read_text())
    )
    try:
        if job.run == "write":
            return Writer(services, job.owner).write()
        return asyncio.run((_serve if job.run == "serve" else _look)(services, probe))
    finally:
        store.close()


def main() -> None:
    """Fork children until standard input ends."""
    import feedparser  # noqa: F401 - it takes long to import, and each child would do it
    import httpx  # noqa: F401

    gc.collect()
    gc.freeze()

    def begin(given: dict[str, Any]) -> NoReturn:
        job = Job(**given)
        be_child(job.log, lambda write: run(job, write), PATIENCE)

    nurse(begin)


if __name__ == "__main__":
    main()
