"""The event stream: everybody gets every event once, in order; who is too slow is dropped and holds nobody."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from heartbeat.store import events, threads, timer
from heartbeat.store.restored import settle_restored
from heartbeat.vocabulary import EventKind, Node
from heartbeat_service import events as live
from heartbeat_service.events import DroppedError, EventStream, LiveEvent
from heartbeat_service.lifespan import open_service
from heartbeat_service.runner import Step
from tests.integration.heartbeat_service.test_timer import until
from tests.support.holds import PATIENCE
from tests.support.ollama import Say, decision
from tests.support.world import World


@pytest.fixture
def stream(world: World) -> EventStream:
    return EventStream(world.services, watch=0.01)


@asynccontextmanager
async def running(stream: EventStream) -> AsyncIterator[None]:
    task = asyncio.create_task(stream.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@dataclass
class Reader:
    """Takes what it gets until it is told to stop, and says how it ended."""

    got: list[LiveEvent] = field(default_factory=list)
    ended: BaseException | None = None
    task: asyncio.Task[None] | None = None

    @property
    def numbers(self) -> list[int]:
        return [event.id for event in self.got if event.id is not None]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.got]

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()


@asynccontextmanager
async def reading(stream: EventStream, **asked: Any) -> AsyncIterator[Reader]:
    reader = Reader()
    joined = asyncio.Event()

    async def read() -> None:
        try:
            async with stream.joined(**asked) as place:
                joined.set()
                async for some in place.batches():
                    reader.got += some
        except DroppedError as error:
            reader.ended = error

    reader.task = asyncio.create_task(read())
    await asyncio.wait_for(joined.wait(), PATIENCE)
    try:
        yield reader
    finally:
        reader.task.cancel()
        await asyncio.gather(reader.task, return_exceptions=True)


async def test_readers_that_were_let_in_with_something_else_are_dropped(world: World) -> None:
    wanted = ["old"]
    stream = EventStream(world.services, lambda: wanted[0], watch=0.01)
    async with running(stream), reading(stream, mark="old") as first:
        wanted[0] = "new"
        async with reading(stream, mark="new") as second:
            happen(world)
            while not (first.done and second.got):
                await asyncio.sleep(0)
    assert isinstance(first.ended, DroppedError)
    assert (first.got, second.ended) == ([], None)


def happen(world: World, number: int = 1, thread_id: str | None = None) -> int:
    """Let something happen so often; return the number of the last event."""

    def work(session: Session) -> int:
        for each in range(number):
            events.add(session, EventKind.THREAD_RESUMED, world.clock(), thread_id=thread_id, number=each)
        session.flush()
        return events.newest(session)

    return world.store.write(work)


async def _first(stream: EventStream) -> LiveEvent:
    return await anext(stream.subscribe())


async def test_everybody_gets_everything_once_in_order(world: World, stream: EventStream) -> None:
    async with running(stream), reading(stream) as first, reading(stream) as second:
        for _ in range(30):
            await asyncio.to_thread(happen, world, 20)
        await until(lambda: len(first.got) >= 600 and len(second.got) >= 600)
        assert first.numbers == second.numbers == list(range(1, 601))


async def test_says_what_happened(world: World, stream: EventStream) -> None:
    async with running(stream), reading(stream) as reader:
        world.thread()
        world.store.write(threads.pause, "demo", "too loud", world.clock())
        world.store.write(threads.resume, "demo", world.clock())
        world.store.write(timer.switch, False, world.clock())
        world.store.write(timer.switch, False, world.clock())
        world.store.write(timer.switch, True, world.clock())
        await until(lambda: len(reader.got) >= 4)
    assert reader.kinds == ["thread.paused", "thread.resumed", "timer.stopped", "timer.started"]
    paused = reader.got[0]
    assert json.loads(paused.json) == {
        "thread_id": "demo",
        "beat_id": None,
        "at": "2026-11-02T12:00:00+00:00",
        "reason": "too loud",
    }
    assert paused.wire == f"id: 1\r\nevent: thread.paused\r\ndata: {paused.json}\r\n\r\n".encode()


async def test_text_that_is_no_unicode_ends_no_stream(world: World) -> None:
    event = LiveEvent(None, EventKind.BEAT_NODE, "demo", 1, world.clock(), {"found": "half a pair: \ud83d"})
    assert json.loads(event.wire.split(b"data: ")[1])["found"] == "half a pair: \ud83d"


async def test_no_gap_between_what_is_kept_and_what_comes(world: World, stream: EventStream) -> None:
    """Readers come, each with a number from long ago, while somebody commits all the time."""
    happen(world, 1_200)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(stream))
        readers = []
        for number in range(10):
            readers.append(
                (number * 100, await stack.enter_async_context(reading(stream, after=number * 100)))
            )
            last = await asyncio.to_thread(happen, world, 7)
        await until(lambda: all(reader.numbers[-1:] == [last] for _, reader in readers))
        for after, reader in readers:
            assert reader.numbers == list(range(after + 1, last + 1))


async def test_without_a_number_only_what_comes(world: World, stream: EventStream) -> None:
    """Also where another reader has not got the latest yet: nobody passes anything on here."""
    happen(world)
    async with reading(stream) as first:
        happen(world)
        async with reading(stream) as second, running(stream):
            happen(world)
            await until(lambda: len(first.got) == 2 and len(second.got) == 1)
    assert (first.numbers, second.numbers) == ([2, 3], [3])


async def test_number_another_process_gave_is_known_here(world: World, stream: EventStream) -> None:
    """This process has not read event 2 yet; the other one has, and told the client."""
    happen(world)
    async with reading(stream) as first:
        happen(world)
        async with reading(stream, after=2) as second, running(stream):
            happen(world)
            await until(lambda: len(first.got) == 2 and len(second.got) == 1)
    assert [(event.id, event.kind) for event in second.got] == [(3, "thread.resumed")]


async def test_one_thread_only_and_the_timer(world: World, stream: EventStream) -> None:
    happen(world, 3, "a")
    happen(world, 600, "b")
    happen(world, 2)
    async with running(stream), reading(stream, thread_id="a", after=0) as reader:
        happen(world, 600, "b")
        happen(world, 1, "a")
        stream.node_finished(Step("b", 1, Node.DECIDE, "Not for a."))
        stream.node_finished(Step("a", 1, Node.DECIDE, "For a."))
        await until(lambda: len(reader.got) >= 7)
    assert reader.numbers == [1, 2, 3, 604, 605, 1206]
    assert reader.got[-1].data == {"node": "decide", "found": "For a.", "next": None, "path": []}


async def test_reset_where_some_are_forgotten(world: World, stream: EventStream) -> None:
    happen(world, 20)
    world.store.write(events.prune, 5, 100, world.clock())
    async with reading(stream, after=14) as late, reading(stream, after=15) as in_time, running(stream):
        happen(world)
        await until(lambda: late.numbers[-1:] == [21] and in_time.numbers[-1:] == [21])
    assert (late.kinds[0], late.numbers) == ("reset", [15, 16, 17, 18, 19, 20, 21])
    assert in_time.numbers == [16, 17, 18, 19, 20, 21]


async def test_reset_where_the_number_is_from_elsewhere(world: World, stream: EventStream) -> None:
    happen(world, 2)
    async with reading(stream, after=7_000) as reader, running(stream):
        happen(world)
        await until(lambda: len(reader.got) == 2)
    assert [(event.id, event.kind) for event in reader.got] == [(2, "reset"), (3, "thread.resumed")]


@pytest.mark.parametrize("after", [1, 2, 900])
async def test_reset_after_a_restore_whatever_the_reader_knows(
    world: World, stream: EventStream, after: int
) -> None:
    """What a reader got after the backup had numbers that are not given again."""
    happen(world, 2)
    world.store.write(settle_restored, world.clock(), world.clock(), marks=None)
    async with reading(stream, after=after) as reader, running(stream):
        await until(lambda: len(reader.got) == 2)
    assert reader.kinds == ["reset", "timer.stopped"]


async def test_forgotten_while_this_process_slept(world: World, stream: EventStream) -> None:
    happen(world)
    async with reading(stream) as reader:
        happen(world, 20)
        world.store.write(events.prune, 5, 100, world.clock())
        async with running(stream):
            await until(lambda: reader.done)
    assert isinstance(reader.ended, DroppedError)
    assert reader.got == []


async def test_slow_reader_is_dropped_and_holds_nobody(world: World, stream: EventStream) -> None:
    stream.buffer = 50
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(stream))
        quick = await stack.enter_async_context(reading(stream))
        slow = await stack.enter_async_context(stream.joined())
        for each in range(3):
            await asyncio.to_thread(happen, world, 40)
            await until(lambda wanted=(each + 1) * 40: len(quick.got) == wanted)  # type: ignore[misc]
        assert slow.reader.waiting == [], "nothing is kept for one that was dropped"
        with pytest.raises(DroppedError):
            await anext(slow.batches())
    async with running(stream), reading(stream, after=0) as again:
        await until(lambda: len(again.got) == 120)


async def test_close_ends_everybody(world: World, stream: EventStream) -> None:
    async with running(stream), reading(stream) as first, reading(stream, thread_id="a") as second:
        stream.close()
        await until(lambda: first.done and second.done)
        assert (first.ended, second.ended) == (None, None)
        assert [event async for event in stream.subscribe(after=0)] == []


async def test_events_of_another_process_arrive(world: World, stream: EventStream) -> None:
    other = world.elsewhere()
    async with running(stream), reading(stream) as reader:
        happen(other, 3)
        await until(lambda: reader.numbers == [1, 2, 3])
    other.close()


async def test_nothing_is_read_while_nobody_listens(world: World, stream: EventStream) -> None:
    reads: list[str] = []
    read = world.store.read

    def counted(work: Callable[..., Any], *given: Any, **more: Any) -> Any:
        reads.append(work.__name__)
        return read(work, *given, **more)

    world.store.read = counted  # type: ignore[method-assign]
    async with running(stream):
        for _ in range(5):
            await asyncio.to_thread(happen, world)
        stream.node_finished(Step("a", 1, Node.DECIDE, "Nobody hears it."))
        await asyncio.sleep(0.1)
        assert reads == []
        async with reading(stream) as reader:
            happen(world)
            await until(lambda: len(reader.got) == 1)
        assert reader.numbers == [6]
        reads.clear()
        await asyncio.to_thread(happen, world)
        await asyncio.sleep(0.1)
        assert reads == []


async def test_many_join_at_the_same_moment(world: World, stream: EventStream) -> None:
    happen(world, 4)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(stream))
        readers = await asyncio.gather(
            *(stack.enter_async_context(reading(stream, after=after)) for after in (None, 0, 2, None, 4))
        )
        happen(world, 2)
        await until(lambda: all(reader.numbers[-1:] == [6] for reader in readers))
    assert [reader.numbers[0] for reader in readers] == [5, 1, 3, 5, 5]


async def test_first_reader_goes_while_the_second_comes(world: World, stream: EventStream) -> None:
    async with running(stream):
        for _ in range(20):
            first = asyncio.create_task(_first(stream))
            await asyncio.sleep(0)
            first.cancel()
            async with reading(stream) as second:
                last = await asyncio.to_thread(happen, world)
                await until(lambda reader=second: bool(reader.got))  # type: ignore[misc]
                assert second.numbers == [last]
            await asyncio.gather(first, return_exceptions=True)


async def test_error_while_reading_is_survived(
    world: World, stream: EventStream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What the failed look has left comes also when nobody commits any more; said once, not at every try."""
    failures = [OperationalError("SELECT", None, Exception("disk I/O error")) for _ in range(3)]
    since = events.since

    def failing(*given: Any, **more: Any) -> Any:
        found = since(*given, **more)
        if found and failures:
            raise failures.pop()
        return found

    # Before anybody reads: a look under way while it is put in place would be the real one.
    monkeypatch.setattr(events, "since", failing)
    async with running(stream), reading(stream) as reader:
        happen(world)
        await until(lambda: bool(reader.got))
    assert reader.numbers == [1]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "events cannot be read" in caplog.text


