"""Wakes of a thread between its slots: what is pending, what claims it, and what the end of a beat leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as engine_event

from heartbeat.fetching import FetchedItem
from heartbeat.store import (
    Claim,
    Outcome,
    Refusal,
    approvals,
    beats,
    claims,
    due,
    inbox,
    slots,
    threads,
    timer,
    wakes,
    workspace,
)
from heartbeat.store.tables import Beat, Thread
from heartbeat.vocabulary import BeatStatus, FeedKind, Reason, Trigger
from tests.support.aligning import align
from tests.support.bringing import bring
from tests.support.claiming import claim_due
from tests.support.world import START, World

DENTIST = START + timedelta(hours=5)
CROSSING = DENTIST - timedelta(hours=2)


class Waking:
    """A thread that beats once a day, and a calendar that it looks at."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.thread(every=86_400)
        world.store.write(inbox.keep, {"days": False}, world.clock())

    def bring(self, *items: FetchedItem) -> None:
        bring(self.world, items, "days", whole=True)

    def thread(self) -> Thread:
        return self.world.store.read(threads.get, "demo")

    def woken_at(self) -> datetime | None:
        return self.thread().woken_at

    def at(self, instant: datetime) -> None:
        self.world.clock.now = instant

    def configure(self, **values: Any) -> None:
        self.world.store.write(threads.configure, "demo", values, self.world.clock())

    def claim(self) -> Claim | Refusal | None:
        store = self.world.store
        return store.write(claim_due, "demo", None, self.world.clock(), lease=store.lease)

    def begin(self) -> Claim:
        claim = self.claim()
        assert isinstance(claim, Claim), claim
        return claim

    def manual(self) -> Claim:
        claim = self.world.store.open_beat("demo", Trigger.MANUAL, None, self.world.clock(), supervised=True)
        assert isinstance(claim, Claim), claim
        return claim

    def end(self, claim: Claim, status: str = "none", reason: str | None = None, *, left: int = 0) -> None:
        outcome = Outcome(BeatStatus(status), f"It ended {status}.", Reason(reason) if reason else None)
        now = self.world.clock()
        self.world.store.write(beats.settle, claim, outcome, now, memory={"left": left})

    def rows(self) -> list[Beat]:
        return list(reversed(self.world.history()))

    def look(self) -> list[datetime | None]:
        return [each.slot for each in self.world.store.read(due.look, self.world.clock(), 10).due]


def event(name: str, due_at: datetime, **more: Any) -> FetchedItem:
    return FetchedItem(name, FeedKind.EVENT, START, title=name, due_at=due_at, **more)


@pytest.fixture
def waking(world: World) -> Waking:
    return Waking(world)


@pytest.fixture
def dentist(waking: Waking) -> Waking:
    """A thread whose calendar shows an appointment in five hours, which it has looked at."""
    waking.bring(event("Dentist", DENTIST))
    waking.end(waking.manual())
    return waking


def test_an_appointment_wakes_when_it_comes_due_and_once(dentist: Waking) -> None:
    assert dentist.woken_at() == CROSSING
    dentist.at(CROSSING - timedelta(seconds=1))
    assert (dentist.look(), dentist.claim()) == ([], None)
    dentist.at(CROSSING)
    assert dentist.look() == [None]
    claim = dentist.begin()
    row = dentist.rows()[-1]
    assert (row.trigger, row.slot, row.supervised) == (Trigger.WAKE, None, True)
    assert row.woken_by is not None
    assert [(each["reason"], each["item"], each["title"]) for each in row.woken_by] == [
        ("due", "days.event:1", "Dentist")
    ]
    assert dentist.look() == []
    dentist.end(claim, "acted")
    assert dentist.woken_at() is None
    for minutes in range(0, 300, 30):
        dentist.at(CROSSING + timedelta(minutes=minutes))
        assert dentist.look() == []


