"""A serving process keeps the domain database bounded."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from heartbeat.feed import Item
from heartbeat.plan.verdict import Verdict
from heartbeat.store import timer, verdicts
from heartbeat.store.retention import Rows
from heartbeat.store.verdicts import Pair
from heartbeat.vocabulary import FeedKind
from heartbeat_service.compacting import compact
from heartbeat_service.row_pruner import RowPruner
from tests.support.world import World

BEATS = 12


def keeping(world: World, **kept: int) -> RowPruner:
    world.settings = world.settings.model_copy(update=kept)
    world.services = replace(world.services, settings=world.settings)
    return RowPruner(world.services, pause=0.0)


def beats(world: World, number: int = BEATS) -> None:
    for _ in range(number):
        world.clock.move(days=1)
        world.beat()


async def whole_pass(pruner: RowPruner) -> None:
    while await pruner.tick() != RowPruner.REST:
        pass


@pytest.fixture(autouse=True)
def _quiet(world: World) -> None:
    world.thread(recheck_after=0)


def test_compacting_deletes_them_at_once(world: World) -> None:
    keeping(world, beats_kept=2, beats_kept_days=5)
    beats(world)
    world.store.close()
    made = compact(world.settings, world.clock)
    left = [row.id for row in world.history()]
    assert made.rows[Rows.BEATS] == BEATS - len(left) > 0
    assert left[:5] == [12, 11, 10, 9, 8]


def test_compacting_deletes_nothing_by_age_where_the_clock_may_be_wrong(world: World) -> None:
    keeping(world, beats_kept=2, beats_kept_days=5)
    beats(world)
    last = world.clock()
    world.store.close()
    world.clock.move(days=365)
    made = compact(world.settings, world.clock)
    assert (made.silent_since, sum(made.rows.values())) == (last, 0)
    assert len(world.history()) == BEATS
    assert compact(world.settings, world.clock, trusts_clock=True).rows[Rows.BEATS] > 0


async def test_a_pass_begins_a_minute_after_the_process_and_rests_an_hour(world: World) -> None:
    pruner = keeping(world, beats_kept=2, beats_kept_days=5)
    assert await pruner.tick() == RowPruner.BEGIN
    assert await pruner.tick() in (pruner.pause, RowPruner.REST)
    await whole_pass(pruner)
    assert await pruner.tick() == pruner.pause


async def test_what_a_clock_calls_old_that_was_just_set_is_not_deleted(
    world: World,
) -> None:
    await asyncio.to_thread(beats, world)
    pruner = keeping(world, beats_kept=2, beats_kept_days=5)
    await pruner.tick()
    world.clock.move(days=365)
    assert await pruner.tick() == RowPruner.REST
    assert len(await asyncio.to_thread(world.history)) == BEATS
    await whole_pass(pruner)
    assert len(await asyncio.to_thread(world.history)) < BEATS


async def test_a_machine_that_sleeps_often_is_pruned(world: World) -> None:
    await asyncio.to_thread(beats, world)
    pruner = keeping(world, beats_kept=2, beats_kept_days=5)
    assert await pruner.tick() == RowPruner.BEGIN
    for _ in range(10):
        world.clock.move(minutes=50)
        await pruner.tick()
    assert len(await asyncio.to_thread(world.history)) < BEATS


@pytest.mark.parametrize("days", [365, 1.1])
async def test_a_clock_that_is_wrong_at_the_start_can_be_set_right(world: World, days: float) -> None:
    await asyncio.to_thread(beats, world)
    world.clock.move(days=days)
    pruner = keeping(world, beats_kept=2, beats_kept_days=5)
    await asyncio.to_thread(world.beat)
    await asyncio.to_thread(world.store.write, timer.tick, world.clock(), "this process")
    assert await pruner.tick() == RowPruner.REST
    assert len(await asyncio.to_thread(world.history)) == BEATS + 1
    await whole_pass(pruner)
    assert len(await asyncio.to_thread(world.history)) < BEATS


async def test_a_timer_that_ticked_lately_tells_that_the_clock_is_right(world: World) -> None:
    await asyncio.to_thread(beats, world)
    world.clock.move(days=30)
    await asyncio.to_thread(world.store.write, timer.tick, world.clock(), "the last process")
    world.clock.move(hours=23)
    assert await keeping(world, beats_kept=2).tick() == RowPruner.BEGIN


async def test_zero_keeps_all(world: World) -> None:
    await asyncio.to_thread(beats, world)
    for kept in ({"beats_kept": 0}, {"beats_kept_days": 0}):
        await whole_pass(keeping(world, **{"beats_kept": 2, "beats_kept_days": 5} | kept))
    assert len(await asyncio.to_thread(world.history)) == BEATS


async def test_deletes_verdicts_that_nobody_has_needed_for_a_month(world: World) -> None:
    about = Item(
        source="forum", kind=FeedKind.POST, id="1", position=1, author="bo", created_at=world.clock()
    )
    pair = Pair("Is it spam?", "c1")
    world.store.write(verdicts.put, pair, about, "with", Verdict(yes=True), world.clock())
    world.clock.move(days=31)
    await whole_pass(RowPruner(world.services, pause=0.0))
    assert world.store.read(verdicts.find, [pair], "with") == {}