@pytest.mark.one_question  # replies with a whole decision
async def test_nodes_lie_between_start_and_end_of_their_beat(world: World) -> None:
    world.thread(approval="always")
    world.ollama.answer = lambda _: Say(decision(action="post", board="general", title="Hi", content="Words"))
    async with open_service(world.settings, enabled=False) as service:
        async with reading(service.events) as reader:
            await service.runner.run_now("demo", dry_run=True)
            await service.runner.run_now("demo")
            await until(lambda: "approval.requested" in reader.kinds)
            await until(lambda: reader.kinds.count("beat.node") == 10)
        nodes = [event.data["node"] for event in reader.got if event.kind == "beat.node"]
        asked = reader.kinds.index("approval.requested")
        finished = reader.kinds.index("beat.finished")
    opening = ["load_instructions", "gather_context", "decide", "validate"]
    assert nodes == [*opening, "settle", *opening, "approve"]
    following = [event.data["next"] for event in reader.got if event.kind == "beat.node"]
    assert following == [*opening[1:], "settle", None, *opening[1:], "approve", None]
    paths = [event.data["path"] for event in reader.got if event.kind == "beat.node"]
    assert paths[4:6] == [[*opening, "settle"], opening[:1]]
    assert reader.kinds[0] == "beat.started"
    assert set(reader.kinds[1:finished]) == {"beat.node"}
    assert reader.kinds[finished + 1] == "beat.started"
    assert set(reader.kinds[finished + 2 : asked]) == {"beat.node"}
    assert all(event.data["found"] for event in reader.got if event.kind == "beat.node"), reader.got


