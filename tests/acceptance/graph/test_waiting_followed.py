"""What waits for approval, where beats follow a plan: nothing is lost, and nothing asked for ever."""

from __future__ import annotations

import pytest

from tests.integration.graph.test_waiting import give
from tests.support.plan_beats import PlanModel, deeds, follow, numbered
from tests.support.world import World

ANSWER = "Answer who speaks to you"


@pytest.fixture
def model(world: World) -> PlanModel:
    world.thread(approval=["comment"], approval_ttl=3600)
    return numbered(world, follow(world, {ANSWER: ("comment", "spoken", "forum", {"how": "an answer"})}))


def waiting(world: World) -> int:
    return int(next(row.id for row in world.history() if row.status == "awaiting_approval"))


def proposed(world: World) -> list[str]:
    """The posts that comments were proposed about, in order."""
    return [f"post:{row.action['post_id']}" for row in reversed(world.history()) if row.action]


def test_all_are_answered_one_after_the_other(world: World, model: PlanModel) -> None:
    spoken = [f"post:{world.post(f'Question {each}', '@heartbeat which tea?')}" for each in range(3)]
    for _ in spoken:
        assert deeds(world, 1) == ["awaiting_approval"]
        asked = len(world.ollama.calls)
        assert deeds(world, 3) == ["awaiting_approval"] * 3, "its only target waits"
        assert len(world.ollama.calls) == asked
        assert give(world, waiting(world), answer="approve").status == "acted"
    assert deeds(world, 3) == ["unchanged"] * 3
    assert sorted(proposed(world)) == spoken


def test_a_no_is_not_proposed_again_what_expired_is_once(world: World, model: PlanModel) -> None:
    world.post("Question", "@heartbeat which tea?")
    assert deeds(world, 1) == ["awaiting_approval"]
    world.clock.move(hours=2)
    assert deeds(world, 1) == ["awaiting_approval"]
    assert proposed(world) == ["post:1", "post:1"]
    world.clock.move(hours=2)
    assert [each for each in deeds(world, 4) if each == "awaiting_approval"] == []
    world.post("Question", "@heartbeat which cake?")
    assert deeds(world, 1) == ["awaiting_approval"]
    give(world, waiting(world), answer="reject")
    assert [each for each in deeds(world, 4) if each == "awaiting_approval"] == []
    assert proposed(world) == ["post:1", "post:1", "post:2"]
    asked = len(world.ollama.calls)
    assert deeds(world, 3) == ["unchanged"] * 3
    assert len(world.ollama.calls) == asked
