"""What would happen now, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heartbeat_service.plan import read_now
from tests.integration.http.site import Site, serving
from tests.support.ollama import FakeOllama
from tests.support.original_file import READS, TEXT
from tests.support.world import World


@pytest.fixture
def planned(tmp_path: Path, ollama: FakeOllama) -> Iterator[Site]:
    """A site whose beats follow the plan."""
    world = World(tmp_path, ollama, decision="plan")
    ollama.reads = READS
    world.write(TEXT)
    try:
        with serving(world) as made:
            made.run(read_now(world.services))
            yield made
    finally:
        world.close()


def path(thread: str) -> str:
    return f"/api/threads/{thread}/heartbeat/plan/now"


def test_it_says_what_would_be_done_and_changes_nothing(planned: Site) -> None:
    thread = planned.thread()
    for title in ("Tea", "Cups", "Pots"):
        planned.world.post(title)
    calls = len(planned.world.ollama.calls)
    found = planned.get(path(thread))
    assert found["says"].startswith(
        "3 posts would be judged first. As far as is known without that, line 9 would be followed, about 3 posts: “"
    )
    assert (9, "due") in [(each["line"], each["state"]) for each in found["rules"]]
    assert (found["thread"], found["judged"], found["ends"]) == (thread, 3, None)
    assert planned.get(path(thread)) == found
    assert len(planned.world.ollama.calls) == calls
    assert planned.get("/api/heartbeat/history")["activities"] == []


def test_why_none_comes_by_itself_is_said_with_its_remedy(planned: Site) -> None:
    thread = planned.thread(enabled=False)
    obstacles = planned.get(path(thread))["obstacles"]
    assert obstacles[0] == {
        "sentence": "It is switched off, and beats only by hand.",
        "until": None,
        "remedy": f"heartbeat threads set {thread} enabled=true",
    }


def test_a_thread_that_is_not_there_is_named(planned: Site) -> None:
    assert "nobody" in planned.refused(404, "GET", path("nobody"))["detail"]
