from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, select

from heartbeat.store import rows, threads
from heartbeat.store.tables import Action, Beat, Comment, Post, Thread
from heartbeat.vocabulary import Reason, Trigger
from tests.support.world import World

TITLES = select(Thread.title)


def stored(session: Session) -> list[str]:
    return list(rows.read(session, TITLES).scalars())


@pytest.fixture
def demo(world: World) -> World:
    world.thread()
    return world


def test_a_query_of_columns_sees_what_the_session_has_changed(demo: World) -> None:
    def change(session: Session) -> None:
        threads.get(session, "demo").title = "New"
        assert stored(session) == ["New"]

    demo.store.write(change)


def test_find_returns_the_object_of_the_session(demo: World) -> None:
    def look(session: Session) -> None:
        thread = threads.get(session, "demo")
        thread.title = "New"
        assert rows.find(session, Thread, "demo") is thread
        assert thread.title == "New"
        assert rows.find(session, Thread, "other") is None

    demo.store.write(look)


def test_what_is_found_is_as_a_query_of_the_orm_reads_it(demo: World) -> None:
    now = demo.clock()

    def write(session: Session) -> None:
        row = Beat(
            thread_id="demo", trigger=Trigger.MANUAL, started_at=now, reason=Reason.BUSY, problems=["no"]
        )
        rows.add(session, row)

    def as_queried(session: Session, table: type[Beat | Thread]) -> dict[str, Any]:
        return session.exec(select(table)).one().model_dump()

    def as_found(session: Session, table: type[Beat | Thread], number: object) -> dict[str, Any]:
        found = rows.find(session, table, number)
        assert found is not None
        assert found in session
        assert not session.dirty
        return found.model_dump()

    demo.store.write(write)
    tables: tuple[tuple[type[Beat | Thread], object], ...] = ((Beat, 1), (Thread, "demo"))
    for table, number in tables:
        assert demo.store.read(as_found, table, number) == demo.store.read(as_queried, table)


def test_a_change_of_what_was_found_is_written(demo: World) -> None:
    def change(session: Session) -> None:
        thread = rows.find(session, Thread, "demo")
        assert thread is not None
        thread.title = "New"
        assert rows.find(session, Thread, "demo") is thread

    demo.store.write(change)
    assert demo.store.read(threads.get, "demo").title == "New"


def test_what_the_session_is_to_delete_is_not_found(demo: World) -> None:
    def delete(session: Session) -> None:
        session.delete(rows.find(session, Thread, "demo"))
        assert rows.find(session, Thread, "demo") is None

    demo.store.write(delete)


def test_what_is_put_is_in_the_row_and_in_the_object(demo: World) -> None:
    def change(session: Session) -> Thread:
        thread = threads.get(session, "demo")
        rows.put(session, thread, title="New", waiting="busy", wake_at=None)
        assert not session.dirty
        return thread

    assert demo.store.write(change).title == "New"
    kept = demo.store.read(threads.get, "demo")
    assert (kept.title, kept.waiting, kept.wake_at) == ("New", "busy", None)


def test_put_goes_with_the_other_changes_of_the_session(demo: World) -> None:
    def change(session: Session) -> None:
        thread = threads.get(session, "demo")
        thread.title, thread.waiting = "Pending", Reason.BUSY
        rows.put(session, thread, title="Put")

    demo.store.write(change)
    kept = demo.store.read(threads.get, "demo")
    assert (kept.title, kept.waiting) == ("Put", "busy")


def test_a_row_that_is_added_is_as_the_orm_would_write_it(demo: World) -> None:
    now = demo.clock()

    def row(minute: int) -> Beat:
        return Beat(
            thread_id="demo", trigger=Trigger.SCHEDULED, started_at=now, slot=now + timedelta(minutes=minute)
        )

    def write(session: Session) -> None:
        one, other = row(1), row(2)
        rows.add(session, one)
        session.add(other)
        session.flush()
        assert (one.id, other.id) == (1, 2)

    def as_stored(session: Session) -> list[Any]:
        columns = ", ".join(name for name in Beat.model_fields if name not in {"id", "slot", "trigger"})
        connection = session.connection()
        return list(connection.exec_driver_sql(f"SELECT {columns} FROM beat"))

    demo.store.write(write)
    one, other = demo.store.read(as_stored)
    assert one == other


def test_a_slot_has_one_row(demo: World) -> None:
    now = demo.clock()

    def twice(session: Session) -> None:
        for _ in range(2):
            rows.add(session, Beat(thread_id="demo", trigger=Trigger.SCHEDULED, started_at=now, slot=now))

    with pytest.raises(IntegrityError, match="UNIQUE"):
        demo.store.write(twice)
    assert demo.history() == []


@pytest.mark.parametrize("table", [Action, Beat, Comment, Post])
def test_a_new_row_has_the_defaults_of_its_columns(table: type[Action | Beat | Comment | Post]) -> None:
    def columns(row: SQLModel) -> dict[str, Any]:
        return {name: getattr(row, name, None) for name in table.model_fields}

    initialise: Callable[..., SQLModel] = table
    assert columns(rows.new(table, id=3)) == columns(initialise(id=3))
    defaults = [value for value in columns(rows.new(table)).values() if isinstance(value, list | dict)]
    others = [value for value in columns(rows.new(table)).values() if isinstance(value, list | dict)]
    assert not any(one is other for one, other in zip(defaults, others, strict=True)), "they share none"


def test_a_row_that_was_put_leaves_nothing_to_flush(demo: World) -> None:
    def change(session: Session) -> None:
        thread = threads.get(session, "demo")
        thread.title = "New"
        rows.put(session, thread, paused_reason="why")
        assert not session.dirty
        assert not session.is_modified(thread)

    demo.store.write(change)
    after = demo.store.read(threads.get, "demo")
    assert (after.title, after.paused_reason) == ("New", "why")
