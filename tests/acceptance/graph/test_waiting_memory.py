"""What a thread remembers of its actions that waited for approval."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from heartbeat.memory import Memory
from heartbeat.store import Claim, approvals, beats, outbox
from heartbeat.store.approvals import Answer, Edit
from heartbeat.store.outcomes import up_to_date
from heartbeat.vocabulary import AnswerOrigin, TryEnd
from heartbeat_service.approval import accept
from tests.integration.graph.outside import (
    FOLDER,
    PHONE,
    PUBLIC,
    Connected,
    Outside,
    connect,
    deliveries,
    end,
)
from tests.integration.graph.test_plugins import ended
from tests.integration.graph.test_waiting import NONE, NOTE, POST, TELL, give, run
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

TASK = "tasks:\n- name: tea\n  interval: 1d\n  prompt: Say good morning.\n"
COMMENT = decision(action="comment", post_id="1", content="Good.")


@pytest.fixture
def connected(world: World) -> Connected:
    """A public target, a file and a phone; posts and notes wait."""
    made = connect(world, Outside("public", PUBLIC), Outside("notes", FOLDER), Outside("phone", PHONE))
    world.thread(target=["public", "notes", "phone"], approval=["post", "note"], approval_ttl=86_400)
    return made


@pytest.fixture
def forum(world: World) -> World:
    """A thread whose comments on the forum wait, and which may tell."""
    connect(world, Outside("phone"))
    world.thread(approval=["comment"], approval_ttl=3600)
    return world


def soon(world: World, *says: Any) -> tuple[str, str | None]:
    """Run a scheduled beat a minute later; return its status and reason."""
    world.ollama.says(*says)
    world.clock.move(minutes=1)
    result: tuple[str, str | None] = ended(world.scheduled())
    return result


def loaded(world: World) -> Memory:
    """The memory that the next beat begins with."""

    def read(session: Any) -> Memory:
        memory = Memory.newest(beats.latest_memory(session, "demo"))
        return up_to_date(session, "demo", memory, world.clock())

    return world.store.read(read)


def expire(world: World) -> None:
    world.clock.move(hours=25)
    assert world.store.write(approvals.expire, world.clock(), thread_id="demo")


def did(world: World) -> list[str]:
    """What the last prompt said that the agent had done, without when."""
    lines = world.ollama.prompts[-1].split("\n")
    return [line.split(": ", 1)[1] for line in lines if line.startswith("You did ")]


def test_an_act_that_was_approved_after_three_later_beats_is_in_the_next_prompt(
    world: World, connected: Connected
) -> None:
    world.post("First")
    assert soon(world, POST) == ("awaiting_approval", None)
    for number in range(3):
        world.post(f"Post {number}")
        said = decision(action="tell", text=f"News {number}")
        assert soon(world, said) == ("acted", None)
    assert did(world) == ["tell, News 0", "tell, News 1"]
    give(world, 1, answer="approve")
    world.post("Last")
    assert soon(world, NONE) == ("none", None)
    assert did(world) == ["tell, News 0", "tell, News 1", "tell, News 2", "post, Tea"]
    world.post("The very last")
    assert soon(world, NONE) == ("none", None)
    assert did(world).count("post, Tea") == 1


def test_what_was_done_is_remembered_as_it_was_edited(forum: World) -> None:
    forum.post("First")
    forum.post("Second")
    assert soon(forum, COMMENT) == ("awaiting_approval", None)
    assert soon(forum, TELL) == ("acted", None)
    give(forum, 1, answer="approve", edit=Edit(post_id="2", content="Better."))
    memory = loaded(forum)
    assert [(it.kind, it.target_id, it.text) for it in memory.recent][-1] == ("comment", "post:2", "Better.")
    assert set(memory.done) == {"comment post:2"}
    assert loaded(forum) == memory
    assert memory.waiting == ()


def test_it_is_remembered_where_it_was_done_between_later_acts(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, POST)
    world.post("Second")
    soon(world, TELL)
    give(world, 1, answer="approve")
    world.post("Third")
    # Read before the answer is known to it, written after: the memory of this beat has the post too.
    soon(world, decision(action="tell", text="Another"))
    assert [each.text for each in loaded(world).recent] == ["The shop is down.", "Tea", "Another"]


def once(world: World, point: str, do: Callable[[], None]) -> None:
    """Do something the first time that a beat comes to a point."""
    left = [do]

    def probe(at: str) -> None:
        if at == point and left:
            left.pop()()
            world.clock.move(seconds=1)

    world.probe = probe


def test_an_answer_while_another_beat_runs_is_known_to_the_next(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, POST)
    world.post("Second")
    once(world, "inside:validate", lambda: check(give(world, 1, answer="approve").status == "acted"))
    assert soon(world, TELL) == ("acted", None)
    assert [each.text for each in loaded(world).recent] == ["Tea", "The shop is down."]
    world.post("Third")
    assert soon(world, NONE) == ("none", None)
    assert did(world) == ["post, Tea", "tell, The shop is down."]


def test_an_answer_that_is_carried_out_after_the_other_beat_is_known_too(
    world: World, connected: Connected
) -> None:
    world.post("First")
    soon(world, POST)
    world.post("Second")
    accepted: list[tuple[str, Claim]] = []
    once(
        world,
        "inside:validate",
        lambda: accepted.append(accept(world.services, 1, Answer(answer="approve"), AnswerOrigin.CLI)),
    )
    assert soon(world, TELL) == ("acted", None)
    assert loaded(world).waiting == (1,)
    world.clock.move(seconds=1)
    view = run(world, lambda runner: runner.go_on(*accepted[0]))
    assert view.status == "acted"
    assert [each.text for each in loaded(world).recent] == ["The shop is down.", "Tea"]


def check(holds: bool) -> None:
    assert holds


def test_what_nobody_approved_is_open_again_once(world: World, connected: Connected) -> None:
    world.write(TASK)
    world.post("First")
    assert soon(world, POST) == ("awaiting_approval", None)
    assert loaded(world).tasks
    expire(world)
    memory = loaded(world)
    assert (memory.tasks, memory.fingerprint) == ({}, None)
    assert memory.pending == ("forum.post:1",)
    assert soon(world, decision(action="post", title="Tea again", content="W")) == ("awaiting_approval", None)
    assert "[post 1] (new, " in " ".join(world.ollama.prompts[-1].split())
    expire(world)
    again = loaded(world)
    assert again.pending == ()
    assert set(again.tasks) == {"tea"}


def test_what_expired_at_the_very_start_of_a_beat_is_open_in_that_beat_only(forum: World) -> None:
    forum.post("First")
    soon(forum, COMMENT)
    forum.clock.move(hours=2)
    assert soon(forum, NONE) == ("none", None)
    assert forum.detail(1).reason == "expired"
    asked = len(forum.ollama.calls)
    assert [soon(forum) for _ in range(3)] == [("skipped", "unchanged")] * 3
    assert len(forum.ollama.calls) == asked


def test_a_no_stays_handled_and_is_not_claimed(forum: World) -> None:
    forum.post("First")
    soon(forum, COMMENT)
    give(forum, 1, answer="reject")
    memory = loaded(forum)
    assert (memory.recent, memory.pending) == ((), ())
    assert soon(forum, decision(action="comment", post_id="1", content="Very good.")) == (
        "skipped",
        "unchanged",
    )
    forum.post("Second")
    assert soon(forum) == ("none", "duplicate")
    assert did(forum) == []


def test_a_no_in_place_stays_handled_too(forum: World) -> None:
    forum.post("First")
    forum.ollama.says(COMMENT)
    forum.beat()
    assert forum.detail(1).status == "awaiting_approval"
    give(forum, 1, answer="reject")
    memory = loaded(forum)
    assert (memory.recent, memory.pending) == ((), ())
    assert soon(forum) == ("skipped", "unchanged")


def test_what_could_not_be_done_after_its_approval_is_open_again_once(
    world: World, connected: Connected
) -> None:
    world.post("First")
    public = connected.made[0]

    def away(point: str) -> None:
        if point == "before:dispatch" and public in connected.made:
            connected.made.remove(public)

    for beat_id, pending in ((1, ("forum.post:1",)), (2, ())):
        assert soon(world, POST) == ("awaiting_approval", None)
        world.clock.move(minutes=1)
        world.probe = away
        assert ended(give(world, beat_id, answer="approve").model_dump()) == ("failed", "dispatch")
        world.probe = lambda _: None
        connected.made.insert(0, public)
        assert loaded(world).pending == pending
    assert soon(world, NONE) in {("none", None), ("skipped", "unchanged")}
    assert [soon(world) for _ in range(3)] == [("skipped", "unchanged")] * 3
    assert deliveries(world) == []


def test_a_spent_budget_gives_the_act_back(world: World, connected: Connected) -> None:
    world.configure(max_actions_per_day=1)
    world.post("First")
    soon(world, POST)
    world.configure(max_actions_per_day=5)
    world.post("Second")
    soon(world, TELL)
    assert ended(give(world, 1, answer="approve").model_dump()) == ("skipped", "budget_exhausted")
    assert "forum.post:1" in loaded(world).pending


def test_what_was_approved_late_and_refused_by_its_target_is_open_again(
    world: World, connected: Connected
) -> None:
    world.post("First")
    soon(world, POST)
    world.post("Second")
    soon(world, TELL)
    give(world, 1, answer="approve")
    world.post("Third")
    soon(world, NONE)
    assert "post" in {each.kind for each in loaded(world).recent}
    world.clock.move(minutes=1)
    end(world, TryEnd.REFUSED)
    memory = loaded(world)
    assert [each.kind for each in memory.recent] == ["tell"]
    assert "forum.post:1" in memory.pending


def test_what_a_person_cancelled_is_not_claimed(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, TELL)
    world.store.write(outbox.cancel, deliveries(world)[-1].id or 0, world.clock())
    memory = loaded(world)
    assert (memory.recent, memory.pending) == ((), ())
    assert soon(world) == ("skipped", "unchanged")


def test_a_thread_with_nothing_new_is_asked_once_while_one_waits(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, POST)
    asked = len(world.ollama.calls)
    results = [soon(world, NONE), *(soon(world) for _ in range(9))]
    assert results == [("none", None), *[("skipped", "unchanged")] * 9]
    assert len(world.ollama.calls) == asked + 1


def test_a_task_that_is_due_is_shown_once_while_its_target_waits(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, POST)
    world.write(TASK)
    asked = len(world.ollama.calls)
    results = [soon(world, NONE), *(soon(world) for _ in range(9))]
    assert results == [("none", None), *[("skipped", "unchanged")] * 9]
    assert len(world.ollama.calls) == asked + 1
    give(world, 1, answer="approve")
    assert soon(world, decision(action="post", title="Morning", content="Good")) == (
        "awaiting_approval",
        None,
    )
    assert "tea: Say good morning." in world.ollama.prompts[-1]


def test_items_that_another_action_was_about_wait_for_the_target(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, POST)
    world.post("Second")
    soon(world, NONE)
    assert loaded(world).pending == ("forum.post:2",)
    give(world, 1, answer="approve")
    assert soon(world, decision(action="post", title="More", content="Words")) == ("awaiting_approval", None)
    assert "[post 2] (new, " in " ".join(world.ollama.prompts[-1].split())


def test_items_stay_new_while_one_of_two_places_for_them_is_taken(world: World, connected: Connected) -> None:
    connected.made.append(Outside("other", FOLDER))
    world.configure(target=["public", "notes", "other", "phone"])
    world.post("First")
    assert (
        soon(world, decision(action="note", text="Tea", file="a.md", target="notes"))[0]
        == "awaiting_approval"
    )
    world.post("Second")
    assert soon(world, NONE) == ("none", None)
    assert loaded(world).pending == ("forum.post:2",)
    assert soon(world) == ("skipped", "unchanged")


def test_what_waits_counts_for_the_day(world: World, connected: Connected) -> None:
    world.configure(max_actions_per_day=1)
    world.post("First")
    assert soon(world, POST) == ("awaiting_approval", None)
    world.post("Second")
    assert soon(world) == ("skipped", "budget_exhausted")
    said = world.history()[0].summary
    assert said.startswith("The thread has done 0 actions today, and 1 waits for approval; its limit is 1.")
    assert said.endswith(", or once beat 1 is rejected.")
    assert give(world, 1, answer="approve").status == "acted"
    assert soon(world) == ("skipped", "budget_exhausted")
    assert world.history()[0].summary.startswith("The thread has done 1 actions today, its limit.")


def test_a_rejection_frees_the_day_of_what_waited(world: World, connected: Connected) -> None:
    world.configure(max_actions_per_day=1)
    world.post("First")
    assert soon(world, POST) == ("awaiting_approval", None)
    assert soon(world) == ("skipped", "budget_exhausted")
    assert give(world, 1, answer="reject").status == "rejected"
    world.post("Second")
    assert soon(world, TELL) == ("acted", None)


def test_what_was_proposed_yesterday_does_not_count_for_today(world: World, connected: Connected) -> None:
    world.configure(max_actions_per_day=1, approval_ttl=172_800, timezone="Asia/Tokyo")
    world.post("First")
    assert soon(world, POST) == ("awaiting_approval", None)
    assert soon(world) == ("skipped", "budget_exhausted")
    assert "It is free again Tue 2026-11-03 00:00 Asia/Tokyo, or" in world.history()[0].summary
    world.clock.now = datetime.fromisoformat("2026-11-02T15:00:00Z")
    world.post("Second")
    assert soon(world, TELL) == ("acted", None)


def test_the_day_is_free_when_what_fills_it_expires(world: World, connected: Connected) -> None:
    world.configure(max_actions_per_day=1, approval_ttl=600)
    world.post("First")
    assert soon(world, POST) == ("awaiting_approval", None)
    assert soon(world) == ("skipped", "budget_exhausted")
    assert "It is free again Mon 2026-11-02 12:11 UTC, or" in world.history()[0].summary
    world.clock.move(minutes=10)
    world.post("Second")
    assert soon(world, TELL) == ("acted", None)


def test_a_note_is_not_proposed_twice_while_it_waits(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, NOTE)
    world.post("Second")
    assert soon(world, NOTE, NOTE)[0] == "failed", "it was not offered"
    assert [row.status for row in world.history()].count("awaiting_approval") == 1


def test_a_no_to_what_waited_for_a_day_counts_from_the_answer(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, POST)
    world.clock.move(hours=23)
    give(world, 1, answer="reject")
    world.clock.move(hours=2)
    world.post("Second")
    assert soon(world, POST) == ("none", "duplicate")


def test_a_thread_where_nothing_waits_pays_nothing(world: World, connected: Connected) -> None:
    world.post("First")
    soon(world, NONE)

    def count(session: Session) -> int:
        statements: list[str] = []
        memory = Memory.newest(beats.latest_memory(session, "demo"))
        listen = (session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
        event.listen(*listen)
        up_to_date(session, "demo", memory, world.clock())
        event.remove(*listen)
        return len(statements)

    assert world.store.read(count) == 1
    world.post("Second")
    soon(world, POST)
    assert world.store.read(count) == 2, "one by its key, while one waits"
    give(world, 2, answer="reject")
    world.post("Third")
    soon(world, NONE)
    assert world.store.read(count) == 1
