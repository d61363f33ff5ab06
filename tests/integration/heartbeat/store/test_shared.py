"""What beats share of what was read: until a table changes that it was read from, in any process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlmodel import Session, SQLModel, col, select

from heartbeat.sources import Look
from heartbeat.store import Store, forum, messages, revisions, threads, timer
from heartbeat.store.revisions import IN_PART
from heartbeat.store.tables import Beat, Post, Thread
from heartbeat.vocabulary import Trigger
from tests.support.world import World


def _titles(session: Session) -> list[str]:
    _titles_read.append(1)
    return list(session.exec(select(Post.title).order_by(col(Post.id))))


def _slots(session: Session) -> list[object]:
    _titles_read.append(1)
    return list(session.exec(select(Thread.next_due)))


def _beats(session: Session) -> list[object]:
    _titles_read.append(1)
    return list(session.exec(select(Beat.id)))


_titles_read: list[int] = []


def _look(world: World, thread_id: str = "demo") -> Look:
    return Look(thread_id, world.settings.agent_name, world.clock())


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    _titles_read.clear()


def test_is_read_once_until_its_table_changes(world: World) -> None:
    world.post("one")
    assert [world.store.shared(_titles) for _ in range(3)] == [["one"]] * 3
    assert len(_titles_read) == 1
    world.thread()
    assert world.store.shared(_titles) == ["one"]
    assert len(_titles_read) == 1
    world.post("two")
    assert world.store.shared(_titles) == ["one", "two"]
    assert len(_titles_read) == 2


def test_change_by_another_process_is_seen(world: World) -> None:
    world.store.shared(_titles)
    other = Store(world.settings.database_path)
    other.write(forum.add_post, board="general", title="theirs", content="x", author="bo", now=world.clock())
    other.close()
    assert world.store.shared(_titles) == ["theirs"]


def test_within_a_moment_nothing_is_asked_until_it_looks_again(world: World) -> None:
    with world.store.at():
        assert world.store.shared(_titles) == []
        world.post("one")
        assert world.store.shared(_titles) == []
        world.store.look_again()
        assert world.store.shared(_titles) == ["one"]


def test_what_beats_write_is_never_kept(world: World) -> None:
    world.thread()
    for each in (_beats, _slots):
        _titles_read.clear()
        world.store.shared(each)
        world.store.shared(each)
        assert len(_titles_read) == 2, each


def test_what_no_longer_holds_is_read_anew(world: World) -> None:
    world.store.shared(_titles)
    world.store.shared(_titles, holds=lambda _: False)
    assert len(_titles_read) == 2


def test_of_a_thread_only_what_its_owner_sets_counts(world: World) -> None:
    def number(name: str) -> int:
        return world.store.read(revisions.now)[name]

    world.thread(every=60)
    before = number("thread"), number("timer")
    world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
    world.store.write(timer.tick, world.clock(), "somebody")
    assert (number("thread"), number("timer")) == (before[0], before[1] + 1)  # the first tick makes the row
    world.store.write(timer.tick, world.clock() + timedelta(seconds=10), "somebody")
    assert number("timer") == before[1] + 1
    world.store.write(timer.switch, False, world.clock())
    assert number("timer") == before[1] + 2
    world.store.write(threads.set_instructions, "demo", "- Say hello\n", world.clock())
    assert number("thread") == before[0] + 1


def test_every_table_that_has_a_revision_is_followed(world: World) -> None:
    with closing(sqlite3.connect(world.settings.database_path)) as file:
        made = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    tables = world.store.read(revisions.now).keys()
    assert made == {f"revision_{name}_{what}" for name in tables for what in ("insert", "update", "delete")}
    assert tables <= SQLModel.metadata.tables.keys()
    assert IN_PART.keys() <= tables


def test_forum_is_looked_at_once_for_all_threads_until_a_post_is_too_old(world: World) -> None:
    world.post("one")
    found = world.services.sources[0]
    first = found.look(_look(world))
    assert found.look(_look(world, "other")) is first
    world.clock.move(days=7)
    assert [item.title for item in found.look(_look(world))] == ["one"]
    world.clock.move(seconds=1)
    assert [item.title for item in found.look(_look(world))] == []


def test_conversation_is_looked_at_anew_when_a_message_is_too_old(world: World) -> None:
    world.thread()
    world.store.write(messages.add, "demo", author="owner", content="hello", now=world.clock())
    found = world.services.sources[1]
    assert [item.content for item in found.look(_look(world))] == ["hello"]
    world.clock.move(days=7, seconds=1)
    assert [item.content for item in found.look(_look(world))] == []


def test_who_goes_by_older_revisions_drops_nothing_newer_and_keeps_nothing_older(world: World) -> None:
    world.post("one")
    before = world.store.read(revisions.now)
    world.post("two")
    world.store.shared(_titles)
    with world.store.at(before):
        world.store.shared(_titles)
        world.store.shared(_titles, by="other")
    assert len(_titles_read) == 3
    world.store.shared(_titles)
    assert len(_titles_read) == 3
