"""What the owner says in a conversation: read once, shown in the plan, kept while it is silence, lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeat.errors import NotFoundError
from heartbeat.plan import LineRole, Until
from heartbeat.plan.view import SaidView
from heartbeat.store import messages, orders
from heartbeat_service.plan import correct, plan_of, read_now, uncorrect
from heartbeat_service.plan_reader import PlanReader
from nodes.line_reader import Ended
from nodes.said import lift, put_back
from tests.integration.heartbeat_service.test_plan_reader import run
from tests.support.line_reading import Reads
from tests.support.ollama import Say
from tests.support.world import World

READS = Reads(
    {
        "silent": ("silent", "always", "any", {}),
        "invoice": ("tell", "if", "mail", {"question": "Is it an invoice?"}),
        "Thanks": "info",
    },
    until={"until I write": {"until": "next"}, "for two hours": {"until": "hours", "number": 2}},
)
HUSH = "Please be silent until I write again."


@pytest.fixture(autouse=True)
def demo(world: World) -> None:
    world.write("")
    world.thread()
    world.ollama.reads = READS


def say(world: World, content: str = HUSH, author: str = "owner", thread: str = "demo") -> int:
    row = world.store.write(messages.add, thread, author=author, content=content, now=world.clock())
    assert row.id is not None
    world.clock.move(seconds=1)
    return row.id


def said(world: World) -> list[SaidView]:
    return list(plan_of(world.services, "demo").view.said)


def orders_of(world: World) -> list[tuple[int, list[tuple[str, bool]]]]:
    """Return each message's number with its orders and whether they are over."""
    return [(each.message, [(rule.do, rule.over) for rule in each.rules]) for each in said(world)]


async def test_a_message_is_unread_until_it_is_read_once(world: World) -> None:
    number = say(world)
    [unread] = said(world)
    assert (unread.message, unread.line_id, unread.unread, unread.rules) == (
        number,
        f"message-{number}",
        True,
        (),
    )
    assert await read_now(world.services, "demo") == Ended.READ
    [read] = said(world)
    assert [rule.says for rule in read.rules] == ["Stay silent, until you write again."]
    asked = len(world.ollama.readings)
    world.thread("other")
    say(world, thread="other")
    await read_now(world.services, "other")
    assert len(world.ollama.readings) == asked
    assert plan_of(world.services).view.said == ()


async def test_thanks_take_one_question_more_only_where_there_are_no_odds(world: World) -> None:
    say(world, "Thanks, that was helpful.")
    await read_now(world.services, "demo")
    assert len(world.ollama.readings) == 2
    [chat] = said(world)
    assert (chat.role, chat.rules) == (LineRole.ABOUT, ())


async def test_silence_holds_for_a_month_and_fifty_messages_and_ends_with_the_next(world: World) -> None:
    say(world)
    say(world, "Tell me about each invoice.")
    again = say(world)
    await read_now(world.services, "demo")
    assert [each for _, each in orders_of(world)] == [
        [("silent", False)],
        [("tell", False)],
        [("silent", True)],
    ]
    for number in range(50):
        say(world, f"Message {number}", author="ana")
    world.clock.move(days=30)
    for _ in range(2):
        assert orders_of(world) == [(again, [("silent", False)])]
        await read_now(world.services, "demo")
    last = say(world, "Thanks, I am back.")
    await read_now(world.services, "demo")
    assert orders_of(world) == [(last, [])]


async def test_silence_until_a_time_ends_then(world: World) -> None:
    began = world.clock()
    number = say(world, "Be silent for two hours.")
    await read_now(world.services, "demo")
    [order] = said(world)
    assert [rule.until for rule in order.rules] == [Until(instant=began + timedelta(hours=2))]
    world.clock.move(hours=1, minutes=59, seconds=58)
    assert orders_of(world) == [(number, [("silent", False)])]
    world.clock.move(seconds=1)
    assert orders_of(world) == [(number, [("silent", True)])]
    await read_now(world.services, "demo")
    assert world.store.read(orders.unsettled) == {}


