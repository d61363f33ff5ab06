"""The decision is checked in code: what is allowed is done, what is not is mended once, then refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkpoints import open_saver
from graph.heartbeat import compile_graph, run_config
from heartbeat.store import forum
from tests.support.ollama import Say, decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # replies with a whole decision, and their repair


@pytest.fixture
def scene(world: World) -> World:
    """Posts 1 and 2; comments 1 (by cy) and 2 (own) under post 1, 3 (by bo) under post 2; post 2 voted up."""
    world.thread()
    tea, coffee = world.post("Tea"), world.post("Coffee", author="cy")
    assert (tea, coffee) == (1, 2)
    numbers = world.comment(tea), world.comment(tea, author="heartbeat"), world.comment(coffee, author="bo")
    assert numbers == (1, 2, 3)
    world.store.write(forum.vote, "post", coffee, voter="heartbeat", value=1, now=world.clock())
    return world


def answer(world: World, reply: str | Say | dict[str, Any]) -> dict[str, Any]:
    """Run a beat whose model says the same to every question."""
    text = decision(**reply) if isinstance(reply, dict) else reply
    world.ollama.default = Say(text) if isinstance(text, str) else text
    return world.beat()


def outcome(beat: dict[str, Any]) -> tuple[str, str | None]:
    return beat["status"], beat["reason"]


def told(world: World) -> str:
    """What the model was told when it was asked again."""
    return str(world.ollama.calls[1]["messages"][-1]["content"])


def did(world: World) -> list[str]:
    """Everything on the forum that the beat may have added, beyond the scene's own comment and vote."""
    posts = [f"post {row.title}" for row in world.posts()]
    comments = [
        f"comment {row.content}"
        for post in (1, 2)
        for row in world.store.read(forum.comments_on, post)
        if row.author == "heartbeat" and row.id != 2
    ]
    votes = {
        f"{kind} {item}": value
        for kind in ("post", "comment")
        for item, value in world.store.read(forum.votes_of, "heartbeat", kind, range(1, 4)).items()
    }
    return [*posts, *comments, *(f"vote {k} {v}" for k, v in votes.items() if (k, v) != ("post 2", 1))]


def post(**fields: Any) -> dict[str, Any]:
    return {"action": "post", "board": "general", "title": "Title", "content": "Words", **fields}


def comment(**fields: Any) -> dict[str, Any]:
    return {"action": "comment", "content": "Words", **fields}


def vote(**fields: Any) -> dict[str, Any]:
    return {"action": "vote", "vote_direction": "up", **fields}


ALLOWED = {
    "post": (post(), "post Title"),
    "post without a board goes to the first": (post(board=None), "post Title"),
    "title of 200": (post(title="t" * 200), "post " + "t" * 200),
    "title of 200 and space around": (post(title=" " + "t" * 200 + "\n"), "post " + "t" * 200),
    "title on two lines becomes one": (post(title="one\ntwo"), "post one two"),
    "content of 5,000": (post(content="c" * 5_000), "post Title"),
    "unused fields are not looked at": (post(post_id="99", vote_direction="sideways"), "post Title"),
    "comment on a post": (comment(post_id="1"), "comment Words"),
    "comment on a comment": (comment(comment_id="1"), "comment Words"),
    "comment on a comment and its post": (comment(comment_id="3", post_id="2"), "comment Words"),
    "comment on one's own comment": (comment(comment_id="2"), "comment Words"),
    "post_id as integer": (comment(post_id=1), "comment Words"),
    "comment_id as integer": (comment(comment_id=1), "comment Words"),
    "post_id with space around": (comment(post_id=" 1 "), "comment Words"),
    "empty comment_id is none": (comment(post_id="1", comment_id=""), "comment Words"),
    "vote up": (vote(post_id="1"), "vote post 1 1"),
    "vote down": (vote(post_id="1", vote_direction="down"), "vote post 1 -1"),
    "vote on a comment": (vote(comment_id="1"), "vote comment 1 1"),
    "vote turned round": (vote(post_id="2", vote_direction="down"), "vote post 2 -1"),
}