def test_what_is_fetched_late_wakes_at_once_and_a_change_again(waking: Waking) -> None:
    waking.end(waking.manual())
    waking.world.clock.move(hours=4)
    waking.bring(event("Dentist", DENTIST))
    assert waking.woken_at() == waking.world.clock()
    waking.end(waking.begin())
    waking.world.clock.move(minutes=5)
    waking.bring(event("Dentist", DENTIST))
    assert waking.woken_at() is None
    waking.bring(event("Dentist", DENTIST, content="Other room."))
    assert waking.woken_at() == waking.world.clock()


def test_a_thread_made_after_the_fetch_is_woken_too(dentist: Waking) -> None:
    dentist.world.thread("later", every=86_400)
    assert dentist.world.store.read(threads.get, "later").woken_at == CROSSING


def test_all_threads_are_planned_few_at_a_time(waking: Waking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakes, "_BITE", 2)
    others = [waking.world.thread(f"t{number}", every=86_400) for number in range(4)]
    held: list[int] = []

    @engine_event.listens_for(waking.world.store.engine, "before_cursor_execute")
    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("SELECT") and "FROM thread" in statement and "thread.overrides" in statement:
            held.append(parameters[-2] if "LIMIT" in statement else -1)

    waking.bring(event("Dentist", DENTIST))
    assert held[-3:] == [2, 2, 2]
    assert -1 not in held
    found = [waking.world.store.read(threads.get, name).woken_at for name in ("demo", *others)]
    assert found == [CROSSING] * 5


@pytest.mark.parametrize(
    ("status", "reason"),
    [("failed", "model_error"), ("skipped", "model_unreachable"), ("skipped", "target_down")],
)
def test_a_wake_that_failed_is_tried_again_on_the_ladder(dentist: Waking, status: str, reason: str) -> None:
    dentist.at(CROSSING)
    waits = []
    for _ in range(6):
        dentist.end(dentist.begin(), status, reason)
        now = dentist.world.clock()
        again = dentist.woken_at()
        assert again is not None
        waits.append((again - now).total_seconds())
        # Other looks do not bring it forward.
        dentist.bring(event("Dentist", DENTIST), event(f"Party {now}", DENTIST + timedelta(days=3)))
        assert dentist.woken_at() == now + timedelta(seconds=waits[-1])
        dentist.at(again)
    assert waits == [30, 60, 300, 900, 3600, 3600]
    # By then it is over.
    dentist.at(DENTIST + timedelta(seconds=1))
    assert dentist.claim() is None
    assert dentist.thread().paused_reason is None


def test_a_scheduled_beat_that_failed_leaves_the_wake(dentist: Waking) -> None:
    dentist.at(CROSSING + timedelta(seconds=5))
    dentist.end(dentist.manual(), "failed", "model_error")
    assert dentist.woken_at() == CROSSING + timedelta(seconds=35)
    dentist.at(CROSSING + timedelta(seconds=60))
    dentist.end(dentist.begin(), "skipped", "unchanged")
    assert (dentist.woken_at(), dentist.thread().wake_tries) == (None, 0)


def test_a_wake_that_is_refused_leaves_no_row(dentist: Waking) -> None:
    dentist.at(CROSSING - timedelta(seconds=10))
    claim = dentist.manual()
    dentist.at(CROSSING)
    refused = dentist.claim()
    assert isinstance(refused, Refusal)
    assert (refused.gate, refused.beat_id) == (Reason.BUSY, None)
    assert dentist.woken_at() == CROSSING + timedelta(seconds=5)
    dentist.end(claim)
    # That beat began before it came due.
    refused = dentist.claim()
    assert isinstance(refused, Refusal)
    assert refused.gate == Reason.COOLDOWN
    assert dentist.woken_at() == CROSSING + timedelta(seconds=20)
    assert len(dentist.rows()) == 2
    dentist.at(CROSSING + timedelta(seconds=20))
    dentist.begin()


def test_quiet_hours_move_it_to_their_end(dentist: Waking) -> None:
    opens = CROSSING + timedelta(hours=1)
    hours = {"start": f"{opens:%H:%M}", "end": "23:00"}
    dentist.configure(every=3_600, active_hours=hours, timezone="UTC")
    dentist.at(CROSSING)
    assert isinstance(dentist.claim(), Refusal)
    assert dentist.woken_at() == opens
    dentist.at(opens)
    dentist.begin()


