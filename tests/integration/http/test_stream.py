"""The stream of events is joined when it is said to be open."""

from __future__ import annotations

from tests.integration.http.live_server import EVENTS, live
from tests.support.holds import until
from tests.support.world import World


async def test_what_happens_once_the_stream_is_open_is_told(world: World) -> None:
    async with live(world) as served:
        async with served.client.stream("GET", EVENTS) as answer:
            assert answer.status_code == 200
            assert len(served.service.events.readers) == 1
        await until(lambda: not served.service.events.readers)