QUICK = {
    *("post", "title on two lines becomes one", "comment on a post", "comment on a comment and its post"),
    *("comment_id as integer", "vote up", "vote turned round"),
    *(
        "blank title",
        "title of 201",
        "content as number",
        "unknown board",
        "missing action",
        "action as list",
    ),
    *("missing vote_direction", "missing post_id", "unknown post_id", "post_id as float"),
    *("post_id beyond 64 bits", "comment under another post", "vote on one's own comment"),
    *(
        "array",
        "prose",
        "cut",
        "empty",
        "1 MB of garbage",
        "nested 100,000 deep",
        "NaN",
        "done_reason length",
    ),
}
"""The rows of the tables that differ in kind; tests/acceptance/graph/test_validation.py takes the others."""


def quick(table: dict[str, Any]) -> dict[str, Any]:
    return {name: row for name, row in table.items() if name in QUICK}


def others(table: dict[str, Any]) -> dict[str, Any]:
    return {name: row for name, row in table.items() if name not in QUICK}


@pytest.mark.parametrize(("fields", "done"), quick(ALLOWED).values(), ids=quick(ALLOWED))
def test_allowed_decision_is_done(scene: World, fields: dict[str, Any], done: str) -> None:
    check_allowed(scene, fields, done)


def check_allowed(scene: World, fields: dict[str, Any], done: str) -> None:
    beat = answer(scene, fields)
    assert outcome(beat) == ("acted", None), beat["summary"]
    assert did(scene) == [done]
    assert len(scene.ollama.calls) == 1
    assert len(beat["actions"]) == 1


REFUSED = {
    "empty title": (post(title=""), "title: blank"),
    "blank title": (post(title=" \n\t"), "title: blank"),
    "invisible title": (post(title="\u200b\u2060\ufeff"), "title: blank"),
    "title of control characters": (post(title="\x00\x1b"), "title: blank"),
    "missing title": (post(title=None), "title: missing"),
    "title as list": (post(title=["a"]), 'title: ["a"]'),
    "title of 201": (post(title="t" * 201), "title: 201 characters; allowed: 1 to 200"),
    "blank content": (post(content="  "), "content: blank"),
    "missing content": (post(content=None), "content: missing"),
    "content as number": (comment(post_id="1", content=7), "content: 7"),
    "unknown board": (post(board="admin"), 'board: "admin" is not allowed; allowed: general, heartbeat'),
    "board as object": (post(board={"id": "general"}), "board: "),
    "missing action": ({}, "action: null is not allowed; allowed: post, comment, vote, none"),
    "unknown action": (post(action="delete"), 'action: "delete" is not allowed'),
    "action as list": (post(action=["post"]), 'action: ["post"] is not allowed'),
    "action as object": (post(action={"post": 1}), "action: "),
    "action as true": (post(action=True), "action: true is not allowed"),
    "missing vote_direction": (vote(post_id="1", vote_direction=None), "vote_direction: missing"),
    "invalid vote_direction": (vote(post_id="1", vote_direction="sideways"), "vote_direction: "),
    "vote_direction as number": (vote(post_id="1", vote_direction=1), "vote_direction: 1 is not allowed"),
    "missing post_id": (comment(), "post_id: missing; allowed: "),
    "unknown post_id": (comment(post_id="99"), 'post_id: "99" was not shown'),
    "post_id as object": (comment(post_id={"id": 1}), 'post_id: {"id": 1} was not shown'),
    "post_id as list": (comment(post_id=["1"]), 'post_id: ["1"] was not shown'),
    "post_id as bool": (comment(post_id=True), "post_id: true was not shown"),
    "post_id as float": (comment(post_id=1.0), "post_id: 1.0 was not shown"),
    "post_id beyond 64 bits": (comment(post_id=10**30), "post_id: "),
    "negative post_id": (comment(post_id=-1), "post_id: -1 was not shown"),
    "comment_id of a post only": (comment(comment_id="9"), 'comment_id: "9" was not shown'),
    "comment under another post": (
        comment(post_id="1", comment_id="3"),
        "comment 3 stands under post 2, not under post 1",
    ),
    "vote on one's own comment": (vote(comment_id="2"), "vote: this item is your own"),
    "vote without a target": (vote(), "post_id: missing"),
}


