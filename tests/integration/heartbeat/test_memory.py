"""What a thread remembers: the newest wins, and all of it is bounded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from checkpoints import open_saver
from graph.heartbeat import compile_graph, run_config
from heartbeat.memory import NOTE_LIMIT, RECENT_LIMIT, Memory, RecentAction
from heartbeat.store import beats
from tests.support.ollama import decision
from tests.support.world import START, World

pytestmark = pytest.mark.one_question  # notes come with a whole decision


@pytest.mark.parametrize(
    ("candidates", "note"),
    [
        ([], ""),
        ([None, {}], ""),
        ([{"beat": 1, "note": "a"}], "a"),
        ([{"beat": 1, "note": "a"}, {"beat": 2, "note": "b"}], "b"),
        ([{"beat": 2, "note": "b"}, {"beat": 1, "note": "a"}], "b"),
        ([{"beat": 2, "note": "b"}, None], "b"),
        ([{"beat": 2, "note": "first"}, {"beat": 2, "note": "second"}], "first"),
        ([{"beat": 10, "note": "ten"}, {"beat": 9, "note": "nine"}], "ten"),
    ],
)
def test_newest_beat_wins(candidates: list[dict[str, Any] | None], note: str) -> None:
    assert Memory.newest(*candidates).note == note


def test_field_of_another_version_is_left_out() -> None:
    assert Memory.newest({"beat": 1, "mood": "good"}) == Memory(beat=1)


def test_plain_json_and_back() -> None:
    memory = Memory(
        beat=3,
        tasks={"tea": START},
        fingerprint="f",
        asked_at=START,
        marks={"forum.post": 7},
        recent=(RecentAction(at=START, kind="vote", target_id="post:1", text="up"),),
        note="Ask bo.",
    )
    assert Memory.newest(memory.to_dict()) == memory


@pytest.mark.parametrize(
    ("asked", "seconds", "within"),
    [
        (None, 60, False),
        (timedelta(0), 60, True),
        (timedelta(seconds=59), 60, True),
        (timedelta(seconds=60), 60, False),
        (timedelta(0), 0, False),
        (timedelta(seconds=-1), 60, False),
    ],
    ids=["never", "now", "just within", "just not", "always ask", "in the future"],
)
def test_asked_within(asked: timedelta | None, seconds: int, within: bool) -> None:
    memory = Memory(asked_at=None if asked is None else START - asked)
    assert memory.asked_within(seconds, START) is within


def remembered(world: World) -> Memory:
    return Memory.newest(world.store.read(beats.latest_memory, "demo"))


def test_note_holds_2000_characters(world: World) -> None:
    world.thread()
    world.ollama.says(decision(action="none", note="n" * 3_000))
    beat = world.beat()
    memory = remembered(world)
    assert memory.note == "n" * NOTE_LIMIT == "n" * 2_000
    assert memory.beat == beat["id"]


@pytest.mark.parametrize(("note", "kept"), [(None, "Old."), ("", ""), ("  New. ", "New."), (["x"], "Old.")])
def test_note_stays_until_another_is_written(world: World, note: object, kept: str) -> None:
    world.thread()
    world.ollama.says(decision(action="none", note="Old."), decision(action="none", note=note))
    world.beat()
    world.beat()
    assert remembered(world).note == kept


def test_secret_in_a_note_is_masked(world: World) -> None:
    world.thread()
    world.ollama.says(decision(action="none", note="password: hunter2-secret"))
    world.beat()
    assert remembered(world).note == "password: [secret]"


def test_ten_recent_actions_are_kept(world: World) -> None:
    world.thread()
    for number in range(RECENT_LIMIT + 2):
        world.ollama.says(decision(action="post", title=f"Title {number}" + "." * 190, content="Words"))
        assert world.beat()["status"] == "acted"
    recent = remembered(world).recent
    assert [action.text.split(".")[0] for action in recent] == [f"Title {number}" for number in range(2, 12)]
    assert {len(action.text) for action in recent} == {120}
    world.beat()
    assert world.ollama.prompts[-1].count("You did ") == 10


def test_only_what_was_done_is_recent(world: World) -> None:
    world.thread()
    post = decision(action="post", title="Title", content="Words")
    world.ollama.says(post, post, decision(action="none"))
    assert [world.beat()["status"] for _ in range(3)] == ["acted", "none", "none"]
    assert len(remembered(world).recent) == 1


def test_stamp_of_a_task_moves_only_when_the_beat_ended_acted_or_none(world: World) -> None:
    world.thread()
    world.write("tasks:\n- name: tea\n  interval: 1h\n  prompt: Ask about tea.\n")
    world.ollama.says("no JSON", "no JSON")
    assert world.beat()["status"] == "failed"
    assert remembered(world).tasks == {}
    assert world.beat(dry_run=True)["status"] == "dry_run"
    assert remembered(world).tasks == {}
    assert world.beat()["status"] == "none"
    assert remembered(world).tasks == {"tea": world.clock()}


@pytest.mark.parametrize(
    "junk", [{"beat": "x"}, {"beat": 99, "marks": {"a": "b"}}, {"beat": 99, "recent": [1]}]
)
def test_memory_edited_into_nonsense_is_passed_over(world: World, junk: dict[str, Any]) -> None:
    world.thread()
    world.ollama.says(decision(action="none", note="Kept."))
    with open_saver(world.settings.checkpoints_path) as saver:
        machine, config = compile_graph(saver), run_config("demo")
        machine.invoke({}, config, context=world.context())
        machine.update_state(config, {"memory": junk}, as_node="settle")
        world.clock.move(seconds=30)
        beat = machine.invoke({}, config, context=world.context())["beat"]
    assert beat["status"] == "none"
    assert remembered(world).note == "Kept."
