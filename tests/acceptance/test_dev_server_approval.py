"""An approval in LangGraph's own dev server, answered by its client in LangChain's form and in ours."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from checkpoints import open_saver
from graph.heartbeat import compile_graph
from heartbeat.store import threads
from heartbeat.threads import approval_langgraph_id
from heartbeat_service.approval_threads import ApprovalThreads
from tests.acceptance.test_dev_server import DevServer, serving, until
from tests.support.holds import PATIENCE
from tests.support.ollama import fake_ollama
from tests.support.paths import ROOT
from tests.support.plan_beats import order_post
from tests.support.world import Clock, World


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with fake_ollama() as ollama:
        world = World(tmp_path_factory.mktemp("dev"), ollama, clock=Clock(datetime.now(UTC)))
        with serving(world, ROOT, "--no-reload") as made:
            yield made
        world.close()


class Approval:
    """A beat of the service's runner that waits on a LangGraph thread of its own, answered by the client."""

    def __init__(self, world: World, client: LangGraphClient, url: str, name: str) -> None:
        self.world, self.client, self.name = world, client, name
        self.http = httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False)
        self.title = f"May I, {name}?"

    async def begin(self) -> dict[str, Any]:
        """Let the beat wait; return the value of its interrupt."""
        self.world.thread(self.name, approval="always")
        self.world.post("First")
        order_post(self.world, self.name, title=self.title, content="Words")
        ran = (await self.http.post(f"/api/threads/{self.name}/heartbeat/run-now")).json()
        assert ran["status"] == "awaiting_approval"
        self.beat_id: int = ran["id"]
        self.uuid = approval_langgraph_id(self.name, self.beat_id)
        await self.client.threads.create(thread_id=self.uuid, graph_id="heartbeat", if_exists="do_nothing")
        state = await self.client.threads.get_state(self.uuid)
        value: dict[str, Any] = state["interrupts"][0]["value"]
        return value

    async def give(self, resume: Any) -> Any:
        command: Any = {"resume": resume}
        return await self.client.runs.wait(self.uuid, "heartbeat", command=command, raise_error=False)

    async def new_input(self) -> Any:
        return await self.client.runs.wait(self.uuid, "heartbeat", input={})

    @property
    def posted(self) -> list[str]:
        return [post.title for post in self.world.posts() if self.name in post.title]

    @property
    def status(self) -> str:
        return self.world.detail(self.beat_id).status

    async def tend(self) -> Any:
        """Delete what is left over, a minute later; return the checkpoint that is there after it."""
        async with open_saver(self.world.settings.checkpoints_path) as saver:
            threads_ = ApprovalThreads(self.world.services, compile_graph(saver))
            await threads_.tend(datetime.now(UTC) + timedelta(minutes=2))
            return await saver.aget_tuple({"configurable": {"thread_id": self.uuid}})


@pytest.fixture
async def approval(server: DevServer) -> AsyncIterator[Approval]:
    name = f"approval-{server.world.store.read(threads.count)}"
    server.world.ollama.answer = None
    async with get_client(url=server.url) as client:
        made = Approval(server.world, client, server.url, name)
        async with made.http:
            yield made


def edit(args: dict[str, Any]) -> dict[str, Any]:
    return {"decisions": [{"type": "edit", "edited_action": {"name": "post", "args": args}}]}


@pytest.mark.parametrize(
    ("resume", "status", "posted"),
    [
        ({"decisions": [{"type": "approve"}]}, "acted", ["May I, {}?"]),
        (edit({"title": "Mine, {}"}), "acted", ["Mine, {}"]),
        ({"decisions": [{"type": "reject", "message": "Too dull"}]}, "rejected", []),
        ({"answer": "approve"}, "acted", ["May I, {}?"]),
        ({"answer": "approve", "edit": {"title": "Mine, {}"}}, "acted", ["Mine, {}"]),
        ({"answer": "reject", "reason": "Too dull"}, "rejected", []),
    ],
)
async def test_an_approval_of_the_runners_beat_is_answered_on_its_own_thread(
    approval: Approval, resume: Any, status: str, posted: list[str]
) -> None:
    value = await approval.begin()
    [asked], [review] = value["action_requests"], value["review_configs"]
    assert (asked["name"], asked["args"]["title"]) == ("post", approval.title)
    assert review["allowed_decisions"] == ["approve", "edit", "reject"]
    result = await approval.give(json.loads(json.dumps(resume).replace("{}", approval.name)))
    assert (result["beat"]["id"], result["beat"]["status"]) == (approval.beat_id, status)
    expected = [title.format(approval.name) for title in posted]
    assert approval.posted == expected
    after = await approval.new_input()
    assert (after["beat"]["id"], after["beat"]["status"]) == (approval.beat_id, status)
    assert "__interrupt__" not in after
    assert approval.posted == expected
    assert await approval.tend() is None


