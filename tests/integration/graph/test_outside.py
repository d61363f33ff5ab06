"""Beats with targets outside: what is queued for whom, and what the beat says of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.errors import InvalidValueError
from heartbeat.store import messages, outbox
from heartbeat.store.approvals import Answer, Edit
from heartbeat.vocabulary import TryEnd
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from tests.integration.graph.outside import (
    FOLDER,
    PHONE,
    PUBLIC,
    Outside,
    actions_of,
    connect,
    deliveries,
    end,
)
from tests.integration.graph.test_plugins import ended
from tests.support.ollama import decision
from tests.support.world import SUMMARIZE, World

pytestmark = pytest.mark.one_question

TELL = decision(action="tell", text="The shop is down.", about="post 1")
NOTE = decision(action="note", text="Buy tea", file="todo.md")
POST = decision(action="post", board="general", title="Tea", content="Words")


def asked(world: World, number: int = -1) -> dict[str, Any]:
    properties: dict[str, Any] = world.ollama.calls[number]["format"]["properties"]
    return properties


def test_a_tell_goes_to_every_connection_of_the_owner(world: World) -> None:
    connect(world, Outside("phone"), Outside("mail"), Outside("notes", FOLDER))
    world.thread()
    world.post("Shop")
    world.ollama.says(TELL)
    beat = world.beat()
    assert ended(beat) == ("acted", None)
    assert beat["summary"] == "On its way to phone, mail: tell you: The shop is down."
    [action] = beat["actions"]
    assert (action["kind"], action["target"], action["status"]) == ("tell", "phone, mail", "pending")
    assert (action["text"], action["about"]) == ("The shop is down.", "forum.post:1")
    queued = deliveries(world)
    assert [(row.target, row.kind, row.thread_id, row.beat_id) for row in queued] == [
        ("phone", "tell", "demo", 1),
        ("mail", "tell", "demo", 1),
    ]
    assert {row.payload["text"] for row in queued} == {"The shop is down."}
    assert len({row.key for row in queued}) == 2
    assert {(row.expires_at - row.created_at).total_seconds() for row in queued} == {3600}


@pytest.mark.parametrize(("decided", "link"), [(TELL, "https://hb.example.org/beats/1"), (POST, None)])
def test_a_tell_has_a_link_to_its_beat_and_what_is_public_has_none(
    world: World, decided: str, link: str | None
) -> None:
    world.settings = world.settings.model_copy(update={"public_url": "https://hb.example.org"})
    world.services = replace(world.services, settings=world.settings)
    connect(world, Outside("phone"), Outside("public", PUBLIC))
    world.thread(target=["public", "phone"])
    world.post()
    world.ollama.says(decided)
    world.beat()
    assert [row.payload["url"] for row in deliveries(world)] == [link]


def test_a_tell_goes_to_the_connections_that_the_thread_names(world: World) -> None:
    connect(world, Outside("phone"), Outside("mail"))
    world.thread(target=["forum", "mail"])
    world.post()
    world.ollama.says(TELL)
    world.beat()
    assert [row.target for row in deliveries(world)] == ["mail"]
    assert asked(world)["action"]["enum"] == ["post", "comment", "vote", "tell", "none"]
    assert "target" not in asked(world)
    assert "You may also choose tell: send your owner a short message now; " in world.ollama.prompts[0]


@pytest.mark.parametrize("target", ["none", "public"])
def test_a_tell_that_no_connection_takes_is_recorded(world: World, target: str) -> None:
    """With `none` it is only recorded; so it is where the workspace has no connection to the owner."""
    connect(world, *([Outside("phone")] if target == "none" else [Outside("public", PUBLIC)]))
    world.thread(target=target)
    world.post()
    world.ollama.says(TELL)
    beat = world.beat()
    assert (ended(beat), beat["summary"]) == (("acted", None), "Told you: The shop is down.")
    assert [(each["target"], each["status"]) for each in beat["actions"]] == [("none", "recorded")]
    assert deliveries(world) == []


@pytest.mark.parametrize("target", ["forum", "none", ["forum"]])
def test_threads_without_a_connection_to_the_owner_are_asked_as_before(world: World, target: Any) -> None:
    connect(world, Outside("notes", FOLDER), Outside("public", PUBLIC))
    world.thread(target=target)
    world.post()
    world.beat()
    assert list(asked(world)) == [
        *("reasoning", "action", "title", "content", "board", "post_id", "vote_direction", "note")
    ]
    assert "You may also choose" not in world.ollama.prompts[0]


def test_what_became_of_a_delivery_is_what_the_beat_says(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.post()
    world.ollama.says(TELL)
    world.beat()
    end(world, TryEnd.SENT)
    detail = world.detail(1)
    assert (detail.summary, detail.actions[0].status) == ("Told you: The shop is down.", "sent")
    assert detail.actions[0].receipt == {"id": "7"}


@pytest.mark.parametrize(
    ("result", "able", "status", "summary"),
    [
        (TryEnd.REFUSED, {}, "failed", "Refused by phone: tell you: The shop is down."),
        (TryEnd.PERHAPS, {}, "unknown", "Perhaps arrived at phone: tell you: The shop is down."),
        (TryEnd.NOT_SENT, {}, "pending", "On its way to phone: tell you: The shop is down."),
    ],
)
def test_a_delivery_that_did_not_arrive(
    world: World, result: TryEnd, able: dict[str, Any], status: str, summary: str
) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.post()
    world.ollama.says(TELL)
    world.beat()
    end(world, result, **able)
    detail = world.detail(1)
    assert (detail.actions[0].status, detail.summary) == (status, summary)
    assert detail.actions[0].reason == ("refused" if status == "failed" else None)


def test_a_delivery_that_arrives_before_the_beat_has_ended(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.post()
    world.ollama.says(TELL)

    def meanwhile(point: str) -> None:
        if point == "before:settle":
            end(world, TryEnd.SENT)

    world.probe = meanwhile
    beat = world.beat()
    assert (beat["summary"], beat["actions"][0]["status"]) == ("Told you: The shop is down.", "sent")


def test_the_same_item_is_told_of_once_until_it_changes(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.post("Shop")
    world.ollama.says(TELL, decision(action="tell", text="Your shop is down!", about="post 1"))
    world.beat()
    beat = world.beat()
    assert ended(beat) == ("none", "duplicate")
    assert len(deliveries(world)) == 1


def test_a_killed_beat_queues_nothing_twice(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.post()
    world.owner("Tell me about the shop.")
    world.ollama.says(decision(action="tell", text="It is down.", about="message 1"))

    def die(point: str) -> None:
        if point == "after:dispatch":
            raise KeyboardInterrupt

    world.probe = die
    with pytest.raises(KeyboardInterrupt):
        world.beat()
    world.probe = lambda _: None
    assert ended(world.go_on(1)) == ("acted", None)
    assert len(deliveries(world)) == len(actions_of(world)) == 1
    assert len(world.store.read(messages.latest, "demo", 10)) == 2


def test_an_answer_to_the_owner_stands_in_the_conversation_too(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.owner("How is the shop?")
    world.ollama.says(decision(action="tell", text="It is up.", about="message 1"))
    assert ended(world.beat()) == ("acted", None)
    said = world.store.read(messages.latest, "demo", 10)
    assert [(row.author, row.content) for row in said] == [
        ("owner", "How is the shop?"),
        ("heartbeat", "It is up."),
    ]


def test_each_kind_goes_to_the_target_that_takes_it(world: World) -> None:
    connect(world, Outside("phone"), Outside("notes", FOLDER))
    world.thread(target=["forum", "notes", "phone"])
    world.post()
    world.ollama.says(NOTE, POST, TELL)
    note, post, tell = (world.beat() for _ in range(3))
    assert [beat["actions"][0]["target"] for beat in (note, post, tell)] == ["notes", "forum", "phone"]
    assert note["summary"] == "On its way to notes: note in todo.md: Buy tea."
    assert (note["actions"][0]["file"], note["actions"][0]["mode"]) == ("todo.md", "append")
    assert post["summary"] == "Posted on general: Tea."
    assert [row.payload["file"] for row in deliveries(world)] == ["todo.md", None]
    assert "You may also choose note: write one line into a file of your owner; " in world.ollama.prompts[0]
    assert "target" not in asked(world)


def test_where_two_take_a_kind_the_first_does_unless_the_decision_names_another(world: World) -> None:
    connect(world, Outside("public", PUBLIC))
    world.thread(target=["public", "forum"])
    world.post()
    first = decision(action="post", content="Hello")
    other = decision(action="post", title="Tea", content="Words", board="general", target="forum")
    world.ollama.says(first, other)
    assert [world.beat()["actions"][0]["target"] for _ in range(2)] == ["public", "forum"]
    assert asked(world)["target"]["anyOf"][0]["enum"] == ["public", "forum"]
    assert deliveries(world)[0].payload["content"] == "Hello"
    assert [post.title for post in world.posts()] == ["Tea"]


def test_a_post_keeps_its_title_where_none_is_required(world: World) -> None:
    connect(world, Outside("public", PUBLIC))
    world.thread(target="public")
    world.post()
    world.ollama.says(POST)
    assert world.beat()["summary"] == "On its way to public: post: Tea."
    assert asked(world)["title"]["anyOf"][0]["maxLength"] == 200
    assert deliveries(world)[0].payload["title"] == "Tea"


def test_limits_are_those_of_the_target_that_takes_it(world: World) -> None:
    connect(world, Outside("public", replace(PUBLIC, content_limit=20)))
    world.thread(target=["forum", "public"])
    world.post()
    long = decision(action="post", title="Tea", board="general", content="Words " * 9, target="public")
    comment = decision(action="comment", post_id="1", content="Yes", target="public")
    world.ollama.says(long, comment, comment)
    beat = world.beat()
    assert beat["actions"][0]["content"] == "Words Words Words W…"
    assert beat["problems"] == ["content: cut from 53 to 20 characters"]
    assert asked(world)["content"]["anyOf"][0]["maxLength"] == 5000
    refused = world.beat()
    assert ended(refused) == ("failed", "invalid_decision")
    assert 'target: "public" takes no comment; allowed: forum' in refused["problems"]


def test_a_target_that_is_not_there_any_more_does_not_stop_the_others(world: World) -> None:
    connect(world)
    world.thread(target=["phone", "forum"])
    world.post()
    world.ollama.says(POST)
    beat = world.beat()
    assert ended(beat) == ("acted", None)
    assert beat["problems"] == ['target: "phone" is not configured; the others are used']
    world.configure(target="phone")
    assert ended(world.beat()) == ("failed", "internal")


def test_an_action_goes_nowhere_else_when_its_target_is_gone(world: World) -> None:
    connected = connect(world, Outside("public", PUBLIC))
    world.thread(target=["public", "forum"])
    world.post()
    world.ollama.says(decision(action="post", content="Hello", title="Tea", board="general"))

    def meanwhile(point: str) -> None:
        if point == "before:dispatch":
            connected.made.clear()

    world.probe = meanwhile
    beat = world.beat()
    assert ended(beat) == ("failed", "dispatch")
    assert beat["summary"] == 'The target "public" of the action is not configured any more.'
    assert world.posts() == []


def test_rules_post_where_there_are_no_boards(world: World) -> None:
    connect(world, Outside("public", PUBLIC))
    world.thread(target="public", fallback="rules")
    world.correct("3+ new posts", **SUMMARIZE)
    world.ollama.models = []
    for _ in range(3):
        world.post("Tea")
    assert ended(world.beat()) == ("acted", None)
    assert deliveries(world)[0].payload["content"].startswith("New since the last look:")


def test_what_a_rule_was_not_followed_for_stays_new_for_the_model(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread(fallback="rules")
    world.correct("3+ new posts", **{**SUMMARIZE, "when": {"kind": "new"}, "do": "tell"})
    world.post("A post")
    world.owner("Which seeds for shade?")
    world.ollama.models = []
    assert world.beat()["decided_by"] == "rules"
    world.ollama.models = ["llama3.2:latest"]
    world.clock.move(seconds=5)
    assert world.beat()["decided_by"] == "model"
    assert "New posts: 0." in world.ollama.prompts[0]
    assert "Which seeds for shade?" in world.ollama.prompts[0]


def test_a_tell_waits_for_approval_only_where_the_config_names_it(world: World) -> None:
    connect(world, Outside("phone"), Outside("notes", FOLDER))
    world.thread(target=["forum", "notes"], approval="always")
    world.post()
    world.ollama.says(TELL, NOTE)
    assert ended(world.beat()) == ("acted", None)
    world.beat()
    assert world.detail(2).status == "awaiting_approval"
    assert world.detail(2).summary == "Waits for approval: note in todo.md at notes: Buy tea."


def test_a_person_edits_a_note_and_a_tell(world: World) -> None:
    connect(world, Outside("phone"), Outside("notes", FOLDER))
    world.thread(target=["forum", "notes"], approval=["tell", "note"])
    world.post()
    world.ollama.says(NOTE, TELL)
    runner = Runner(world.services, world.graph)

    def approve(beat: int, **edit: Any) -> Any:
        return asyncio.run(answer(runner, beat, Answer(answer="approve", edit=Edit(**edit))))

    world.beat()
    with pytest.raises(InvalidValueError, match=r"^file: .* is not allowed") as caught:
        approve(1, file="../todo.md")
    assert caught.value.field == "edit.file"
    approve(1, file="tea.md", mode="tick", text="Buy green tea")
    world.beat()
    approve(2, text="The shop is up.", about="")
    first, second = actions_of(world)
    assert (first.file, first.mode, first.text) == ("tea.md", "tick", "Buy green tea")
    assert (second.text, second.about) == ("The shop is up.", None)
    assert [row.target for row in deliveries(world)] == ["notes", "phone"]


def test_cooldowns_and_daily_limits_of_a_target_count_for_all_threads(world: World) -> None:
    connect(world, Outside("public", replace(PUBLIC, daily_limits={"post": 2}, cooldowns={"post": 60})))
    for thread in ("demo", "other"):
        world.thread(thread, target="public")
    world.post()
    world.ollama.says(*(decision(action="post", content=text) for text in ("One", "Two")))
    assert ended(world.beat()) == ("acted", None)
    assert ended(world.beat(thread="other")) == ("skipped", "target_cooldown")
    world.clock.move(seconds=60)
    assert ended(world.beat(thread="other")) == ("acted", None)
    world.clock.move(hours=1)
    world.post()
    beat = world.beat()
    assert ended(beat) == ("skipped", "target_cooldown")
    assert beat["summary"] == "The target public takes the next post from 2026-11-03 12:00:30 on (UTC)."
    assert len(world.ollama.calls) == 2


def test_a_tell_goes_to_the_connections_that_take_it_now(world: World) -> None:
    connect(world, Outside("phone", replace(PHONE, cooldowns={"tell": 600})), Outside("mail"))
    world.thread()
    world.post("One")
    world.post("Two")
    world.ollama.says(TELL, decision(action="tell", text="So is the other.", about="post 2"))
    world.beat()
    world.beat()
    assert [row.target for row in deliveries(world)] == ["phone", "mail", "mail"]


def test_a_public_target_is_told_nothing(world: World) -> None:
    able = Capabilities(kinds=("post", "tell"), sources=(), votes={})
    connect(world, Outside("public", able), Outside("phone"))
    world.thread(target="public")
    world.post()
    world.ollama.says(TELL)
    world.beat()
    assert [row.target for row in deliveries(world)] == ["phone"]


def test_dry_run_queues_nothing(world: World) -> None:
    connect(world, Outside("phone"))
    world.thread()
    world.post()
    world.ollama.says(TELL)
    beat = world.beat(dry_run=True)
    assert (ended(beat), beat["summary"]) == (("dry_run", None), "Would tell you: The shop is down.")
    assert world.store.read(outbox.page) == []
