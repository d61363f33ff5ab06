"""The row of a beat over HTTP shows what the triage asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.http.site import Site, serving
from tests.support.ollama import FakeOllama
from tests.support.reading import Reader
from tests.support.world import World


@pytest.fixture
def reading(tmp_path: Path, ollama: FakeOllama) -> Iterator[Site]:
    world = World(tmp_path, ollama, triage=True)
    try:
        with serving(world) as site:
            yield site
    finally:
        world.close()


def test_small_questions_of_a_beat_are_shown(reading: Site) -> None:
    reading.world.write("- Birds: vote up")
    reading.world.ollama.answer = Reader(lines={"Birds: vote up": "up"}, fitting=("A heron",))
    reading.world.post("A heron")
    thread = reading.thread()
    beat = reading.post(f"/api/threads/{thread}/heartbeat/run-now")
    assert (beat["status"], beat["prompt_tokens"]) == ("acted", 600)
    [entry] = reading.get(f"/api/beats/{beat['id']}")["rounds"]
    assert entry["found"] == "Asked for by: Birds: vote up"
    asked = 'Post: "A heron" -- Some words\nQuestion: Birds: vote up'
    assert [(step["name"], step["asked"], step["answer"]) for step in entry["steps"]] == [
        ("label", "Birds: vote up", {"label": "up", "number": None, "time": None}),
        ("asks", "Birds: vote up", {"asks": "yes"}),
        ("about", "Birds: vote up", {"question": "Birds: vote up", "unless": None}),
        ("match", asked, {"is": "what it is", "match": "yes"}),
        ("says", "A heron", {"does": "what it does", "kind": "remark"}),
        ("says", "Some words", {"does": "what it does", "kind": "remark"}),
    ]
    assert all(step["seconds"] > 0 and step["completion_tokens"] == 20 for step in entry["steps"])
