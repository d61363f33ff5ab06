"""A workspace with threads that are due, and what must be true of it whoever runs its beats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlmodel import col, select

from heartbeat.fetching import FetchedItem
from heartbeat.store import beats, threads, unsettled
from heartbeat.store.tables import Action, Beat, Post, Thread
from heartbeat.vocabulary import FeedKind
from tests.support.bringing import bring
from tests.support.holds import Hold
from tests.support.ollama import Say, decision
from tests.support.world import World

LEASE = 30.0


def a_post() -> Callable[[], str]:
    """Return a voice that never says the same twice."""
    numbers = count(1)

    def say() -> str:
        number = next(numbers)
        return decision(
            action="post",
            board="general",
            title=f"Post {number}",
            content=f"Text {number}.",
            reasoning="New.",
            note=f"{number}",
        )

    return say


@dataclass
class Scene:
    """One database, its clock, and what runs left on it."""

    world: World
    say: Callable[[], str] = field(default_factory=a_post)
    holds: list[Hold] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.ollama.answer = lambda _: Say(self.say())

    def hold(self, point: str = "model", *, only: int = 1_000, world: World | None = None) -> Hold:
        """Hold beats of one world at a point, or all of them at the model."""
        hold = Hold(only)
        self.holds.append(hold)
        if point == "model":
            self.world.ollama.answer = hold.model(self.say)
        else:
            (world or self.world).probe = hold.at(point)
        return hold

    def let_all_go(self) -> None:
        for hold in self.holds:
            hold.let_go()

    def due(self, *thread_ids: str, **config: Any) -> list[datetime]:
        """Make threads, and move the clock to where each has its first slot due; return those slots."""
        for thread_id in thread_ids:
            self.world.thread(thread_id, **{"every": 600, "recheck_after": 0, **config})
        slots = [self.next_slot(thread_id) for thread_id in thread_ids]
        self.world.clock.now = max(self.world.clock.now, *slots)
        return slots

    def next_slot(self, thread_id: str = "demo") -> datetime:
        slot = self.world.store.read(threads.get, thread_id).next_due
        assert slot is not None
        return slot

    def woken(self, thread_id: str) -> None:
        """Make a thread, if there is none, and let an appointment in an hour wake it."""
        world = self.world
        if world.store.read(lambda session: session.get(Thread, thread_id)) is None:
            world.thread(thread_id, every=86_400, recheck_after=0)
        bring(
            world,
            [
                FetchedItem(
                    "dentist", FeedKind.EVENT, world.clock(), due_at=world.clock() + timedelta(hours=1)
                )
            ],
        )
        assert self.woken_at(thread_id) == world.clock()

    def woken_at(self, thread_id: str = "demo") -> datetime | None:
        return self.world.store.read(threads.get, thread_id).woken_at

    def waiting(self, thread_id: str = "demo") -> str | None:
        """The gate at which the thread's slot waits."""
        return self.world.store.read(threads.get, thread_id).waiting

    def rows(self) -> list[Beat]:
        return list(
            self.world.store.read(lambda session: session.exec(select(Beat).order_by(col(Beat.id))).all())
        )

    def row(self) -> Beat:
        [row] = self.rows()
        return row

    def actions(self) -> list[Action]:
        return list(self.world.store.read(lambda session: session.exec(select(Action)).all()))

    def posts(self) -> list[Post]:
        return list(self.world.store.read(lambda session: session.exec(select(Post)).all()))

    def left_behind(self) -> list[int]:
        return self.world.store.read(unsettled.left_behind, self.world.clock())

    def outlast_lease(self) -> None:
        self.world.clock.now += timedelta(seconds=LEASE + 1)

    def settled(self, *beat_ids: int) -> bool:
        """Whether these beats, or all there are, have their outcome."""
        rows = [row for row in self.rows() if row.id in beat_ids or not beat_ids]
        return all(beats.is_settled(row) for row in rows)

    def check_running(self, *, acted: bool) -> None:
        """One beat that is not settled, and whether it has acted already."""
        assert self.row().status == "running"
        assert len(self.actions()) == len(self.posts()) == int(acted)

    def check(self, *statuses: str) -> None:
        """Every slot in one row, every action once, and these outcomes in the order of their rows."""
        rows, actions, posts = self.rows(), self.actions(), self.posts()
        assert [row.status for row in rows] == list(statuses), [row.summary for row in rows]
        slots = Counter((row.thread_id, row.slot) for row in rows if row.slot is not None)
        assert set(slots.values()) <= {1}
        assert all(row.lease_owner is None for row in rows if beats.is_settled(row))
        by_beat = Counter(action.beat_id for action in actions)
        assert set(by_beat.values()) <= {1}
        assert {row.id for row in rows if row.status == "acted"} <= set(by_beat)
        receipts = [(action.receipt or {})["post_id"] for action in actions]
        assert sorted(receipts) == sorted(post.id or 0 for post in posts)
        assert len({post.content for post in posts}) == len(posts)
