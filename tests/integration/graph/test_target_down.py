"""Targets that are down: nothing is asked for them in vain, and what they would have been given is not lost."""

from __future__ import annotations

import pytest

from heartbeat.vocabulary import TryEnd
from tests.integration.graph.outside import (
    PUBLIC,
    Outside,
    bring_up,
    connect,
    deliveries,
    end,
    take_down,
)
from tests.integration.graph.test_plugins import ended
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

TELL = decision(action="tell", text="The shop is down.", about="post 1")


def test_one_paid_call_a_day_while_all_targets_are_down(world: World) -> None:
    connect(world, Outside("phone"), Outside("mail"))
    world.thread(target=["phone", "mail"], recheck_after=0)
    world.post()
    world.ollama.says(TELL)
    world.beat()
    for name in ("phone", "mail"):
        take_down(world, name)
    asked = len(world.ollama.calls)
    for hour in range(23):
        world.clock.move(minutes=59)
        world.post(f"News of hour {hour}")
        beat = world.scheduled()
        assert ended(beat) == ("skipped", "target_down"), hour
        assert beat["summary"] == "No target can be reached: mail, phone."
    assert ended(world.beat()) == ("skipped", "target_down"), "one by hand would cost as much"
    assert len(world.ollama.calls) == asked
    world.clock.move(hours=2)
    assert ended(world.scheduled()) == ("none", None), "once a day all the same"
    assert len(world.ollama.calls) == asked + 1
    world.post("More")
    world.clock.move(minutes=1)
    assert ended(world.scheduled()) == ("skipped", "target_down")


def test_everything_is_still_new_once_a_target_is_up(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread(target="phone")
    world.beat()
    take_down(world, "phone")
    world.post("Shop")
    world.clock.move(minutes=1)
    assert ended(world.scheduled()) == ("skipped", "target_down")
    bring_up(world, "phone")
    world.ollama.says(TELL)
    world.clock.move(minutes=1)
    assert ended(world.scheduled()) == ("acted", None)
    assert "[post 1] (new, " in " ".join(world.ollama.prompts[-1].split())


def test_what_only_a_target_that_is_down_takes_is_not_offered(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.write("tasks:\n- name: shop\n  interval: 1d\n  prompt: Tell me if the shop is down.\n")
    take_down(world, "phone")
    world.post("Shop")
    assert ended(world.beat()) == ("none", None)
    kinds = world.ollama.calls[0]["format"]["properties"]["action"]["enum"]
    assert kinds == ["post", "comment", "vote", "none"]
    assert "Not possible now: tell. The target phone cannot be reached." in world.ollama.prompts[0]
    world.clock.move(minutes=1)
    assert ended(world.scheduled()) == ("skipped", "unchanged"), "nothing can be done about the task"
    bring_up(world, "phone")
    world.ollama.says(TELL)
    world.clock.move(minutes=1)
    assert ended(world.scheduled()) == ("acted", None)
    assert "shop: Tell me if the shop is down." in world.ollama.prompts[-1]


def test_a_tell_goes_to_the_dead_phone_too_while_the_other_one_lives(world: World) -> None:
    connect(world, Outside("phone"), Outside("mail"))
    world.thread()
    take_down(world, "phone")
    world.post()
    world.ollama.says(TELL)
    assert ended(world.beat()) == ("acted", None)
    dead, alive = deliveries(world)
    end(world, TryEnd.SENT, alive.id)
    assert world.detail(1).actions[0].status == "sent"
    assert world.detail(1).summary == "Told you: The shop is down."
    assert [row.target for row in (dead, alive)] == ["phone", "mail"]


def test_another_target_takes_the_kind_while_one_is_down(world: World) -> None:
    connect(world, Outside("public", PUBLIC))
    world.thread(target=["public", "forum"])
    take_down(world, "public")
    world.post()
    world.ollama.says(decision(action="post", title="Tea", content="Words", board="general"))
    assert [each["target"] for each in world.beat()["actions"]] == ["forum"]
    assert "The target public cannot be reached." in world.ollama.prompts[0]
    world.clock.move(days=1)
    world.post("More")
    world.ollama.says(decision(action="post", content="Good morning"))
    assert [each["target"] for each in world.beat()["actions"]] == ["public"], "once a day it is tried"
