"""Slots in the store: claimed once, caught up, waited for, tried again, moved by edits, never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from heartbeat.draft import Draft
from heartbeat.errors import FenceLostError
from heartbeat.schedule import next_due
from heartbeat.store import (
    Claim,
    Lease,
    Outcome,
    Refusal,
    actions,
    alignment,
    beats,
    due,
    slots,
    threads,
    timer,
    workspace,
)
from heartbeat.store.tables import Beat, Thread
from heartbeat.vocabulary import ActionStatus, BeatStatus, Reason, Trigger
from tests.support.aligning import align
from tests.support.claiming import claim_due
from tests.support.world import World

MINUTE = timedelta(minutes=1)


class Schedule:
    """One thread of a world, and what the timer would do with it."""

    def __init__(self, world: World, **config: Any) -> None:
        self.world = world
        world.thread(every=config.pop("every", 600), **config)

    @property
    def thread(self) -> Thread:
        return self.world.store.read(threads.get, "demo")

    @property
    def slot(self) -> datetime:
        slot = self.thread.next_due
        assert slot is not None
        return slot

    @property
    def rows(self) -> list[Beat]:
        return list(reversed(self.world.history()))

    def at(self, instant: datetime) -> None:
        self.world.clock.now = instant

    def claim(self, slot: datetime | None = None, lease: Lease | None = None) -> Claim | Refusal | None:
        store, now = self.world.store, self.world.clock()
        return store.write(claim_due, "demo", slot or self.slot, now, lease=lease or store.lease)

    def begin(self) -> Claim:
        claim = self.claim()
        assert isinstance(claim, Claim)
        return claim

    def end(self, claim: Claim, status: str = "none", reason: str | None = None) -> None:
        outcome = Outcome(BeatStatus(status), f"It ended {status}.", Reason(reason) if reason else None)
        self.world.store.write(beats.settle, claim, outcome, self.world.clock())

    def fail_once(self) -> None:
        self.at(self.slot)
        self.end(self.begin(), "failed", "model_error")

    def look(self) -> list[datetime]:
        found = self.world.store.read(due.look, self.world.clock(), 10)
        return [each.slot for each in found.due if each.slot is not None]


@pytest.fixture
def demo(world: World) -> Schedule:
    return Schedule(world)


def covered(rows: list[Beat]) -> list[tuple[str, int]]:
    return [(row.status, row.missed) for row in rows]


def test_new_thread_is_due_at_its_first_slot(demo: Schedule, world: World) -> None:
    plan = slots.plan_of("demo", world.store.read(lambda session: threads.config(session, demo.thread)))
    assert demo.slot == next_due(plan, world.clock()) == demo.thread.wake_at
    assert demo.look() == []
    demo.at(demo.slot)
    assert demo.look() == [demo.slot]


def test_claim_advances_and_is_made_once(demo: Schedule) -> None:
    slot = demo.slot
    demo.at(slot)
    assert isinstance(demo.claim(), Claim)
    assert demo.claim(slot) is None
    assert demo.slot == slot + 10 * MINUTE
    assert [row.slot for row in demo.rows] == [slot]


def test_nothing_is_claimed_early_or_without_the_right_slot(demo: Schedule) -> None:
    slot = demo.slot
    demo.at(slot - timedelta(seconds=1))
    assert demo.claim() is None
    demo.at(slot)
    assert demo.claim(slot + MINUTE) is None
    assert demo.rows == []


def test_latest_catches_up_with_one_beat(demo: Schedule) -> None:
    first = demo.slot
    demo.at(first + 60 * MINUTE)
    demo.begin()
    assert covered(demo.rows) == [("missed", 6), ("running", 0)]
    missed, beat = demo.rows
    assert (missed.slot, missed.last_slot) == (first, first + 50 * MINUTE)
    assert beat.slot == first + 60 * MINUTE
    assert demo.slot == first + 70 * MINUTE


def test_skip_runs_nothing_late(world: World) -> None:
    demo = Schedule(world, missed="skip")
    first = demo.slot
    demo.at(first + 62 * MINUTE)
    assert demo.claim() is None
    assert covered(demo.rows) == [("missed", 7)]
    assert demo.slot == first + 70 * MINUTE
    demo.at(demo.slot + timedelta(seconds=60))
    assert isinstance(demo.claim(), Claim)


def test_catch_up_outside_the_window_is_quiet(world: World) -> None:
    demo = Schedule(world, active_hours={"start": "12:00", "end": "13:00"})
    last = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)
    demo.at(last)
    refusal = demo.claim()
    assert isinstance(refusal, Refusal)
    assert refusal.gate == Reason.QUIET_HOURS
    assert [row.status for row in demo.rows] == ["missed", "skipped"]
    assert demo.slot >= datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


class TestWaiting:
    def test_slot_waits_while_a_beat_runs_and_comes_when_it_ends(self, demo: Schedule, world: World) -> None:
        manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
        assert isinstance(manual, Claim)
        slot = demo.slot
        demo.at(slot)
        refusal = demo.claim()
        assert isinstance(refusal, Refusal)
        assert refusal.gate == Reason.BUSY
        assert (demo.thread.waiting, demo.slot) == ("busy", slot)
        assert demo.look() == []
        world.clock.move(seconds=2)
        demo.end(manual)
        assert demo.look() == [slot]
        assert isinstance(demo.claim(), Claim)
        assert demo.thread.waiting is None

    def test_next_slot_ends_the_wait(self, world: World) -> None:
        demo = Schedule(world, every=60)
        manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
        assert isinstance(manual, Claim)
        first = demo.slot
        for at in (first, first + MINUTE, first + 2 * MINUTE):
            demo.at(at)
            assert isinstance(demo.claim(), Refusal)
        assert [(row.slot, row.status, row.reason) for row in demo.rows[1:]] == [
            (first, "skipped", "busy"),
            (first + MINUTE, "skipped", "busy"),
        ]
        demo.end(manual)
        assert demo.begin()
        assert demo.rows[-1].slot == first + 2 * MINUTE

    def test_cooldown(self, demo: Schedule, world: World) -> None:
        slot = demo.slot
        demo.at(slot - timedelta(seconds=10))
        manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
        assert isinstance(manual, Claim)
        demo.end(manual)
        demo.at(slot)
        refusal = demo.claim()
        assert isinstance(refusal, Refusal)
        assert refusal.gate == demo.thread.waiting == Reason.COOLDOWN
        assert demo.thread.wake_at == slot + timedelta(seconds=20)
        demo.at(slot + timedelta(seconds=19))
        assert demo.claim() is None
        demo.at(slot + timedelta(seconds=20))
        assert isinstance(demo.claim(), Claim)

    def test_flood(self, demo: Schedule, world: World) -> None:
        """The first of five starts is to be 60 s ago, and the last 30 s."""
        slot = demo.slot
        for seconds in (59, 50, 45, 44, 43, 42):
            demo.at(slot - timedelta(seconds=seconds))
            manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
            if isinstance(manual, Claim):
                demo.end(manual)
        demo.at(slot)
        assert isinstance(demo.claim(), Refusal)
        assert demo.thread.wake_at == slot + timedelta(seconds=1)
        demo.at(slot + timedelta(seconds=1))
        assert isinstance(demo.claim(), Claim)

    def test_wait_that_outlived_its_process(self, world: World) -> None:
        """The slot that stood at admission is skipped, those nobody saw are missed."""
        demo = Schedule(world, every=60)
        manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
        assert isinstance(manual, Claim)
        first = demo.slot
        demo.at(first)
        demo.claim()
        demo.end(manual)
        demo.at(first + 5 * MINUTE)
        demo.begin()
        assert [(row.status, row.reason, row.missed) for row in demo.rows[1:]] == [
            ("skipped", "busy", 0),
            ("missed", None, 4),
            ("running", None, 0),
        ]

    def test_a_waiting_slot_is_not_late(self, world: World) -> None:
        demo = Schedule(world, missed="skip")
        slot = demo.slot
        manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
        assert isinstance(manual, Claim)
        demo.at(slot)
        demo.claim()
        demo.at(slot + 3 * MINUTE)
        demo.end(manual)
        assert isinstance(demo.claim(), Claim)


class TestLadder:
    @pytest.mark.parametrize(("status", "reason"), [("failed", "deadline"), ("skipped", "model_unreachable")])
    def test_tried_again_on_the_same_row(self, demo: Schedule, status: str, reason: str) -> None:
        slot = demo.slot
        demo.at(slot)
        claim = demo.begin()
        for wait in (30, 60, 300):
            demo.end(claim, status, reason)
            began = demo.world.clock()
            demo.at(began + timedelta(seconds=wait - 1))
            assert demo.look() == []
            demo.at(began + timedelta(seconds=wait))
            assert demo.look() == [slot]
            again = demo.claim(slot)
            assert isinstance(again, Claim)
            assert demo.look() == []
            [row] = demo.rows
            assert row.attempts[-1] == {"at": began.isoformat(), "status": status, "reason": reason}
            assert (row.status, row.reason, row.finished_at, row.rounds) == ("running", None, None, [])
            claim = again

    def test_next_slot_comes_first(self, world: World) -> None:
        demo = Schedule(world, every=60)
        first = demo.slot
        demo.at(first + timedelta(seconds=40))
        demo.end(demo.begin(), "failed", "model_error")
        assert demo.rows[0].retry_at is None
        demo.at(first + MINUTE + timedelta(seconds=20))
        demo.begin()
        assert [row.status for row in demo.rows] == ["failed", "running"]

    def test_next_slot_ends_a_retry_that_nobody_began(self, demo: Schedule) -> None:
        demo.fail_once()
        demo.at(demo.slot)
        demo.begin()
        assert [row.retry_at for row in demo.rows] == [None, None]

    @pytest.mark.parametrize(
        ("status", "reason"),
        [("skipped", "unchanged"), ("none", None), ("acted", None), ("skipped", "budget_exhausted")],
    )
    def test_other_outcomes_are_final(self, demo: Schedule, status: str, reason: str | None) -> None:
        demo.at(demo.slot)
        demo.end(demo.begin(), status, reason)
        assert demo.rows[0].retry_at is None

    def test_manual_beats_are_not_tried_again(self, demo: Schedule, world: World) -> None:
        manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
        assert isinstance(manual, Claim)
        demo.end(manual, "failed", "model_error")
        assert demo.rows[0].retry_at is None

    def test_what_acted_is_not_tried_again(self, demo: Schedule, world: World) -> None:
        demo.at(demo.slot)
        claim = demo.begin()
        draft = Draft(kind="post", board="general", title="Once", content="Words")
        world.store.write(
            actions.perform,
            claim,
            draft,
            target="forum",
            apply=lambda *_: {},
            status=ActionStatus.SENT,
            now=world.clock(),
        )
        demo.end(claim, "failed", "database")
        assert demo.rows[0].retry_at is None

    def test_the_run_of_the_first_try_cannot_write(self, demo: Schedule) -> None:
        demo.at(demo.slot)
        slot, stale = demo.slot, demo.begin()
        demo.end(stale, "failed", "deadline")
        demo.world.clock.move(seconds=30)
        assert isinstance(demo.claim(slot), Claim)
        with pytest.raises(FenceLostError):
            demo.end(stale, "acted")

    def test_retry_waits_for_a_manual_beat(self, demo: Schedule, world: World) -> None:
        slot = demo.slot
        demo.fail_once()
        world.clock.move(seconds=29)
        manual = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
        assert isinstance(manual, Claim)
        world.clock.move(seconds=1)
        refusal = demo.claim(slot)
        assert isinstance(refusal, Refusal)
        assert refusal.gate == Reason.BUSY
        world.clock.move(seconds=40)
        demo.end(manual)
        assert isinstance(demo.claim(slot), Claim)

    def test_pausing_ends_it(self, demo: Schedule, world: World) -> None:
        demo.fail_once()
        world.store.write(threads.pause, "demo", "holiday", world.clock())
        assert demo.thread.wake_at is None
        assert demo.rows[0].retry_at is None


class TestFailures:
    def fail_slots(self, demo: Schedule, number: int) -> None:
        for _ in range(number):
            demo.fail_once()

    def test_ten_in_a_row_pause(self, demo: Schedule) -> None:
        self.fail_slots(demo, 10)
        assert demo.slot
        demo.at(demo.slot)
        assert demo.claim() is None
        assert demo.thread.paused_reason == "10 slots in a row failed; the last: It ended failed."
        assert (demo.thread.next_due, demo.thread.wake_at) == (None, None)
        assert demo.rows[-1].status == "missed"

    def test_at_once_where_no_try_is_left(self, world: World) -> None:
        demo = Schedule(world, every=60)
        for _ in range(10):
            demo.at(demo.slot + timedelta(seconds=35))
            demo.end(demo.begin(), "failed", "model_error")
        assert demo.thread.paused_reason is not None

    def test_what_is_wrong_with_the_disk_pauses_nobody(self, world: World) -> None:
        demo = Schedule(world, every=60)
        for _ in range(12):
            demo.at(demo.slot + timedelta(seconds=35))
            demo.end(demo.begin(), "failed", "database")
        assert demo.thread.paused_reason is None

    def test_another_outcome_breaks_the_row(self, demo: Schedule) -> None:
        self.fail_slots(demo, 9)
        demo.at(demo.slot)
        demo.end(demo.begin(), "none")
        self.fail_slots(demo, 9)
        demo.at(demo.slot)
        demo.begin()
        assert demo.thread.paused_reason is None

    def test_resume_starts_counting_anew(self, demo: Schedule, world: World) -> None:
        self.fail_slots(demo, 10)
        demo.at(demo.slot)
        demo.claim()
        world.clock.move(minutes=30)
        world.store.write(threads.resume, "demo", world.clock())
        assert demo.slot > world.clock()
        self.fail_slots(demo, 9)
        demo.at(demo.slot)
        assert isinstance(demo.claim(), Claim)


class TestEdits:
    def test_unrelated_edit_moves_nothing(self, demo: Schedule, world: World) -> None:
        slot = demo.slot
        demo.at(slot + 3 * MINUTE)
        world.configure(temperature=0.1, timezone="UTC", every=600)
        assert demo.slot == slot

    def test_edit_moves_the_slot_and_loses_none(self, demo: Schedule, world: World) -> None:
        first = demo.slot
        demo.at(first + 25 * MINUTE)
        world.configure(every="1h")
        assert covered(demo.rows) == [("missed", 3)]
        assert (demo.rows[0].slot, demo.rows[0].last_slot) == (first, first + 20 * MINUTE)
        assert demo.slot > world.clock()

    def test_workspace_defaults_move_threads_that_follow_them(self, world: World) -> None:
        for thread_id in ("own", "follows"):
            world.thread(thread_id, **({"every": 600} if thread_id == "own" else {}))
        before = {row.id: row.next_due for row in world.store.read(threads.every)}
        world.store.write(workspace.set_defaults, {"every": 60}, world.clock())
        after = {row.id: row.next_due for row in world.store.read(threads.every)}
        assert after["own"] == before["own"]
        assert after["follows"] is not None
        assert after["follows"] - world.clock() <= MINUTE

    @pytest.mark.parametrize("how", ["disabled", "paused"])
    def test_off_means_no_rows(self, demo: Schedule, world: World, how: str) -> None:
        first = demo.slot
        if how == "disabled":
            world.configure(enabled=False)
        else:
            world.store.write(threads.pause, "demo", "holiday", world.clock())
        assert (demo.thread.next_due, demo.thread.wake_at) == (None, None)
        demo.at(first + 600 * MINUTE)
        assert demo.look() == []
        if how == "disabled":
            world.configure(enabled=True)
        else:
            world.store.write(threads.resume, "demo", world.clock())
        assert demo.rows == []
        assert demo.slot > world.clock()

    def test_pause_accounts_for_what_was_due(self, demo: Schedule, world: World) -> None:
        demo.at(demo.slot + 15 * MINUTE)
        world.store.write(threads.pause, "demo", "holiday", world.clock())
        assert covered(demo.rows) == [("missed", 2)]

    def test_resume_of_a_thread_that_is_not_paused_changes_nothing(
        self, demo: Schedule, world: World
    ) -> None:
        slot = demo.slot
        demo.at(slot + 15 * MINUTE)
        world.store.write(threads.resume, "demo", world.clock())
        assert demo.slot == slot
        assert demo.rows == []

    def test_disabled_thread_has_no_slot_from_the_start(self, world: World) -> None:
        world.thread(enabled=False)
        assert world.store.read(threads.get, "demo").next_due is None


class TestClock:
    def realign(self, world: World) -> None:
        align(world.store, world.clock())

    def test_clock_set_back_brings_the_slot_nearer(self, demo: Schedule, world: World) -> None:
        start = world.clock()
        demo.at(start + timedelta(days=1))
        demo.begin()
        demo.at(start)
        self.realign(world)
        assert demo.slot - start <= 10 * MINUTE

    def test_slots_that_are_in_the_future_again_are_not_missed(self, demo: Schedule, world: World) -> None:
        first = demo.slot
        demo.at(first + 60 * MINUTE)
        demo.begin()
        demo.at(first + 25 * MINUTE)
        self.realign(world)
        missed, _ = demo.rows
        assert (missed.last_slot, missed.missed) == (first + 20 * MINUTE, 3)
        assert demo.slot == first + 30 * MINUTE
        demo.at(first - MINUTE)
        self.realign(world)
        assert [row.status for row in demo.rows] == ["running"]

    def test_never_onto_a_slot_that_has_a_row(self, demo: Schedule, world: World) -> None:
        first = demo.slot
        demo.at(first)
        demo.end(demo.begin())
        demo.at(first - MINUTE)
        self.realign(world)
        assert demo.slot == first + 10 * MINUTE

    def test_overdue_slot_stays(self, demo: Schedule, world: World) -> None:
        first = demo.slot
        demo.at(first + 25 * MINUTE)
        self.realign(world)
        assert demo.slot == first

    def test_database_of_an_older_version_is_planned(self, demo: Schedule, world: World) -> None:
        slot = demo.slot

        def forget(session: Session) -> None:
            session.connection().execute(text("UPDATE thread SET next_due = NULL, wake_at = NULL"))

        world.store.write(forget)
        self.realign(world)
        assert demo.slot == demo.thread.wake_at == slot

    def test_in_pieces(self, world: World) -> None:
        for number in range(5):
            world.thread(f"t{number}")
        assert world.store.read(alignment.look, world.clock(), limit=2).last == "t1"
        assert world.store.read(alignment.look, world.clock(), after="t3", limit=2).last is None

    def test_thread_that_cannot_be_planned_does_not_stop_the_others(
        self, demo: Schedule, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.thread("broken")

        def spoil(session: Session) -> None:
            row = session.get_one(Thread, "broken")
            row.overrides = {"every": "never"}
            session.add(row)
            demo_row = session.get_one(Thread, "demo")
            demo_row.next_due = demo_row.wake_at = None
            session.add(demo_row)

        world.store.write(spoil)
        self.realign(world)
        assert demo.slot
        assert "thread broken: every:" in caplog.text


def test_due_threads_come_from_an_index(demo: Schedule, world: World) -> None:
    query = select(Thread.id, Thread.next_due).where(col(Thread.wake_at) <= world.clock())
    statement = str(query.order_by(col(Thread.wake_at)).limit(4).compile(world.store.engine))
    with world.store.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("x", 4, 0)).fetchall()
    assert "ix_thread_wake" in str(plan)
    assert "SCAN" not in str(plan)
    assert "TEMP B-TREE" not in str(plan)


def test_switch_is_stored(world: World) -> None:
    assert world.store.read(timer.state).running
    world.store.write(timer.switch, False, world.clock())
    world.store.write(timer.switch, False, world.clock())
    world.store.write(timer.tick, world.clock(), "here")
    state = world.elsewhere().store.read(timer.state)
    assert (state.running, state.last_tick, state.ticked_by) == (False, world.clock(), "here")
    assert world.store.write(timer.switch, True, world.clock()).running


def test_commits_of_others_are_noticed(world: World) -> None:
    changed = world.store.changes()
    other = world.elsewhere()
    assert not changed()
    assert not changed()
    other.thread("new")
    assert changed()
    assert not changed()