@pytest.mark.parametrize("how", ["pause", "disable", "defaults", "source"])
def test_it_is_dropped_with_what_stops_it_and_comes_back(dentist: Waking, how: str) -> None:
    store, now = dentist.world.store, dentist.world.clock
    stop: dict[str, Callable[[], object]] = {
        "pause": lambda: store.write(threads.pause, "demo", "Holiday.", now()),
        "disable": lambda: dentist.configure(enabled=False),
        "defaults": lambda: store.write(workspace.set_defaults, {"sources": ["forum"]}, now()),
        "source": lambda: dentist.configure(sources=["forum"]),
    }
    go_on: dict[str, Callable[[], object]] = {
        "pause": lambda: store.write(threads.resume, "demo", now()),
        "disable": lambda: dentist.configure(enabled=True),
        "defaults": lambda: store.write(workspace.set_defaults, {}, now()),
        "source": lambda: dentist.configure(sources=["default"]),
    }
    stop[how]()
    assert dentist.woken_at() is None
    dentist.at(CROSSING + timedelta(minutes=5))
    dentist.bring(event("Dentist", DENTIST), event("Party", DENTIST))
    assert dentist.woken_at() is None
    go_on[how]()
    assert dentist.woken_at() == dentist.world.clock()
    dentist.begin()


def test_what_a_beat_by_hand_has_looked_at_does_not_wake_when_the_thread_is_enabled(waking: Waking) -> None:
    waking.configure(enabled=False)
    waking.bring(event("Dentist", DENTIST))
    waking.at(CROSSING)
    waking.end(waking.manual())
    waking.configure(enabled=True)
    assert waking.woken_at() is None


def test_done_and_snoozed_items_wake_nobody_until_they_are_back(dentist: Waking) -> None:
    store, now = dentist.world.store, dentist.world.clock
    store.write(inbox.done, 1, now())
    dentist.at(CROSSING)
    assert dentist.claim() is None
    assert dentist.woken_at() is None
    store.write(inbox.undone, 1, now())
    assert dentist.woken_at() == now()
    store.write(inbox.snooze, 1, now() + timedelta(minutes=30), now())
    assert dentist.claim() is None
    dentist.world.clock.move(minutes=30)
    store.write(inbox.end_snoozes, now())
    assert dentist.woken_at() == now()
    dentist.begin()


def test_the_slot_goes_first_and_settles_the_wake(dentist: Waking) -> None:
    store = dentist.world.store
    slot = dentist.thread().next_due
    assert slot is not None
    dentist.bring(event("Later", slot + timedelta(minutes=150)))
    dentist.at(slot + timedelta(minutes=45))
    assert dentist.look() == [slot]
    assert dentist.claim() is None
    claim = store.write(claim_due, "demo", slot, dentist.world.clock(), lease=store.lease)
    assert isinstance(claim, Claim)
    dentist.end(claim)
    assert (dentist.woken_at(), dentist.look()) == (None, [])


def test_what_waits_for_approval_counts_as_done(dentist: Waking) -> None:
    store = dentist.world.store
    dentist.at(CROSSING)
    claim = dentist.begin()
    until, draft = CROSSING + timedelta(hours=1), {"kind": "tell", "target": "phone", "text": "Dentist."}
    store.write(
        approvals.ask, claim, draft, CROSSING, expires_at=until, summary="Waits.", memory={}, in_place=False
    )
    assert dentist.woken_at() is None
    dentist.bring(event("Dentist", DENTIST), event("Party", DENTIST + timedelta(days=3)))
    assert dentist.woken_at() == DENTIST + timedelta(days=3) - timedelta(hours=2)
    # Nobody answers; it was proposed, and does not wake again.
    dentist.at(until)
    store.write(approvals.expire, until)
    assert dentist.look() == []


