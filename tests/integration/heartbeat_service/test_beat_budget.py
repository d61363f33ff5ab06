"""What a beat on the timer's path asks of the database and of threads is written down, and nobody adds to it unseen.

A statement more or less fails here: the message lists all, each with the lines that issued it. If it has to be,
change `benchmarks/budget.py`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from difflib import unified_diff
from typing import Any

import pytest

from benchmarks.budget import ACTED, NONE, UNCHANGED, Budget
from heartbeat.store import timer
from tests.support.counting import Counts, counting
from tests.support.ollama import Say, decision
from tests.support.plan_beats import follow, numbered
from tests.support.timer_beats import TimerBeats, timer_beats
from tests.support.world import INSTRUCTIONS, SUMMARIZE, World


def differences(counts: Counts, budget: Budget) -> str:
    """Return what is more or less than the budget; empty if nothing is."""
    lines = list(unified_diff(budget.statements, counts.shapes, "budget", "beat", lineterm="", n=1))
    for name, allowed in (("writing", budget.writing), ("reading", budget.reading), ("hops", budget.hops)):
        found = len(getattr(counts, name))
        if found != allowed:
            lines.append(f"{name}: {found}, budget: {allowed}")
    return "\n".join(lines)


async def counted(beats: TimerBeats, news: Callable[[], object]) -> Counts:
    """Return what the fifth beat asks for: what all beats share is read by then."""
    for _ in range(4):
        news()
        await beats.run()
    news()
    slot = beats.next_slot()
    with counting(beats.world.store.engine) as counts:
        await beats.run(slot)
    return counts


def check(counts: Counts, budget: Budget, world: World, end: str) -> None:
    row = world.history()[0]
    assert (row.reason or row.status) == end
    said = differences(counts, budget)
    assert not said, f"\n{said}\n\n{counts.told()}"


def arrange(world: World) -> None:
    world.thread(every=60, recheck_after=86_400)
    for number in range(3):
        world.comment(world.post(f"Post {number}"))


def news_of(world: World) -> Callable[[], object]:
    numbers = itertools.count()
    return lambda: [world.post(f"News {next(numbers)}") for _ in range(3)]


def nothing() -> None:
    """Nothing is new."""


@pytest.mark.one_question  # the shortest way to a silent beat
async def test_unchanged(world: World) -> None:
    arrange(world)
    world.ollama.answer = lambda _: Say(decision(action="none"))
    async with timer_beats(world) as beats:
        check(await counted(beats, nothing), UNCHANGED, world, "unchanged")


async def test_unchanged_by_the_plan(world: World) -> None:
    arrange(world)
    await asyncio.to_thread(_follow_summaries, world)
    async with timer_beats(world) as beats:
        check(await counted(beats, nothing), UNCHANGED, world, "unchanged")


@pytest.mark.one_question  # a model that is asked, and is silent
async def test_silent_by_the_model(world: World) -> None:
    arrange(world)
    world.ollama.answer = lambda _: Say(decision(action="none"))
    async with timer_beats(world) as beats:
        check(await counted(beats, news_of(world)), NONE, world, "none")


@pytest.mark.one_question  # one call decides
async def test_acted(world: World) -> None:
    arrange(world)
    numbers = itertools.count()

    def answer(_: dict[str, Any]) -> Say:
        return Say(decision(action="post", board="general", title="Title", content=f"Words {next(numbers)}"))

    world.ollama.answer = answer
    async with timer_beats(world) as beats:
        check(await counted(beats, news_of(world)), ACTED, world, "acted")


async def test_a_statement_more_is_named_with_its_place(world: World) -> None:
    arrange(world)
    with counting(world.store.engine) as counts:
        world.store.read(timer.state)
    assert "+SELECT timer" in differences(counts, UNCHANGED)
    assert "heartbeat/store/timer.py" in counts.told()


def _follow_summaries(world: World) -> None:
    numbered(world, follow(world, {}, text=INSTRUCTIONS))
    world.correct("3+ new posts", **SUMMARIZE)
