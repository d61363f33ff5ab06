"""A stored config that is not allowed any more: said, mended from everywhere, and nobody else's trouble."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.errors import InvalidValueError
from heartbeat.store import threads
from heartbeat.store.effective import effective
from heartbeat.store.tables import Workspace
from heartbeat.vocabulary import Trigger
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from heartbeat_service.timer import Timer
from tests.integration.heartbeat_service.test_timer import until
from tests.integration.http.site import Site, serving
from tests.support.claiming import claim_due
from tests.support.world import World


def keep(world: World, thread_id: str = "demo", **fields: Any) -> None:
    """Store values as another version would have."""

    def work(session: Session) -> None:
        row = threads.get(session, thread_id)
        row.overrides = {**row.overrides, **fields}
        session.add(row)

    world.store.write(work)


def keep_defaults(world: World, **fields: Any) -> None:
    world.store.write(lambda session: session.add(Workspace(defaults=fields)))


def next_due(world: World, thread_id: str = "demo") -> datetime | None:
    return world.store.read(threads.get, thread_id).next_due


def config_at(thread_id: str) -> str:
    return f"/api/threads/{thread_id}/heartbeat/config"


REFUSED = [
    ("max_tokens", 5, 100),
    ("every", 5, "10m"),
    ("timezone", "Mars/Base", "UTC"),
    ("active_hours", {"start": "08:00", "end": "08:00"}, None),
    ("approval", "sometimes", "never"),
]


@pytest.mark.parametrize("method", ["PATCH", "POST", "PUT"])
@pytest.mark.parametrize(("field", "bad", "good"), REFUSED)
def test_over_http_it_is_told_and_mended(own: Site, method: str, field: str, bad: Any, good: Any) -> None:
    one, other = own.thread(), own.thread()
    keep(own.world, one, **{field: bad})
    first, second = own.get("/api/threads")["items"]
    assert (first["status"], second["status"], second["config_problem"]) == ("refused", "on", None)
    assert f"thread {one}: {field}" in first["config_problem"]
    assert own.get(config_at(one))["config_problem"] == first["config_problem"]
    found = own.refused(422, "POST", f"/api/threads/{one}/heartbeat/run-now")
    assert found["field"].partition(".")[0] == field
    assert f"thread {one}: {field}" in found["detail"]
    assert own.post(f"/api/threads/{other}/heartbeat/run-now")["status"] == "none"
    answer = own.client.request(method, config_at(one), json={field: good})
    assert (answer.status_code, answer.json()["config_problem"]) == (200, None), answer.text
    assert own.get("/api/threads")["items"][0]["status"] == "on"
    assert own.post(f"/api/threads/{one}/heartbeat/run-now")["status"] == "none"


def test_of_two_fields_each_can_be_mended_alone(own: Site) -> None:
    thread = own.thread()
    keep(own.world, thread, max_tokens=5, a_field_of_the_future=1)
    assert "a_field_of_the_future" in own.get(config_at(thread))["config_problem"]
    left = own.client.patch(config_at(thread), json={"max_tokens": 100}).json()
    assert "max_tokens: 5" not in left["config_problem"]
    assert left["overrides"] == {"max_tokens": 100, "a_field_of_the_future": 1}
    assert own.client.put(config_at(thread), json={"max_tokens": 100}).json()["config_problem"] is None


def test_defaults_of_the_workspace(own: Site) -> None:
    thread, overriding = own.thread(), own.thread(max_tokens=100)
    keep_defaults(own.world, max_tokens=5)
    said = "the workspace's defaults: max_tokens: 5 is not allowed"
    assert said in own.get("/api/heartbeat/config")["config_problem"]
    assert own.get("/api/heartbeat/status")["model"]["reachable"]
    assert [each["status"] for each in own.get("/api/threads")["items"]] == ["refused", "on"]
    assert said in own.refused(422, "POST", f"/api/threads/{thread}/heartbeat/run-now")["detail"]
    assert own.post(f"/api/threads/{overriding}/heartbeat/run-now")["status"] == "none"
    assert len(own.get("/api/heartbeat/schedule", thread=thread)["slots"]) == 10
    mended = own.client.patch("/api/heartbeat/config", json={"max_tokens": 200}).json()
    assert (mended["config_problem"], mended["config"]["max_tokens"]) == (None, 200)
    assert own.post(f"/api/threads/{thread}/heartbeat/run-now")["status"] == "none"


def test_defaults_can_be_changed_whatever_a_thread_holds(own: Site) -> None:
    bad, good = own.thread(), own.thread()
    keep(own.world, bad, every=5)
    before = next_due(own.world, good)
    assert own.client.patch("/api/heartbeat/config", json={"every": 60}).status_code == 200
    assert next_due(own.world, good) != before


@pytest.mark.one_question  # its model is asked nothing of a plan
async def test_the_timer_beats_the_others_and_this_one_once_it_is_mended(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("bad", "good"):
        world.thread(name, every=600)
    slots = [slot for slot in (next_due(world, "bad"), next_due(world, "good")) if slot]
    world.clock.now = max(slots)
    keep(world, "bad", max_tokens=5)
    with serving(world, enabled=True) as site:
        await until(lambda: [row.thread_id for row in world.history()] == ["good"])
        await until(lambda: "thread bad cannot be started" in caplog.text)
        assert site.service.timer.is_alive(60)
        assert "thread bad: max_tokens: 5 is not allowed" in caplog.text
        assert "Traceback" not in caplog.text
        site.client.patch(config_at("bad"), json={"max_tokens": 100})
        world.clock.move(seconds=61)
        site.service.runner.wake.set()
        await until(lambda: len(world.history()) == 2 and all(row.finished_at for row in world.history()))
    assert {(row.thread_id, row.slot, row.status) for row in world.history()} == {
        ("bad", slots[0], "none"),
        ("good", slots[1], "none"),
    }


async def test_a_schedule_that_is_not_allowed_is_planned_anew_once_it_is_mended(world: World) -> None:
    world.thread(every=600)
    slot = next_due(world)
    assert slot is not None
    keep(world, every=5)
    world.clock.now = slot
    runner = LocalRunner(Runner(world.services, world.graph))
    await Timer(world.services, runner).tick()
    assert world.history() == []
    world.clock.move(minutes=30)
    world.configure(every=600)
    # Only the slot that was planned is known to have been one.
    assert [(row.slot, row.status, row.missed) for row in world.history()] == [(slot, "missed", 1)]
    coming = next_due(world)
    assert coming is not None
    assert coming > world.clock()


def test_it_can_be_paused_resumed_and_switched_off(world: World) -> None:
    world.thread()
    keep(world, max_tokens=5)
    world.store.write(threads.pause, "demo", "until it is mended", world.clock())
    assert next_due(world) is None
    world.store.write(threads.resume, "demo", world.clock())
    assert next_due(world) is not None
    world.configure(enabled=False)
    assert next_due(world) is None
    with pytest.raises(InvalidValueError, match="thread demo: max_tokens: 5 is not allowed"):
        world.store.read(lambda session: threads.config(session, threads.get(session, "demo")))


def test_what_is_refused_counts_for_nothing(world: World) -> None:
    """A default must not stand in for it: that could be less careful than what the owner meant."""
    world.thread()
    keep(world, approval="sometimes")
    [slot] = [each for each in (next_due(world),) if each]
    world.clock.now = slot
    with pytest.raises(InvalidValueError, match="approval"):
        world.store.write(claim_due, "demo", slot, slot, lease=world.store.lease)
    with pytest.raises(InvalidValueError, match="approval"):
        world.store.open_beat("demo", Trigger.MANUAL, None, slot)
    assert world.history() == []


def test_what_is_allowed_of_it_is_effective() -> None:
    found = effective({"every": 5, "model": "m"}, {"every": 90, "max_tokens": 5}, "demo")
    assert found.config == Config(every=90, model="m")
    assert [error.field for error in found.refused] == ["max_tokens"]
