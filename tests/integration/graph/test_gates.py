"""Every gate ends a beat with its reason and no model call; those of admission keep a run from starting at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from heartbeat.store import Refusal, actions, beats, threads
from heartbeat.vocabulary import Reason, Trigger
from tests.support.ollama import Say, decision
from tests.support.world import World

TASKS = "tasks:\n- name: tea\n  interval: 1h\n  prompt: Ask about tea.\n"


def no_instructions(world: World) -> None:
    world.settings.instructions.unlink()


def unreadable_instructions(world: World) -> None:
    world.settings.instructions.write_bytes(b"# Rules\n- caf\xe9\n")


def empty_instructions(world: World) -> None:
    world.write("# HEARTBEAT.md\n\n<!-- nothing -->\n")


def no_tasks_due(world: World) -> None:
    world.write(TASKS)
    assert world.beat()["status"] == "none"
    assert "Ask about tea." in world.ollama.prompts.pop()
    world.ollama.calls.clear()


def budget_exhausted(world: World) -> None:
    world.configure(max_actions_per_day=1)
    world.ollama.says(decision(action="post", title="One", content="Words"))
    assert world.beat()["status"] == "acted"
    world.ollama.calls.clear()


def token_budget_exhausted(world: World) -> None:
    world.configure(daily_token_budget=1000)
    world.ollama.says(Say(decision(action="none"), prompt_tokens=990, completion_tokens=10))
    assert world.beat()["status"] == "none"
    world.ollama.calls.clear()


def model_unreachable(world: World) -> None:
    world.ollama.models = ["another:1b"]


@pytest.mark.one_question  # one gate is reached by replies with a whole decision
@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (no_instructions, "no_instructions"),
        (unreadable_instructions, "unreadable_instructions"),
        (empty_instructions, "empty_instructions"),
        (no_tasks_due, "no_tasks_due"),
        (budget_exhausted, "budget_exhausted"),
        (token_budget_exhausted, "budget_exhausted"),
        (model_unreachable, "model_unreachable"),
    ],
)
def test_graph_gate(world: World, arrange: Callable[[World], None], reason: str) -> None:
    world.thread()
    world.post()
    arrange(world)
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("skipped", reason)
    assert beat["summary"].endswith((".", "heartbeat init"))
    assert world.ollama.calls == []
    assert world.detail(beat["id"]).finished_at is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "tasks:\n- name: tea\n  interval: soon\n  prompt: Ask.\n",
            "none of them can be read. Line 3: Task 'tea':",
        ),
        (
            "tasks:\n  tea:\n    interval: 1h\n    prompt: Ask.\n",
            "none of them can be read. Line 2: This is not a task",
        ),
        (f"{TASKS}- name: cake\n", "none that can be read is due. Line 5: This task has no"),
    ],
)
def test_tasks_that_cannot_be_read_are_named_where_nothing_else_is_there(
    world: World, text: str, said: str
) -> None:
    world.thread()
    world.write(text)
    if TASKS in text:
        assert world.beat()["status"] == "none"
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("skipped", "no_tasks_due")
    assert said in beat["summary"]


@pytest.mark.one_question  # counts one call a beat
def test_unchanged_ends_a_scheduled_beat(world: World) -> None:
    world.thread()
    world.post()
    assert world.scheduled()["status"] == "none"
    world.clock.move(minutes=30)
    beat = world.scheduled()
    assert (beat["status"], beat["reason"]) == ("skipped", "unchanged")
    assert len(world.ollama.calls) == 1


@pytest.mark.one_question  # counts one call a beat
def test_manual_beat_passes_unchanged(world: World) -> None:
    world.thread()
    world.scheduled()
    assert world.beat()["status"] == "none"
    assert len(world.ollama.calls) == 2


@pytest.mark.one_question  # a plan of which nothing is due asks nobody
def test_server_that_is_down_is_a_gate(world: World) -> None:
    world.thread()
    services = world.services
    down = world.context(ollama_url="http://127.0.0.1:9")
    result = world.graph.invoke({"thread": "demo"}, context=down)
    assert result["beat"]["reason"] == "model_unreachable"
    assert "ollama serve" in result["beat"]["summary"]
    assert services.settings.ollama_url == world.ollama.url


@pytest.mark.one_question  # counts one call a beat
def test_preflight_is_asked_once_a_minute(world: World) -> None:
    world.thread()
    world.beat()
    world.beat()
    assert (world.ollama.tags, len(world.ollama.calls)) == (1, 2)


def scheduled(world: World, thread: str = "demo") -> Any:
    return world.store.open_beat(thread, Trigger.SCHEDULED, world.clock(), world.clock())


def disabled(world: World) -> None:
    world.configure(enabled=False)


def paused(world: World) -> None:
    world.store.write(threads.pause, "demo", "holiday", world.clock())


def quiet_hours(world: World) -> None:
    world.configure(active_hours={"start": 1, "end": 2})


@pytest.mark.parametrize(
    ("arrange", "gate"), [(disabled, "disabled"), (paused, "paused"), (quiet_hours, "quiet_hours")]
)
def test_admission_gate_for_scheduled_beats_only(
    world: World, arrange: Callable[[World], None], gate: str
) -> None:
    world.thread()
    arrange(world)
    refused = scheduled(world)
    assert isinstance(refused, Refusal)
    assert refused.gate == gate
    row = world.store.read(beats.get, refused.beat_id or 0)
    assert (row.status, row.reason, row.fence) == ("skipped", gate, 0)
    assert world.beat()["status"] == "none", "a manual beat passes"


def test_refusal_as_busy_leaves_no_row(world: World) -> None:
    world.thread()
    assert not isinstance(world.store.open_beat("demo", Trigger.MANUAL, None, world.clock()), Refusal)
    world.clock.move(seconds=20)
    for refused in (scheduled(world), world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())):
        assert refused == Refusal(Reason.BUSY, "A beat of this thread is still running.")
    assert len(world.history()) == 1


def test_busy_graph_run_ends_at_once(world: World) -> None:
    world.thread()
    world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
    world.clock.move(seconds=-20)
    beat = world.beat()
    assert (beat["id"], beat["status"], beat["reason"]) == (None, "skipped", "busy")
    assert world.ollama.tags == 0


def test_cooldown_spaces_scheduled_beats(world: World) -> None:
    world.thread()
    world.beat()
    world.clock.move(seconds=29)
    refused = scheduled(world)
    assert isinstance(refused, Refusal)
    assert (refused.gate, refused.beat_id) == ("cooldown", None)
    world.clock.move(seconds=1)
    assert not isinstance(scheduled(world), Refusal)


def test_flood_limit_holds_for_everybody(world: World) -> None:
    world.thread()
    for _ in range(5):
        world.clock.move(seconds=-20)
        assert world.beat()["status"] == "none"
    world.clock.move(seconds=-29)
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("skipped", "cooldown")
    assert world.detail(beat["id"]).status == "skipped"
    world.clock.move(seconds=60)
    assert world.beat()["status"] == "none"


def test_slot_is_claimed_once(world: World) -> None:
    world.thread()
    world.scheduled()
    world.clock.move(minutes=-1)
    world.clock.move(minutes=1)
    with pytest.raises(Exception, match="has a beat for"):
        scheduled(world)


@pytest.mark.one_question  # replies with a whole decision
def test_actions_are_counted_by_the_local_day(world: World) -> None:
    world.thread(timezone="Pacific/Auckland", max_actions_per_day=1)
    world.ollama.says(decision(action="post", title="One", content="Words"))
    assert world.beat()["status"] == "acted"  # 12:00 UTC is 01:00 of the next day in Auckland
    world.clock.move(hours=22)
    assert world.beat()["reason"] == "budget_exhausted"
    world.clock.move(hours=1)
    assert world.beat()["status"] == "none"
    now = world.clock.now
    assert world.store.read(actions.tally_since, "demo", now.replace(year=2020), now).done == 1