def test_what_was_left_behind_is_followed_up_at_most_ten_times(world: World) -> None:
    waking = Waking(world)
    waking.end(waking.manual(), "acted", left=5)
    for number in range(10):
        assert waking.woken_at() == world.clock(), number
        refused = waking.claim()
        assert isinstance(refused, Refusal)
        assert refused.gate == Reason.COOLDOWN
        world.clock.move(seconds=30)
        waking.end(waking.begin(), "acted", left=5)
    assert (waking.woken_at(), len(waking.rows())) == (None, 11)
    assert [each.woken_by and each.woken_by[0]["reason"] for each in waking.rows()[:2]] == [None, "follow_up"]
    # A beat of another cause counts anew.
    world.clock.move(minutes=2)
    waking.end(waking.manual(), "none", left=1)
    world.clock.move(seconds=30)
    waking.end(waking.begin(), "none", left=0)
    assert waking.woken_at() is None


@pytest.mark.parametrize("status", ["failed", "skipped", "dry_run"])
def test_only_a_beat_that_has_looked_is_followed_up(world: World, status: str) -> None:
    waking = Waking(world)
    reason = {"failed": "model_error", "skipped": "unchanged", "dry_run": None}[status]
    waking.end(waking.manual(), status, reason, left=5)
    assert waking.woken_at() is None


def test_a_thread_that_is_off_is_not_followed_up(world: World) -> None:
    waking = Waking(world)
    waking.configure(enabled=False)
    waking.end(waking.manual(), "acted", left=5)
    assert waking.woken_at() is None


def test_no_wake_is_claimed_while_the_timer_is_stopped(dentist: Waking) -> None:
    dentist.at(CROSSING)
    dentist.world.store.write(timer.switch, False, dentist.world.clock())
    assert (dentist.look(), dentist.claim()) == ([], None)


def test_a_clock_that_is_set_back_loses_nothing(dentist: Waking) -> None:
    dentist.at(CROSSING + timedelta(days=3))
    dentist.end(dentist.manual())
    dentist.at(CROSSING - timedelta(hours=1))
    align(dentist.world.store, dentist.world.clock())
    assert dentist.woken_at() == CROSSING


def test_a_killed_process_leaves_one_beat_to_take_over(dentist: Waking) -> None:
    dentist.at(CROSSING)
    dentist.begin()
    assert dentist.look() == []
    dentist.world.clock.move(minutes=10)
    store, now = dentist.world.store, dentist.world.clock()
    [left] = store.read(due.look, now, 10).left_behind
    dentist.end(store.write(claims.take_over, left, store.lease, now))
    assert (dentist.woken_at(), len(dentist.rows())) == (None, 2)


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(str(given[2]))

    engine_event.listen(world.store.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        engine_event.remove(world.store.engine, "before_cursor_execute", note)


def _threads(world: World, names: Iterable[str]) -> None:
    for name in names:
        world.thread(name, every=86_400)


def test_a_look_of_the_timer_takes_two_statements_however_many_threads_there_are(world: World) -> None:
    _threads(world, (f"t{number}" for number in range(20)))
    with counted(world) as statements:
        world.store.read(due.look, world.clock(), 4)
    assert len([each for each in statements if each.startswith("SELECT")]) == 2


def test_the_end_of_a_beat_reads_nothing_more_where_there_is_no_connection(world: World) -> None:
    world.thread()
    claim = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
    assert isinstance(claim, Claim)
    with counted(world) as statements:
        done = Outcome(BeatStatus.NONE, "Nothing to do.")
        world.store.write(beats.settle, claim, done, world.clock(), memory={"left": 0})
    assert not [each for each in statements if "connectionlook" in each or "workspace" in each]
    assert not [each for each in statements if each.startswith("UPDATE thread")]
    assert world.store.read(slots.next_retry, "demo") == (None, None)


def test_a_look_that_brings_an_event_reads_the_inbox_as_often_however_many_threads_see_it(
    waking: Waking, world: World
) -> None:
    def reads(name: str) -> int:
        with counted(world) as statements:
            waking.bring(event(name, DENTIST))
        return sum(each.startswith("SELECT") and "FROM inboxitem" in each for each in statements)

    reads("dentist")  # the first look also notes the connection
    one = reads("barber")
    _threads(world, (f"t{number}" for number in range(20)))
    assert reads("tailor") == one