@pytest.mark.parametrize(("fields", "problem"), quick(REFUSED).values(), ids=quick(REFUSED))
def test_refused_decision_is_mended_once_and_then_given_up(
    scene: World, fields: dict[str, Any], problem: str
) -> None:
    check_refused(scene, fields, problem)


def check_refused(scene: World, fields: dict[str, Any], problem: str) -> None:
    beat = answer(scene, fields)
    assert outcome(beat) == ("failed", "invalid_decision")
    assert problem in beat["summary"]
    assert problem in told(scene), "the model was told what was wrong"
    assert did(scene) == []
    assert len(scene.ollama.calls) == 2
    assert beat["actions"] == []


def test_vote_on_ones_own_post_is_refused_because_own_posts_are_not_shown(world: World) -> None:
    world.thread()
    own = world.post(author="heartbeat")
    world.post("Of somebody else")
    beat = answer(world, vote(post_id=str(own)))
    assert outcome(beat) == ("failed", "invalid_decision")
    assert world.posts()[0].score == 0


def test_vote_is_not_offered_where_everything_is_ones_own(world: World) -> None:
    world.thread()
    world.comment(world.post(author="heartbeat"), "@bo what do you think?", author="heartbeat")
    world.beat()
    [call] = world.ollama.calls
    assert call["format"]["properties"]["action"]["enum"] == ["post", "none"]


def test_vote_cast_before_is_a_duplicate(scene: World) -> None:
    beat = answer(scene, vote(post_id="2"))
    assert outcome(beat) == ("none", "duplicate")
    assert beat["actions"] == []
    assert len(scene.ollama.calls) == 1


@pytest.mark.parametrize(
    "fields",
    [post(), comment(post_id="1"), comment(comment_id="1"), vote(post_id="1")],
    ids=["post", "comment", "answer", "vote"],
)
def test_same_action_is_done_once_in_24_hours(scene: World, fields: dict[str, Any]) -> None:
    assert outcome(answer(scene, fields)) == ("acted", None)
    done = did(scene)
    scene.clock.move(hours=23, minutes=59)
    assert outcome(answer(scene, fields)) == ("none", "duplicate")
    assert did(scene) == done
    scene.clock.move(minutes=1)
    again = answer(scene, fields)
    if fields["action"] == "vote":
        assert outcome(again) == ("none", "duplicate"), "a vote stands for good"
    else:
        assert outcome(again) == ("acted", None)
        assert did(scene) == done * 2


def test_other_words_are_another_action(scene: World) -> None:
    assert outcome(answer(scene, post())) == ("acted", None)
    assert outcome(answer(scene, post(content="Other words"))) == ("acted", None)


def test_silence_needs_nothing_else(scene: World) -> None:
    beat = answer(scene, {"action": "none", "title": ["?"], "post_id": {}, "reasoning": " Nothing to add. "})
    assert (outcome(beat), beat["summary"]) == (("none", None), "Nothing to add.")
    assert did(scene) == []


def test_content_too_long_is_cut_and_marked(scene: World) -> None:
    beat = answer(scene, post(content="<" * 5_001))
    assert outcome(beat) == ("acted", None)
    [row] = scene.posts()
    assert row.content == "&lt;" * 4_999 + "…", "characters are counted before markup is made inert"
    assert "content: cut from 5001 to 5000 characters" in beat["problems"]


