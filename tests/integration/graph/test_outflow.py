"""The gate `outflow`: what is private does not become public without a person, however the thread came to that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from sqlmodel import Session

from graph.heartbeat import compile_graph, run_config
from heartbeat.capabilities import Capabilities
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import FetchedItem
from heartbeat.outgoing import Outgoing
from heartbeat.store import beats, messages, standing, threads
from heartbeat.store.approvals import Answer
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import AnswerOrigin, DeliveryReason, DeliveryStatus, FeedKind, Reach
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from tests.integration.graph.outside import PUBLIC, Connected, Outside, connect, deliveries
from tests.integration.graph.test_plugins import ended
from tests.support.bringing import bring
from tests.support.delivering import deliver
from tests.support.ollama import decision
from tests.support.world import START, World

pytestmark = pytest.mark.one_question

SECRET = FetchedItem("1", FeedKind.FILE, START, title="A file", content="The code is 4711.")


def private(world: World, *targets: Outside) -> None:
    """Let the workspace have a private connection, and these targets."""
    connect(world, *targets).private.add("notes")
    bring(world, [SECRET], "notes", private=True)


def test_a_connection_that_becomes_private_later_stops_the_thread_before_any_model(world: World) -> None:
    connected = connect(world, Outside("blog", PUBLIC))
    bring(world, [SECRET], "notes")
    world.thread(target="blog", sources=["notes"])
    world.ollama.says(decision(action="none"))
    assert ended(world.beat()) == ("none", None)
    connected.private.add("notes")
    asked = len(world.ollama.calls)
    for _ in range(12):
        world.clock.move(hours=1)
        beat = world.scheduled()
        assert ended(beat) == ("skipped", "outflow")
    assert beat["summary"] == (
        "This thread looks at notes, which is private, and blog would make it public without a person; set approval "
        "to always, or to a list with post, or outflow to allowed."
    )
    assert len(world.ollama.calls) == asked
    thread = world.store.read(threads.get, "demo")
    assert thread.paused_reason is None
    assert world.detail(beat["id"]).attempts == []


@pytest.mark.parametrize(
    "config",
    [
        {"approval": "always"},
        {"approval": ["post"]},
        {"outflow": "allowed"},
        {"sources": None},
        {"target": "forum"},
        {"target": "phone"},
    ],
)
def test_a_thread_that_keeps_it_or_asks_first_goes_on(world: World, config: dict[str, Any]) -> None:
    private(world, Outside("blog", PUBLIC), Outside("phone"))
    world.thread(**{"target": ["phone", "blog"], "sources": ["notes"], **config})
    world.ollama.says(decision(action="none"))
    assert ended(world.beat()) == ("none", None)


@pytest.mark.parametrize(
    ("able", "approval"),
    [
        (Capabilities(kinds=("post", "comment")), ["post"]),
        (Capabilities(kinds=("tell", "note"), reach=Reach.PUBLIC), ["tell"]),
    ],
)
def test_each_kind_that_becomes_public_needs_approval(
    world: World, able: Capabilities, approval: list[str]
) -> None:
    private(world, Outside("blog", able))
    world.thread(target="blog", sources=["notes"], approval=approval)
    assert ended(world.beat()) == ("skipped", "outflow")
    assert world.ollama.calls == []


def test_a_beat_that_looks_at_something_private_is_labelled(world: World) -> None:
    private(world)
    world.thread(sources=["default"])
    world.ollama.says(decision(action="none"), decision(action="none"))
    assert world.beat()["private"] is False
    world.configure(sources=["default", "notes"])
    assert world.beat()["private"] is True


def test_what_it_makes_is_labelled_and_shown_to_no_thread_with_a_public_voice(world: World) -> None:
    private(world, Outside("blog", PUBLIC))
    world.thread(sources=["default", "notes"])
    number = world.post("Plain", "The plain post")
    world.ollama.says(decision(action="comment", post_id=str(number), content="The code is 4711."))
    assert ended(world.beat()) == ("acted", None)
    world.comment(number, "Which code?", parent_comment_id=1)
    world.thread("inside")
    world.thread("voice", target="blog")
    for name, is_shown in (("inside", True), ("voice", False)):
        world.ollama.says(decision(action="none"))
        beat = world.beat(thread=name)
        text = world.ollama.prompts[-1]
        assert "The plain post" in text
        assert ("4711" in text) is is_shown
        assert ("Which code?" in text) is is_shown, "it stands below what is private"
        assert beat["private"] is is_shown


def test_what_a_private_beat_told_in_the_conversation_is_not_shown_to_a_public_voice(world: World) -> None:
    private(world, Outside("blog", PUBLIC), Outside("phone"))
    world.thread(sources=["notes"])
    world.owner("What is the code?")
    world.ollama.says(decision(action="tell", text="It is 4711.", about="message 1"))
    assert ended(world.beat()) == ("acted", None)
    assert [row.private for row in world.store.read(messages.latest, "demo", 5)] == [False, True]
    world.configure(sources=None, target="blog")
    world.ollama.says(decision(action="none"))
    world.beat()
    assert "4711" not in world.ollama.prompts[-1]
    assert "What is the code?" in world.ollama.prompts[-1]


def test_a_thread_that_drops_its_source_keeps_nothing_of_it_in_its_memory(world: World) -> None:
    private(world)
    world.thread(sources=["default", "notes"])
    world.ollama.says(
        decision(action="post", board="general", title="4711 it is", content="Words", note="Code 4711")
    )
    assert ended(world.beat()) == ("acted", None)
    world.post()
    world.ollama.says(decision(action="none"))
    world.beat()
    assert "Code 4711" in world.ollama.prompts[-1]
    world.configure(sources=None)
    world.post("More")
    world.ollama.says(decision(action="none"))
    beat = world.beat()
    assert "4711" not in world.ollama.prompts[-1]
    memory = world.store.read(beats.latest_memory, "demo")
    assert memory is not None
    assert "4711" not in json.dumps(memory)
    assert [each["kind"] for each in memory["recent"]] == ["post"], "what was done stays counted"
    assert beat["private"] is False


def test_one_that_drops_one_of_two_keeps_nothing_of_either(world: World) -> None:
    private(world)
    connect(world).private |= {"notes", "days"}
    bring(world, [FetchedItem("2", FeedKind.EVENT, START, title="Dentist")], "days", private=True)
    world.thread(sources=["notes", "days"])
    world.ollama.says(decision(action="none", note="Code 4711"))
    world.beat()
    world.configure(sources=["days"])
    world.owner("Well?")
    world.ollama.says(decision(action="none"))
    world.beat()
    assert "4711" not in world.ollama.prompts[-1]


def test_a_standing_approval_does_not_count_for_a_labelled_beat(world: World) -> None:
    private(world, Outside("blog", PUBLIC))
    world.thread(target="blog", sources=["notes"], approval="always")

    def give(session: Session) -> None:
        standing.give(session, "demo", "post", "blog", world.clock(), beat_id=1, by=AnswerOrigin.CLI)

    world.store.write(give)
    world.ollama.says(decision(action="post", content="Code 4711"))
    waits = asyncio.run(Runner(world.services, world.graph).beat("demo"))
    assert isinstance(waits, BeatView)
    assert waits.status == "awaiting_approval"
    assert deliveries(world) == []


def test_an_action_of_a_labelled_beat_cannot_be_approved_for_good(world: World) -> None:
    private(world, Outside("blog", PUBLIC))
    world.thread(target="blog", sources=["notes"], approval="always")
    world.ollama.says(decision(action="post", content="Code 4711"))
    runner = Runner(world.services, world.graph)
    waits = asyncio.run(runner.beat("demo"))
    assert isinstance(waits, BeatView)
    given = Answer(answer="approve", always=True)
    with pytest.raises(
        InvalidValueError, match=r"^always: true is not allowed here: the beat saw something private"
    ):
        asyncio.run(answer(runner, waits.id, given, by=AnswerOrigin.CLI))
    assert world.history()[0].status == "awaiting_approval"
    assert world.store.read(standing.listed) == []


def test_nor_by_resuming_its_run(world: World) -> None:
    private(world, Outside("blog", PUBLIC))
    world.thread(target="blog", sources=["notes"], approval="always")
    world.ollama.says(decision(action="post", content="Code 4711"))
    given: Command[Any] = Command(resume={"answer": "approve", "always": True})
    saved, config = compile_graph(InMemorySaver()), run_config("demo")
    saved.invoke({"thread": "demo"}, config, context=world.context())
    result = saved.invoke(given, config, context=world.context())
    [pending] = result["__interrupt__"]
    assert pending.value["refused"].startswith(
        "always: true is not allowed here: the beat saw something private"
    )
    assert world.store.read(standing.listed) == []


def test_what_a_person_approves_of_a_labelled_beat_is_sent(world: World) -> None:
    private(world, Outside("blog", PUBLIC))
    world.thread(target="blog", sources=["notes"], approval="always")
    world.ollama.says(decision(action="post", content="Code 4711"))
    runner = Runner(world.services, world.graph)
    waits = asyncio.run(runner.beat("demo"))
    assert isinstance(waits, BeatView)
    done = asyncio.run(answer(runner, waits.id, Answer(answer="approve"), by=AnswerOrigin.CLI))
    assert done.status == "acted"
    assert [(row.target, row.private) for row in deliveries(world)] == [("blog", True)]


def test_what_became_private_since_the_decision_is_not_done(world: World) -> None:
    connected = connect(world, Outside("blog", PUBLIC))
    bring(world, [SECRET], "notes")
    world.thread(target="blog", sources=["default"])
    world.ollama.says(decision(action="post", content="Code 4711"))

    def became(point: str) -> None:
        if point == "before:dispatch":
            connected.private.add("notes")

    world.probe = became
    beat = world.beat()
    assert ended(beat) == ("skipped", "outflow")
    assert beat["summary"] == (
        "Nothing was done: the beat saw something private (notes), and blog is public; set approval to always, or "
        "outflow to allowed."
    )
    assert deliveries(world) == []
    assert beat["private"] is True


@pytest.mark.parametrize(
    ("url", "model", "where"),
    [
        ("http://api.example.com:11434", "llama3.2", "is at api.example.com"),
        ("http://8.8.8.8:11434", "llama3.2", "is at 8.8.8.8"),
        (None, "gpt-oss:120b-cloud", "is run in Ollama's cloud"),
        (None, "kimi-k2:cloud", "is run in Ollama's cloud"),
    ],
)
def test_a_model_elsewhere_is_not_asked_about_what_is_private(
    world: World, url: str | None, model: str, where: str
) -> None:
    private(world)
    world.thread(sources=["notes"], model=model)
    settings = {} if url is None else {"ollama_url": url}
    result = world.graph.invoke({"thread": "demo"}, context=world.context(**settings))
    assert ended(result["beat"]) == ("skipped", "outflow")
    assert result["beat"]["summary"] == (
        f"This thread looks at notes, where something is private, and the model {model} {where}; take one on this "
        "machine or its own network, or set outflow to allowed."
    )
    assert (world.ollama.calls, world.ollama.tags) == ([], 0)


@pytest.mark.parametrize("told_by", ["show", "tags"])
def test_a_model_that_the_server_passes_on_is_not_asked_under_any_name(world: World, told_by: str) -> None:
    private(world)
    elsewhere = {"remote_host": "https://ollama.com:443", "remote_model": "gpt-oss:120b"}
    if told_by == "show":
        world.ollama.shown = {"capabilities": ["completion"], **elsewhere}
    else:
        world.ollama.more = elsewhere
    world.thread(sources=["notes"], fallback="rules")
    beat = world.beat()
    assert ended(beat) == ("skipped", "outflow")
    assert (
        "the model llama3.2:latest is run by another server, to which this one passes questions on"
        in beat["summary"]
    )
    assert world.ollama.calls == []
    world.configure(outflow="allowed")
    world.ollama.says(decision(action="none"))
    assert ended(world.beat()) == ("none", None)


def test_a_redirect_takes_nothing_private_elsewhere(world: World) -> None:
    private(world)
    world.ollama.leads_to = "http://8.8.8.8:9"
    world.thread(sources=["notes"])
    beat = world.beat()
    assert ended(beat) == ("skipped", "outflow")
    assert beat["summary"] == "No model was asked: the model server leads to 8.8.8.8, which is elsewhere."


def test_what_others_made_from_private_things_is_shown_to_no_model_elsewhere(world: World) -> None:
    private(world)
    world.thread(sources=["default", "notes"])
    number = world.post("Plain", "The plain post")
    world.ollama.says(decision(action="comment", post_id=str(number), content="The code is 4711."))
    world.beat()
    world.thread("far", model="gpt-oss:120b-cloud")
    world.ollama.models.append("gpt-oss:120b-cloud")
    world.ollama.says(decision(action="none"))
    assert ended(world.beat(thread="far")) == ("none", None)
    assert "4711" not in world.ollama.prompts[-1]


class Reached(Outside):
    """A target that takes what it is given."""

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        return {"id": "1"}


def queued(world: World, **config: Any) -> Connected:
    """Let a thread queue a post from something that is not private so far."""
    connected = connect(world, Reached("blog", PUBLIC))
    bring(world, [SECRET], "notes")
    world.thread(**{"target": "blog", "sources": ["default"], **config})
    world.ollama.says(decision(action="post", content="Code 4711"))
    assert ended(world.beat()) == ("acted", None)
    return connected


@pytest.mark.parametrize("how", ["the connection", "the sources"])
def test_what_is_queued_is_cancelled_where_it_would_make_public_what_is_private_by_now(
    world: World, how: str
) -> None:
    connected = queued(world)
    if how == "the connection":
        connected.private.add("notes")
    else:
        connected.private.add("days")
        world.configure(sources=["days"])
    (row,) = deliver(world)
    assert (row.status, row.reason) == (DeliveryStatus.FAILED, DeliveryReason.CANCELLED)
    assert row.tries[-1]["said"] == (
        "Not sent, since blog would make public what is private; set approval to always, or outflow to allowed."
    )
    assert world.detail(1).actions[0].status == "failed"
    assert world.detail(1).summary.startswith("Cancelled: ")


@pytest.mark.parametrize("how", ["nothing", "allowed", "owner"])
def test_what_may_leave_is_sent(world: World, how: str) -> None:
    connected = queued(world)
    if how == "allowed":
        connected.private.add("notes")
        world.configure(outflow="allowed")
    elif how == "owner":
        connected.private.add("notes")
        connected.made[0].able = replace(PUBLIC, reach=Reach.OWNER)
    (row,) = deliver(world)
    assert row.status == DeliveryStatus.SENT


def test_what_a_person_approved_is_sent_though_its_source_is_private_by_now(world: World) -> None:
    connected = connect(world, Reached("blog", PUBLIC))
    bring(world, [SECRET], "notes")
    world.thread(target="blog", sources=["default"], approval="always")
    world.ollama.says(decision(action="post", content="Code 4711"))
    runner = Runner(world.services, world.graph)
    asyncio.run(runner.beat("demo"))
    asyncio.run(answer(runner, 1, Answer(answer="approve"), by=AnswerOrigin.CLI))
    connected.private.add("notes")
    assert [row.status for row in deliver(world)] == [DeliveryStatus.SENT]


def test_an_upgrade_labels_what_was_made_since_something_private_was_shown(world: World) -> None:
    private(world, Outside("blog", PUBLIC), Outside("phone"))
    world.thread(sources=[])
    world.beat()
    world.configure(sources=["notes"], target="phone")
    world.owner("Which code?")
    world.ollama.says(decision(action="tell", text="It is 4711.", about="message 1"))
    world.beat()
    labels = import_module("heartbeat.store.migrations.versions.0013_private").LABELS

    def upgrade(session: Session) -> None:
        for table in ("beat", "delivery", "message"):
            session.connection().exec_driver_sql(f"UPDATE {table} SET private = 0")
        for statement in labels:
            session.connection().exec_driver_sql(statement)

    world.store.write(upgrade)
    assert [row.private for row in world.history()] == [True, False]
    assert [row.private for row in deliveries(world)] == [True]
    assert [row.private for row in world.store.read(messages.latest, "demo", 5)] == [False, True]


def test_an_upgrade_looks_for_what_was_shown_once_a_thread_not_once_a_beat(world: World) -> None:
    first, *_ = import_module("heartbeat.store.migrations.versions.0013_private").LABELS
    with world.store.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {first}")]
    assert not [step for step in plan if "CORRELATED" in step]
    assert "SEARCH later USING COVERING INDEX ix_beat_thread (thread_id=? AND id>?)" in plan