async def test_a_malformed_answer_asks_again_and_the_approval_stays(approval: Approval) -> None:
    before = await approval.begin()
    for resume, refused in (
        ("yes", 'resume: "yes" is not allowed'),
        ([], "resume: [] is not allowed"),
        ({"decisions": []}, "decisions: [] is not allowed; allowed: a list of one decision."),
        ({"decisions": [{"type": "approve"}] * 2}, "decisions: [{"),
        (
            {"decisions": [{"type": "respond", "message": "Done"}]},
            'decisions.0.type: "respond" is not allowed',
        ),
        (edit({"title": ""}), "title: blank"),
        (edit({"colour": "red"}), "decisions.0.edited_action.args.colour: a post has no such field"),
        ({"answer": "reject", "reason": "x" * 1_000_000}, "resume: 1000034 characters are more than"),
        (
            {"answer": "reject", "edit": {"fields": {"x": [[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]}}},
            "resume: nested",
        ),
    ):
        result = await approval.give(resume)
        [pending] = result["__interrupt__"]
        assert pending["value"]["refused"].startswith(refused)
        assert approval.status == "awaiting_approval"
    no_answers: list[Any] = [None, {}]
    for nothing in no_answers:  # LangGraph itself takes these for no answer
        assert "__interrupt__" in await approval.give(nothing)
    result = await approval.give({"decisions": [{"type": "approve"}]})
    assert result["beat"]["status"] == "acted"
    assert approval.posted == [before["action"]["title"]]


async def test_new_input_brings_the_interrupt_back_and_makes_no_thread(approval: Approval) -> None:
    before = await approval.begin()
    result = await approval.new_input()
    assert result["__interrupt__"][0]["value"] == before
    assert approval.world.store.read(threads.id_of, approval.uuid) is None
    assert approval.uuid not in {row.id for row in approval.world.store.read(threads.every)}
    assert (await approval.give({"answer": "reject"}))["beat"]["status"] == "rejected"


async def test_of_two_answers_at_once_one_counts(approval: Approval) -> None:
    await approval.begin()
    by_client, by_http = await asyncio.gather(
        approval.give({"decisions": [{"type": "approve"}]}),
        approval.http.post(f"/api/beats/{approval.beat_id}/reject", json={"reason": "no"}),
    )
    await until(lambda: approval.status in {"acted", "rejected"})
    if approval.status == "rejected":
        assert by_http.json()["status"] == "rejected"
        assert approval.posted == []
        # Where nothing is left to resume, the server ends the run in an error of its own.
        assert "__error__" in by_client or by_client["beat"]["status"] in {"running", "rejected"}
        assert (await approval.new_input())["beat"]["status"] == "rejected"
    else:
        assert by_client["beat"]["status"] == "acted"
        assert by_http.status_code == 409
        assert "does not wait for approval" in by_http.json()["detail"]
        assert approval.posted == [approval.title]
    assert await approval.tend() is None


def example() -> str:
    """The example of docs/python.md for the client."""
    text = (ROOT / "docs" / "python.md").read_text()
    [code] = re.findall(r"```py\n(.*?)```", text, re.DOTALL)
    return str(code)


async def test_the_example_for_the_client(approval: Approval, tmp_path: Path) -> None:
    await approval.begin()
    code = example().replace('"demo", 12', f'"{approval.name}", {approval.beat_id}')
    code = code.replace("http://127.0.0.1:2024", str(approval.http.base_url).rstrip("/"))
    code = code.replace('"title": "', f'"title": "{approval.name}: ')
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.stderr == ""
    told, became = ran.stdout.splitlines()
    assert told.startswith(f"post on heartbeat: {approval.title}")
    assert became == f"acted Posted on heartbeat: {approval.name}: Shorter."
    assert len(approval.posted) == 1