async def test_end_waits_for_the_last_node_but_not_for_ever(
    world: World, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LATE", 20.0)

    def finish(beat_id: int) -> None:
        world.store.write(
            lambda session: events.add(session, EventKind.BEAT_FINISHED, world.clock(), beat_id=beat_id)
        )

    async with running(stream), reading(stream) as reader:
        stream.node_finished(Step("demo", 1, Node.DISPATCH, "Did it."))
        await asyncio.to_thread(finish, 1)
        await asyncio.sleep(0.1)
        stream.node_finished(Step("demo", 1, Node.SETTLE, "Written."))
        await until(lambda: len(reader.got) == 3)
        assert reader.kinds == ["beat.node", "beat.node", "beat.finished"]
        monkeypatch.setattr(live, "LATE", 0.05)
        stream.node_finished(Step("demo", 2, Node.DECIDE, "And then it was given up."))
        await asyncio.to_thread(finish, 2)
        await until(lambda: len(reader.got) == 5)
        assert reader.kinds[3:] == ["beat.node", "beat.finished"]


async def test_subscriptions_end_with_the_service(world: World) -> None:
    async with open_service(world.settings, enabled=False) as service, reading(service.events) as reader:
        await service.runner.run_now("demo")
        await until(lambda: "beat.finished" in reader.kinds)
        service.events.close()
        await until(lambda: reader.done)
