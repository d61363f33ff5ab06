"""Lines that name times are followed at these times: in the thread's zone, once, and made up for within two hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from heartbeat.notice import Notice, message_of
from heartbeat.store import Claim, Refusal, due, notices, threads
from heartbeat.store.tables import Thread
from heartbeat.vocabulary import NoticeKind, Trigger
from tests.support.claiming import claim_due
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama
from tests.support.plan_beats import PlanModel
from tests.support.world import World

ZONE = "Europe/Berlin"
SECOND = timedelta(seconds=1)


class Timed:
    """A thread with one line that names times, which beats once a day else."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.model = PlanModel(fields={"title": "Hello", "content": "Good morning."})
        world.ollama.answer = self.model

    def reads(self, line: str, only: Mapping[str, object], at: str, **config: Any) -> None:
        """Have a line read as naming these times, at an instant, and let a first beat see it."""
        world = self.world
        world.clock.now = datetime.fromisoformat(at)
        form = {"how": "a word", **only}
        world.ollama.reads = Reads({line: ("post", "always", "any", form)})
        world.write(f"# HEARTBEAT.md\n\n- {line}, post a word\n")
        world.thread(timezone=ZONE, every=86_400, missed="skip", **config)
        assert self.missed == []
        world.read()
        world.beat()

    @property
    def thread(self) -> Thread:
        return self.world.store.read(threads.get, "demo")

    def tick(self) -> list[str]:
        """Do what a timer does, as long as something is due, and return how each beat ended."""
        ends: list[str] = []
        world = self.world
        while waiting := world.store.read(due.look, world.clock(), 10).due:
            [each] = waiting
            # What is the same as the last post would count as posted already.
            self.model.fields = {"title": "Hello", "content": f"It is {world.clock.now}."}
            claimed = world.store.write(claim_due, "demo", each.slot, world.clock(), lease=world.store.lease)
            if isinstance(claimed, Claim):
                ends.append(world.go_on(claimed.beat_id, claim=claimed)["status"])
            elif isinstance(claimed, Refusal):
                ends.append(str(claimed.gate))
        return ends

    def until(self, end: str) -> None:
        """Let the service run until an instant: it looks whenever something is due."""
        last, world = datetime.fromisoformat(end), self.world
        self.tick()
        while world.clock.now < last:
            thread = self.thread
            instants = [at for at in (thread.wake_at, thread.woken_at) if at is not None]
            world.clock.now = min(max(min(instants, default=last), world.clock.now + SECOND), last)
            self.tick()

    @property
    def posted(self) -> list[str]:
        """When it posted, in UTC, the first first."""
        return sorted(f"{post.created_at:%m-%d %H:%M}" for post in self.world.posts())

    @property
    def told(self) -> Sequence[Notice]:
        """What the owner is told now."""
        return self.world.store.write(notices.take, self.world.clock(), owners=()).notices

    @property
    def missed(self) -> list[str]:
        """What the owner is told of times that were missed."""
        return [
            each["text"]
            for notice in self.told
            if notice.kind == NoticeKind.PLAN_MISSED
            for each in notice.data["missed"]
        ]


@pytest.fixture
def timed(tmp_path: Path, ollama: FakeOllama) -> Iterator[Timed]:
    world = World(tmp_path, ollama, decision="plan")
    yield Timed(world)
    world.close()


class TestTheirTimes:
    def test_every_day_at_nine_across_both_changes_of_the_clock(self, timed: Timed) -> None:
        timed.reads("Every day at 9:00", {"at": ["09:00"]}, "2026-03-27T12:00:00+00:00")
        timed.until("2026-03-30T12:00:00+00:00")
        assert timed.posted == ["03-28 08:00", "03-29 07:00", "03-30 07:00"]
        timed.world.clock.now = datetime(2026, 10, 24, 6, 0, tzinfo=UTC)
        timed.tick()
        assert len(timed.missed) == 1, "of the months in which no service ran"
        timed.until("2026-10-26T12:00:00+00:00")
        assert timed.posted[3:] == ["10-24 07:00", "10-25 08:00", "10-26 08:00"]
        assert timed.missed == []

    def test_two_days_of_the_week(self, timed: Timed) -> None:
        only = {"at": ["17:30"], "days": ["mon", "thu"]}
        timed.reads("Mondays and Thursdays at 17:30", only, "2026-11-03T12:00:00+00:00")
        timed.until("2026-11-10T12:00:00+00:00")
        assert timed.posted == ["11-05 16:30", "11-09 16:30"]

    def test_every_four_hours_from_midnight_across_the_change_of_the_clock(self, timed: Timed) -> None:
        timed.reads("every 4 hours", {"every_hours": 4}, "2026-03-28T18:30:00+00:00")
        timed.until("2026-03-29T10:30:00+00:00")
        assert timed.posted == ["03-28 19:00", "03-28 23:00", "03-29 02:00", "03-29 06:00", "03-29 10:00"]

    def test_none_outside_the_active_hours(self, timed: Timed) -> None:
        hours = {"start": "10:00", "end": "20:00"}
        timed.reads("every 4 hours", {"every_hours": 4}, "2026-11-03T12:00:00+00:00", active_hours=hours)
        timed.until("2026-11-04T12:00:00+00:00")
        assert timed.posted == ["11-03 15:00", "11-04 11:00"]
        assert timed.missed == []


