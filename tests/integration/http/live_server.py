"""A served world in the loop of the test, and clients that follow its events."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from heartbeat.store import threads
from heartbeat_service.lifespan import Service, open_service
from heartbeat_service.server import listen
from tests.support.holds import PATIENCE
from tests.support.world import World

EVENTS = "/api/heartbeat/events"


@dataclass(frozen=True)
class Sent:
    """One event as it came over the wire; ``id`` is the last one sent so far."""

    id: str
    kind: str
    data: dict[str, Any]


def whole_events(text: str, last: str = "") -> Iterator[Sent]:
    """Yield the events of a stream that was cut anywhere: what has no end is none."""
    *whole, _ = text.split("\r\n\r\n")
    for block in whole:
        found = dict(re.findall(r"^(id|event|data): (.*?)\r?$", block, re.MULTILINE))
        last = found.get("id", last)
        yield Sent(last, found.get("event", ""), json.loads(found.get("data", "{}")))


@dataclass
class Follower:
    """One client: ``seen`` is all it has got, over however many connections; it knows where it left off."""

    url: str
    asked: dict[str, Any] = field(default_factory=dict)
    seen: list[Sent] = field(default_factory=list)
    last: str = ""
    comments: int = 0

    async def follow(self, *, until: str = "", count: int = 1, cut_after: int | None = None) -> None:
        """Read until an event of a kind has come so often, until so many bytes have, or to the end."""
        headers = {"Last-Event-ID": self.last} if self.last else {}
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=PATIENCE, trust_env=False) as client,
            client.stream("GET", EVENTS, params=self.asked, headers=headers) as answer,
        ):
            assert answer.status_code == 200
            text, before = "", len(self.seen)
            async for part in answer.aiter_text():
                text += part
                cut = text if cut_after is None else text[:cut_after]
                self._take(cut, before)
                if cut_after is not None and len(text) >= cut_after:
                    return
                if until and len(self.of(until)) >= count:
                    return

    def _take(self, text: str, before: int) -> None:
        self.comments = len(re.findall(r"^: ", text, re.MULTILINE))
        came = list(whole_events(text, self.last))
        del self.seen[before:]
        self.seen += [each for each in came if each.kind]
        if came:
            self.last = came[-1].id

    def of(self, kind: str) -> list[Sent]:
        return [each for each in self.seen if each.kind == kind]

    @property
    def finished(self) -> list[int]:
        """The beats whose end it was told."""
        return [each.data["beat_id"] for each in self.of("beat.finished")]


@dataclass
class Live:
    """A served world."""

    world: World
    service: Service
    url: str
    client: httpx.AsyncClient

    def follower(self, **asked: Any) -> Follower:
        return Follower(self.url, asked)

    async def post(self, path: str, **body: Any) -> Any:
        answer = await self.client.post(path, json=body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def beat(self, thread_id: str) -> dict[str, Any]:
        """Run a beat of a thread, made where it does not exist."""
        await asyncio.to_thread(self.world.store.write, threads.ensure, thread_id, self.world.clock())
        beat: dict[str, Any] = await self.post(f"/api/threads/{thread_id}/heartbeat/run-now")
        return beat


@asynccontextmanager
async def live(world: World) -> AsyncIterator[Live]:
    """Serve a world on a free port, with its timer off."""
    settings = world.settings.model_copy(update={"port": 0})
    async with (
        open_service(settings, enabled=False) as service,
        listen(service) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False) as client,
    ):
        yield Live(world, service, url, client)
