"""A beat does one action; what it has not looked at is new to the next one, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from heartbeat import remember
from heartbeat.decision_mode import DecisionMode
from heartbeat.feed import Item
from heartbeat.memory import Memory
from heartbeat.sources import Look
from heartbeat.store import beats
from heartbeat.vocabulary import AnswerOrigin
from tests.support.ollama import Say, decision
from tests.support.plan_beats import PlanModel, deeds, follow, last, numbered
from tests.support.world import World

BY = AnswerOrigin.API

ANSWER, SUM_UP = "Answer who speaks to you", "3 or more new posts: sum them up"
ANSWERS = {ANSWER: ("comment", "spoken", "forum", {"how": "an answer"})}
SUMS_UP = {SUM_UP: ("post", "number", "forum", {"number": "at least 3", "how": "a summary"})}
TEA = {"Write about tea": ("post", "always", "any", {"how": "tea"})}
CAKE = {"Write about cake": ("post", "always", "any", {"how": "cake"})}
HELLO = {"Say hello": ("post", "always", "any", {"how": "a greeting", "limit": "day"})}
BIRDS = ("Bird",)


@pytest.fixture
def world(world: World) -> World:
    world.thread()
    return world


def followed(world: World, lines: Mapping[str, Any], **more: Any) -> PlanModel:
    """Have beats follow these lines, and the model write another text each time."""
    return numbered(world, follow(world, lines, **more))


def one_question(world: World, *replies: str) -> None:
    """Ask one question for everything from now on, and have it answered so."""
    whole = world.services.settings.model_copy(update={"decision": DecisionMode.WHOLE})
    world.services = replace(world.services, settings=whole)
    world.ollama.answer = None
    world.ollama.replies = [Say(reply) for reply in replies]


def comment_on(post: int, words: str = "An answer") -> str:
    return decision(action="comment", post_id=str(post), content=words, reasoning="It asks.")


def test_all_who_speak_to_the_agent_are_answered_each_once(world: World) -> None:
    followed(world, ANSWERS)
    spoken = [world.post(f"Question {each}", "@heartbeat which tea?") for each in range(3)]
    done = deeds(world, 6)
    assert sorted(done[:3]) == [("comment", f"post:{number}") for number in spoken]
    assert done[3:] == ["unchanged", "unchanged", "unchanged"]


def test_more_than_are_remembered_as_answered_are_answered_once(world: World) -> None:
    """Recent actions are ten; what was answered must not depend on them."""
    followed(world, ANSWERS)
    spoken = [world.post(f"Question {each}", "@heartbeat which tea?") for each in range(13)]
    done = deeds(world, 14)
    assert sorted(done[:13]) == sorted(("comment", f"post:{number}") for number in spoken)
    assert done[13] == "unchanged"


def test_what_a_later_line_asks_for_is_done_by_the_next_beat(world: World) -> None:
    followed(world, ANSWERS | SUMS_UP)
    post = world.post("Tea", "@heartbeat which one?")
    for each in range(3):
        world.post(f"Post {each}")
    assert deeds(world, 4) == [("comment", f"post:{post}"), ("post", None), "unchanged", "unchanged"]


def test_posts_that_were_summed_up_do_not_count_again(world: World) -> None:
    followed(world, SUMS_UP | ANSWERS)
    for each in range(2):
        world.post(f"Post {each}")
    post = world.post("Tea", "@heartbeat which one?")
    assert deeds(world, 1) == [("post", None)]
    world.post("One more")
    assert deeds(world, 3) == [("comment", f"post:{post}"), "unchanged", "unchanged"]


def test_each_order_of_the_owner_is_obeyed_once(world: World) -> None:
    orders = {
        "Please tell them of the tea": ("post", "always", "any", {"how": "the tea"}),
        "Please answer it": ("comment", "if", "forum", {"question": "Is it Please?", "open": True}),
    }
    followed(world, {"Read along": "look", **orders}, text="- Read along\n", meant={"Please": ("Please",)})
    post = world.post("Please")
    world.owner("Please answer it")
    world.owner("Please tell them of the tea")
    assert deeds(world, 4) == [("comment", f"post:{post}"), ("post", None), "unchanged", "unchanged"]


def test_each_due_task_is_done_once(world: World) -> None:
    text = (
        "tasks:\n"
        "- name: tea\n  interval: 1d\n  prompt: Write about tea\n"
        "- name: look\n  interval: 1d\n  prompt: Look around\n"
        "- name: cake\n  interval: 1d\n  prompt: Write about cake\n"
    )
    followed(world, TEA | CAKE, text=text)
    assert deeds(world, 3) == [("post", None), ("post", None), "no_tasks_due"]
    writings = [last(body) for body in world.ollama.calls]
    assert ["about tea" in writings[0], "about cake" in writings[1]] == [True, True]
    assert sorted(memory(world).tasks) == ["cake", "look", "tea"]


def test_an_order_leaves_the_tasks_due(world: World) -> None:
    order = {"Please post": ("post", "always", "any", {"how": "a post"})}
    text = "tasks:\n- name: tea\n  interval: 1d\n  prompt: Write about tea\n"
    followed(world, TEA | order, text=text)
    world.owner("Please post")
    assert deeds(world, 1) == [("post", None)]
    assert memory(world).tasks == {}
    assert deeds(world, 2) == [("post", None), "no_tasks_due"]


def test_a_beat_that_finds_nothing_to_do_has_seen_all(world: World) -> None:
    questions = {
        ANSWER: ("comment", "spoken", "forum", {"question": "Is it a question?", "how": "an answer"})
    }
    followed(world, questions, meant={"question": ("which tea",)})
    answered = world.post("Question", "@heartbeat which tea?")
    world.post("Praise", "@heartbeat well done")
    world.post("Thanks", "@heartbeat thank you")
    assert deeds(world, 3) == [("comment", f"post:{answered}"), "unchanged", "unchanged"]
    assert memory(world).pending == ()


def test_what_is_left_outlives_the_process(world: World) -> None:
    followed(world, ANSWERS)
    for each in range(2):
        world.post(f"Question {each}", "@heartbeat which tea?")
    first = deeds(world, 1)
    twin = world.elsewhere()
    second = deeds(twin, 2)
    assert second[1] == "unchanged"
    assert sorted([*first, second[0]]) == [("comment", "post:1"), ("comment", "post:2")]
    twin.close()


def test_after_one_question_those_who_spoke_and_were_not_answered_are_left(world: World) -> None:
    first = world.post("Question 1", "@heartbeat which tea?")
    second = world.post("Question 2", "@heartbeat which cake?")
    world.post("Post")
    world.owner("Be kind")
    one_question(world, comment_on(first), comment_on(second, "Another"))
    assert deeds(world, 3) == [("comment", "post:1"), ("comment", "post:2"), "unchanged"]
    prompts = [last(body) for body in world.ollama.calls]
    told = ["New posts: 3. New comments: 0. New messages in your thread: 1. New mentions of you: 2."]
    told += ["New posts: 1. New comments: 0. New messages in your thread: 0. New mentions of you: 1."]
    assert [words in prompt for words, prompt in zip(told, prompts, strict=True)] == [True] * 2


def test_a_beat_that_did_nothing_for_what_it_saw_leaves_nothing(world: World) -> None:
    """Else a model that says the same again and again would be asked at each beat for ever."""
    first = world.post("Question 1", "@heartbeat which tea?")
    one_question(world, comment_on(first), *[comment_on(first)] * 3)
    assert deeds(world, 1) == [("comment", "post:1")]
    world.post("Question 2", "@heartbeat which cake?")
    assert deeds(world, 2) == ["duplicate", "unchanged"]
    assert len(world.ollama.calls) == 2


def test_what_is_left_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remember, "PENDING_LIMIT", 2)
    followed(world, SUMS_UP | ANSWERS)
    for each in range(5):
        world.clock.move(seconds=1)
        world.post(f"Question {each}", "@heartbeat which tea?")
    assert deeds(world, 1) == [("post", None)]
    assert memory(world).pending == ("forum.post:5", "forum.post:4")


def memory(world: World) -> Memory:
    return Memory.newest(world.store.read(beats.latest_memory, "demo"))


def test_posts_that_mention_the_agent_are_summed_up_once_and_answered_each(world: World) -> None:
    followed(world, SUMS_UP | ANSWERS)
    spoken = [world.post(f"Question {each}", "@heartbeat which tea?") for each in range(3)]
    done = deeds(world, 2)
    world.post("Post")
    done += deeds(world, 4)
    assert done[0] == ("post", None)
    assert sorted(done[1:4]) == [("comment", f"post:{number}") for number in spoken]
    assert done[4:] == ["unchanged", "unchanged"]


@pytest.mark.parametrize("target", ["forum", "none"])
def test_what_waits_for_no_news_is_done_once(world: World, target: str) -> None:
    """An unticked box is about old items too, and recent actions are ten."""
    birds = ("comment", "if", "forum", {"question": "Is it about a bird?", "open": True, "how": "a remark"})
    followed(world, {"Comment on birds": birds}, meant={"bird": BIRDS})
    world.configure(target=target)
    seen = [world.post(f"Bird {each}") for each in range(13)]
    done = deeds(world, 15)
    assert sorted(done[:13]) == sorted(("comment", f"post:{number}") for number in seen)
    assert done[13:] == ["unchanged", "unchanged"]


def test_an_item_that_was_voted_on_is_answered_too(world: World) -> None:
    votes = {"Vote up tea": ("upvote", "if", "forum", {"question": "Is it about tea?"})}
    followed(world, votes | ANSWERS, meant={"tea": ("tea",)})
    for target, post in (("forum", world.post("Q", "@heartbeat which tea?")), ("none", 2)):
        world.configure(target=target)
        if target == "none":
            world.post("R", "@heartbeat which tea?")
        assert deeds(world, 4) == [
            ("vote", f"post:{post}"),
            ("comment", f"post:{post}"),
            "unchanged",
            "unchanged",
        ]


def test_a_mention_that_the_model_never_answers_is_left_alone(world: World) -> None:
    world.post("Question", "@heartbeat buy my tea")
    post = world.post("Post")
    one_question(world, *(comment_on(post, f"Nice {each}") for each in range(9)))
    assert deeds(world, 4) == [("comment", f"post:{post}")] * 2 + ["unchanged"] * 2


def test_one_question_sums_up_once(world: World) -> None:
    for each in range(3):
        world.post(f"Question {each}", "@heartbeat which tea?")
    posts = (decision(action="post", board="general", title=f"T{each}", content="Words") for each in range(9))
    one_question(world, *posts)
    assert deeds(world, 4) == [("post", None)] * 2 + ["unchanged"] * 2


class Broken:
    """A forum that is down."""

    name, time_limit = "forum", 1.0

    def look(self, look: Look) -> list[Item]:
        raise OSError("down")


def test_what_is_left_comes_back_with_its_source(world: World) -> None:
    followed(world, ANSWERS)
    for each in range(2):
        world.post(f"Question {each}", "@heartbeat which tea?")
    done = deeds(world, 1)
    whole = world.services
    world.services = replace(whole, sources=[Broken(), *(it for it in whole.sources if it.name != "forum")])
    assert deeds(world, 1) == ["none"]
    world.services = whole
    done += deeds(world, 3)
    assert sorted(done[:2]) == [("comment", "post:1"), ("comment", "post:2")]
    assert done[2:] == ["unchanged", "unchanged"]


def test_what_a_full_feed_had_no_room_for_is_new_to_the_next_beat(world: World) -> None:
    followed(world, ANSWERS)
    spoken = [world.post(f"Question {each}", "@heartbeat which tea? " + "word " * 110) for each in range(12)]
    done = deeds(world, 16)
    answered = [each for each in done if each not in ("unchanged", "unchanged")]
    assert sorted(answered) == sorted(("comment", f"post:{number}") for number in spoken)
    assert done[-1] == "unchanged"


def test_silence_about_a_full_feed_has_not_seen_the_rest(world: World) -> None:
    birds = ("comment", "if", "forum", {"question": "Is it about a bird?", "how": "a remark"})
    followed(world, {"Comment on birds": birds}, meant={"bird": BIRDS})
    bird = world.post("Bird", "word " * 110)
    for each in range(40):
        world.post(f"Post {each}", "word " * 110)
    done = deeds(world, 6)
    assert done[0] == "none"
    assert [each for each in done if each not in {"none", "unchanged"}] == [("comment", f"post:{bird}")]
    assert done[-1] == "unchanged"


@pytest.mark.parametrize(
    "instructions",
    ["- Say hello", "tasks:\n- name: hello\n  interval: 10m\n  prompt: Say hello\n\n## Rules"],
)
def test_what_was_done_before_keeps_nobody_from_being_answered(world: World, instructions: str) -> None:
    model = follow(world, HELLO | ANSWERS, text=f"{instructions}\n- {ANSWER}\n")
    assert model.fields == {}, "what is written is always the same"
    world.clock.now = datetime(2026, 11, 2, 23, 50, tzinfo=UTC)
    assert deeds(world, 1) == [("post", None)]
    world.clock.move(minutes=15)
    post = world.post("Question", "@heartbeat which tea?")
    done = deeds(world, 3)
    assert done[0] == ("comment", f"post:{post}")
    assert ("post", None) not in done, "the same text is not posted again within a day"


def test_a_night_of_a_weekday_is_one_day(world: World) -> None:
    night = {"days": ["mon"], "from": "22:00", "to": "06:00", "limit": "day", "how": "good night"}
    followed(world, {"Say good night": ("post", "time", "any", night)})
    world.clock.now = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)
    assert deeds(world, 2) == [("post", None), "unchanged"]
    world.clock.now = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)
    world.post("Something new")
    assert deeds(world, 1) == ["none"]
    world.clock.now = datetime(2026, 11, 9, 22, 30, tzinfo=UTC)
    world.post("Something new")
    assert deeds(world, 1) == [("post", None)]
