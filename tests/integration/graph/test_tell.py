"""A rule that asks to tell the owner is followed in every thread, and one that cannot be followed says why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heartbeat.store.approvals import Answer, Edit
from heartbeat_service.approval import answer
from heartbeat_service.plan_now import plan_now
from heartbeat_service.runner import Runner
from tests.integration.graph.outside import PHONE, Outside, connect
from tests.support.ollama import FakeOllama
from tests.support.plan_beats import follow
from tests.support.world import World

TEA = {"question": "Is it about tea?"}
MEANT = {"about tea": ("tea",)}


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, decision="plan")
    yield made
    made.close()


@pytest.mark.parametrize("target", ["forum", "none"])
def test_what_nothing_takes_to_the_owner_is_told_in_the_panel(world: World, target: str) -> None:
    world.thread(target=target)
    follow(world, {"Tell me about tea": ("tell", "if", "forum", TEA)}, meant=MEANT)
    world.post("Cups", "I like tea")
    beat = world.beat()
    assert (beat["status"], beat["summary"]) == ("acted", "Told you: Some text.")
    assert [(each["target"], each["status"]) for each in beat["actions"]] == [("none", "recorded")]
    assert beat["actions"][0]["about"] == "forum.post:1"
    assert world.beat()["status"] != "acted"


def test_it_is_told_without_a_model_too(world: World) -> None:
    world.thread(fallback="rules")
    world.write("- Tell me of new posts.\n")
    world.correct("new posts", do="tell", when={"kind": "new"}, about=["forum"])
    world.post("Cups", "I like tea")
    world.ollama.models = []
    beat = world.beat()
    assert (beat["status"], beat["decided_by"]) == ("acted", "rules")
    assert beat["summary"] == "Told you: Cups (bo)."


def test_what_there_is_no_room_for_is_counted(world: World) -> None:
    connect(world, Outside("phone", replace(PHONE, text_limit=60)))
    world.thread(fallback="rules")
    world.write("- Tell me of new posts.\n")
    world.correct("new posts", do="tell", when={"kind": "new"}, about=["forum"])
    for number in range(9):
        world.post(f"Post {number}")
    world.ollama.models = []
    assert (
        world.beat()["actions"][0]["text"] == "9 new posts, the newest Post 8:\n\n- Post 8 (bo)\n- and 8 more"
    )


def test_the_owner_edits_what_waits_to_be_told_in_the_panel(world: World) -> None:
    world.thread(approval=["tell"])
    follow(world, {"Tell me about tea": ("tell", "if", "forum", TEA)}, meant=MEANT)
    world.post("Cups", "I like tea")
    world.beat()
    assert world.detail(1).status == "awaiting_approval"
    edit = Edit(text="Tea is what bo drinks.")
    asyncio.run(answer(Runner(world.services, world.graph), 1, Answer(answer="approve", edit=edit)))
    assert world.detail(1).summary == "Told you: Tea is what bo drinks."


class TestARuleThatIsDueAndCannotBeFollowed:
    """The row of the beat and ``plan --now`` say why."""

    def test_its_item_has_a_vote_already(self, world: World) -> None:
        world.thread()
        lines = {word: (word.lower(), "if", "forum", TEA) for word in ("Upvote", "Downvote")}
        follow(world, lines, meant=MEANT)
        world.post("Cups", "I like tea")
        assert world.beat()["status"] == "acted"
        why = "line 2 is due, but nothing that it is due for can get a vote, or it has its vote already"
        assert why in world.beat()["summary"]
        assert why in [rule.why for rule in asyncio.run(plan_now(world.services, "demo")).rules]

    def test_only_tell_is_done(self, world: World) -> None:
        world.thread()
        world.write("- Sum up new posts.\n")
        world.correct("Sum up", do="post", when={"kind": "new"}, about=["forum"])
        (world.folder / "HEARTBEAT.plan.json").write_text("{")
        world.post("Cups", "I like tea")
        beat = world.beat()
        assert beat["status"] == "none"
        assert "line 1 is due, but nothing is done now but to tell" in beat["summary"]
