"""The gate `unchanged`: an idle thread costs almost nothing, and whatever is new is looked at, at the next slot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from heartbeat.store import forum, messages
from heartbeat_decision.model import OllamaModel
from tests.support.ollama import Say, decision
from tests.support.world import INSTRUCTIONS, World

pytestmark = pytest.mark.one_question  # counts one call of the model a beat

SLOT = {"minutes": 30}


def next_slot(world: World) -> dict[str, Any]:
    """Run the scheduled beat of the next half hour; the model server is looked at afresh."""
    world.clock.move(**SLOT)
    world.services = replace(world.services, model=OllamaModel())
    return world.scheduled()


def outcome(beat: dict[str, Any]) -> tuple[str, str | None]:
    return beat["status"], beat["reason"]


@pytest.fixture
def idle(world: World) -> World:
    """A thread that has seen one post with one comment, and then nothing new."""
    world.thread()
    world.comment(world.post())
    assert outcome(world.scheduled()) == ("none", None)
    assert outcome(next_slot(world)) == ("skipped", "unchanged")
    assert len(world.ollama.calls) == 1
    return world


def test_idle_day_takes_at_most_five_calls(world: World) -> None:
    world.thread()
    world.post()
    beats = [next_slot(world) for _ in range(48)]
    assert len(world.ollama.calls) <= 5
    assert len(world.ollama.calls) == [outcome(beat) for beat in beats].count(("none", None))
    assert all(beat["reason"] in (None, "unchanged") for beat in beats)


def test_idle_day_in_another_zone_takes_at_most_five_calls(world: World) -> None:
    world.thread(timezone="Asia/Kathmandu")
    for _ in range(48):
        next_slot(world)
    assert len(world.ollama.calls) <= 5


def a_new_post(world: World) -> None:
    world.post("Another")


def a_new_comment(world: World) -> None:
    world.comment(1, "Another")


def a_mention_elsewhere(world: World) -> None:
    world.comment(world.post(author="heartbeat"), "@heartbeat hello")


def a_new_message(world: World) -> None:
    world.store.write(messages.add, "demo", author="ann", content="Hello", now=world.clock())


def an_edited_instruction(world: World) -> None:
    world.write(INSTRUCTIONS.replace("new posts", "new comments"))


def another_model(world: World) -> None:
    world.ollama.models.append("other:1b")
    world.configure(model="other:1b")


def another_config(world: World) -> None:
    world.configure(temperature=0.1)


def another_workspace_model(world: World) -> None:
    world.ollama.models.append("other:1b")
    settings = world.settings.model_copy(update={"model": "other:1b"})
    world.services = replace(world.services, settings=settings)


CHANGES = [
    a_new_post,
    a_new_comment,
    a_mention_elsewhere,
    a_new_message,
    an_edited_instruction,
    another_model,
    another_config,
    another_workspace_model,
]


@pytest.mark.parametrize("change", CHANGES)
def test_change_brings_a_call_at_the_next_slot_and_only_then(
    idle: World, change: Callable[[World], None]
) -> None:
    change(idle)
    assert outcome(next_slot(idle)) == ("none", None)
    assert len(idle.ollama.calls) == 2
    assert outcome(next_slot(idle)) == ("skipped", "unchanged")
    assert len(idle.ollama.calls) == 2


def test_another_local_day_brings_a_call(world: World) -> None:
    world.thread(timezone="Europe/Berlin", recheck_after=86_400)
    world.clock.now = world.clock.now.replace(hour=21, minute=30)
    statuses = [next_slot(world)["status"] for _ in range(4)]  # 22:00 to 23:30 UTC; 23:00 UTC is midnight
    assert statuses == ["none", "skipped", "none", "skipped"]


def test_due_task_brings_a_call(world: World) -> None:
    world.thread()
    world.write(
        f"{INSTRUCTIONS}\n## Tasks\n\ntasks:\n- name: tea\n  interval: 1h\n  prompt: Ask about tea.\n"
    )
    statuses = [next_slot(world)["status"] for _ in range(6)]
    assert statuses == ["none", "skipped"] * 3
    assert ["Ask about tea." in prompt for prompt in world.ollama.prompts] == [True] * 3


def test_recheck_after_brings_a_call(idle: World) -> None:
    asked_at = idle.clock.now - timedelta(**SLOT)
    for age, expected in (
        (timedelta(hours=5, minutes=59, seconds=59), ("skipped", "unchanged")),
        (timedelta(hours=6, seconds=29), ("none", None)),
    ):
        idle.clock.now = asked_at + age - timedelta(**SLOT)
        assert outcome(next_slot(idle)) == expected


def test_recheck_after_zero_always_asks(world: World) -> None:
    world.thread(recheck_after=0)
    assert [next_slot(world)["status"] for _ in range(4)] == ["none"] * 4
    assert len(world.ollama.calls) == 4


def fails(world: World) -> None:
    world.ollama.says(Say(status=500))
    assert outcome(next_slot(world)) == ("failed", "model_error")


def decides_nothing_valid(world: World) -> None:
    world.ollama.says("no JSON", "no JSON")
    assert outcome(next_slot(world)) == ("failed", "invalid_decision")


def finds_no_model(world: World) -> None:
    models, world.ollama.models = world.ollama.models, []
    assert outcome(next_slot(world)) == ("skipped", "model_unreachable")
    world.ollama.models = models


@pytest.mark.parametrize("trouble", [fails, decides_nothing_valid, finds_no_model])
def test_beat_that_came_to_nothing_is_made_up_for(idle: World, trouble: Callable[[World], None]) -> None:
    a_new_post(idle)
    trouble(idle)
    idle.ollama.calls.clear()
    assert outcome(next_slot(idle)) == ("none", None), "what it could not decide on is still new"
    assert "New posts: 1." in idle.ollama.prompts[0]
    assert outcome(next_slot(idle)) == ("skipped", "unchanged")


@pytest.mark.parametrize("trouble", [fails, decides_nothing_valid, finds_no_model])
def test_trouble_without_news_is_made_up_for_too(idle: World, trouble: Callable[[World], None]) -> None:
    idle.clock.move(hours=6)
    trouble(idle)
    assert outcome(next_slot(idle)) == ("none", None)


def test_gate_in_between_changes_nothing(idle: World) -> None:
    idle.write("# Nothing\n")
    assert outcome(next_slot(idle)) == ("skipped", "empty_instructions")
    idle.write(INSTRUCTIONS)
    assert outcome(next_slot(idle)) == ("skipped", "unchanged")


def test_dry_run_moves_nothing(idle: World) -> None:
    a_new_post(idle)
    assert idle.beat(dry_run=True)["status"] == "dry_run"
    assert outcome(next_slot(idle)) == ("none", None)


def votes_of_others(world: World) -> None:
    for voter in ("ann", "bo", "cy"):
        world.store.write(forum.vote, "post", 1, voter=voter, value=1, now=world.clock())
        world.store.write(forum.vote, "comment", 1, voter=voter, value=-1, now=world.clock())


def time_alone(world: World) -> None:
    world.clock.move(hours=3)


def a_board(world: World) -> None:
    world.store.write(forum.add_board, "tea", "Tea", world.clock())


def a_post_of_another_thread(world: World) -> None:
    world.thread("other")
    world.store.write(messages.add, "other", author="ann", content="Hello", now=world.clock())


@pytest.mark.parametrize("change", [votes_of_others, time_alone, a_board, a_post_of_another_thread])
def test_ages_scores_and_what_is_not_shown_bring_no_call(
    idle: World, change: Callable[[World], None]
) -> None:
    change(idle)
    assert outcome(next_slot(idle)) == ("skipped", "unchanged")
    assert len(idle.ollama.calls) == 1


OWN_OUTPUT = {
    "post": decision(action="post", title="Title", content="Words @heartbeat"),
    "comment": decision(action="comment", post_id="1", content="Words @heartbeat"),
    "answer": decision(action="comment", comment_id="1", content="Words"),
    "vote": decision(action="vote", post_id="1", vote_direction="up"),
    "note": decision(action="none", note="Ask about tea."),
}


@pytest.mark.parametrize("reply", OWN_OUTPUT.values(), ids=OWN_OUTPUT)
def test_own_output_alone_brings_no_call(idle: World, reply: str) -> None:
    a_new_post(idle)
    idle.ollama.says(reply)
    assert next_slot(idle)["status"] in {"acted", "none"}
    assert len(idle.ollama.calls) == 2
    assert outcome(next_slot(idle)) == ("skipped", "unchanged")


def test_own_comment_under_a_long_discussion_brings_no_call(idle: World) -> None:
    for number in range(3):
        idle.comment(1, f"Remark {number}")
    idle.ollama.says(OWN_OUTPUT["comment"])
    assert next_slot(idle)["status"] == "acted"
    assert outcome(next_slot(idle)) == ("skipped", "unchanged")


def test_post_that_grows_old_brings_no_call(world: World) -> None:
    world.thread(recheck_after=86_400, timezone="UTC")
    world.post()
    world.clock.move(days=6, hours=23, minutes=20)
    assert outcome(next_slot(world)) == ("none", None)  # ten minutes before it leaves
    assert outcome(next_slot(world)) == ("skipped", "unchanged")
