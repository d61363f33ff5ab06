"""The deliverer against a forum outside over real HTTP, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from heartbeat.capabilities import Capabilities
from heartbeat.errors import NotSentError
from heartbeat.outgoing import Outgoing
from heartbeat.store import outbox, timer
from heartbeat.store.tables import Delivery
from heartbeat.targets import Target
from heartbeat.vocabulary import BeatStatus, DeliveryReason, DeliveryStatus, TryEnd
from heartbeat_service import deliverer as module
from heartbeat_service.delivered import log_delivery
from heartbeat_service.deliverer import AT_ONCE, Deliverer, Tried
from tests.conftest import NOBODY
from tests.integration.http.site import serving
from tests.support.following import run_following
from tests.support.outside import (
    BREAKS,
    BREAKS_AFTER,
    DROPS,
    DROPS_AFTER,
    FOR_EVER,
    HANGS,
    HANGS_AFTER,
    REFUSES,
    OutsideForum,
    OutsideServer,
    Way,
    late,
    serving_outside,
    too_many,
)
from tests.support.outside_target import (
    AsyncSearchedTarget,
    AsyncTarget,
    OutsideTarget,
    SearchedTarget,
)
from tests.support.world import World

PENDING, SENDING, SENT = DeliveryStatus.PENDING, DeliveryStatus.SENDING, DeliveryStatus.SENT
FAILED, UNKNOWN, HELD = DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN, DeliveryStatus.HELD
LIMIT = 5
"""Seconds that a try at the forum outside may take."""
UNREACHABLE = Way(503, effect=False)


@dataclass
class Scene:
    """A workspace whose deliverer reaches a forum outside."""

    world: World
    forum: OutsideForum
    server: OutsideServer
    targets: dict[str, Target] = field(default_factory=dict)
    told: list[Tried] = field(default_factory=list)
    deliverer: Deliverer = field(init=False)

    def __post_init__(self) -> None:
        self.deliverer = Deliverer(self.world.services, lambda: self.targets, self.told.append, watch=0.01)

    def queue(self, target: str = "outside", within: int = 86_400, **fields: Any) -> int:
        outgoing = Outgoing(**{"kind": "post", "title": "Frost", "content": "Tonight.", **fields})
        row = self.world.store.write_durably(
            outbox.queue, outgoing, target=target, deliver_within=within, now=self.world.clock()
        )
        return row.id or 0

    def row(self, delivery_id: int = 1) -> Delivery:
        return self.world.store.read(outbox.get, delivery_id)

    def state(self, delivery_id: int = 1) -> tuple[DeliveryStatus, DeliveryReason | None]:
        row = self.row(delivery_id)
        return row.status, row.reason

    def ends(self, delivery_id: int = 1) -> list[str]:
        return [each["ended"] for each in self.row(delivery_id).tries]

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        run_following(self.world.clock, work())

    async def turn(self) -> None:
        """One tick, and the end of what it has started."""
        await self.deliverer.tick()
        await self.deliverer.drain(60)

    async def later(self, **delta: float) -> None:
        self.world.clock.move(**delta)
        await self.turn()

    async def to_the_end(self, delivery_id: int = 1, *, turns: int = 60) -> None:
        """Turn at the instants that the deliverer asks for, until a delivery has ended."""
        for _ in range(turns):
            await self.turn()
            row = self.row(delivery_id)
            if row.finished_at is not None:
                return
            wakes = self.world.store.read(outbox.look, self.world.clock(), 9).wake_at or row.expires_at
            self.world.clock.now = max(wakes, self.world.clock() + timedelta(seconds=1))
        raise AssertionError(f"delivery {delivery_id} does not end: {self.row(delivery_id)}")

    def effects(self) -> int:
        """How often the only delivery has happened outside, in the end."""
        return sum(self.forum.counts(by=FOR_EVER).values())


@pytest.fixture
def scene(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(module, "PAUSE", 0.01)
    forum = OutsideForum(clock=world.seconds)
    with serving_outside(forum) as server:
        yield Scene(world, forum, server)


def use(scene: Scene, made: type[Any] = AsyncTarget, **able: Any) -> None:
    scene.forum.remembers = able.get("remembers_keys", 0)
    scene.forum.searchable = made in (AsyncSearchedTarget, SearchedTarget)
    scene.targets = {"outside": made(scene.forum.url, able=able)}


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


PLAIN = pytest.mark.parametrize("made", [AsyncTarget, OutsideTarget])
SEARCHED = pytest.mark.parametrize("made", [AsyncSearchedTarget, SearchedTarget])


@PLAIN
def test_a_delivery_arrives_once_with_its_receipt(
    scene: Scene, made: type[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "heartbeat")
    use(scene, made)
    scene.deliverer.on_tried = lambda tried: log_delivery(tried.delivery)
    scene.queue(thread_id="demo", beat_id=7)

    async def work() -> None:
        await scene.turn()
        await scene.later(hours=2)

    scene.run(work)
    row = scene.row()
    assert (row.status, row.receipt, scene.ends()) == (SENT, {"id": row.key}, ["sent"])
    assert scene.forum.counts() == {row.key: 1}
    assert scene.forum.posts[0].body == {
        "kind": "post",
        "title": "Frost",
        "content": "Tonight.",
        "thread_id": "demo",
        "beat_id": 7,
        "again": False,
    }
    [record] = [each for each in caplog.records if getattr(each, "action", "") == "delivery_sent"]
    assert record.getMessage() == "delivery 1 to outside has arrived"


def test_what_was_not_sent_climbs_the_ladder_until_it_arrives(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    use(scene)
    scene.deliverer.on_tried = lambda tried: log_delivery(tried.delivery)
    scene.forum.ways = [UNREACHABLE] * 2
    scene.queue()

    async def work() -> None:
        await scene.turn()
        assert scene.state() == (PENDING, None)
        await scene.later(seconds=29)
        assert len(scene.forum.posts) == 1
        await scene.later(seconds=1)
        await scene.later(seconds=59)
        assert len(scene.forum.posts) == 2
        await scene.later(seconds=1)

    scene.run(work)
    assert (scene.state(), scene.ends()) == ((SENT, None), ["not_sent", "not_sent", "sent"])
    assert scene.effects() == 1
    first = caplog.records[0].getMessage()
    assert first == (
        "delivery 1 to outside was not sent: the forum answers 503; it is tried again at 2026-11-02 12:00:30 UTC"
    )


def test_the_time_that_a_target_asks_for_is_kept(scene: Scene) -> None:
    use(scene)
    scene.forum.ways = [too_many(120)]
    scene.queue()

    async def work() -> None:
        await scene.turn()
        await scene.later(seconds=119)
        assert len(scene.forum.posts) == 1
        await scene.later(seconds=1)

    scene.run(work)
    assert scene.state() == (SENT, None)


def test_what_never_left_is_given_up_as_expired(scene: Scene) -> None:
    scene.targets = {"outside": AsyncTarget(NOBODY)}
    scene.queue(within=3_600)
    scene.run(scene.to_the_end)
    assert (scene.state(), set(scene.ends())) == ((FAILED, DeliveryReason.EXPIRED), {"not_sent"})


@PLAIN
def test_what_is_refused_fails_at_once(scene: Scene, made: type[Any]) -> None:
    use(scene, made)
    scene.forum.ways = [REFUSES]
    scene.queue()

    async def work() -> None:
        await scene.turn()
        await scene.later(days=2)

    scene.run(work)
    assert (scene.state(), len(scene.forum.posts)) == ((FAILED, DeliveryReason.REFUSED), 1)


LOST = pytest.mark.parametrize(
    "way", [BREAKS, BREAKS_AFTER, DROPS, DROPS_AFTER], ids=["breaks", "breaks-after", "drops", "drops-after"]
)


@LOST
@PLAIN
def test_a_lost_answer_is_asked_for_with_the_same_key(scene: Scene, way: Way, made: type[Any]) -> None:
    use(scene, made, remembers_keys=86_400)
    scene.forum.ways = [way, way]
    scene.queue()
    scene.run(scene.to_the_end)
    assert (scene.state(), scene.effects(), scene.ends()) == ((SENT, None), 1, ["perhaps", "perhaps", "sent"])
    assert len({each.key for each in scene.forum.posts}) == 1
    assert [each.body["again"] for each in scene.forum.posts] == [False, True, True]


@LOST
@SEARCHED
def test_a_lost_answer_is_looked_for_where_it_can_be_found(scene: Scene, way: Way, made: type[Any]) -> None:
    use(scene, made)
    scene.forum.ways = [way]
    scene.queue()
    scene.run(scene.to_the_end)
    assert (scene.state(), scene.effects()) == ((SENT, None), 1)
    assert len(scene.forum.posts) == (1 if way.effect else 2)
    assert scene.forum.asked[1].method == "GET"


@LOST
def test_a_lost_answer_is_unknown_where_nobody_can_tell(scene: Scene, way: Way) -> None:
    use(scene)
    scene.forum.ways = [way]
    scene.queue()

    async def work() -> None:
        await scene.turn()
        assert scene.state() == (UNKNOWN, None)
        await scene.later(days=3)

    scene.run(work)
    assert (scene.state(), len(scene.forum.posts)) == ((UNKNOWN, None), 1)
    assert scene.effects() <= 1


def test_a_lost_answer_is_sent_again_where_that_is_wanted(scene: Scene) -> None:
    use(scene, repeat=True)
    scene.forum.ways = [DROPS, DROPS_AFTER]
    scene.queue()
    scene.run(scene.to_the_end)
    assert (scene.state(), scene.effects()) == ((SENT, None), 2)


def test_a_key_that_may_be_forgotten_is_not_sent_again(scene: Scene) -> None:
    """The forum remembers keys for a minute, and the process was away for two."""
    use(scene, remembers_keys=60)
    scene.forum.ways = [DROPS_AFTER]
    scene.queue()

    async def work() -> None:
        await scene.turn()
        await scene.later(minutes=2)

    scene.run(work)
    assert (scene.state(), scene.effects(), len(scene.forum.posts)) == ((UNKNOWN, None), 1, 1)


@SEARCHED
def test_an_effect_that_comes_late_is_found_when_it_has_settled(scene: Scene, made: type[Any]) -> None:
    use(scene, made, settles_after=90)
    scene.forum.ways = [late(60, "drop")]
    scene.queue()

    async def work() -> None:
        await scene.turn()
        await scene.later(seconds=89)
        assert scene.state() == (PENDING, None)
        await scene.later(seconds=1)

    scene.run(work)
    assert (scene.state(), scene.effects(), len(scene.forum.posts)) == ((SENT, None), 1, 1)


def test_a_search_that_fails_is_repeated_and_sends_nothing(scene: Scene) -> None:
    use(scene, AsyncSearchedTarget)
    scene.forum.ways = [DROPS_AFTER]
    searches = iter([BREAKS, too_many(40), DROPS])
    scene.forum.finding = lambda _: next(searches, None)
    scene.queue()
    scene.run(scene.to_the_end)
    assert (scene.state(), scene.effects(), len(scene.forum.posts)) == ((SENT, None), 1, 1)
    assert scene.ends() == ["perhaps", "perhaps", "perhaps", "perhaps", "sent"]


@pytest.mark.parametrize("way", [HANGS, HANGS_AFTER], ids=["hangs", "hangs-after"])
def test_who_never_answers_is_left_when_the_time_is_over(scene: Scene, way: Way) -> None:
    use(scene)
    scene.forum.ways = [way]
    scene.queue()

    async def work() -> None:
        await scene.deliverer.tick()
        await until(lambda: bool(scene.forum.posts))
        scene.world.clock.move(seconds=LIMIT + 1)
        await scene.deliverer.drain(60)

    scene.run(work)
    assert (scene.state(), scene.row().tries[0]["said"]) == ((UNKNOWN, None), "no answer within 5 s")


@PLAIN
def test_a_target_that_hangs_holds_nobody_else(scene: Scene, made: type[Any]) -> None:
    use(scene, made)
    scene.forum.way = lambda _: HANGS
    other = OutsideForum(clock=scene.world.seconds)
    with serving_outside(other):
        scene.targets["other"] = AsyncTarget(other.url, "other")
        for _ in range(20):
            scene.queue()
        last = scene.queue("other")

        async def work() -> None:
            await scene.deliverer.tick()
            await until(lambda: scene.state(last)[0] == SENT)
            await until(lambda: len(scene.forum.posts) == AT_ONCE)
            await scene.deliverer.tick()
            assert len(scene.deliverer.in_flight) == AT_ONCE
            scene.deliverer.stop()
            scene.server.over.set()
            await scene.deliverer.drain(60)

        scene.run(work)
    assert len(scene.forum.posts) == AT_ONCE
    assert len(other.posts) == 1


def test_one_of_two_phones_is_dead(scene: Scene) -> None:
    use(scene, deliver_within=3_600)
    scene.targets["dead"] = AsyncTarget(NOBODY, "dead")
    alive, dead = scene.queue(within=3_600), scene.queue("dead", within=3_600)

    async def work() -> None:
        await scene.to_the_end(dead)

    scene.run(work)
    assert (scene.state(alive), scene.state(dead)) == ((SENT, None), (FAILED, DeliveryReason.EXPIRED))
    assert scene.effects() == 1


def test_what_is_held_stays_until_it_is_released(scene: Scene) -> None:
    use(scene)
    scene.world.thread()
    scene.queue(thread_id="demo")
    scene.world.store.write(timer.switch, False, scene.world.clock())

    async def work() -> None:
        await scene.turn()
        await scene.later(hours=1)
        assert (scene.state(), scene.forum.posts) == ((HELD, None), [])
        by_hand = scene.queue(thread_id="demo")
        await scene.turn()
        assert scene.state(by_hand) == (SENT, None)
        scene.world.store.write(timer.switch, True, scene.world.clock())
        await scene.turn()

    scene.run(work)
    assert (scene.state(), scene.effects()) == ((SENT, None), 2)


def test_a_target_that_is_not_there_is_waited_for(scene: Scene) -> None:
    scene.queue("gone")

    async def work() -> None:
        await scene.turn()
        assert scene.state() == (PENDING, None)
        assert scene.told[0].end == TryEnd.NOT_SENT
        use(scene)
        scene.targets = {"gone": AsyncTarget(scene.forum.url, "gone")}
        await scene.later(seconds=30)

    scene.run(work)
    assert (scene.state(), scene.effects()) == ((SENT, None), 1)


@dataclass
class Strange:
    """A target that does something else than it should."""

    act: Callable[[], Any]
    name: str = "outside"
    declares: Callable[[], Capabilities] = lambda: Capabilities(time_limit=LIMIT)

    def capabilities(self) -> Capabilities:
        return self.declares()

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        receipt: Mapping[str, Any] = self.act()
        return receipt


def raises(error: BaseException) -> Callable[[], Any]:
    def act() -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "end", "said"),
    [
        (ZeroDivisionError("a bug"), "perhaps", "ZeroDivisionError: a bug"),
        (SystemExit(3), "perhaps", "RuntimeError: SystemExit(3)"),
        (RuntimeError("Bearer sk-ant-REDACTED"), "perhaps", "RuntimeError: "),
        (NotSentError("no network\nat all", retry_after=float("nan")), "not_sent", "no network at all"),
        (NotSentError("busy", retry_after=float("inf")), "not_sent", "busy"),
        (NotSentError("busy", retry_after=-1e300), "not_sent", "busy"),
    ],
)
def test_whatever_a_target_raises_is_the_end_of_a_try(
    scene: Scene, error: BaseException, end: str, said: str
) -> None:
    scene.targets = {"outside": Strange(raises(error))}
    scene.queue()
    scene.run(scene.turn)
    [entry] = scene.row().tries
    assert entry["ended"] == end
    assert entry["said"].startswith(said)
    assert "abcdefghijklmnopqrstuvwxyz" not in str(scene.row().model_dump())


@pytest.mark.parametrize("receipt", [None, "yes", {"at": object()}, {"n": float("nan")}, {"t": "x" * 20_000}])
def test_a_receipt_that_cannot_be_kept_is_no_reason_to_send_again(scene: Scene, receipt: Any) -> None:
    scene.targets = {"outside": Strange(lambda: receipt)}
    scene.queue()
    scene.run(scene.turn)
    assert (scene.state(), scene.row().receipt) == ((SENT, None), {})
    assert "is not kept" in scene.row().tries[0]["said"]


def test_a_target_that_does_not_say_what_it_can_do_is_told_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    declared = Strange(dict)
    declared.declares = raises(ValueError("a bug"))
    scene.targets = {"outside": declared}
    scene.queue()

    async def work() -> None:
        await scene.turn()
        await scene.later(seconds=30)
        assert scene.state() == (PENDING, None)
        declared.declares = lambda: Capabilities(time_limit=LIMIT)
        await scene.later(seconds=60)

    scene.run(work)
    assert scene.state() == (SENT, None)
    assert caplog.text.count("target outside does not say what it can do: ValueError: a bug") == 1


@PLAIN
def test_a_process_that_was_suspended_before_its_try_sends_nothing(scene: Scene, made: type[Any]) -> None:
    use(scene, made)
    scene.queue()

    def suspended(point: str) -> None:
        if point == "before:deliver" and not scene.row().tries[1:]:
            scene.world.clock.move(seconds=module.MARGIN + 1)

    scene.world.probe = suspended

    async def work() -> None:
        await scene.turn()
        assert (scene.state(), scene.forum.posts) == ((PENDING, None), [])
        await scene.later(seconds=1)

    scene.run(work)
    assert (scene.state(), scene.effects(), scene.ends()) == ((SENT, None), 1, ["not_sent", "sent"])


def test_who_was_taken_over_writes_nothing(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    use(scene, remembers_keys=86_400)
    scene.queue()
    other = Scene(scene.world.elsewhere(), scene.forum, scene.server, scene.targets)

    def suspended(point: str) -> None:
        if point == "after:deliver" and scene.row().status == SENDING and len(scene.row().tries) == 1:
            scene.world.clock.move(seconds=LIMIT + module.MARGIN)
            other.world.store.write(
                outbox.claim,
                1,
                other.world.store.lease,
                scene.world.clock(),
                lease_seconds=40,
                capabilities=scene.targets["outside"].capabilities(),
                searchable=False,
            )

    scene.world.probe = suspended
    scene.run(scene.turn)
    assert "delivery 1 was lost" in caplog.text
    assert (scene.state(), scene.ends()) == ((PENDING, None), ["perhaps"])
    scene.run(scene.to_the_end)
    assert (scene.state(), scene.effects()) == ((SENT, None), 1)
    other.world.store.close()


def test_a_lease_that_ran_out_is_taken_over_but_not_after_a_step_of_the_clock(scene: Scene) -> None:
    use(scene, remembers_keys=86_400)
    scene.queue()

    def claimed() -> None:
        scene.world.store.write(
            outbox.claim,
            1,
            scene.world.store.lease,
            scene.world.clock(),
            lease_seconds=LIMIT + module.MARGIN,
            capabilities=scene.targets["outside"].capabilities(),
            searchable=False,
        )

    claimed()

    async def stepped() -> None:
        await scene.turn()
        scene.world.clock.move(hours=1)
        await scene.turn()
        assert scene.state() == (SENDING, None)

    asyncio.run(stepped())

    async def work() -> None:
        await scene.later(seconds=LIMIT + module.MARGIN)
        assert scene.state() == (PENDING, None)
        assert [tried.end for tried in scene.told] == [TryEnd.PERHAPS]
        await scene.to_the_end()

    scene.run(work)
    assert (scene.state(), scene.ends()) == ((SENT, None), ["perhaps", "sent"])


def test_an_end_that_cannot_be_written_at_first_is_written_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(scene)
    scene.queue()
    finish, failures = (
        outbox.finish,
        [OperationalError("UPDATE", None, Exception("database or disk is full"))],
    )

    def failing(*args: Any, **more: Any) -> Delivery:
        if failures:
            raise failures.pop()
        return finish(*args, **more)

    monkeypatch.setattr(outbox, "finish", failing)
    scene.run(scene.turn)
    assert (scene.state(), scene.effects()) == ((SENT, None), 1)


@PLAIN
def test_a_try_that_is_cut_off_may_have_arrived(scene: Scene, made: type[Any]) -> None:
    use(scene, made)
    scene.forum.ways = [HANGS_AFTER]
    scene.queue()

    async def work() -> None:
        await scene.deliverer.tick()
        await until(lambda: bool(scene.forum.posts))
        scene.deliverer.stop()
        await scene.deliverer.drain(0.01)

    scene.run(work)
    assert (scene.state(), scene.row().lease_until) == ((UNKNOWN, None), None)
    assert scene.row().tries[0]["said"] == module.CUT_OFF.said


def test_the_loop_delivers_what_another_process_queues(scene: Scene) -> None:
    use(scene)
    scene.deliverer.poll = 1_000.0

    async def work() -> None:
        running = asyncio.create_task(scene.deliverer.run())
        await until(lambda: scene.deliverer.ticked_at is not None)
        other = scene.world.elsewhere()
        other.store.write_durably(
            outbox.queue, Outgoing(kind="post"), target="outside", deliver_within=60, now=scene.world.clock()
        )
        await until(lambda: scene.state()[0] == SENT)
        assert scene.deliverer.is_alive(10)
        scene.deliverer.stop()
        await running
        other.store.close()

    scene.run(work)
    assert scene.effects() == 1


def test_two_processes_deliver_each_thing_once(scene: Scene) -> None:
    use(scene)
    world = scene.world.elsewhere()
    other = Scene(world, scene.forum, scene.server, scene.targets)
    ids = [scene.queue() for _ in range(20)]

    async def work() -> None:
        while any(scene.state(each)[0] != SENT for each in ids):
            await asyncio.gather(scene.turn(), other.turn())

    scene.run(work)
    assert set(scene.forum.counts().values()) == {1}
    assert len(scene.forum.posts) == len(ids)
    assert len(scene.told) + len(other.told) == len(ids)
    world.store.close()


def test_what_cannot_be_claimed_is_left_alone_for_a_moment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reason: the loop must not turn as fast as it can."""
    use(scene)
    scene.queue()
    monkeypatch.setattr(module, "PAUSE", 1_000.0)
    claims: list[int] = []
    monkeypatch.setattr(outbox, "claim", lambda _, delivery_id, *__, **___: claims.append(delivery_id))

    async def work() -> None:
        running = asyncio.create_task(scene.deliverer.run())
        await until(lambda: bool(claims))
        scene.world.clock.move(seconds=900)
        await scene.deliverer.tick()
        await scene.deliverer.tick()
        assert claims == [1]
        scene.deliverer.stop()
        await scene.deliverer.drain(0)
        await running

    scene.run(work)
    assert (scene.state(), scene.forum.posts) == ((PENDING, None), [])


