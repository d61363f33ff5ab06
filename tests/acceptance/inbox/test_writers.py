"""Two services and three writers that commit late: no mark of a thread ever passes an item."""

from __future__ import annotations

import signal
from collections import Counter

from tests.acceptance.inbox.child import SHARED, WRITTEN
from tests.acceptance.inbox.conftest import Site
from tests.acceptance.inbox.reading import news_of_a_beat
from tests.support.ollama import Say, decision


def test_every_item_is_new_to_a_reading_thread_exactly_once(site: Site) -> None:
    world = site.world
    world.thread()
    world.post("Where all remark", author="heartbeat")
    site.connect(*SHARED)
    world.ollama.answer = lambda _: Say(decision(action="none"))
    services = [site.child("serve") for _ in range(2)]
    writers = [site.child("write") for _ in range(3)]
    seen: Counter[str] = Counter()
    while not all(each.has_ended() for each in writers):
        site.entries = [*site.entries, f"Entry {len(site.entries)}"]
        seen.update(item.title or item.content for item in news_of_a_beat(world))
    assert [each.result() for each in writers] == ["written"] * 3
    for each in services:
        each.send(signal.SIGTERM)
        assert each.result() == "served"
    while found := news_of_a_beat(world):
        seen.update(item.title or item.content for item in found)
    written = {f"{each.job.owner}-{number:02}" for each in writers for number in range(WRITTEN)}
    fetched = site.titles_of("news")
    assert len(fetched) > 2, "the services have looked too"
    assert seen == Counter([*written, *fetched])