class TestWhenItComesLater:
    @pytest.fixture(autouse=True)
    def at_nine(self, timed: Timed) -> None:
        timed.reads("Every day at 9:00", {"at": ["09:00"]}, "2026-11-03T12:00:00+00:00")

    def at(self, timed: Timed, instant: str) -> list[str]:
        timed.world.clock.now = datetime.fromisoformat(instant)
        return timed.tick()

    def test_a_service_that_was_down_makes_up_for_it_once(self, timed: Timed) -> None:
        assert self.at(timed, "2026-11-04T09:59:00+00:00") == ["acted"]
        timed.until("2026-11-04T12:00:00+00:00")
        assert timed.posted == ["11-04 09:59"]
        assert timed.missed == []

    def test_after_two_hours_it_does_not_and_the_owner_is_told_which_line(self, timed: Timed) -> None:
        assert self.at(timed, "2026-11-04T10:01:00+00:00") == []
        timed.until("2026-11-05T07:59:00+00:00")
        assert timed.posted == []
        assert timed.missed == ["Every day at 9:00, post a word"]
        timed.until("2026-11-05T12:00:00+00:00")
        assert timed.posted == ["11-05 08:00"]
        assert timed.missed == []

    def test_the_setting_says_how_long_it_is_made_up_for(self, tmp_path: Path, ollama: FakeOllama) -> None:
        longer = tmp_path / "longer"
        longer.mkdir()
        world = World(longer, ollama, decision="plan", more={"make_up_seconds": 21_600})
        timed = Timed(world)
        timed.reads("Every day at 9:00", {"at": ["09:00"]}, "2026-11-03T12:00:00+00:00")
        assert self.at(timed, "2026-11-04T13:59:00+00:00") == ["acted"]
        assert self.at(timed, "2026-11-05T14:01:00+00:00") == []
        [told] = [each for each in timed.told if each.kind == NoticeKind.PLAN_MISSED]
        assert "within 6 hours" in message_of(told).body
        world.close()

    def test_the_beat_says_why_it_was_woken(self, timed: Timed) -> None:
        self.at(timed, "2026-11-04T08:00:00+00:00")
        [wake] = timed.world.detail(timed.world.history()[0].id).woken_by or []
        assert wake.said == "line 3 is for 2026-11-04T08:00:00Z: Every day at 9:00, post a word"

    def test_a_model_that_is_away_for_an_hour_is_asked_again(self, timed: Timed) -> None:
        models = timed.world.ollama.models
        timed.world.ollama.models = ["another:1b"]
        assert self.at(timed, "2026-11-04T08:00:00+00:00") == ["skipped"]
        timed.until("2026-11-04T09:00:00+00:00")
        timed.world.ollama.models = models
        timed.until("2026-11-04T12:00:00+00:00")
        assert len(timed.posted) == 1
        assert timed.posted[0] < "11-04 10:00"
        assert timed.missed == []

    def test_a_beat_that_somebody_asks_for_meanwhile_follows_it_and_no_wake_comes(self, timed: Timed) -> None:
        timed.world.clock.now = datetime.fromisoformat("2026-11-04T08:00:00+00:00")
        assert timed.world.beat()["status"] == "acted"
        timed.until("2026-11-04T12:00:00+00:00")
        assert len(timed.posted) == 1
        assert [row.trigger for row in timed.world.history() if row.trigger == Trigger.WAKE] == []

    def test_a_process_that_dies_in_the_beat_leaves_the_wake(self, timed: Timed) -> None:
        timed.world.clock.now = datetime.fromisoformat("2026-11-04T08:00:00+00:00")
        store, now = timed.world.store, timed.world.clock.now
        claim = store.write(claim_due, "demo", None, now, lease=store.lease)
        assert isinstance(claim, Claim)
        assert timed.thread.woken_at is not None
        timed.world.go_on(claim.beat_id, claim=claim)
        assert timed.thread.woken_at == datetime.fromisoformat("2026-11-05T08:00:00+00:00")

    def test_a_paused_thread_is_not_woken_and_nothing_counts_as_missed(self, timed: Timed) -> None:
        world = timed.world
        world.store.write(threads.pause, "demo", "by hand", world.clock())
        assert timed.thread.woken_at is None
        assert self.at(timed, "2026-11-05T07:00:00+00:00") == []
        world.store.write(threads.resume, "demo", world.clock())
        assert timed.thread.woken_at == datetime.fromisoformat("2026-11-05T08:00:00+00:00")
        assert timed.missed == []

    def test_another_zone_moves_the_wake(self, timed: Timed) -> None:
        timed.world.configure(timezone="UTC")
        assert timed.thread.woken_at == datetime.fromisoformat("2026-11-04T09:00:00+00:00")

    def test_a_line_that_is_gone_wakes_nobody_after_the_next_beat(self, timed: Timed) -> None:
        timed.world.write("# HEARTBEAT.md\n\n- Look at the forum\n")
        timed.world.beat()
        assert timed.thread.woken_at is None