def test_a_beat_by_hand_tries_its_own_deliveries_once(scene: Scene) -> None:
    use(scene)
    scene.forum.ways = [UNREACHABLE]
    first, second, third = scene.queue(), scene.queue(), scene.queue()
    ended: list[DeliveryStatus] = []

    async def work() -> None:
        ended.extend(row.status for row in await scene.deliverer.deliver_now([first, second]))

    scene.run(work)
    assert sorted(ended) == [PENDING, SENT]
    assert scene.state(third) == (PENDING, None)
    assert scene.row(third).tries == []


@pytest.mark.one_question  # scheduled beats that wait for no reading
async def test_a_target_that_hangs_delays_no_beat(scene: Scene) -> None:
    """Beats of a service whose places for deliveries are all taken by targets that never answer."""
    world = scene.world
    scene.forum.way = lambda _: HANGS
    names = [f"hangs-{number}" for number in range(module.AT_ONCE_OF_ALL)]
    world.services = replace(
        world.services,
        targets={
            **{name: world.services.targets[name] for name in ("forum", "none")},
            **{name: OutsideTarget(scene.forum.url, name, {"time_limit": 600}) for name in names},
        },
    )
    for name in names:
        scene.queue(name)
    for number in range(10):
        world.thread(f"t{number}", every=600)
    world.clock.move(minutes=11)
    with serving(world, enabled=True) as site:
        await until(lambda: len(site.service.deliverer.in_flight) == module.AT_ONCE_OF_ALL)
        await until(lambda: len(scene.forum.posts) == module.AT_ONCE_OF_ALL)
        await until(lambda: sum(row.status == BeatStatus.NONE for row in world.history()) == 10)
        assert len(site.service.deliverer.in_flight) == module.AT_ONCE_OF_ALL
        scene.server.over.set()
