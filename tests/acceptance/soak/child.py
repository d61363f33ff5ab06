"""Fork processes that deliver: ``python -m tests.acceptance.soak.child``, as `tests.acceptance.crash.child` does.

A child delivers until it is killed, or nothing is left. Where nothing is due it moves the clock of the test to the
instant that the deliverer asks for, and past the time limit where the forum leaves all its tries without an answer.
"""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Literal, NoReturn
from urllib.parse import urlsplit

from heartbeat.settings import load_settings
from heartbeat.store import Lease, Store, outbox
from heartbeat.targets import Target
from heartbeat_service.deliverer import Deliverer
from nodes.services import Services
from tests.acceptance.crash.child import Probe, be_child, nurse
from tests.support.following import run_following
from tests.support.outside_target import AsyncSearchedTarget, AsyncTarget, OutsideTarget, SearchedTarget

LIMIT = 5
"""Seconds of the clock that one try may take."""
SETTLES = 30
"""Seconds of the clock after which an effect that comes late is there."""
TARGET = "outside"
PATIENCE = 600
"""Seconds after which a child ends itself; on a busy machine one may be frozen for long."""
POINTS = ("before:deliver", "inside:deliver", "after:deliver", "before:finish", "after:finish")


@dataclass(frozen=True)
class Errand:
    """What a child delivers with, and where it meets its end."""

    folder: str
    url: str
    log: str
    owner: str
    able: dict[str, Any] = field(default_factory=dict)
    searched: bool = False
    plain: bool = False
    at: str = ""
    nth: int = 1
    do: Literal["kill", "stop"] = "kill"

    def target(self) -> Target:
        """Return the target that reaches the forum outside."""
        kinds: dict[tuple[bool, bool], Callable[..., Target]] = {
            (True, True): SearchedTarget,
            (True, False): OutsideTarget,
            (False, True): AsyncSearchedTarget,
            (False, False): AsyncTarget,
        }
        able = {"time_limit": LIMIT, "settles_after": SETTLES, **self.able}
        return kinds[self.plain, self.searched](self.url, TARGET, able)


@dataclass(frozen=True)
class SharedClock:
    """A clock in a file, which every process of a test reads and may move forward."""

    path: Path

    def __call__(self) -> datetime:
        return datetime.fromisoformat(self.path.read_text())

    def seconds(self) -> float:
        return self().timestamp()

    def move_to(self, instant: datetime) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(max(instant, self()).isoformat())
        new.replace(self.path)

    def move(self, **delta: float) -> None:
        self.move_to(self() + timedelta(**delta))


class Polite(Store):
    """A store that lets nobody stop the process while it writes: whoever came next would wait for its lock."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.at_rest = Lock()
        super().__init__(*args, **more)

    def _write(self, *args: Any, **more: Any) -> Any:
        with self.at_rest:
            return super()._write(*args, **more)


@dataclass
class PoliteProbe(Probe):
    """Ends or stops the process at its point, while nothing is written."""

    store: Polite | None = None

    def __call__(self, point: str) -> None:
        assert self.store is not None
        with self.store.at_rest:
            super().__call__(point)


def settled(url: str) -> int:
    """Wait until all that was sent to the forum has had its effect; return how many requests it leaves hanging."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        connection.request("GET", "/settled")
        return int(json.loads(connection.getresponse().read())["hanging"])
    finally:
        connection.close()


async def _deliver(errand: Errand, services: Services, probe: Probe, clock: SharedClock) -> str:
    target = errand.target()
    deliverer = Deliverer(services, lambda: {TARGET: target})
    while True:
        await deliverer.tick()
        await _ended(deliverer, errand, clock)
        if probe.seen[errand.at] >= errand.nth:
            return "woken"
        look = services.store.read(outbox.look, clock(), 1)
        if look.due:
            continue
        if look.wake_at is None:
            return "done"
        settled(errand.url)
        clock.move_to(look.wake_at)


async def _ended(deliverer: Deliverer, errand: Errand, clock: SharedClock) -> None:
    while deliverer.in_flight:
        for _ in range(4):
            await asyncio.sleep(0.005)
            if not deliverer.in_flight:
                return
        if settled(errand.url):
            clock.move(seconds=LIMIT + 1)


def work(errand: Errand, write: Callable[..., None]) -> str:
    """Deliver; return ``done`` if nothing is left, ``woken`` after a freeze."""
    folder, probe = Path(errand.folder), PoliteProbe(errand, write)
    clock = SharedClock(folder / "clock")
    settings = load_settings(home=folder / "home", instructions=folder / "HEARTBEAT.md")
    probe.store = store = Polite(settings.database_path, lease=Lease(30, errand.owner))
    services = Services.from_settings(settings, store=store, clock=clock, probe=probe)
    try:
        return run_following(clock, _deliver(errand, services, probe, clock))
    finally:
        store.close()
        # A process that lives on would send what its threads have begun.
        for thread in threading.enumerate():
            if thread.name == "heartbeat-deliver":
                thread.join(LIMIT + 1)


def _warm_up() -> None:
    """Look at an empty outbox, so that what a first look imports and builds is there for every child."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "clock").write_text("2026-11-02T12:00:00+00:00")
        errand = Errand(folder, "http://127.0.0.1:9", "", "nobody")
        errand.target().capabilities()
        assert work(errand, lambda **_: None) == "done"
    gc.collect()
    gc.freeze()


def main() -> None:
    """Fork children that deliver."""

    def begin(given: dict[str, Any]) -> NoReturn:
        errand = Errand(**given)
        be_child(errand.log, lambda write: work(errand, write), PATIENCE)

    _warm_up()
    nurse(begin)


if __name__ == "__main__":
    main()
