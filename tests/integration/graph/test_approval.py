"""Approval: a beat waits for a person; the answer lives on the row, wherever it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from langgraph.types import Command

from checkpoints import open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from heartbeat.draft import Draft
from heartbeat.errors import ConflictError, InvalidValueError, NotFoundError
from heartbeat.store import Outcome, Refusal, actions, approvals, beats, claims, forum, unsettled
from heartbeat.store.approvals import Answer, Edit
from heartbeat.store.tables import Beat, Post
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import ActionStatus, AnswerOrigin, BeatStatus, Reason, Trigger
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from tests.support.ollama import decision
from tests.support.world import World

BY = AnswerOrigin.API

pytestmark = pytest.mark.one_question  # what waits is a reply with a whole decision

POST = decision(action="post", board="general", title="Summary", content="Words")


@pytest.fixture
def saved(world: World) -> Iterator[HeartbeatGraph]:
    with open_saver(world.settings.checkpoints_path) as saver:
        yield compile_graph(saver)


def waiting(world: World, reply: str = POST, **config: Any) -> int:
    """A beat that waits for approval, begun by a runner without a checkpointer."""
    world.thread(approval="always", **config)
    world.post("First")
    world.ollama.says(reply)
    result = asyncio.run(Runner(world.services, world.graph).beat("demo"))
    assert not isinstance(result, Refusal)
    assert result.status == "awaiting_approval"
    return result.id


def give(world: World, beat_id: int, **fields: Any) -> BeatView:
    return asyncio.run(answer(Runner(world.services, world.graph), beat_id, Answer(**fields)))


def test_waiting_beat_shows_what_it_would_do(world: World) -> None:
    beat_id = waiting(world)
    detail = world.detail(beat_id)
    assert detail.draft is not None
    assert detail.draft["title"] == "Summary"
    assert detail.summary == "Waits for approval: post on general: Summary."
    assert detail.expires_at is not None
    assert (detail.expires_at - world.clock()).total_seconds() == 86_400
    assert world.posts() == []


def test_only_the_kinds_listed_wait(world: World) -> None:
    world.thread(approval=["vote"])
    number = world.post()
    world.ollama.says(POST, decision(action="vote", post_id=str(number), vote_direction="up"))
    assert world.beat()["status"] == "acted"
    world.beat()
    assert world.history()[0].status == "awaiting_approval"


def test_approve_acts_once(world: World) -> None:
    beat_id = waiting(world)
    beat = give(world, beat_id, answer="approve")
    assert beat.status == "acted"
    assert len(world.posts()) == 1
    with pytest.raises(ConflictError, match="does not wait for approval: it is acted"):
        give(world, beat_id, answer="approve")
    assert len(world.posts()) == 1
    assert len(world.ollama.calls) == 1
    assert world.detail(beat_id).approval is not None


def test_reject_ends_the_beat(world: World) -> None:
    beat_id = waiting(world)
    beat = give(world, beat_id, answer="reject", reason="too long")
    assert (beat.status, beat.reason, beat.summary) == ("rejected", "rejected", "A person said no: too long.")
    assert world.posts() == []


def test_edit_is_done_instead(world: World) -> None:
    beat_id = waiting(world)
    beat = give(world, beat_id, answer="approve", edit=Edit(title="Better <b>", board="heartbeat"))
    assert beat.status == "acted"
    [post] = world.posts()
    assert (post.title, post.board, post.content) == ("Better &lt;b&gt;", "heartbeat", "Words")


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"title": ""}, "title: blank; allowed: text of 1 to 200 characters"),
        ({"title": "x" * 201}, "title: 201 characters; allowed: 1 to 200"),
        ({"content": None}, "content: missing"),
        ({"board": "nowhere"}, 'board: "nowhere" is not allowed; allowed: general, heartbeat'),
    ],
)
def test_invalid_edit_is_refused_and_the_beat_still_waits(
    world: World, edit: dict[str, Any], sentence: str
) -> None:
    beat_id = waiting(world)
    with pytest.raises(InvalidValueError, match=sentence):
        give(world, beat_id, answer="approve", edit=Edit(**edit))
    assert world.detail(beat_id).status == "awaiting_approval"
    assert give(world, beat_id, answer="approve").status == "acted"


def test_unknown_beat(world: World) -> None:
    with pytest.raises(NotFoundError, match="beat 7 does not exist"):
        give(world, 7, answer="approve")


def test_answer_after_expiry_does_nothing(world: World) -> None:
    beat_id = waiting(world, approval_ttl=600)
    world.clock.move(seconds=600)
    with pytest.raises(ConflictError, match="waited too long and was rejected"):
        give(world, beat_id, answer="approve")
    assert (world.detail(beat_id).status, world.detail(beat_id).reason) == ("rejected", "expired")
    assert world.posts() == []


def test_door_is_shut_while_one_waits_and_open_after_expiry(world: World) -> None:
    beat_id = waiting(world, approval_ttl=600)
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("skipped", "awaiting_approval")
    world.clock.move(seconds=600)
    assert world.beat()["status"] == "none"
    assert world.detail(beat_id).reason == "expired"


def test_target_vanished_meanwhile(world: World) -> None:
    world.thread("other")
    number = world.post("Going away")
    beat_id = waiting(world, decision(action="comment", post_id=str(number), content="Hello"))

    def vanish(session: Any) -> None:
        session.delete(session.get(Post, number))

    world.store.write(vanish)
    beat = give(world, beat_id, answer="approve")
    assert (beat.status, beat.reason) == ("failed", "dispatch")
    assert f"post {number} does not exist" in beat.summary
    assert beat.actions == []


def test_budget_spent_meanwhile(world: World) -> None:
    beat_id = waiting(world, max_actions_per_day=1)

    def spend(session: Any) -> None:
        twin = Beat(thread_id="demo", trigger=Trigger.MANUAL, started_at=world.clock())
        claim = beats.insert(session, twin, world.store.lease, world.clock())
        draft = Draft(kind="post", board="general", title="Other", content="Other")
        actions.perform(
            session,
            claim,
            draft,
            target="forum",
            apply=lambda *_: {},
            status=ActionStatus.SENT,
            now=world.clock(),
        )
        beats.settle(session, claim, Outcome(BeatStatus.ACTED, "x"), world.clock())

    world.store.write(spend)
    beat = give(world, beat_id, answer="approve")
    assert (beat.status, beat.reason) == ("skipped", "budget_exhausted")
    assert world.posts() == []


def test_killed_between_approval_and_dispatch(world: World) -> None:
    beat_id = waiting(world)
    world.store.write(
        approvals.answer,
        beat_id,
        Answer(answer="approve"),
        by=AnswerOrigin.API,
        lease=world.store.lease,
        now=world.clock(),
    )
    world.clock.move(seconds=31)
    other = world.elsewhere()
    assert other.store.read(unsettled.left_behind, world.clock()) == [beat_id]
    assert other.go_on(beat_id)["status"] == "acted"
    assert len(world.posts()) == 1
    other.close()


def test_waiting_beat_that_is_run_still_waits(world: World) -> None:
    beat_id = waiting(world)
    assert world.go_on(beat_id)["status"] == "awaiting_approval"
    claim = beats.claim_of(world.store.read(beats.get, beat_id))
    runner = Runner(world.services, world.graph)
    assert asyncio.run(runner.go_on("demo", claim)).status == "awaiting_approval"
    with pytest.raises(ConflictError, match="waits for a person's approval"):
        world.store.write(claims.take, beat_id, world.store.lease, world.clock())
    assert world.posts() == []


class TestStudio:
    """The same by LangGraph's own interrupt and resume."""

    def start(self, world: World, saved: HeartbeatGraph, **config: Any) -> Any:
        world.thread(approval="always", **config)
        world.post("First")
        world.ollama.says(POST)
        return saved.invoke({"thread": "demo"}, run_config("demo"), context=world.context())

    def resume(self, world: World, saved: HeartbeatGraph, value: Any) -> Any:
        return saved.invoke(Command(resume=value), run_config("demo"), context=world.context())

    def test_interrupt_carries_action_and_schema(self, world: World, saved: HeartbeatGraph) -> None:
        result = self.start(world, saved)
        [pending] = result["__interrupt__"]
        assert pending.value["action"]["title"] == "Summary"
        assert set(pending.response_schema["properties"]) == {"answer", "edit", "reason", "always"}

    def test_resume_approves(self, world: World, saved: HeartbeatGraph) -> None:
        self.start(world, saved)
        result = self.resume(world, saved, {"answer": "approve", "edit": {"title": "Mine"}})
        assert result["beat"]["status"] == "acted"
        assert [post.title for post in world.posts()] == ["Mine"]
        assert len(world.ollama.calls) == 1
        assert saved.get_state(run_config("demo")).values["memory"]["recent"][0]["text"] == "Mine"

    def test_resume_rejects(self, world: World, saved: HeartbeatGraph) -> None:
        self.start(world, saved)
        assert self.resume(world, saved, {"answer": "reject"})["beat"]["status"] == "rejected"
        assert world.posts() == []

    def test_bad_resume_can_be_given_again(self, world: World, saved: HeartbeatGraph) -> None:
        self.start(world, saved)
        result = self.resume(world, saved, {"answer": "perhaps"})
        refused = 'answer: "perhaps" is not allowed; allowed: approve, reject.'
        assert result["__interrupt__"][0].value["refused"] == refused
        assert world.history()[0].status == "awaiting_approval"
        assert self.resume(world, saved, {"answer": "approve"})["beat"]["status"] == "acted"

    def test_invalid_edit_asks_again_with_the_sentence(self, world: World, saved: HeartbeatGraph) -> None:
        self.start(world, saved)
        result = self.resume(world, saved, {"answer": "approve", "edit": {"title": ""}})
        assert result["__interrupt__"][0].value["refused"].startswith("title: blank")
        assert self.resume(world, saved, {"answer": "approve"})["beat"]["status"] == "acted"

    def test_interrupt_survives_beats_at_the_door(self, world: World, saved: HeartbeatGraph) -> None:
        self.start(world, saved)
        world.clock.move(minutes=5)
        for trigger, slot in (("manual", None), ("scheduled", world.clock())):
            refused = world.store.open_beat("demo", trigger, slot, world.clock())  # type: ignore[arg-type]
            assert isinstance(refused, Refusal)
            assert refused.gate == Reason.AWAITING_APPROVAL
        assert saved.get_state(run_config("demo")).interrupts
        assert self.resume(world, saved, {"answer": "approve"})["beat"]["status"] == "acted"

    @pytest.mark.parametrize("given", [{"thread": "demo"}, {"thread": "demo", "dry_run": True}, {}])
    def test_new_run_ends_at_the_door_and_the_interrupt_survives(
        self, world: World, saved: HeartbeatGraph, given: Any
    ) -> None:
        """LangGraph drops an interrupt when new input comes; the new run brings it back from the row."""
        before = self.start(world, saved)
        world.clock.move(minutes=5)
        result = saved.invoke(given, run_config("demo"), context=world.context())
        assert (result["beat"]["status"], result["beat"]["reason"]) == ("skipped", "awaiting_approval")
        assert result["__interrupt__"][0].value == before["__interrupt__"][0].value
        assert saved.get_state(run_config("demo")).interrupts
        resumed = self.resume(world, saved, {"answer": "approve", "edit": {"title": "Mine"}})
        assert (resumed["beat"]["status"], resumed["beat"]["id"]) == ("acted", before["beat"]["id"])
        assert [post.title for post in world.posts()] == ["Mine"]
        assert len(world.ollama.calls) == 1
        memory = saved.get_state(run_config("demo")).values["memory"]
        assert memory["recent"][0]["text"] == "Mine"
        assert memory["marks"]
        assert memory["asked_at"] == (world.clock() - timedelta(minutes=5)).isoformat().replace("+00:00", "Z")

    def test_interrupt_survives_many_runs_and_an_async_one(self, world: World) -> None:
        async def many() -> Any:
            async with open_saver(world.settings.checkpoints_path) as saver:
                machine, config = compile_graph(saver), run_config("demo")
                for _ in range(3):
                    await machine.ainvoke({"thread": "demo"}, config, context=world.context())
                    world.clock.move(minutes=1)
                resume: Command[Any] = Command(resume={"answer": "reject", "reason": "no"})
                return await machine.ainvoke(resume, config, context=world.context())

        world.thread(approval="always")
        world.post("First")
        world.ollama.says(POST)
        assert asyncio.run(many())["beat"]["status"] == "rejected"
        assert [beat.status for beat in world.history()] == ["skipped", "skipped", "rejected"]

    def test_number_of_a_waiting_beat_keeps_its_interrupt(self, world: World, saved: HeartbeatGraph) -> None:
        beat_id = self.start(world, saved)["beat"]["id"]
        result = saved.invoke({"beat_id": beat_id}, run_config("demo"), context=world.context())
        assert result["beat"]["status"] == "awaiting_approval"
        assert saved.get_state(run_config("demo")).interrupts

    def test_resume_after_the_row_was_answered_acts_once(self, world: World, saved: HeartbeatGraph) -> None:
        self.start(world, saved)
        beat_id = world.history()[0].id
        assert give(world, beat_id, answer="approve").status == "acted"
        result = self.resume(world, saved, {"answer": "approve"})
        assert result["beat"]["status"] == "acted"
        assert len(world.posts()) == 1

    def test_resume_after_expiry_does_nothing(self, world: World, saved: HeartbeatGraph) -> None:
        self.start(world, saved, approval_ttl=600)
        world.clock.move(seconds=601)
        result = self.resume(world, saved, {"answer": "approve"})
        assert (result["beat"]["status"], result["beat"]["reason"]) == ("rejected", "expired")
        assert world.posts() == []

    async def test_async_resume(self, world: World) -> None:
        world.thread(approval="always")
        world.ollama.says(POST)
        async with open_saver(world.settings.checkpoints_path) as saver:
            machine = compile_graph(saver)
            config = run_config("demo")
            result = await machine.ainvoke({"thread": "demo"}, config, context=world.context())
            assert result["__interrupt__"]
            result = await machine.ainvoke(
                Command(resume={"answer": "approve"}), config, context=world.context()
            )
        assert result["beat"]["status"] == "acted"


def test_comment_edit_keeps_its_target(world: World) -> None:
    number = world.post("Question")
    beat_id = waiting(world, decision(action="comment", post_id=str(number), content="Hello"))
    give(world, beat_id, answer="approve", edit=Edit(content="Good day"))
    [comment] = world.store.read(forum.comments_on, number)
    assert (comment.post_id, comment.content) == (number, "Good day")
