"""The nine calls of the original system: their paths, and at least their fields."""

from __future__ import annotations

import pytest

from tests.integration.http.site import Site
from tests.support.ollama import Say
from tests.support.plan_beats import order_post


@pytest.fixture
def thread(site: Site) -> str:
    return site.thread()


def test_status_start_stop(site: Site) -> None:
    for call, running in (("stop", False), ("start", True)):
        assert site.post(f"/api/heartbeat/{call}")["running"] is running
        found = site.get("/api/heartbeat/status")
        assert {name: found[name] for name in ("enabled", "running")} == {
            "enabled": False,
            "running": running,
        }


def test_config(site: Site, thread: str) -> None:
    path = f"/api/threads/{thread}/heartbeat/config"
    for found in (site.get(path), site.post(path, {"interval": 3600, "enabled": True})):
        assert {"thread_id", "config", "last_run", "last_summary"} <= set(found)
        assert found["thread_id"] == thread
    assert found["config"]["every"] == 3600


def test_run_now_and_history(site: Site, thread: str) -> None:
    order_post(site.world, thread, title="T", content="C")
    beat = site.post(f"/api/threads/{thread}/heartbeat/run-now")
    names = ("thread_id", "ran_successfully", "timestamp", "execution_time_seconds", "error")
    assert {name: beat[name] for name in names} == {
        "thread_id": thread,
        "ran_successfully": True,
        "timestamp": "2026-11-02T12:00:00Z",
        "execution_time_seconds": 0.0,
        "error": None,
    }
    assert beat["decision_summary"] == "Posted on heartbeat: T."
    assert len(beat["actions"]) == 1
    history = site.get(f"/api/threads/{thread}/heartbeat/history", limit=10)
    assert history["total_runs"] == 1
    (activity,) = history["activities"]
    assert activity["timestamp"] == beat["timestamp"]
    assert activity["summary"] == beat["decision_summary"]
    assert activity["actions"] == beat["actions"]
    assert activity["success"] is True


def test_a_beat_that_failed(site: Site, thread: str) -> None:
    order_post(site.world, thread)
    site.world.ollama.answer = lambda _: Say("nonsense")
    beat = site.post(f"/api/threads/{thread}/heartbeat/run-now")
    assert (beat["ran_successfully"], beat["success"], beat["status"]) == (False, False, "failed")
    assert (beat["reason"], beat["problems"] != []) == ("invalid_decision", True)


def test_heartbeat_md(site: Site) -> None:
    path = "/api/heartbeat/heartbeat.md"
    before = site.get(path)["content"]
    for found in (site.post(path, {"content": before + "- One more\n"}), site.get(path)):
        assert found["content"] == before + "- One more\n"
        assert found["last_modified"]
        assert found["path"].endswith("HEARTBEAT.md")
    site.post(path, {"content": before})