def test_length_of_a_title_counts_before_markup_is_made_inert(scene: World) -> None:
    assert outcome(answer(scene, post(title="<" * 200))) == ("acted", None)
    assert scene.posts()[0].title == "&lt;" * 200


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("point", ["before:validate", "inside:dispatch", "before:settle"])
def test_markup_is_inert_exactly_once_also_after_a_replay(scene: World, point: str) -> None:
    reply = post(title="<b>&lt;", content="<script>alert(1)</script>", reasoning="Because <b>.")
    scene.ollama.says(decision(**reply))

    def probe(reached: str) -> None:
        if reached == point:
            scene.probe = lambda _: None
            raise Crash

    scene.probe = probe
    with pytest.raises(Crash):
        scene.beat()
    beat = scene.go_on(1)
    assert outcome(beat) == ("acted", None)
    assert len(scene.ollama.calls) == 1, "the stored decision was followed"
    [row] = scene.posts()
    assert (row.title, row.content) == ("&lt;b&gt;&lt;", "&lt;script&gt;alert(1)&lt;/script&gt;")
    assert beat["actions"][0]["content"] == row.content
    assert scene.go_on(1)["actions"] == beat["actions"]


UNSTORABLE = {
    "surrogate": ("a\\ud800b", "a\ufffdb"),
    "pair of surrogates": ("a\\ud83c\\udf75b", "a🍵b"),
    "NUL": ("a\\u0000b", "ab"),
    "ESC": ("a\\u001b[31mb", "a[31mb"),
    "C1 control": ("a\\u009bb", "ab"),
    "integer in text": ("12", "12"),
}


@pytest.mark.parametrize(("escaped", "stored"), UNSTORABLE.values(), ids=UNSTORABLE)
def test_text_no_store_can_hold_is_removed(scene: World, escaped: str, stored: str) -> None:
    for action in ("post", "none"):
        text = decision(**post(action=action, title="@", content="@", reasoning="@", note="@"))
        scene.ollama.says(text.replace("@", escaped))
        with open_saver(scene.settings.checkpoints_path) as saver:
            result = compile_graph(saver).invoke(
                {"thread": "demo"}, run_config("demo"), context=scene.context(), durability="sync"
            )
        beat = result["beat"]
        assert beat["status"] == {"post": "acted", "none": "none"}[action]
        assert beat["decision"]["reasoning"] == stored
        assert stored in beat["summary"]
        json.dumps(scene.detail(beat["id"]).model_dump(mode="json"), ensure_ascii=False).encode()
        scene.clock.move(seconds=30)
    [row] = scene.posts()
    assert (row.title, row.content) == (stored, stored)
    scene.beat()
    assert f"Your note to yourself: {stored}" in scene.ollama.prompts[-1]


VALID = decision(**post())
UNREADABLE = {
    "array": ('[{"action": "none"}]', "the reply is a JSON array"),
    "number": ("3", "the reply is a JSON number"),
    "string": ('"none"', "the reply is a JSON string"),
    "null": ("null", "the reply is a JSON null"),
    "true": ("true", "the reply is a JSON boolean"),
    "prose": ("I would rather stay silent.", "the reply is not JSON"),
    "fenced": (f"```json\n{VALID}\n```", "the reply is not JSON"),
    "two objects": (f"{VALID}\n{VALID}", "the reply is not JSON"),
    "cut": (VALID[:-20], "the reply is not JSON"),
    "empty": ("", "the reply is empty"),
    "white space": (" \n\t ", "the reply is empty"),
    "1 MB of garbage": ("{[" * 524_288, "the reply has 1048576 characters"),
    "1 MB of valid JSON": (decision(**post(content="c" * 1_048_576)), "the reply has 10"),
    "nested 100,000 deep": ("[" * 100_000, "the reply is nested too deeply"),
    "nested 300 deep": (
        VALID[:-1] + ', "x": ' + "[" * 300 + "]" * 300 + "}",
        "the reply is nested too deeply",
    ),
    "NaN": (VALID[:-1] + ', "x": NaN}', "the reply is not JSON"),
    "infinity": (VALID[:-1] + ', "x": -1e999}', "the reply is not JSON"),
    "5,000 digits": (VALID[:-1] + ', "x": ' + "9" * 5_000 + "}", "the reply is not JSON"),
    "done_reason length": (Say(VALID, done_reason="length"), "the reply was cut"),
    "done_reason missing": (Say(VALID, done_reason=""), "the reply was cut"),
    "done_reason load": (Say("", done_reason="load"), "the reply was cut"),
}


