"""What every runner keeps; inherit `RunnerConformance` and give it a fixture ``workers``.

Nothing here knows how a runner runs its beats. Time is the world's clock; where a real deadline is what is tested,
it is a fraction of a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from heartbeat.store import Claim, Lease, Outcome, approvals, beats, threads
from heartbeat.store.approvals import Answer
from heartbeat.vocabulary import AnswerOrigin, BeatStatus, Trigger
from tests.acceptance.runners.port import AnyRunner, Workers
from tests.acceptance.runners.scene import LEASE, Scene
from tests.support.holds import PATIENCE, until
from tests.support.ollama import Say, decision
from tests.support.world import World

SHORT = 0.2
"""A deadline, in seconds, that is meant to pass."""
LATE = 3.0
"""One that passes only when a beat has come to the point where it hangs."""


async def at_rest(*runners: AnyRunner) -> None:
    """Wait until runners have nothing in running."""
    await until(lambda: not any(runner.in_flight for runner in runners))


class OneRow:
    """A slot lies in one row, a thread has one run."""

    async def test_due_slot_is_run_and_settled(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.check("acted")
        assert (scene.row().slot, scene.row().trigger, scene.row().supervised) == (slot, "scheduled", True)
        assert scene.row().fence == 1, "claimed once"
        assert scene.next_slot() == slot + timedelta(seconds=600)

    async def test_two_runners_submit_the_same_slots_at_once(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        pair = [await workers.make(scene.world), await workers.make(other)]
        names = ("a", "b", "c", "d")
        slots = dict(zip(names, scene.due(*names, every=60), strict=True))
        await asyncio.gather(*(runner.submit(name, slots[name]) for name in names for runner in pair))
        await at_rest(*pair)
        assert {row.thread_id for row in scene.rows()} == set(names)
        scene.check("acted", "acted", "acted", "acted")
        assert [runner.free for runner in pair] == [4, 4]
        assert len(scene.world.ollama.calls) == len(names)

    async def test_slot_claimed_elsewhere_is_left_alone(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        first, second = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold()
        [slot] = scene.due("demo")
        await first.submit("demo", slot)
        await hold.reached()
        before = scene.row().model_dump()
        await second.submit("demo", slot)
        assert (second.free, second.in_flight) == (4, frozenset())
        assert scene.row().model_dump() == before
        assert scene.waiting() is None
        hold.let_go()
        await at_rest(first)
        await second.submit("demo", slot)
        assert second.in_flight == frozenset()
        scene.check("acted")

    @pytest.mark.parametrize("seconds", [-600, 1, 600])
    async def test_what_is_not_due_is_left_alone(
        self, scene: Scene, workers: Workers, seconds: float
    ) -> None:
        runner = await workers.make(scene.world)
        [slot] = scene.due("demo")
        await runner.submit("demo", slot + timedelta(seconds=seconds))
        await runner.submit("nobody", slot)
        assert (scene.rows(), runner.free, runner.in_flight) == ([], 4, frozenset())
        assert scene.next_slot() == slot

    async def test_next_slot_waits_while_a_beat_is_in_flight(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        pair = [await workers.make(scene.world), await workers.make(other)]
        hold = scene.hold()
        [slot] = scene.due("demo", every=60)
        await pair[0].submit("demo", slot)
        await hold.reached()
        scene.world.clock.now = second = scene.next_slot()
        for runner in pair:
            scene.world.clock.now = scene.world.clock.now + timedelta(seconds=6)
            await runner.submit("demo", second)
        assert [runner.free for runner in pair] == [3, 4]
        scene.check("running")
        assert (scene.waiting(), scene.next_slot()) == ("busy", second)
        hold.let_go()
        await at_rest(*pair)
        await pair[1].submit("demo", second)
        await at_rest(*pair)
        scene.check("acted", "acted")
        assert scene.rows()[1].slot == second

    async def test_slot_waits_for_a_manual_beat(self, scene: Scene, workers: Workers, other: World) -> None:
        runner = await workers.make(scene.world)
        [slot] = scene.due("demo")
        claim = other.store.open_beat("demo", Trigger.MANUAL, None, scene.world.clock(), supervised=True)
        assert isinstance(claim, Claim)
        await runner.submit("demo", slot)
        assert (runner.free, scene.waiting(), scene.next_slot()) == (4, "busy", slot)
        scene.check("running")
        done = Outcome(BeatStatus.NONE, "Nothing to do.")
        other.store.write(beats.give_up, claim, done, scene.world.clock())
        scene.world.clock.move(seconds=30)
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.check("none", "acted")
        assert scene.rows()[1].slot == slot

    async def test_slot_waits_for_the_cooldown(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        [slot] = scene.due("demo")
        scene.world.clock.now = slot - timedelta(seconds=10)
        assert (await runner.run_now("demo")) is not None
        scene.world.clock.now = slot
        await runner.submit("demo", slot)
        assert (runner.free, scene.waiting(), scene.next_slot()) == (4, "cooldown", slot)
        scene.check("acted")
        scene.world.clock.now = slot + timedelta(seconds=20)
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.check("acted", "acted")
        assert scene.rows()[1].slot == slot


class Waking:
    """A wake starts one beat, whichever runner takes it."""

    async def test_two_runners_submit_the_same_wake_at_once(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        pair = [await workers.make(scene.world), await workers.make(other)]
        scene.woken("demo")
        await asyncio.gather(*(runner.submit("demo", None) for runner in pair for _ in range(2)))
        await at_rest(*pair)
        row = scene.row()
        assert (row.slot, row.trigger, row.supervised, row.status) == (None, "wake", True, "acted")
        assert row.woken_by
        assert scene.woken_at() is None
        await pair[0].submit("demo", None)
        assert pair[0].in_flight == frozenset()

    async def test_wake_waits_for_a_beat_and_leaves_no_row(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        runner = await workers.make(scene.world)
        scene.world.thread()
        claim = other.store.open_beat("demo", Trigger.MANUAL, None, scene.world.clock(), supervised=True)
        assert isinstance(claim, Claim)
        scene.woken("demo")
        await runner.submit("demo", None)
        scene.check("running")
        assert scene.woken_at() == scene.world.clock() + timedelta(seconds=5)

    async def test_wake_of_a_killed_runner_is_finished_by_another(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        pair = [await workers.make(scene.world), await workers.make(other)]
        hold = scene.hold()
        scene.woken("demo")
        await pair[0].submit("demo", None)
        await hold.reached()
        await workers.kill(pair[0])
        hold.let_go()
        scene.outlast_lease()
        [left] = scene.left_behind()
        await pair[1].recover(left)
        await at_rest(*pair)
        scene.check("acted")
        assert scene.woken_at() is None


class Places:
    """A runner says how much it takes, and keeps to it."""

    async def test_places_fall_and_rise(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world, places=2)
        hold = scene.hold()
        a, b = scene.due("a", "b", every=60)
        assert runner.free == 2
        await runner.submit("a", a)
        assert runner.free == 1
        await runner.submit("b", b)
        await hold.reached(2)
        assert runner.free == 0
        assert runner.in_flight == {row.id for row in scene.rows()}
        hold.let_go()
        await at_rest(runner)
        assert runner.free == 2
        scene.check("acted", "acted")

    async def test_without_a_free_place_nothing_is_claimed(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world, places=1)
        hold = scene.hold()
        names = ("a", "b", "c")
        slots = dict(zip(names, scene.due(*names, every=60), strict=True))
        seen = []
        await asyncio.gather(*(runner.submit(name, slot) for name, slot in slots.items()))
        await hold.reached()
        seen.append(runner.free)
        scene.check("running")
        hold.let_go()
        while len(scene.rows()) < len(names):
            for name, slot in slots.items():
                await runner.submit(name, slot)
                seen.append(runner.free)
            await at_rest(runner)
        scene.check("acted", "acted", "acted")
        assert set(seen) <= {0, 1}
        assert runner.free == 1

    async def test_without_a_free_place_nothing_is_recovered(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        dead, runner = await workers.make(other), await workers.make(scene.world, places=1)
        hold = scene.hold()
        a, b = scene.due("a", "b", every=60)
        await dead.submit("a", a)
        await hold.reached()
        await workers.kill(dead)
        await runner.submit("b", b)
        await hold.reached(2)
        scene.outlast_lease()
        await runner.recover(1)
        assert (runner.free, runner.in_flight) == (0, frozenset({2}))
        hold.let_go()
        await at_rest(runner)
        await runner.recover(1)
        await at_rest(runner)
        assert runner.free == 1
        scene.check("acted", "acted")

    async def test_beat_that_raises_frees_its_place(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world, places=2)
        scene.world.probe = raise_at("before:gather_context")
        names = ("a", "b", "c", "d")
        for name, slot in zip(names, scene.due(*names, every=60), strict=True):
            await runner.submit(name, slot)
            assert 0 <= runner.free <= 2
            await until(lambda: runner.free)
        await at_rest(runner)
        assert runner.free == 2
        scene.check("failed", "failed", "failed", "failed")

    async def test_beat_that_waits_for_a_person_needs_no_place(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world, places=1)
        [slot] = scene.due("demo", approval="always")
        await runner.submit("demo", slot)
        await at_rest(runner)
        assert runner.free == 1
        scene.check("awaiting_approval")
        scene.outlast_lease()
        await runner.recover(1)
        await at_rest(runner)
        assert runner.free == 1
        scene.check("awaiting_approval")

    async def test_thread_goes_on_while_a_beat_waits_for_a_person(
        self, scene: Scene, workers: Workers
    ) -> None:
        runner = await workers.make(scene.world, places=1)
        [slot] = scene.due("demo", approval=["post"])
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.say = lambda: decision(action="none", reasoning="Quiet.")
        scene.world.post("More")
        scene.world.clock.now = following = scene.next_slot()
        await runner.submit("demo", following)
        await at_rest(runner)
        first, second = scene.rows()
        assert first.status == "awaiting_approval"
        assert (second.status, second.slot) in {("none", following), ("skipped", following)}

    async def test_answered_beat_of_a_dead_process_is_finished_beside_another(
        self, scene: Scene, workers: Workers
    ) -> None:
        runner = await workers.make(scene.world)
        [slot] = scene.due("demo", approval=["post"])
        await runner.submit("demo", slot)
        await at_rest(runner)
        store, now = scene.world.store, scene.world.clock()
        given = Answer(answer="approve")
        store.write(approvals.answer, 1, given, by=AnswerOrigin.CLI, lease=Lease(LEASE, "dead"), now=now)
        hold = scene.hold()
        scene.world.post("More")
        scene.world.clock.now = following = scene.next_slot()
        await runner.submit("demo", following)
        await hold.reached()
        await runner.recover(1)
        await until(lambda: scene.settled(1))
        assert [row.status for row in scene.rows()] == ["acted", "running"]
        hold.let_go()
        await at_rest(runner)
        assert runner.free == 4
        assert [action.beat_id for action in scene.actions()] == [1]

    async def test_place_is_told_to_be_free(self, scene: Scene, workers: Workers) -> None:
        """Whoever waits for a place may wait for ``wake`` where a runner has one."""
        runner = await workers.make(scene.world, places=1)
        wake = getattr(runner, "wake", None)
        if wake is None:
            pytest.skip("this runner tells nobody")
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await asyncio.wait_for(wake.wait(), PATIENCE)
        assert runner.free == 1


class Failures:
    """What goes wrong is settled with its reason, and what wakes up later writes nothing."""

    async def test_beat_that_raises(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        scene.world.probe = raise_at("before:gather_context")
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.check("failed")
        row = scene.row()
        assert (row.reason, row.error) == ("internal", "RuntimeError: broken")
        assert row.retry_at == scene.world.clock() + timedelta(seconds=30)

    async def test_beat_that_raises_is_tried_again_on_its_row(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        scene.world.probe = raise_at("before:gather_context")
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.world.probe = lambda _: None
        scene.world.clock.move(seconds=30)
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.check("acted")
        assert [attempt["reason"] for attempt in scene.row().attempts] == ["internal"]

    async def test_model_that_hangs_past_the_deadline(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world, deadline=SHORT)
        hold = scene.hold()
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await at_rest(runner)
        scene.check("failed")
        assert (scene.row().reason, runner.free) == ("deadline", 4)
        hold.let_go()
        scene.check("failed")

    @pytest.mark.parametrize(
        "point",
        [
            "before:load_instructions",
            "after:load_instructions",
            "before:gather_context",
            "before:dispatch",
        ],
    )
    async def test_step_that_hangs_past_the_deadline(
        self, scene: Scene, workers: Workers, point: str
    ) -> None:
        runner = await workers.make(scene.world, deadline=LATE)
        hold = scene.hold(point)
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await hold.reached()
        await at_rest(runner)
        scene.check("failed")
        before = scene.row().model_dump()
        assert (before["reason"], runner.free) == ("deadline", 4)
        hold.let_go()
        await hold.all_passed()
        await runner.drain(1)
        assert scene.row().model_dump() == before

    @pytest.mark.parametrize("point", ["after:dispatch", "before:settle", "inside:settle"])
    async def test_beat_that_hangs_past_the_deadline_after_it_has_acted(
        self, scene: Scene, workers: Workers, point: str
    ) -> None:
        """The row is the truth: what was done was done, and the thread knows of it."""
        runner = await workers.make(scene.world, deadline=LATE)
        hold = scene.hold(point, only=1)
        [slot] = scene.due("demo", recheck_after=3600)
        await runner.submit("demo", slot)
        await hold.reached()
        await at_rest(runner)
        scene.check("acted")
        row = scene.row()
        assert (row.reason, row.retry_at, row.summary) == (None, None, "Posted on general: Post 1.")
        assert row.problems == [], "its outcome was written with its action"
        assert row.memory is not None
        assert [each["text"] for each in row.memory["recent"]] == ["Post 1"]
        before = row.model_dump()
        hold.let_go()
        await hold.all_passed()
        assert scene.row().model_dump() == before
        scene.world.clock.now = slot = scene.next_slot()
        await runner.submit("demo", slot)
        await at_rest(runner)
        assert scene.rows()[1].reason == "unchanged", "nothing is new to it"

    async def test_step_that_wakes_while_its_slot_is_tried_again(
        self, scene: Scene, workers: Workers
    ) -> None:
        runner = await workers.make(scene.world, deadline=LATE)
        late = scene.hold("before:dispatch", only=1)
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await late.reached()
        await at_rest(runner)
        again = scene.hold("model")
        patient = await workers.make(scene.world)
        scene.world.clock.move(seconds=30)
        await patient.submit("demo", slot)
        await again.reached()
        late.let_go()
        await late.all_passed()
        again.let_go()
        await at_rest(patient)
        scene.check("acted")
        assert len(scene.row().attempts) == 1
        assert [post.content for post in scene.posts()] == ["Text 2."], "what it wanted to say came too late"


class TakingOver:
    """What a dead runner left is finished once; what lives is left alone."""

    @pytest.mark.parametrize("point", ["after:dispatch", "before:settle"])
    async def test_killed_runner_whose_beat_has_acted_leaves_nothing(
        self, scene: Scene, workers: Workers, other: World, point: str
    ) -> None:
        dead, heir = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold(point, only=1)
        [slot] = scene.due("demo")
        await dead.submit("demo", slot)
        await hold.reached()
        await workers.kill(dead)
        scene.check("acted")
        before = scene.row().model_dump()
        scene.outlast_lease()
        assert scene.left_behind() == []
        await heir.recover(1)
        await at_rest(heir)
        hold.let_go()
        await hold.all_passed()
        assert scene.row().model_dump() == before
        scene.check("acted")

    @pytest.mark.parametrize("point", ["model", "before:gather_context", "before:dispatch"])
    async def test_killed_runner_is_followed_by_another(
        self, scene: Scene, workers: Workers, other: World, point: str
    ) -> None:
        dead, heir = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold(point, only=1)
        [slot] = scene.due("demo")
        await dead.submit("demo", slot)
        await hold.reached()
        await workers.kill(dead)
        scene.check_running(acted=False)
        assert scene.left_behind() == []
        scene.outlast_lease()
        assert scene.left_behind() == [1]

        await heir.recover(1)
        await at_rest(heir)

        scene.check("acted")
        row = scene.row()
        assert (row.fence, row.takeovers, heir.free, scene.left_behind()) == (2, 1, 4, [])
        before = row.model_dump()
        hold.let_go()
        await heir.recover(1)
        await at_rest(heir)
        assert scene.row().model_dump() == before
        scene.check("acted")

    @pytest.mark.parametrize("point", ["model", "before:dispatch"])
    async def test_two_recover_at_once(
        self, scene: Scene, workers: Workers, other: World, point: str
    ) -> None:
        dead = await workers.make(other)
        hold = scene.hold(point, only=1, world=other)
        [slot] = scene.due("demo")
        await dead.submit("demo", slot)
        await hold.reached()
        await workers.kill(dead)
        scene.outlast_lease()
        third = scene.world.elsewhere("third-process")
        try:
            heirs = [await workers.make(scene.world), await workers.make(third)]
            await asyncio.gather(*(heir.recover(1) for heir in heirs))
            await at_rest(*heirs)
        finally:
            third.store.close()
        scene.check("acted")
        assert [heir.free for heir in heirs] == [4, 4]
        assert scene.row().takeovers == 1

    async def test_one_runner_recovers_a_beat_once(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        dead, heir = await workers.make(other), await workers.make(scene.world)
        hold = scene.hold()
        [slot] = scene.due("demo")
        await dead.submit("demo", slot)
        await hold.reached()
        await workers.kill(dead)
        scene.outlast_lease()
        await asyncio.gather(*(heir.recover(1) for _ in range(3)))
        await hold.reached(2)
        await heir.recover(1)
        assert (heir.free, heir.in_flight) == (3, frozenset({1}))
        fence = scene.row().fence
        hold.let_go()
        await at_rest(heir)
        assert (heir.free, scene.row().fence, hold.came) == (4, fence, 2)
        scene.check("acted")

    async def test_beat_that_lives_elsewhere_is_left_alone(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        alive, runner = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold()
        [slot] = scene.due("demo")
        await alive.submit("demo", slot)
        await hold.reached()
        before = scene.row().model_dump()
        await runner.recover(1)
        await at_rest(runner)
        assert runner.free == 4
        assert scene.row().model_dump() == before
        hold.let_go()
        await at_rest(alive)
        scene.check("acted")
        assert len(scene.world.ollama.calls) == 1

    async def test_nothing_left_behind_is_nothing_to_recover(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        await runner.recover(999)
        await at_rest(runner)
        assert (runner.free, scene.rows()) == (4, [])
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await at_rest(runner)
        before = scene.row().model_dump()
        await runner.recover(1)
        await at_rest(runner)
        assert scene.row().model_dump() == before

    async def test_thread_removed_in_flight_leaves_nothing(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        hold = scene.hold()
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await hold.reached()
        scene.world.store.write(threads.remove, "demo", scene.world.clock())
        hold.let_go()
        await at_rest(runner)
        assert (runner.free, scene.rows(), scene.actions()) == (4, [], [])

    async def test_beat_that_kills_its_runners_is_given_up(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        worlds = [scene.world, other]
        hold = scene.hold()
        [slot] = scene.due("demo", every=3600)
        runner = await workers.make(scene.world)
        await runner.submit("demo", slot)
        for turn in range(3):
            await hold.reached(turn + 1)
            await workers.kill(runner)
            scene.outlast_lease()
            runner = await workers.make(worlds[(turn + 1) % 2])
            await runner.recover(1)
        await hold.reached(4)
        await workers.kill(runner)
        scene.outlast_lease()
        last = await workers.make(scene.world)
        await last.recover(1)
        await at_rest(last)
        scene.check("failed")
        row = scene.row()
        assert (row.reason, last.free, hold.came) == ("internal", 4, 4)
        assert "taken over 3 times" in row.summary


class Draining:
    """Beats come to rest between two nodes, in bounded time, and others go on with them at once."""

    async def test_idle_runner_drains_any_number_of_times(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        await runner.drain(30)
        await runner.drain(0)
        assert (runner.free, scene.rows()) == (4, [])

    async def test_beats_rest_between_two_nodes(self, scene: Scene, workers: Workers, other: World) -> None:
        runner, heir = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold()
        a, b = scene.due("a", "b", every=60)
        await runner.submit("a", a)
        await runner.submit("b", b)
        await hold.reached(2)
        draining = asyncio.create_task(runner.drain(PATIENCE))
        await asyncio.sleep(0)
        hold.let_go()
        await draining
        assert (runner.in_flight, runner.free) == (frozenset(), 4)
        assert [len(row.rounds) for row in scene.rows()] == [1, 1], "what was said is kept"
        assert scene.actions() == []
        assert scene.left_behind() == [1, 2]
        for beat_id in (1, 2):
            await heir.recover(beat_id)
        await at_rest(heir)
        scene.check("acted", "acted")
        assert hold.came == 2, "nobody was asked twice"

    @pytest.mark.parametrize("seconds", [0, SHORT])
    async def test_what_hangs_after_it_has_acted_is_cut_off(
        self, scene: Scene, workers: Workers, seconds: float
    ) -> None:
        runner = await workers.make(scene.world)
        hold = scene.hold("after:dispatch", only=1)
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await hold.reached()
        async with asyncio.timeout(seconds + PATIENCE / 2):
            await runner.drain(seconds)
        assert (runner.in_flight, runner.free, scene.left_behind()) == (frozenset(), 4, [])
        scene.check("acted")
        before = scene.row().model_dump()
        hold.let_go()
        await hold.all_passed()
        assert scene.row().model_dump() == before

    @pytest.mark.parametrize("point", ["model", "before:gather_context", "before:dispatch"])
    @pytest.mark.parametrize("seconds", [0, SHORT])
    async def test_what_hangs_is_cut_off(
        self, scene: Scene, workers: Workers, other: World, point: str, seconds: float
    ) -> None:
        runner, heir = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold(point, only=1)
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await hold.reached()
        async with asyncio.timeout(seconds + PATIENCE / 2):
            await runner.drain(seconds)
        assert (runner.in_flight, runner.free) == (frozenset(), 4)
        assert scene.left_behind() == [1]
        await heir.recover(1)
        await at_rest(heir)
        scene.check("acted")
        before = scene.row().model_dump()
        hold.let_go()
        await hold.all_passed()
        assert scene.row().model_dump() == before
        scene.check("acted")

    async def test_twice_at_once_and_again(self, scene: Scene, workers: Workers, other: World) -> None:
        runner, heir = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold("before:dispatch", only=1)
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await hold.reached()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(runner.drain(SHORT), runner.drain(0))
            await runner.drain(SHORT)
        await heir.recover(1)
        await at_rest(heir)
        row = scene.row().model_dump()
        await runner.drain(0)
        assert scene.row().model_dump() == row
        scene.check("acted")

    async def test_nothing_of_others_is_let_go(self, scene: Scene, workers: Workers, other: World) -> None:
        runner, drained = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold()
        [slot] = scene.due("demo")
        await runner.submit("demo", slot)
        await hold.reached()
        before = scene.row().model_dump()
        await drained.drain(0)
        assert scene.row().model_dump() == before
        hold.let_go()
        await at_rest(runner)
        scene.check("acted")

    async def test_beat_of_a_person_is_left_to_others_too(
        self, scene: Scene, workers: Workers, other: World
    ) -> None:
        runner, heir = await workers.make(scene.world), await workers.make(other)
        hold = scene.hold(only=1)
        scene.world.thread()
        asked = asyncio.create_task(runner.run_now("demo"))
        await hold.reached()
        await runner.drain(0)
        await asyncio.gather(asked, return_exceptions=True)
        assert scene.left_behind() == [1]
        await heir.recover(1)
        await at_rest(heir)
        scene.check("acted")


class Asking:
    """A beat that a person asks for runs at once."""

    async def test_needs_no_free_place(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world, places=1)
        hold = scene.hold(only=1)
        [slot] = scene.due("a")
        await runner.submit("a", slot)
        await hold.reached()
        assert runner.free == 0
        await runner.run_now("b")
        assert (runner.free, runner.in_flight) == (0, frozenset({1}))
        scene.check("running", "acted")
        hold.let_go()
        await at_rest(runner)
        assert runner.free == 1
        scene.check("acted", "acted")

    async def test_survives_whoever_asked(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        hold = scene.hold()
        asked = asyncio.create_task(runner.run_now("demo"))
        await hold.reached()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert asked.cancelled()
        scene.check("running")
        hold.let_go()
        await until(scene.settled)
        scene.check("acted")
        await runner.drain(PATIENCE)

    async def test_is_refused_while_a_slot_runs(self, scene: Scene, workers: Workers, other: World) -> None:
        pair = [await workers.make(scene.world), await workers.make(other)]
        hold = scene.hold()
        [slot] = scene.due("demo")
        await pair[0].submit("demo", slot)
        await hold.reached()
        for runner in pair:
            assert getattr(await runner.run_now("demo"), "gate", None) == "busy"
        scene.check("running")
        hold.let_go()
        await at_rest(*pair)
        scene.check("acted")

    async def test_two_at_once_are_one(self, scene: Scene, workers: Workers, other: World) -> None:
        pair = [await workers.make(scene.world), await workers.make(other)]
        hold = scene.hold()
        scene.world.thread()
        asked = [asyncio.create_task(runner.run_now("demo")) for runner in pair]
        await hold.reached()
        await until(lambda: any(task.done() for task in asked))
        hold.let_go()
        ends = await asyncio.gather(*asked)
        assert [getattr(end, "gate", None) for end in ends if hasattr(end, "gate")] == ["busy"]
        scene.check("acted")

    async def test_dry_run_does_nothing(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        await runner.run_now("demo", dry_run=True)
        scene.check("dry_run")

    async def test_silence_is_an_outcome(self, scene: Scene, workers: Workers) -> None:
        runner = await workers.make(scene.world)
        scene.world.ollama.answer = lambda _: Say(decision(action="none", reasoning="Quiet."))
        await runner.run_now("demo")
        scene.check("none")


class RunnerConformance(OneRow, Waking, Places, Failures, TakingOver, Draining, Asking):
    """The whole suite."""


def raise_at(point: str) -> Callable[[str], None]:
    """Return a probe that raises at a point."""

    def probe(here: str) -> None:
        if here == point:
            raise RuntimeError("broken")

    return probe
