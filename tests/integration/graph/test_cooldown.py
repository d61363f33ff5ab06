"""Cooldowns of a target: what comes too soon is not offered, not done, and not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from heartbeat.capabilities import ActionType, Capabilities
from heartbeat.errors import InvalidValueError
from heartbeat.store import actions
from heartbeat.store.approvals import Answer
from heartbeat_decision.checks import REPLIED_CACHE_SECONDS
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from tests.integration.graph.test_plugins import Label, Ledger, ended, label, plug_in
from tests.support.ollama import decision
from tests.support.world import SUMMARIZE, World

pytestmark = pytest.mark.one_question  # replies with a whole decision, and what the one question offers

POST = decision(action="post", board="book", title="Tea", content="Words")
OTHER = decision(action="post", board="book", title="Coffee", content="Words")
COMMENT = decision(action="comment", post_id="1", content="Words")


def cool(world: World, kinds: tuple[Any, ...] = ("post",), **cooldowns: int) -> Ledger:
    can = Capabilities(kinds=kinds, boards=("book",), cooldowns=cooldowns)
    ledger = Ledger(can=lambda: can)
    plug_in(world, ledger)
    world.thread(target="ledger")
    world.post()
    return ledger


def test_nothing_but_what_cools_down_ends_the_beat_before_a_model_is_asked(world: World) -> None:
    ledger = cool(world, post=600)
    world.ollama.says(POST)
    assert ended(world.beat()) == ("acted", None)
    world.post("Another")
    beat = world.beat()
    assert ended(beat) == ("skipped", "target_cooldown")
    assert beat["summary"] == "The target ledger takes the next post from 2026-11-02 12:10:30 on (UTC)."
    assert len(world.ollama.calls) == 1
    world.clock.move(seconds=569)
    world.ollama.says(OTHER)
    assert ended(world.beat()) == ("acted", None), "600 seconds later it is over"
    assert "(new, 10 min ago) bo on general: Another" in " ".join(world.ollama.prompts[1].split())
    assert len(ledger.given(world)) == 2


def test_other_kinds_go_on_and_the_model_is_told(world: World) -> None:
    cool(world, ("post", "comment"), post=600)
    world.ollama.says(POST, COMMENT)
    world.beat()
    world.configure(timezone="Asia/Tokyo")
    assert [action["kind"] for action in world.beat()["actions"]] == ["comment"]
    properties = world.ollama.calls[1]["format"]["properties"]
    assert properties["action"]["enum"] == ["comment", "tell", "none"]
    told = "Not possible now: post. The target ledger takes the next post from 2026-11-02 21:10:30 on (Asia/Tokyo)."
    assert told in world.ollama.prompts[1]


def test_what_asks_for_it_is_still_new_once_it_is_over_and_nothing_is_asked_meanwhile(world: World) -> None:
    cool(world, ("post", "comment"), post=3600)
    world.ollama.says(POST)
    world.beat()
    world.post("News")
    world.clock.move(minutes=1)
    assert ended(world.scheduled()) == ("none", None)
    world.clock.move(minutes=30)
    assert ended(world.scheduled()) == ("skipped", "unchanged")
    asked = len(world.ollama.calls)
    world.clock.move(minutes=30)
    world.ollama.says(OTHER)
    assert ended(world.scheduled()) == ("acted", None)
    assert len(world.ollama.calls) == asked + 1
    assert "News" in next(line for line in world.ollama.prompts[-1].split("\n") if "(new, " in line)


def test_task_stays_due_while_it_may_wait(world: World) -> None:
    cool(world, ("post", "comment"), post=600)
    world.ollama.says(POST)
    world.beat()
    world.write("tasks:\n- name: tea\n  interval: 1d\n  prompt: Post about tea.\n")
    assert ended(world.beat()) == ("none", None)
    world.clock.move(seconds=600)
    world.ollama.says(OTHER)
    assert ended(world.beat()) == ("acted", None)
    assert "tea: Post about tea." in world.ollama.prompts[-1]


def test_a_model_that_insists_is_told_and_then_refused(world: World) -> None:
    ledger = cool(world, ("post", "comment"), post=600)
    world.ollama.says(POST, OTHER, OTHER)
    world.beat()
    beat = world.beat()
    assert ended(beat) == ("failed", "invalid_decision")
    assert beat["problems"][0] == 'action: "post" is not allowed; allowed: comment, tell, none'
    assert len(ledger.given(world)) == 1


def test_rules_do_not_act_too_soon(world: World) -> None:
    ledger = cool(world, ("post", "comment"), post=600)
    world.configure(fallback="rules")
    world.correct("3+ new posts", **SUMMARIZE)
    world.ollama.says(POST)
    world.beat()
    world.ollama.models = []
    world.clock.move(seconds=REPLIED_CACHE_SECONDS)
    for _ in range(3):
        world.post()
    assert ended(world.beat()) == ("skipped", "model_unreachable")
    world.clock.move(minutes=9)
    assert ended(world.beat()) == ("acted", None)
    assert len(ledger.given(world)) == 2


def test_another_thread_that_was_first_is_seen_by_dispatch(world: World) -> None:
    ledger = cool(world, post=600)
    world.thread("other", target="ledger")
    world.ollama.says(POST, OTHER)

    def meanwhile(point: str) -> None:
        if point == "before:dispatch":
            world.probe = lambda _: None
            assert ended(world.beat(thread="other")) == ("acted", None)

    world.probe = meanwhile
    beat = world.beat()
    assert ended(beat) == ("skipped", "target_cooldown")
    assert beat["summary"].startswith("The target ledger takes the next post from ")
    assert len(ledger.given(world)) == 1
    assert ended(world.beat(thread="other")) == ("skipped", "target_cooldown")


def test_own_kind_cools_down_too(world: World) -> None:
    action = ActionType("label", "Put a label on a post that has none.", Label, on="post")
    can = Capabilities(kinds=("post",), boards=("book",), actions=(action,), cooldowns={"label": 60})
    plug_in(world, Ledger(can=lambda: can))
    world.thread(target="ledger")
    world.post()
    world.ollama.says(label(label_name="bug"))
    world.beat()
    world.beat()
    assert "Not possible now: label. " in world.ollama.prompts[1]
    assert "You may also choose label" not in world.ollama.prompts[1]


def test_approval_that_comes_too_soon_is_not_lost(world: World) -> None:
    ledger = cool(world, post=600)
    world.configure(approval="always")
    world.thread("other", target="ledger")
    world.ollama.says(POST, OTHER)
    world.beat()
    world.beat(thread="other")
    runner = Runner(world.services, world.graph)
    with pytest.raises(
        InvalidValueError, match=r"^answer: The target ledger takes the next post from .* Approve it then"
    ):
        asyncio.run(answer(runner, 1, Answer(answer="approve")))
    assert world.detail(1).status == "awaiting_approval"
    world.clock.move(minutes=10)
    assert asyncio.run(answer(runner, 1, Answer(answer="approve"))).status == "acted"
    assert len(ledger.given(world)) == 2


def test_a_beat_that_has_acted_does_not_meet_its_own_cooldown(world: World) -> None:
    ledger = cool(world, post=600)
    world.ollama.says(POST)

    def die(point: str) -> None:
        if point == "before:settle":
            raise KeyboardInterrupt

    world.probe = die
    with pytest.raises(KeyboardInterrupt):
        world.beat()
    world.probe = lambda _: None
    assert ended(world.go_on(1)) == ("acted", None)
    assert len(ledger.given(world)) == 1


def test_an_action_that_a_wrong_clock_dated_far_ahead_does_not_count(world: World) -> None:
    cool(world, post=600)
    world.ollama.says(POST)
    world.beat()

    def cooling(cooldowns: Mapping[str, int], **later: float) -> list[str]:
        at = world.clock() + timedelta(**later)
        return [*world.store.read(actions.cooling, "ledger", cooldowns, at)]

    assert cooling({"post": 600}) == ["post"]
    assert cooling({"post": 600}, days=-2) == []
    assert cooling({"post": 600}, seconds=600) == []
    assert cooling({"comment": 600}) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"idempotent": True}, r"^idempotent: Capabilities do not have it; allowed: kinds, "),
        ({"markup": "html"}, r"^markup: Capabilities do not have it; allowed: kinds, "),
        ({"cooldown": {}}, r"^cooldown: Capabilities do not have it; allowed: .* cooldowns, "),
        (
            {"cooldowns": {"delete": 5}},
            r"^cooldowns: 'delete' is no kind of the target; allowed: post, comment, vote$",
        ),
        ({"cooldowns": {"post": 0}}, r"^cooldowns: post: 0; allowed: whole seconds from 1 to 2592000$"),
        ({"cooldowns": {"post": 1.5}}, r"^cooldowns: post: 1.5; "),
        ({"cooldowns": {"post": True}}, r"^cooldowns: post: True; "),
        ({"cooldowns": {"post": 2_592_001}}, r"^cooldowns: post: 2592001; "),
        ({"cooldowns": 60}, r"^cooldowns: 60 is not allowed; allowed: seconds by kind$"),
        ({"daily_limits": {"post": 0}}, r"^daily_limits: post: 0; allowed: whole numbers from 1 to 1000000$"),
        ({"daily_limits": {"tell": 5}}, r"^daily_limits: 'tell' is no kind of the target; allowed: post, "),
        ({"daily_limits": 5}, r"^daily_limits: 5 is not allowed; allowed: numbers by kind$"),
        ({"time_limit": 0}, r"^time_limit: 0; allowed: whole seconds from 1 to 600$"),
        ({"time_limit": 2.5}, r"^time_limit: 2.5; allowed: whole seconds"),
        ({"settles_after": -1}, r"^settles_after: -1; allowed: whole seconds from 0 to 86400$"),
        ({"remembers_keys": None}, r"^remembers_keys: None; allowed: whole seconds from 0 to 31536000$"),
        ({"deliver_within": 0}, r"^deliver_within: 0; allowed: whole seconds from 1 to 2592000$"),
        ({"text_limit": 0}, r"^text_limit: 0; allowed: whole numbers from 1 to 100000$"),
        ({"repeat": "yes"}, r"^repeat: 'yes' is not allowed; allowed: True, False$"),
        ({"reach": "owner"}, r"^reach: 'owner' is not allowed; allowed: Reach.OWNER, Reach.PUBLIC$"),
    ],
)
def test_what_cannot_be_declared(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        Capabilities(**given)


def test_capabilities_can_be_changed_by_copying() -> None:
    assert replace(Capabilities(), cooldowns={"post": 5}).cooldowns == {"post": 5}


def test_target_that_declares_what_is_gone_is_told_so_by_its_beats(world: World) -> None:
    old: dict[str, Any] = {"idempotent": True}
    plug_in(world, Ledger(can=lambda: Capabilities(**old)))
    world.thread(target="ledger")
    world.post()
    beat = world.beat()
    assert ended(beat) == ("failed", "plugin")
    assert beat["summary"].startswith(
        "The target ledger cannot say what it can do: idempotent: Capabilities do not have"
    )
