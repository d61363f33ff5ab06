"""Corrections of lines: whose wins, two people at once, and a line that is gone."""

from __future__ import annotations

import pytest

from heartbeat.errors import NotFoundError, StaleError
from heartbeat.instructions import Condition
from heartbeat.plan import LineRole
from heartbeat.plan.correction import Correction
from heartbeat.plan.rule import PlacedBody, When
from heartbeat.plan.view import plan_digest
from heartbeat.plan.words import WhenKind
from heartbeat.store import corrections, events, threads
from heartbeat.vocabulary import EventKind
from tests.support.world import START, World

TEXT = "- Post a summary\n- Look at mail\n"


def rule(do: str = "post") -> PlacedBody:
    return PlacedBody(when=When(kind=WhenKind.ALWAYS), do=do, where="general", places=("news",))


def correct(
    world: World, line: str = "a", *, thread: str | None = None, by: str = "ana", do: str = "post"
) -> str:
    made = Correction(
        line_id=line, text=f"line {line}", rules=(rule(do),), by=by, at=world.clock(), thread=thread
    )
    return world.store.write(corrections.put, made, TEXT)


def kept(world: World, thread: str | None = None) -> list[tuple[str, str | None, str]]:
    found = world.store.read(corrections.of, thread)
    return [(each.line_id, each.thread, each.rules[0].do if each.rules else "") for each in found]


def test_one_comes_back_as_it_was_given(world: World) -> None:
    world.thread()
    correct(world, thread="demo")
    quiet = Correction(line_id="b", text="line b", role=LineRole.STYLE, by="ben", at=START)
    world.store.write(corrections.put, quiet, TEXT)
    [own, shared] = world.store.read(corrections.of, "demo")
    assert own == Correction(line_id="a", text="line a", rules=(rule(),), by="ana", at=START, thread="demo")
    assert shared == quiet
    changes = [each for each in world.store.read(events.since, 0) if each.kind == EventKind.PLAN_CHANGED]
    assert [each.thread_id for each in changes] == ["demo", None]


def test_a_later_one_replaces_that_of_the_same_line_and_thread(world: World) -> None:
    world.thread()
    for thread in (None, "demo"):
        correct(world, thread=thread)
    world.clock.move(hours=1)
    correct(world, by="ben", do="tell")
    assert kept(world) == [("a", None, "tell")]
    assert kept(world, "demo") == [("a", None, "tell"), ("a", "demo", "post")]
    [now] = world.store.read(corrections.of, None)
    assert (now.by, now.at) == ("ben", world.clock())


def test_of_two_people_at_once_one_is_refused(world: World) -> None:
    seen = Condition.is_still(plan_digest(TEXT, ()))
    first = Correction(line_id="a", text="a", role=LineRole.STYLE, by="ana", at=START)
    digest = world.store.write(corrections.put, first, TEXT, condition=seen)
    second = first.model_copy(update={"by": "ben", "line_id": "b"})
    with pytest.raises(StaleError, match="the plan was changed since it was read"):
        world.store.write(corrections.put, second, TEXT, condition=seen)
    with pytest.raises(StaleError):
        world.store.write(corrections.remove, None, "a", TEXT, START, condition=seen)
    assert [each.by for each in world.store.read(corrections.of, None)] == ["ana"]
    world.store.write(corrections.put, second, TEXT, condition=Condition.is_still(digest))
    # An edit of the text counts too.
    with pytest.raises(StaleError):
        world.store.write(corrections.put, second, f"{TEXT}- More\n", condition=Condition.is_still(digest))


def test_the_digest_covers_what_the_workspace_ships(world: World) -> None:
    shipped = (Correction(line_id="b", text="b", role=LineRole.LOOK, at=START),)
    made = Correction(line_id="a", text="a", role=LineRole.STYLE, by="ana", at=START)
    seen = Condition.is_still(plan_digest(TEXT, shipped))
    digest = world.store.write(corrections.put, made, TEXT, condition=seen, shipped=shipped)
    assert digest == plan_digest(TEXT, [*shipped, made])


def test_one_is_removed_where_it_was_made(world: World) -> None:
    world.thread()
    correct(world)
    with pytest.raises(NotFoundError, match='thread demo has no correction of a line with the id "a"'):
        world.store.write(corrections.remove, "demo", "a", TEXT, START)
    digest = world.store.write(corrections.remove, None, "a", TEXT, START)
    assert digest == plan_digest(TEXT, ())
    with pytest.raises(NotFoundError, match="the workspace has no correction"):
        world.store.write(corrections.remove, None, "a", TEXT, START)


def test_a_thread_takes_its_corrections_with_it(world: World) -> None:
    world.thread()
    correct(world)
    correct(world, thread="demo")
    world.store.write(threads.remove, "demo", world.clock())
    world.thread()
    assert kept(world, "demo") == [("a", None, "post")]


def test_one_whose_line_is_gone_is_kept_a_while_to_be_seen(world: World) -> None:
    world.thread()
    correct(world)
    correct(world, "b")
    correct(world, thread="demo")
    assert world.store.write(corrections.follow, None, {"b"}, world.clock())
    assert world.store.read(corrections.are_followed, None, {"b"}, world.clock())
    world.clock.move(days=29)
    assert not world.store.write(corrections.follow, None, {"b"}, world.clock())
    assert [each for each, *_ in kept(world)] == ["a", "b"]
    world.clock.move(days=1)
    assert world.store.write(corrections.follow, None, {"b"}, world.clock())
    assert kept(world, "demo") == [("b", None, "post"), ("a", "demo", "post")]


def test_a_line_that_comes_back_has_its_correction_again(world: World) -> None:
    correct(world)
    world.store.write(corrections.follow, None, set(), world.clock())
    world.clock.move(days=29)
    world.store.write(corrections.follow, None, {"a"}, world.clock())
    world.clock.move(days=29)
    world.store.write(corrections.follow, None, set(), world.clock())
    assert [each for each, *_ in kept(world)] == ["a"]


def test_what_was_seen_to_be_gone_can_be_dismissed(world: World) -> None:
    correct(world)
    correct(world, "b")
    world.store.write(corrections.follow, None, {"b"}, world.clock())
    world.store.write(corrections.remove, None, "a", TEXT, world.clock())
    assert kept(world) == [("b", None, "post")]


def test_threads_with_corrections_are_named(world: World) -> None:
    world.thread()
    correct(world)
    assert world.store.read(corrections.threads_with) == []
    correct(world, thread="demo")
    assert world.store.read(corrections.threads_with) == ["demo"]
