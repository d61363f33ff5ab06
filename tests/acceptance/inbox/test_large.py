"""A feed of 10,001 entries arrives in order over several fetches, and the thread's owner sees what was too much."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from heartbeat.connections.feed import FeedFetch
from heartbeat.fetching import FetchResult
from heartbeat.store.inbox import Written
from heartbeat_service.fetcher import Fetcher
from tests.acceptance.inbox.conftest import Site
from tests.support.ollama import Say, decision

ENTRIES = 10_001
LOOKS = 21
"""Of which each takes 500."""
OPEN = 200
SHOWN = 20


@pytest.fixture
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the page once: to do it at each of the looks takes longer than all else, and it is the same page."""
    real, results = FeedFetch.fetch, list[FetchResult]()

    def fetch(self: FeedFetch, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        assert memo == {}, "what was held back is asked for without a condition"
        if not results:
            results.append(real(self, now, memo, deadline))
        return results[0]

    monkeypatch.setattr(FeedFetch, "fetch", fetch)


@pytest.mark.usefixtures("_read_once")
def test_ten_thousand_entries_arrive_in_order(site: Site) -> None:
    world = site.world
    site.entries = [f"Entry {number:05}" for number in range(1, ENTRIES + 1)]
    world.thread()
    fetcher = Fetcher(world.services)
    for number in range(1, LOOKS + 1):
        [looked] = asyncio.run(fetcher.look_named(only_due=True))
        left = max(0, ENTRIES - 500 * number)
        assert looked.written == Written(500 if left else 1, held_back=left)
        assert world.services.connections.get("news").held_back == left
        world.clock.move(seconds=10)
    assert site.titles() == site.entries
    [looked] = asyncio.run(fetcher.look_named(only_due=True))
    assert looked.written is None, "from now on at its interval"

    world.ollama.answer = lambda _: Say(decision(action="none"))
    shown: list[str] = []
    for beat in range(OPEN // SHOWN):
        problems = world.beat()["problems"]
        dropped = f"source news: {ENTRIES - OPEN} items were dropped without a look: only the newest {OPEN}"
        assert [each.startswith(dropped) for each in problems] == ([] if beat else [True])
        prompt = world.ollama.prompts[-1]
        left = OPEN - SHOWN * beat if beat else ENTRIES
        assert f"New from your owner's connections: {left}." in prompt
        shown += sorted(title for title in site.entries[-OPEN:] if title in prompt and title not in shown)
    assert shown == site.entries[-OPEN:]
    world.beat()
    assert "New from your owner's connections" not in world.ollama.prompts[-1]
