"""A served world: the real app behind a real socket, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from heartbeat.settings import Settings
from heartbeat.token_file import TokenFile, TokenFileError, make_token
from heartbeat_service.http.page import BUILT
from heartbeat_service.lifespan import Service, open_service
from heartbeat_service.server import listen
from tests.support.holds import PATIENCE
from tests.support.world import World

T = TypeVar("T")


@dataclass
class Site:
    """A world, the service that serves it, and a client of it."""

    world: World
    service: Service
    url: str
    loop: asyncio.AbstractEventLoop
    client: httpx.Client
    _threads: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the loop of the server."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def first_thread(self, **config: Any) -> str:
        """Make a thread that stands first in lists, so that the panel shows it however many there are."""
        return self.thread(_prefix="0-", **config)

    def thread(self, *, _prefix: str = "t", **config: Any) -> str:
        """Make a thread with a name of its own."""
        name = f"{_prefix}{next(self._threads)}"
        made = self.client.post("/api/threads", json={"id": name, "config": config})
        assert made.status_code == 201, made.text
        return str(made.json()["thread_id"])

    def get(self, path: str, **query: Any) -> Any:
        """Return the body of a call that must work."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Return the body of a call that must work."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, status: int, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Return the problem document of a call that must be refused."""
        return problem(self.client.request(method, path, **more), status)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return a problem document after looking at its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) <= {"type", "title", "status", "detail", "field"}
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    assert body["detail"]
    assert "\n" not in body["detail"]
    return body


def shown_by(settings: Settings) -> Callable[[httpx.Request], httpx.Request]:
    """Return what shows the token of a workspace with each call, as the owner's programs do."""

    def show(request: httpx.Request) -> httpx.Request:
        try:
            token = TokenFile.of(settings).read() if settings.api_token is None else None
        except TokenFileError:
            token = None  # the home folder is gone
        if token is not None and "authorization" not in request.headers:
            request.headers["authorization"] = f"Bearer {token}"
        return request

    return show


@contextmanager
def serving(world: World, *, enabled: bool = False, panel: Path = BUILT, **settings: Any) -> Iterator[Site]:
    """Serve a world on a free port; ``settings`` differ from the world's. The timer is off unless enabled."""
    world.settings = world.settings.model_copy(update={"port": 0, **settings})
    world.services = replace(world.services, settings=world.settings)
    make_token(world.settings)
    ready: queue.SimpleQueue[tuple[Service, str] | BaseException] = queue.SimpleQueue()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        try:
            async with (
                open_service(world.settings, enabled=enabled, services=world.services) as service,
                listen(service, panel) as url,
            ):
                ready.put((service, url))
                await stop.wait()
        except BaseException as error:
            ready.put(error)
            raise

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=work, name="site")
    thread.start()
    try:
        started = ready.get(timeout=PATIENCE)
        if isinstance(started, BaseException):
            raise started
        service, url = started
        shown = shown_by(world.settings)
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False, auth=shown) as client:
            yield Site(world, service, url, loop, client)
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        assert not thread.is_alive()
