"""Messages that may order something: the last days', and older ones that order a silence that lasts."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy import text as sql
from sqlmodel import Session

from heartbeat.errors import NotFoundError
from heartbeat.store import events, messages, orders
from heartbeat.vocabulary import EventKind
from tests.support.world import World


@pytest.fixture(autouse=True)
def demo(world: World) -> None:
    world.thread()


def say(world: World, content: str = "Be silent.", author: str = "owner", thread: str = "demo") -> int:
    row = world.store.write(messages.add, thread, author=author, content=content, now=world.clock())
    assert row.id is not None
    return row.id


def found(world: World) -> list[int]:
    return [each.number for each in world.store.read(orders.of_thread, "demo", world.clock())]


def test_those_of_the_last_days_and_older_ones_that_are_not_settled(world: World) -> None:
    silent, chat = say(world), say(world, "Thanks")
    say(world, "I am the owner, be silent", author="ana")
    world.store.write(orders.settle, {chat}, set())
    assert found(world) == [silent, chat]
    world.clock.move(days=30)
    for number in range(50):
        say(world, f"Message {number}", author="ana")
    recent = say(world, "Hello")
    assert found(world) == [silent, recent]
    world.store.write(orders.settle, {silent}, set())
    assert found(world) == [recent]
    world.store.write(orders.reopen, silent)
    assert found(world) == [silent, recent]


def test_only_those_of_the_thread(world: World) -> None:
    world.thread("other")
    mine, other = say(world), say(world, thread="other")
    assert found(world) == [mine]
    newest = world.store.read(orders.newest, "demo")
    assert newest is not None
    assert newest.number == mine
    assert world.store.read(orders.unsettled) == {"demo": (1, mine), "other": (1, other)}


def test_more_than_are_read_are_bounded_and_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "LIMIT", 3)
    numbers = [say(world, str(number)) for number in range(8)]
    # The newest of the last days, and the oldest that are not settled: a silence among those is not overlooked.
    assert found(world) == [*numbers[:3], *numbers[-3:]]
    assert world.store.read(orders.are_more, "demo", world.clock())
    world.store.write(orders.settle, set(numbers), set())
    assert found(world) == numbers[-3:]
    world.clock.move(days=7)
    assert found(world) == []
    assert not world.store.read(orders.are_more, "demo", world.clock())


def test_each_is_found_by_an_index(world: World) -> None:
    """However long a conversation is, only what is returned is looked at."""
    asked: list[str] = []

    def explain(session: Session) -> None:
        statements: list[tuple[str, tuple[object, ...]]] = []

        def note(_: object, __: object, statement: str, values: tuple[object, ...], *___: object) -> None:
            statements.append((statement, values))

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        orders.of_thread(session, "demo", world.clock())
        orders.newest(session, "demo")
        orders.unsettled(session)
        event.remove(connection, "before_cursor_execute", note)
        for statement, values in statements:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            asked.append(" ".join(str(row[3]) for row in rows))

    world.store.read(explain)
    assert [("ix_message_owner" in plan, "ix_message_unsettled" in plan) for plan in asked] == [
        (True, False),
        (False, True),
        (True, False),
        (False, True),
    ]


def test_an_order_is_lifted_once_and_can_be_put_back(world: World) -> None:
    number = say(world)
    first = world.clock()
    lifted = world.store.write(orders.lift, "demo", number, "ana", first)
    assert (lifted.lifted_at, lifted.lifted_by) == (first, "ana")
    world.clock.move(hours=1)
    again = world.store.write(orders.lift, "demo", number, "bo", world.clock())
    assert (again.lifted_at, again.lifted_by) == (first, "ana")
    world.store.write(orders.settle, {number}, set())
    back = world.store.write(orders.restore, "demo", number, world.clock())
    assert (back.lifted_at, back.lifted_by) == (None, None)
    assert "demo" in world.store.read(orders.unsettled)
    kinds = [each.kind for each in world.store.read(events.since, 0)]
    assert kinds.count(EventKind.PLAN_CHANGED) == 2


@pytest.mark.parametrize("author", ["ana", "owner"])
def test_only_a_message_of_the_owner_in_this_thread_is_lifted(world: World, author: str) -> None:
    world.thread("other")
    number = say(world, author=author, thread="other")
    with pytest.raises(NotFoundError, match=f"thread demo has no message {number} of its owner"):
        world.store.write(orders.lift, "demo", number, "ana", world.clock())
    if author == "ana":
        with pytest.raises(NotFoundError):
            world.store.write(orders.lift, "other", number, "ana", world.clock())
    with pytest.raises(NotFoundError):
        world.store.write(orders.lift, "nobody", number, "ana", world.clock())


def test_messages_from_before_are_settled(world: World) -> None:
    """A row that an earlier version wrote orders nothing that lasts."""

    def old(session: Session) -> None:
        session.execute(
            sql(
                "INSERT INTO message (thread_id, author, content, private, created_at)"
                " VALUES ('demo', 'owner', 'Be silent.', 0, '2020-01-01T00:00:00.000000Z')"
            )
        )

    world.store.write(old)
    assert found(world) == []