@pytest.mark.parametrize(("reply", "problem"), quick(UNREADABLE).values(), ids=quick(UNREADABLE))
def test_reply_that_is_no_decision_is_mended_once_and_then_given_up(
    scene: World, reply: str | Say, problem: str
) -> None:
    check_unreadable(scene, reply, problem)


def check_unreadable(scene: World, reply: str | Say, problem: str) -> None:
    beat = answer(scene, reply)
    assert outcome(beat) == ("failed", "invalid_decision")
    assert problem in beat["summary"]
    assert beat["decision"] is None
    assert did(scene) == []
    assert len(scene.ollama.calls) == 2
    assert len(json.dumps(scene.detail(beat["id"]).rounds)) < 100_000, "the row stays small"


@pytest.mark.parametrize(("reply", "problem"), quick(UNREADABLE).values(), ids=quick(UNREADABLE))
def test_repair_of_an_unreadable_reply_succeeds(scene: World, reply: str | Say, problem: str) -> None:
    check_repair(scene, reply, problem)


def check_repair(scene: World, reply: str | Say, problem: str) -> None:
    scene.ollama.says(reply, VALID)
    beat = scene.beat()
    assert outcome(beat) == ("acted", None)
    assert did(scene) == ["post Title"]
    assert problem in told(scene)
    assert any(problem in each for each in beat["problems"])


def test_of_two_equal_keys_the_last_is_both_checked_and_done(scene: World) -> None:
    double = '{"action": "none", "action": "comment", "post_id": "99", "post_id": "1", "content": "Words"}'
    assert outcome(answer(scene, double)) == ("acted", None)
    assert did(scene) == ["comment Words"]


def test_unknown_fields_are_ignored(scene: World) -> None:
    fields = {**post(), "thread": "other", "author": "bo", "beat_id": 7, "status": "acted"}
    beat = answer(scene, json.dumps(fields))
    assert (outcome(beat), beat["thread_id"]) == (("acted", None), "demo")
    assert did(scene) == ["post Title"]


@pytest.mark.parametrize("number", [2**63, -(2**70), 10**400], ids=["2^63", "-2^70", "10^400"])
def test_integer_beyond_64_bits_can_be_checkpointed(scene: World, number: int) -> None:
    scene.ollama.default = Say(VALID[:-1] + f', "x": {number}}}')
    with open_saver(scene.settings.checkpoints_path) as saver:
        result = compile_graph(saver).invoke(
            {"thread": "demo"}, run_config("demo"), context=scene.context(), durability="sync"
        )
    assert outcome(result["beat"]) == ("acted", None)


def test_repair_may_choose_silence(scene: World) -> None:
    scene.ollama.says(decision(**comment(post_id="99")))
    beat = scene.beat()
    assert outcome(beat) == ("none", None)
    assert len(scene.ollama.calls) == 2


def test_target_that_is_not_configured_is_named_with_those_that_are(world: World) -> None:
    world.thread(target="moltbook")
    world.post()
    beat = world.beat()
    assert outcome(beat) == ("failed", "internal")
    assert beat["summary"] == "target: 'moltbook' is not configured; allowed: forum, none"
    assert world.ollama.calls == []