def test_a_message_that_nobody_could_read_yet_is_not_forgotten(world: World) -> None:
    number = say(world)
    world.clock.move(days=40)
    [left] = said(world)
    assert (left.message, left.unread) == (number, True)


async def test_lifting_and_putting_back(world: World) -> None:
    number = say(world)
    await read_now(world.services, "demo")
    lift(world.services, "demo", number, by="ana")
    [lifted] = said(world)
    assert (lifted.lifted_by, lifted.rules[0].over) == ("ana", True)
    assert world.store.read(orders.unsettled) == {}
    put_back(world.services, "demo", number)
    [back] = said(world)
    assert (back.lifted_at, back.rules[0].over) == (None, False)
    assert "demo" in world.store.read(orders.unsettled)
    with pytest.raises(NotFoundError, match="no message 999"):
        lift(world.services, "demo", 999, by="ana")


async def test_a_correction_holds_for_the_thread_and_can_be_taken_back(world: World) -> None:
    number = say(world)
    await read_now(world.services, "demo")
    line = f"message-{number}"
    found = correct(world.services, line, role=LineRole.ABOUT, by="ana", thread_id="demo")
    [mended] = found.view.said
    assert (mended.role, mended.by, mended.rules) == (LineRole.ABOUT, "ana", ())
    assert found.digest != uncorrect(world.services, line, thread_id="demo").digest
    assert orders_of(world) == [(number, [("silent", False)])]
    with pytest.raises(NotFoundError, match="no line of the plan has the id"):
        correct(world.services, line, role=LineRole.ABOUT, by="ana")


async def test_a_correction_of_a_message_is_not_dropped_when_the_text_changes(world: World) -> None:
    world.write("- Look at mail\n")
    number = say(world)
    reader = PlanReader(world.services)
    await run(reader)
    correct(world.services, f"message-{number}", role=LineRole.STYLE, by="ana", thread_id="demo")
    world.write("- Look at news\n")
    await run(reader)
    world.clock.move(days=40)
    await run(PlanReader(world.services))
    say(world, "Thanks")
    plan = plan_of(world.services, "demo")
    assert [each.line_id for each in plan.corrections] == [f"message-{number}"]
    assert plan.view.dropped == ()


async def test_one_that_cannot_be_read_is_named_until_the_owner_writes_again(world: World) -> None:
    world.ollama.reads = lambda body: Say("banana")
    number = say(world)
    await read_now(world.services, "demo")
    [failed] = said(world)
    assert (failed.failed, failed.unread) == (True, False)
    [problem] = plan_of(world.services, "demo").view.problems
    assert f"message {number}" in problem.message
    world.ollama.reads = READS
    say(world, "Thanks")
    await read_now(world.services, "demo")
    assert plan_of(world.services, "demo").view.problems == ()


class TestInTheBackground:
    async def test_messages_are_read_before_texts_and_left_alone_then(self, world: World) -> None:
        world.write("- Look at mail\n")
        world.thread("other")
        say(world)
        say(world, "Thanks", thread="other")
        reader = PlanReader(world.services)
        await run(reader)
        first = str(world.ollama.readings[0]["messages"][-1]["content"])
        assert "The owner says" in first
        assert [each.unread for each in said(world)] == [False]
        assert list(world.store.read(orders.unsettled)) == ["demo"]
        asked = len(world.ollama.readings)
        await run(reader)
        assert len(world.ollama.readings) == asked
        say(world, "Thanks")
        await run(reader)
        assert len(world.ollama.readings) == asked
        assert [each.unread for each in said(world)] == [False, False]
        assert world.store.read(orders.unsettled) == {}

    async def test_a_model_that_is_away_leaves_them_unread(self, world: World) -> None:
        world.ollama.models = []
        say(world)
        assert await read_now(world.services, "demo") == Ended.DOWN
        assert [each.unread for each in said(world)] == [True]
        assert "demo" in world.store.read(orders.unsettled)
