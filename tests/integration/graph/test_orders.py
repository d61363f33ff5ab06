"""Beats obey what the owner says in the conversation: it is read first, and comes before the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heartbeat.store import messages
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import BeatStatus
from heartbeat_service.runner import Runner
from nodes.said import lift
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama
from tests.support.plan_beats import PlanModel
from tests.support.world import World

HUSH = "Please do not post anything until I write again."
READS = Reads(
    {
        "new post": ("post", "number", "forum", {"number": "at least 1", "how": "a summary"}),
        "do not post": ("forbidden", "always", "any", {}),
        "Say hello": ("post", "always", "any", {"how": "a greeting"}),
        "mentions tea": ("tell", "if", "forum", {"question": "Does it mention tea?", "open": True}),
        "Thanks": "info",
    },
    until={"until I write": {"until": "next"}},
)


class Talk:
    """A thread that sums up each new post, and its owner."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.model = PlanModel(meant={"tea": ("tea",)})
        world.ollama.reads, world.ollama.answer = READS, self.model
        world.write("- If there is a new post, sum it up\n")
        world.thread()
        world.read()

    def beat(self) -> dict[str, Any]:
        """Run a scheduled beat after an ordinary post of somebody else."""
        world = self.world
        world.clock.move(minutes=30)
        world.post("News", f"Posted at {world.clock.now}")
        return self.again()

    def again(self) -> dict[str, Any]:
        """Run a scheduled beat."""
        now = self.world.clock.now
        self.model.fields = {"title": "Summary", "content": f"As of {now}", "tell": f"Look, at {now}"}
        return self.world.scheduled()

    def say(self, content: str = HUSH) -> int:
        """Let the owner write, and return the number of the message."""
        row = self.world.store.write(
            messages.add, "demo", author="owner", content=content, now=self.world.clock()
        )
        assert row.id is not None
        return row.id


@pytest.fixture
def talk(tmp_path: Path, ollama: FakeOllama) -> Iterator[Talk]:
    world = World(tmp_path, ollama, decision="plan")
    yield Talk(world)
    world.close()


class TestAServedBeatThatHasBegun:
    @pytest.mark.parametrize("point", ["inside:gather_context", "before:decide"])
    async def test_it_obeys_what_the_owner_says_before_it_decides(self, talk: Talk, point: str) -> None:
        world, runner = talk.world, Runner(talk.world.services, talk.world.graph)
        world.post("News", "Posted at noon")

        def interrupt(reached: str) -> None:
            if reached == point:
                world.probe = lambda _: None
                talk.say()

        world.probe = interrupt
        beat = await runner.beat("demo")
        assert isinstance(beat, BeatView)
        assert beat.status == BeatStatus.NONE
        assert world.posts() == []

    async def test_it_follows_a_correction_that_is_made_before_it_decides(self, talk: Talk) -> None:
        world, runner = talk.world, Runner(talk.world.services, talk.world.graph)
        world.post("News", "Posted at noon")

        def interrupt(reached: str) -> None:
            if reached == "before:decide":
                world.probe = lambda _: None
                world.correct("new post", do="post", when={"kind": "new", "count": 30}, about=["forum"])

        world.probe = interrupt
        beat = await runner.beat("demo")
        assert isinstance(beat, BeatView)
        assert beat.status == BeatStatus.NONE
        assert world.posts() == []


class TestSilenceUntilTheOwnerWritesAgain:
    def test_it_holds_through_fifty_messages_a_restart_and_thirty_days(self, talk: Talk) -> None:
        assert talk.beat()["status"] == "acted"
        talk.say()
        assert talk.beat()["status"] == "none"
        for number in range(50):
            talk.world.store.write(
                messages.add, "demo", author="ana", content=f"Message {number}", now=talk.world.clock()
            )
        assert talk.beat()["status"] == "none"
        talk.world.clock.move(days=30)
        twin = talk.world.elsewhere()
        try:
            twin.post("Later", "After a month")
            assert twin.scheduled()["status"] == "none"
        finally:
            twin.close()
        assert len(talk.world.posts()) == 1
        talk.say("Thanks, I am back.")
        assert talk.beat()["status"] == "acted"

    def test_it_ends_when_it_is_lifted(self, talk: Talk) -> None:
        number = talk.say()
        assert talk.beat()["status"] == "none"
        talk.world.clock.move(seconds=1)
        lift(talk.world.services, "demo", number, by="ann")
        assert talk.beat()["status"] == "acted"

    def test_it_holds_five_seconds_after_it_was_written(self, talk: Talk) -> None:
        talk.world.post("News", "Something")
        talk.world.clock.move(minutes=30)
        talk.say()
        talk.world.clock.move(seconds=5)
        assert talk.again()["status"] == "none"
        assert talk.world.ollama.readings, "it was read before the beat that would have posted"
        assert talk.world.posts() == []


class TestAnOrder:
    def test_it_comes_before_the_file_and_is_carried_out_once(self, talk: Talk) -> None:
        talk.say("Say hello to everybody")
        talk.beat()
        row = talk.world.history()[0]
        assert "order of the owner" in str(row.rounds[-1])
        order, line = talk.world.detail(row.id).rules
        assert (order.state, order.chosen) == ("due", True)
        assert (line.state, line.chosen) == ("due", False)
        talk.beat()
        later, line = talk.world.detail(talk.world.history()[0].id).rules
        assert (later.id, later.state, later.chosen) == (order.id, "over", False)
        assert line.chosen

    def test_what_is_there_already_is_looked_at_once(self, talk: Talk) -> None:
        talk.world.post("Cups", "I like cups")
        talk.say("Tell me which post mentions tea")
        talk.beat()
        talk.world.clock.move(minutes=30)
        talk.world.post("Pots", "tea for two")
        talk.again()
        rules = {each["id"]: each["state"] for each in talk.world.history()[0].rounds[-1]["rules"]}
        assert [state for name, state in rules.items() if name.startswith("message-")] == ["over"]


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("fallback", ["none", "rules"])
    def test_nothing_is_done_where_the_model_cannot_be_asked(self, talk: Talk, fallback: str) -> None:
        talk.world.configure(fallback=fallback)
        talk.say()
        talk.world.ollama.models = ["another:1b"]
        talk.world.clock.move(minutes=5)
        beat = talk.beat()
        assert (beat["status"], beat["reason"]) == ("skipped", "model_unreachable")
        assert talk.world.posts() == []

    def test_a_message_that_fails_twice_stops_every_act_until_the_owner_writes(self, talk: Talk) -> None:
        talk.world.ollama.reads = Reads({"Hm": "banana", "Thanks": "info"})
        talk.say("Hm, rather not")
        assert talk.beat()["status"] == "none"
        assert talk.world.posts() == []
        talk.world.clock.move(seconds=1)
        talk.say("Thanks, go on.")
        assert talk.beat()["status"] == "acted"


class TestMessageThatNoModelReads:
    def test_the_row_names_it_and_lifting_it_goes_on(self, talk: Talk) -> None:
        talk.world.configure(fallback="rules")
        number = talk.say()
        talk.world.ollama.models = ["another:1b"]
        beat = talk.beat()
        assert (beat["status"], beat["reason"]) == ("skipped", "model_unreachable")
        assert f"since message {number} in the conversation is not read yet" in beat["summary"]
        assert f"heartbeat plan lift {number} --thread demo" in beat["summary"]
        lift(talk.world.services, "demo", number, by="ana")
        beat = talk.beat()
        assert (beat["status"], beat["decided_by"]) == ("acted", "rules")
