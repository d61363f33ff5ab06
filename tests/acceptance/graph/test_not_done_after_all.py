"""What failed on its way is open again, once; what a person said no to is not proposed again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from heartbeat.store import outbox
from heartbeat.store.approvals import Answer
from heartbeat.vocabulary import TryEnd
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from tests.integration.graph.outside import PUBLIC, Outside, connect, deliveries, end
from tests.integration.graph.test_plugins import ended
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

TELL = decision(action="tell", text="The shop is down.", about="post 1")
AGAIN = decision(action="tell", text="Your shop is down!", about="post 1")
COMMENT = decision(action="comment", post_id="1", content="Good.")
TASK = "tasks:\n- name: tea\n  interval: 1d\n  prompt: Say good morning.\n"


def phone(world: World, **config: Any) -> None:
    connect(world, Outside("phone"), Outside("public", PUBLIC))
    world.thread(**config)


def soon(world: World) -> dict[str, Any]:
    """Run a scheduled beat a minute later."""
    world.clock.move(minutes=1)
    return world.scheduled()


def test_an_item_is_new_again_once_the_tell_about_it_was_refused(world: World) -> None:
    phone(world)
    world.post("Shop")
    world.ollama.says(TELL)
    world.beat()
    assert ended(soon(world)) == ("skipped", "unchanged"), "while it is on its way, it counts as done"
    end(world, TryEnd.REFUSED)
    world.ollama.says(AGAIN)
    assert ended(soon(world)) == ("acted", None)
    shown = " ".join(world.ollama.prompts[-1].split())
    assert "[post 1] (new, " in shown
    assert "You did" not in shown, "it was not done"
    end(world, TryEnd.REFUSED)
    asked = len(world.ollama.calls)
    assert [ended(soon(world)) for _ in range(3)] == [("skipped", "unchanged")] * 3, (
        "the second time it is over"
    )
    assert len(world.ollama.calls) == asked
    world.post("Else")
    world.ollama.says(TELL)
    assert ended(soon(world)) == ("none", "duplicate")
    assert len(deliveries(world)) == 2


def test_a_task_is_due_again_once_its_action_was_refused(world: World) -> None:
    phone(world, target="public")
    world.write(TASK)
    world.ollama.says(decision(action="post", content="Good morning"))
    assert ended(world.beat()) == ("acted", None)
    assert ended(soon(world)) == ("skipped", "no_tasks_due")
    end(world, TryEnd.REFUSED)
    world.ollama.says(decision(action="post", content="Good morning to all"))
    assert ended(soon(world)) == ("acted", None)
    assert "tea: Say good morning." in world.ollama.prompts[-1]
    end(world, TryEnd.REFUSED)
    assert [ended(soon(world)) for _ in range(3)] == [("skipped", "no_tasks_due")] * 3
    world.clock.move(days=1)
    world.ollama.says(decision(action="post", content="Good morning again"))
    assert ended(world.scheduled()) == ("acted", None), "the next day it is due as ever"


def test_what_was_told_about_no_item_is_open_again_once_too(world: World) -> None:
    phone(world)
    world.post("Shop")
    world.ollama.says(decision(action="tell", text="One new post."))
    world.beat()
    end(world, TryEnd.REFUSED)
    world.ollama.says(decision(action="tell", text="A new post!"))
    assert ended(soon(world)) == ("acted", None)
    end(world, TryEnd.REFUSED)
    assert [ended(soon(world)) for _ in range(3)] == [("skipped", "unchanged")] * 3


def test_what_arrived_or_may_have_arrived_stays_done(world: World) -> None:
    phone(world)
    world.write(TASK)
    world.ollama.says(decision(action="tell", text="Good morning"))
    world.beat()
    end(world, TryEnd.PERHAPS)
    assert world.detail(1).actions[0].status == "unknown"
    assert ended(soon(world)) == ("skipped", "no_tasks_due")


def test_a_look_that_failed_gives_back_nothing_less(world: World) -> None:
    phone(world)
    world.post("Shop")
    world.ollama.says(TELL)
    world.beat()
    end(world, TryEnd.REFUSED)
    world.ollama.says("no JSON", "still none")
    assert ended(soon(world)) == ("failed", "invalid_decision")
    world.ollama.says(AGAIN)
    assert ended(soon(world)) == ("acted", None)


def test_what_the_product_cancelled_is_open_again_what_a_person_cancelled_is_not(world: World) -> None:
    phone(world)
    world.post("Shop")
    world.ollama.says(TELL)
    world.beat()
    world.store.write(outbox.cancel_all, world.clock(), target="phone")
    world.ollama.says(AGAIN)
    assert ended(soon(world)) == ("acted", None)
    world.store.write(outbox.cancel, deliveries(world)[-1].id or 0, world.clock())
    assert ended(soon(world)) == ("skipped", "unchanged")
    world.post("Else")
    world.ollama.says(TELL)
    assert ended(soon(world)) == ("none", "duplicate")
    assert world.detail(2).summary == "Cancelled: tell you: Your shop is down!"


def reject(world: World) -> None:
    runner = Runner(world.services, world.graph)
    waiting = next(row for row in world.history() if row.status == "awaiting_approval")
    asyncio.run(answer(runner, waiting.id, Answer(answer="reject")))


def test_what_was_rejected_is_not_proposed_again_in_other_words(world: World) -> None:
    world.thread(approval="always")
    world.post()
    world.ollama.says(COMMENT)
    world.beat()
    reject(world)
    world.ollama.says(decision(action="comment", post_id="1", content="Very good."))
    beat = world.beat()
    assert ended(beat) == ("none", "duplicate")
    assert beat["summary"] == "A person said no to this before: comment on post:1: Very good."
    assert ended(soon(world)) == ("skipped", "unchanged"), "nor is the model asked again"
    world.post("Another")
    world.ollama.says(decision(action="comment", post_id="2", content="Good."))
    world.beat()
    assert world.history()[0].status == "awaiting_approval", "about another item it is"


def test_a_tell_that_was_rejected_is_proposed_once_its_item_changes(world: World) -> None:
    phone(world, approval=["tell"])
    post = world.post("Shop")
    world.ollama.says(TELL, AGAIN)
    world.beat()
    reject(world)
    assert ended(world.beat()) == ("none", "duplicate")
    world.comment(post, "It is up again, and down again.")
    world.ollama.says(decision(action="tell", text="Down again.", about="comment 1"))
    world.beat()
    assert world.history()[0].status == "awaiting_approval"


def test_nobody_answered_twice_is_a_no(world: World) -> None:
    world.thread(approval="always", approval_ttl=600)
    world.post()
    world.ollama.says(COMMENT, COMMENT, COMMENT)
    for _ in range(2):
        world.beat()
        assert world.history()[0].status == "awaiting_approval"
        world.clock.move(minutes=11)
    assert ended(world.beat()) == ("none", "duplicate")
