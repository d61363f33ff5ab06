"""A person answers by resuming a run of LangGraph: in LangChain's form and in ours, in place and elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from langgraph.types import Command

from checkpoints import open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from heartbeat.capabilities import Capabilities
from heartbeat.store import Refusal, beats
from heartbeat.store.approvals import Answer
from heartbeat.threads import approval_langgraph_id
from heartbeat.vocabulary import AnswerOrigin
from heartbeat_service.approval import accept, answer
from heartbeat_service.approval_threads import ApprovalThreads
from heartbeat_service.runner import Runner
from tests.integration.graph.outside import FOLDER, Outside, connect
from tests.integration.graph.test_plugins import Ledger, label, labels, plug_in
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

POST = decision(action="post", board="general", title="Tea", content="Words")
APPROVE = {"decisions": [{"type": "approve"}]}


def edit(kind: str = "post", **args: Any) -> dict[str, Any]:
    return {"decisions": [{"type": "edit", "edited_action": {"name": kind, "args": args}}]}


@pytest.fixture
def saved(world: World) -> Iterator[HeartbeatGraph]:
    with open_saver(world.settings.checkpoints_path) as saver:
        yield compile_graph(saver)


class Door:
    """A beat that waits, and the LangGraph thread on which it is answered."""

    def __init__(self, world: World, graph: HeartbeatGraph, *, in_place: bool) -> None:
        self.world, self.graph, self.in_place = world, graph, in_place
        own = None if in_place else approval_langgraph_id("demo", 1)
        self.config = run_config("demo", langgraph_id=own)

    def begin(self, reply: str = POST, **config: Any) -> Any:
        """Let the beat wait; return the value of its interrupt."""
        self.world.thread(**{"approval": "always", **config})
        self.world.post("First")
        self.world.ollama.says(reply)
        if self.in_place:
            self.graph.invoke({"thread": "demo"}, self.config, context=self.world.context())
        else:
            self._run()
        return self.value()

    def _run(self) -> None:
        async def go() -> Any:
            async with open_saver(self.world.settings.checkpoints_path) as saver:
                return await Runner(self.world.services, compile_graph(saver)).beat("demo")

        assert not isinstance(asyncio.run(go()), Refusal)

    def value(self) -> Any:
        [pending] = self.graph.get_state(self.config).interrupts
        return pending.value

    def give(self, resume: object) -> Any:
        return self.graph.invoke(Command(resume=resume), self.config, context=self.world.context())

    @property
    def status(self) -> str:
        return self.world.detail(1).status


@pytest.fixture(params=["in place", "elsewhere"])
def door(request: pytest.FixtureRequest, world: World, saved: HeartbeatGraph) -> Door:
    return Door(world, saved, in_place=request.param == "in place")


def test_request_carries_both_forms(door: Door) -> None:
    value = door.begin()
    [request], [review] = value["action_requests"], value["review_configs"]
    assert (request["name"], request["args"]) == (
        "post",
        {"board": "general", "title": "Tea", "content": "Words"},
    )
    assert value["meanwhile"] in request["description"]
    properties = review["args_schema"]["properties"]
    assert properties["board"]["anyOf"][0]["enum"] == ["general", "heartbeat"]
    assert properties["title"]["anyOf"][0]["maxLength"] == 200
    assert value["action"]["title"] == "Tea"
    [pending] = door.graph.get_state(door.config).interrupts
    assert isinstance(pending.response_schema, dict)
    assert set(pending.response_schema["properties"]) == {"answer", "edit", "reason", "always"}


def test_approve(door: Door) -> None:
    door.begin()
    assert door.give(APPROVE)["beat"]["status"] == "acted"
    assert [post.title for post in door.world.posts()] == ["Tea"]
    row = door.world.store.read(beats.get, 1)
    assert row.approval is not None
    assert (row.approval["answer"], row.approval["by"]) == ("approve", "run")


def test_edit(door: Door) -> None:
    [request] = door.begin()["action_requests"]
    whole = {**request["args"], "title": "Mine <b>"}
    assert door.give(edit(**whole))["beat"]["status"] == "acted"
    [post] = door.world.posts()
    assert (post.title, post.content) == ("Mine &lt;b&gt;", "Words")


def test_reject(door: Door) -> None:
    door.begin()
    result = door.give({"decisions": [{"type": "reject", "message": "Too dull"}]})
    assert (result["beat"]["status"], result["beat"]["summary"]) == (
        "rejected",
        "A person said no: Too dull.",
    )
    assert door.world.posts() == []


def test_our_form_can_allow_it_from_now_on(door: Door) -> None:
    door.begin()
    assert door.give({"answer": "approve", "always": True})["beat"]["status"] == "acted"
    row = door.world.store.read(beats.get, 1)
    assert row.approval is not None
    assert row.approval["standing_id"] == 1


@pytest.mark.parametrize(
    ("resume", "refused"),
    [
        ("yes", 'resume: "yes" is not allowed; allowed: an object: '),
        ([], "resume: [] is not allowed; allowed: an object: "),
        (7, "resume: 7 is not allowed; allowed: an object: "),
        ({"type": "accept"}, "answer: missing; allowed: approve, reject"),
        ({"answer": "approve", "always": "yes"}, 'always: "yes" is not allowed; allowed: true, false'),
        ({"answer": "approve", "always": 1}, "always: 1 is not allowed; allowed: true, false"),
        (
            {"decisions": [{"type": "ignore"}]},
            'decisions.0.type: "ignore" is not allowed; allowed: approve, edit',
        ),
        ({"decisions": [{"type": "approve"}] * 2}, "decisions: [{"),
        (edit("vote", title="x"), 'decisions.0.edited_action.name: "vote" is not the kind of this action'),
        (
            edit(post_id="1"),
            "decisions.0.edited_action.args.post_id: a post has no such field; allowed: board",
        ),
        (edit(title=""), "title: blank; allowed: text of 1 to 200 characters"),
        (edit(board="nowhere"), 'board: "nowhere" is not allowed; allowed: general, heartbeat'),
        ({"answer": "approve", "edit": {"text": "x"}}, "edit.text: a post has no such field; allowed: board"),
        ({"answer": "reject", "reason": "x" * 400_000}, "resume: 400034 characters are more than 200000"),
        ({"answer": "reject", "reason": "\ud800" + "x" * 600}, "reason: "),
    ],
)
def test_a_malformed_answer_asks_again(door: Door, resume: object, refused: str) -> None:
    before = door.begin()
    result = door.give(resume)
    [pending] = result["__interrupt__"]
    assert pending.value["refused"].startswith(refused)
    assert {**pending.value, "refused": None} == {**before, "refused": None}
    assert door.status == "awaiting_approval"
    again = door.give({"decisions": []})
    assert again["__interrupt__"][0].value["refused"].startswith("decisions: [] is not allowed")
    assert door.give(APPROVE)["beat"]["status"] == "acted"
    assert [post.title for post in door.world.posts()] == ["Tea"]
    assert len(door.world.ollama.calls) == 1


@pytest.mark.parametrize("resume", [{}, {"0" * 32: APPROVE}])
def test_a_resume_for_another_interrupt_answers_nothing(door: Door, resume: object) -> None:
    """LangGraph takes an object whose keys are all ids of interrupts as answers to those."""
    before = door.begin()
    assert door.give(resume)["__interrupt__"][0].value == before
    assert door.status == "awaiting_approval"
    assert door.give(APPROVE)["beat"]["status"] == "acted"


def test_it_can_be_answered_by_the_id_of_the_interrupt(door: Door) -> None:
    door.begin()
    [pending] = door.graph.get_state(door.config).interrupts
    assert door.give({pending.id: APPROVE})["beat"]["status"] == "acted"


async def test_async_and_streamed(world: World) -> None:
    world.thread(approval="always")
    world.ollama.says(POST)
    async with open_saver(world.settings.checkpoints_path) as saver:
        graph, config = compile_graph(saver), run_config("demo")
        await graph.ainvoke({"thread": "demo"}, config, context=world.context())
        steps = []
        for resume in ("perhaps", APPROVE):
            command: Command[Any] = Command(resume=resume)
            stream = graph.astream(command, config, context=world.context(), stream_mode="updates")
            steps.append([node async for update in stream for node in update])
    assert steps == [["approve", "__interrupt__"], ["approve", "dispatch", "settle"]]
    assert len(world.posts()) == 1


def test_a_refused_answer_is_not_taken_later(world: World, saved: HeartbeatGraph) -> None:
    """Approved while the target cooled down, which is refused; when that is over, the person says no."""
    can = Capabilities(kinds=("post",), boards=("general",), cooldowns={"post": 600})
    plug_in(world, Ledger(can=lambda: can))
    door = Door(world, saved, in_place=True)
    door.begin(target="ledger")
    world.thread("other", target="ledger")
    world.ollama.says(decision(action="post", board="general", title="Coffee", content="Words"))
    assert world.beat(thread="other")["status"] == "acted"
    refused = door.give(APPROVE)["__interrupt__"][0].value["refused"]
    assert refused.startswith("answer: The target ledger takes the next post from")
    world.clock.move(minutes=11)
    assert door.give({"answer": "reject"})["beat"]["status"] == "rejected"


def test_an_action_of_a_targets_own_kind(world: World, saved: HeartbeatGraph) -> None:
    ledger = labels()
    plug_in(world, ledger)
    door = Door(world, saved, in_place=True)
    value = door.begin(label(label_name="bug"), target="ledger", approval=["other"])
    [request], [review] = value["action_requests"], value["review_configs"]
    assert request["args"] == {"post_id": "1", "name": "bug", "why": None}
    assert review["args_schema"]["properties"]["name"]["anyOf"][0]["enum"] == ["bug", "idea"]
    refused = door.give(edit("label", size=1))["__interrupt__"][0].value["refused"]
    assert refused == "edit.fields.size: a label has no such field; allowed: name, why."
    door.give(edit("label", name="idea", why=None))
    assert [given.fields for given in ledger.given(world)] == [{"name": "idea", "why": None}]


def test_a_target_that_is_gone_asks_again(world: World, saved: HeartbeatGraph) -> None:
    ledger = labels()
    plug_in(world, ledger)
    door = Door(world, saved, in_place=True)
    door.begin(label(label_name="bug"), target="ledger", approval=["other"])
    known = world.services
    world.services = replace(
        known, targets={name: it for name, it in known.targets.items() if name != "ledger"}
    )
    value = door.give(APPROVE)["__interrupt__"][0].value
    assert "ledger" in value["refused"]
    assert "args_schema" not in value["review_configs"][0]
    world.services = known
    assert door.give(APPROVE)["beat"]["status"] == "acted"


def test_while_another_carries_it_out_a_resume_says_so(door: Door) -> None:
    door.begin()
    door.world.clock.move(minutes=5)
    given = Answer(answer="approve")
    _, claim = accept(door.world.services, 1, given, AnswerOrigin.PANEL)
    result = door.give({"decisions": [{"type": "reject"}]})
    assert result["beat"]["status"] == "running"
    assert result["beat"]["summary"] == (
        "Beat 1 has an answer already (approve, by panel); this one does not count."
    )
    assert "__interrupt__" not in result
    runner = Runner(door.world.services, door.world.graph)
    assert asyncio.run(runner.go_on("demo", claim)).status == "acted"
    assert len(door.world.posts()) == 1
    assert door.graph.invoke({}, door.config, context=door.world.context())["beat"]["status"] in (
        "acted",
        "none",
    )


def test_after_another_has_carried_it_out_a_resume_tells_what_became_of_it(door: Door) -> None:
    door.begin()
    door.world.clock.move(minutes=5)
    runner = Runner(door.world.services, door.world.graph)
    assert asyncio.run(answer(runner, 1, Answer(answer="approve"))).status == "acted"
    result = door.give({"decisions": [{"type": "reject"}]})
    assert result["beat"]["status"] == "acted"
    assert len(door.world.posts()) == 1


def test_what_a_client_left_on_the_beats_own_thread_is_deleted(world: World, saved: HeartbeatGraph) -> None:
    door = Door(world, saved, in_place=False)
    door.begin()
    assert door.give(APPROVE)["beat"]["status"] == "acted"
    again = saved.invoke({}, door.config, context=world.context())
    assert (again["beat"]["id"], again["beat"]["status"]) == (1, "acted")
    assert "__interrupt__" not in again
    assert len(world.history()) == 1
    assert len(world.posts()) == 1

    async def tend() -> Any:
        async with open_saver(world.settings.checkpoints_path) as saver:
            await ApprovalThreads(world.services, compile_graph(saver)).tend(
                world.clock() + timedelta(minutes=2)
            )
            return await saver.aget_tuple(door.config)

    assert asyncio.run(tend()) is None


def test_what_a_note_asks_for_is_read_back_without_warnings(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    connect(world, Outside("notes", FOLDER))
    world.thread(target="notes", approval="always")
    world.ollama.says(decision(action="note", text="Buy tea", file="todo.md", mode="append"))
    with open_saver(world.settings.checkpoints_path) as saver:
        graph = compile_graph(saver)
        graph.invoke({"thread": "demo"}, run_config("demo"), context=world.context())
        [pending] = graph.get_state(run_config("demo")).interrupts
    schema = pending.value["review_configs"][0]["args_schema"]
    assert "append" in str(schema["properties"]["mode"])
    assert "Blocked" not in caplog.text
