"""What keeps a thread from beating by itself, why, until when, and what changes that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from heartbeat.store import threads, timer
from heartbeat_service.thread_state import ThreadState
from heartbeat_service.thread_view import ThreadView, all_views, one_view
from tests.support.ollama import Say, decision
from tests.support.world import World


@pytest.fixture
def served(world: World) -> World:
    """A workspace with one thread, whose timer has just ticked."""
    world.thread()
    tick(world)
    return world


def tick(world: World) -> None:
    world.store.write(timer.tick, world.clock(), "other-process")


def spend(world: World) -> None:
    """Let a beat use 1,000 tokens."""
    quiet = decision(action="none", reasoning="Quiet.")
    world.ollama.replies.append(Say(quiet, prompt_tokens=900, completion_tokens=100))
    assert world.beat()["status"] == "none"
    tick(world)


def view(world: World) -> ThreadView:
    return world.store.read(one_view, "demo", world.clock())


def state(world: World) -> ThreadState:
    (listed,) = world.store.read(all_views, world.clock())
    assert listed == view(world)
    return listed.state


def test_nothing_is_in_the_way(served: World) -> None:
    found = state(served)
    assert (found.name, found.until, found.remedy) == ("beating", None, None)
    assert found.sentence.startswith("It beats by itself; the next beat comes Mon 2026-11-02 12:")
    assert view(served).obstacles == []


@pytest.mark.parametrize(
    ("config", "until", "words"),
    [
        (
            {"active_hours": {"start": "02:00", "end": "03:00"}},
            "2026-11-03T02:00+00:00",
            "It is quiet until Tue 2026-11-03 02:00 UTC: its active hours are 02:00-03:00.",
        ),
        (
            {"active_hours": {"start": "22:00", "end": "06:00"}, "timezone": "Asia/Shanghai"},
            "2026-11-02T14:00+00:00",
            "It is quiet until Mon 2026-11-02 22:00 Asia/Shanghai: its active hours are 22:00-06:00.",
        ),
        (
            {"active_hours": {"start": "13:00", "end": "13:01"}, "timezone": "Europe/Berlin", "every": "1d"},
            None,
            "It beats by itself",
        ),
        (
            {"active_hours": {"start": "08:00", "end": "09:00"}, "timezone": "America/New_York"},
            "2026-11-02T13:00+00:00",
            "It is quiet until Mon 2026-11-02 08:00 America/New_York",
        ),
    ],
)
def test_quiet_hours_have_an_end(
    served: World, config: dict[str, Any], until: str | None, words: str
) -> None:
    served.configure(**config)
    found = state(served)
    assert found.sentence.startswith(words)
    assert found.until == (datetime.fromisoformat(until) if until else None)
    if found.until:
        served.clock.now = found.until
        tick(served)
        assert state(served).name == "beating"


def test_what_a_person_has_to_end(served: World) -> None:
    served.store.write(threads.pause, "demo", "holiday", served.clock())
    assert state(served) == ThreadState(
        name="paused",
        sentence="It is paused: holiday.",
        until=None,
        remedy="heartbeat threads resume demo",
    )
    served.configure(enabled=False)
    assert [each.name for each in view(served).obstacles] == ["paused", "disabled"]
    served.store.write(threads.resume, "demo", served.clock())
    assert state(served).remedy == "heartbeat threads set demo enabled=true"


def test_the_timer(served: World) -> None:
    served.clock.move(minutes=2)
    assert (state(served).name, state(served).remedy) == ("timer_silent", "heartbeat serve")
    assert "its last sign of life was 2026-11-02 12:00 UTC" in state(served).sentence
    served.store.write(timer.switch, False, served.clock())
    assert (state(served).name, state(served).remedy) == ("timer_stopped", "heartbeat start")
    assert [each.name for each in view(served).obstacles] == ["timer_stopped"]


@pytest.mark.one_question  # replies with a whole decision
def test_a_spent_budget_is_free_at_midnight_in_the_zone(served: World) -> None:
    served.configure(daily_token_budget=1000, timezone="Europe/Berlin")
    spend(served)
    found = state(served)
    assert (found.name, found.remedy) == (
        "budget_exhausted",
        "heartbeat threads set demo daily_token_budget=2000",
    )
    assert found.until == datetime(2026, 11, 2, 23, tzinfo=UTC)
    assert "its budget is 1000. It is free again Tue 2026-11-03 00:00 Europe/Berlin." in found.sentence
    served.clock.now = found.until
    tick(served)
    assert state(served).name == "beating"


@pytest.mark.one_question  # replies with a whole decision
def test_what_lasts_longest_is_the_state(served: World) -> None:
    served.configure(daily_token_budget=1000, active_hours={"start": "13:00", "end": "14:00"}, timezone="UTC")
    spend(served)
    assert [each.name for each in view(served).obstacles] == ["budget_exhausted", "quiet"]


def propose(served: World) -> None:
    """Configure a thread so that its next beat waits for a person."""
    served.configure(approval="always", approval_ttl=600, timezone="Asia/Shanghai")
    served.post()
    served.ollama.says(decision(action="post", board="general", title="Hello", content="A word."))


@pytest.mark.one_question  # replies with a whole decision
def test_a_beat_from_outside_that_waits_for_a_person_holds_its_thread(served: World) -> None:
    propose(served)
    begun = served.clock() + timedelta(seconds=30)
    served.graph.invoke({"thread": "demo"}, context=served.context())
    tick(served)
    found = state(served)
    assert found.sentence == (
        "Beat 1 waits for a person until Mon 2026-11-02 20:10 Asia/Shanghai. Until then the thread does not beat."
    )
    assert [each.holds_thread for each in view(served).approvals] == [True]
    assert (found.name, found.remedy) == (
        "awaiting_approval",
        "heartbeat approve 1, or heartbeat reject 1",
    )
    assert found.until == begun + timedelta(seconds=570)
    served.clock.now = found.until
    tick(served)
    assert state(served).name == "beating"
    assert view(served).approvals == []


@pytest.mark.one_question  # replies with a whole decision
def test_a_thread_beats_on_while_a_beat_of_its_own_waits_for_a_person(served: World) -> None:
    propose(served)
    assert served.scheduled()["status"] == "awaiting_approval"
    tick(served)
    assert state(served).name == "beating"
    [waits] = view(served).approvals
    assert (waits.beat_id, waits.place, waits.holds_thread) == (1, "forum", False)
    assert waits.until == served.clock() + timedelta(seconds=600)
    assert waits.told() == (
        "Beat 1 waits for a person until Mon 2026-11-02 20:10 Asia/Shanghai. "
        "Until then the thread goes on, but does nothing else on forum. "
        "To answer: heartbeat approve 1, or heartbeat reject 1"
    )
    served.clock.now = waits.until
    assert view(served).approvals == []


@pytest.mark.one_question  # replies with a whole decision
def test_what_waits_fills_the_limit_of_the_day(served: World) -> None:
    propose(served)
    served.configure(max_actions_per_day=1)
    assert served.scheduled()["status"] == "awaiting_approval"
    tick(served)
    found = state(served)
    assert found.sentence == (
        "The thread has done 0 actions today, and 1 waits for approval; its limit is 1. "
        "It is free again Mon 2026-11-02 20:10 Asia/Shanghai, or once beat 1 is rejected."
    )
    assert found.remedy == "heartbeat reject 1, or heartbeat threads set demo max_actions_per_day=2"
    assert found.until is not None
    assert found.until == view(served).approvals[0].until
    served.clock.now = found.until
    tick(served)
    assert state(served).name == "beating"


def test_a_config_that_is_refused(served: World) -> None:
    def keep(session: Session) -> None:
        row = threads.get(session, "demo")
        row.overrides = {"every": 5}
        session.add(row)

    served.store.write(keep)
    assert state(served).name == "refused"
    assert "every: 5 is not allowed" in state(served).sentence
