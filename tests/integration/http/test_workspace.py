"""The calls about the timer and the workspace: status, start, stop, config, schedule, stats, graph, health."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from heartbeat.config import Config
from heartbeat.store import due, timer
from heartbeat_service.lifespan import READERS
from heartbeat_service.plan import read_now
from tests.conftest import NOBODY
from tests.integration.http.site import Site, problem, serving
from tests.support.holds import PATIENCE
from tests.support.ollama import decision
from tests.support.world import START, World

CONFIG = "/api/heartbeat/config"
SCHEDULE = "/api/heartbeat/schedule"
STATS = "/api/heartbeat/stats"


@pytest.fixture(autouse=True)
def _as_it_was(site: Site) -> Iterator[None]:
    yield
    site.client.put(CONFIG, json={})
    site.client.post("/api/heartbeat/start")


def test_status(own: Site) -> None:
    own.thread(every=60)
    own.world.clock.move(minutes=5)
    store, now = own.world.store, own.world.clock()
    store.write(timer.tick, now, "somebody")
    oldest = store.read(due.backlog, now).oldest
    assert oldest is not None
    assert own.get("/api/heartbeat/status") == {
        "enabled": False,
        "running": True,
        "last_tick": "2026-11-02T12:05:00Z",
        "ticked_by": "somebody",
        "lag_seconds": (now - oldest).total_seconds(),
        "due": 1,
        "in_flight": 0,
        "awaiting_approval": 0,
        "threads": 1,
        "sharing": 1,
        "model": LLAMA,
        "models": [LLAMA],
    }


def test_status_counts_the_threads_that_follow_the_workspaces_text(own: Site) -> None:
    names = [own.thread() for _ in range(3)]
    own.client.put(f"/api/threads/{names[1]}/heartbeat.md", json={"content": ""})
    status = own.get("/api/heartbeat/status")
    assert (status["threads"], status["sharing"]) == (3, 2)


LLAMA = {"name": "llama3.2:latest", "reachable": True, "state": "ready", "remedy": None}


def test_status_tells_what_keeps_the_model_away(own: Site) -> None:
    own.client.put(CONFIG, json={"model": "nobody-has-it"})
    model = own.get("/api/heartbeat/status")["model"]
    assert (model["name"], model["reachable"]) == ("nobody-has-it", False)
    assert model["remedy"].endswith("get it with: ollama pull nobody-has-it")


def test_status_speaks_of_the_models_that_threads_use(own: Site) -> None:
    own.world.ollama.models = ["llama3.2:latest", "tiny:1b"]
    for config in (
        {"model": "gone:7b"},
        {"model": "gone:7b"},
        {"model": "Tiny:1b"},
        {},
        {"model": "unused:1b", "enabled": False},
    ):
        own.thread(**config)
    status = own.get("/api/heartbeat/status")
    assert status["model"] == LLAMA
    assert [(each["name"], each["state"]) for each in status["models"]] == [
        ("gone:7b", "missing"),
        ("Tiny:1b", "ready"),
        ("llama3.2:latest", "ready"),
    ]
    assert status["models"][0]["remedy"].endswith("get it with: ollama pull gone:7b")


def test_a_server_that_is_away_is_not_a_model_that_is_missing(world: World) -> None:
    with serving(world, ollama_url=NOBODY) as site:
        assert [each["state"] for each in site.get("/api/heartbeat/status")["models"]] == ["unreachable"]


def test_start_and_stop_any_number_of_times(site: Site) -> None:
    for switch, running in (("stop", False), ("stop", False), ("start", True), ("start", True)):
        assert site.post(f"/api/heartbeat/{switch}") == {"ok": True, "running": running}
        assert site.get("/api/heartbeat/status")["running"] is running


def test_defaults_of_the_workspace(site: Site) -> None:
    thread = site.thread(temperature=0.1)
    shown = site.get(CONFIG)
    assert shown["overrides"] == {}
    assert shown["config"] == Config().to_dict()
    assert set(shown["fields"]["properties"]) == set(Config.model_fields)
    changed = site.client.patch(CONFIG, json={"every": "2h", "temperature": 0.5}).json()
    assert changed["overrides"] == {"every": 7200, "temperature": 0.5}
    assert site.client.patch(CONFIG, json={"max_tokens": 50}).json()["config"]["every"] == 7200
    mine = site.get(f"/api/threads/{thread}/heartbeat/config")
    assert (mine["config"]["every"], mine["config"]["temperature"]) == (7200, 0.1)
    replaced = site.client.put(CONFIG, json={"max_tokens": 60}).json()
    assert replaced["overrides"] == {"max_tokens": 60}
    assert replaced["config"]["every"] == 1800


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"evry": 60}, "evry", "evry: unknown field; allowed: enabled, every,"),
        ({"every": 59}, "every", "every: 59 is not allowed; allowed: 60 to 86400 seconds, or text like 90s"),
        ({"target": "moon"}, "target", 'target: "moon" is not configured; allowed: forum, none'),
        ({"target": ["forum", "moon"]}, "target", 'target: "moon" is not configured; allowed: forum, none'),
        (
            {"target": ["forum", "none"]},
            "target",
            'target: ["forum", "none"] is not allowed; allowed: the name of a configured target, a list of',
        ),
        (
            {"active_hours": {"start": "08:00"}},
            "active_hours.end",
            "active_hours.end: missing; allowed: a time like 09:05",
        ),
        ({"timezone": "Mars/Base"}, "timezone", "allowed: an IANA name"),
        ([], "body", "body: a list is not allowed; allowed: a JSON object"),
    ],
)
def test_a_refused_default_changes_nothing(
    site: Site, method: str, body: object, field: str, says: str
) -> None:
    site.client.put(CONFIG, json={"max_tokens": 70})
    found = site.refused(422, method, CONFIG, json=body)
    assert found["field"] == field
    assert says in found["detail"]
    assert site.get(CONFIG)["overrides"] == {"max_tokens": 70}


def test_schedule(site: Site) -> None:
    thread = site.thread(every="1h", active_hours={"start": 8, "end": "10:00"})
    own = site.get(SCHEDULE, thread=thread, n=3)["slots"]
    assert own[0] == site.get(f"/api/threads/{thread}")["next_due"]
    assert len(own) == 3
    assert all("T08:" in slot or "T09:" in slot for slot in own)
    other = site.get(
        SCHEDULE,
        every="6h",
        start=8,
        end="20:00",
        timezone="Asia/Shanghai",
        **{"from": "2026-03-01T00:00:00Z"},
    )["slots"]
    assert len(other) == 10
    assert all(0 <= int(slot[11:13]) < 12 for slot in other)
    assert len(site.get(SCHEDULE, every=3600, n=1000)["slots"]) == 1000
    assert len(site.get(SCHEDULE, every="1d", n=1000, **{"from": "9000-12-31T23:59:59Z"})["slots"]) == 1000


def test_times_are_read_alike_everywhere(site: Site) -> None:
    hours = {"start": "09:05", "end": "24:00"}
    thread = site.thread(active_hours="9:05-24:00")
    assert site.get(f"/api/threads/{thread}")["config"]["active_hours"] == hours
    one = site.get(SCHEDULE, thread=thread, n=50)["slots"]
    for start, end in (("9:05", "24"), ("09:05", "24:00")):
        assert site.get(SCHEDULE, thread=thread, n=50, start=start, end=end)["slots"] == one
    config = f"/api/threads/{thread}/heartbeat/config"
    assert site.client.patch(config, json={"active_hours": "2-3"}).json()["config"]["active_hours"] == {
        "start": "02:00",
        "end": "03:00",
    }
    assert site.client.put(CONFIG, json={"active_hours": "2:00-3"}).status_code == 200
    assert site.get(CONFIG)["overrides"] == {"active_hours": {"start": "02:00", "end": "03:00"}}
    site.client.put(CONFIG, json={})


def test_schedule_without_the_active_hours_that_are_saved(site: Site) -> None:
    thread = site.thread(every=3600, active_hours={"start": 8, "end": 10})
    slots = site.get(SCHEDULE, thread=thread, n=24, all_day=True)["slots"]
    assert {slot[11:13] for slot in slots} == {f"{hour:02}" for hour in range(24)}
    refused = site.refused(422, "GET", SCHEDULE, params={"all_day": True, "start": "8", "end": "10"})
    assert refused["detail"] == "all_day: true is not allowed beside start and end; allowed: either, not both"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"every": "5"}, "every"),
        ({"start": "08:00"}, "active_hours.end"),
        ({"start": "25:00", "end": "26:00"}, "active_hours.start"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"n": "0"}, "n"),
        ({"n": "1001"}, "n"),
        ({"from": "2026-01-01T00:00:00"}, "from"),
        ({"from": "9999-12-31T23:59:59Z"}, "from"),
        ({"thread": "UPPER"}, "thread"),
    ],
)
def test_schedule_refuses(site: Site, query: dict[str, str], field: str) -> None:
    assert site.refused(422, "GET", SCHEDULE, params=query)["field"] == field


def test_what_reading_took_is_a_row_of_its_own_and_no_threads(own: Site) -> None:
    thread = own.thread()
    own.world.write("- Look at mail\n- Look at news\n")
    asyncio.run(read_now(own.world.services))
    own.world.clock.move(hours=2)
    found = own.get(STATS)
    reading = found["totals"]["reading"]
    assert (reading["lines"], reading["calls"]) == (2, len(own.world.ollama.readings))
    assert reading["prompt_tokens"] > 0
    assert reading["completion_tokens"] > 0
    assert [each["reading"]["lines"] for each in found["buckets"]] == [2]
    assert (found["totals"]["beats"], found["totals"]["prompt_tokens"]) == (0, 0)
    assert own.get(STATS, thread=thread)["totals"]["reading"]["lines"] == 0
    assert own.get(STATS, since="2026-11-02T13:00:00Z")["totals"]["reading"]["lines"] == 0


def test_schedule_and_stats_of_no_thread(site: Site) -> None:
    for path in (SCHEDULE, STATS):
        assert "'nobody'" in site.refused(404, "GET", path, params={"thread": "nobody"})["detail"]


@pytest.mark.one_question  # counts the tokens of two whole decisions
def test_stats(own: Site) -> None:
    one, two = own.thread(), own.thread()
    own.world.ollama.says(decision(action="post", board="general", title="T", content="C"))
    own.post(f"/api/threads/{one}/heartbeat/run-now")
    own.world.clock.move(hours=2)
    own.post(f"/api/threads/{two}/heartbeat/run-now", {"dry_run": True})
    own.world.clock.move(hours=1)
    found = own.get(STATS)
    assert found["bucket"] == 3600
    assert found["since"] == "2026-11-01T15:00:00Z"
    assert found["totals"] == {
        "beats": 2,
        "outcomes": {"acted": 1, "dry_run": 1},
        "missed_slots": 0,
        "prompt_tokens": 200,
        "completion_tokens": 40,
        "actions": {"post": 1},
        "reading": {"lines": 0, "calls": 0, "prompt_tokens": 0, "completion_tokens": 0},
    }
    assert [(each["at"], each["beats"]) for each in found["buckets"]] == [
        ("2026-11-02T12:00:00Z", 1),
        ("2026-11-02T14:00:00Z", 1),
    ]
    assert own.get(STATS, thread=two)["totals"]["outcomes"] == {"dry_run": 1}
    since = (START + timedelta(hours=1)).isoformat()
    assert own.get(STATS, since=since, bucket="15m")["totals"]["beats"] == 1
    assert own.get(STATS, since="2030-01-01T00:00:00Z")["buckets"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"bucket": "59"}, "bucket"),
        ({"bucket": "9" * 20}, "bucket"),
        ({"since": "yesterday"}, "since"),
        ({"since": "1970-01-01T00:00:00Z"}, "bucket"),
        ({"thread": "No!"}, "thread"),
    ],
)
def test_stats_refuse(site: Site, query: dict[str, str], field: str) -> None:
    assert site.refused(422, "GET", STATS, params=query)["field"] == field


def test_graph(site: Site) -> None:
    drawn = site.get("/api/heartbeat/graph")
    assert "graph TD" in drawn["mermaid"]
    assert drawn["nodes"][1:-1] == [
        "load_instructions",
        "gather_context",
        "decide",
        "validate",
        "approve",
        "dispatch",
        "settle",
    ]
    assert {"source": "validate", "target": "decide", "conditional": True} in drawn["edges"]
    assert {"source": "dispatch", "target": "settle", "conditional": False} in drawn["edges"]


def test_health(own: Site) -> None:
    assert own.get("/healthz") == {"ok": True}
    assert own.get("/readyz") == {"ok": True}
    own.service.timer.started_at = own.loop.time() - 100
    assert "restart the process" in problem(own.client.get("/healthz"), 503)["detail"]
    assert own.get("/readyz") == {"ok": True}


def test_health_of_a_timer_that_ticks(world: World) -> None:
    with serving(world, enabled=True) as site:
        assert site.get("/healthz") == {"ok": True}
        assert site.get("/api/heartbeat/status")["enabled"] is True


def test_health_of_a_deliverer_that_does_not_tick(world: World) -> None:
    with serving(world) as site:
        deliverer = site.service.deliverer
        deliverer.is_alive = lambda patience: False  # type: ignore[method-assign]
        said = problem(site.client.get("/healthz"), 503)["detail"]
        assert said == "The deliverer has not ticked for 90 s; restart the process."


@pytest.mark.parametrize(
    "path", ["/api", "/nope", "/api/threads/", "/api/heartbeat", "/docs", "/openapi.json"]
)
def test_unknown_paths(site: Site, path: str) -> None:
    assert "/api/openapi.json" in site.refused(404, "GET", path)["detail"]


def test_unknown_methods_name_the_known_ones(site: Site) -> None:
    answer = site.client.delete(CONFIG)
    assert problem(answer, 405)["detail"] == "DELETE is not possible here; allowed: GET, HEAD, PATCH, PUT."
    assert answer.headers["allow"] == "GET, HEAD, PATCH, PUT"
    assert site.client.get("/api/heartbeat/start").headers["allow"] == "POST"


def test_reads_take_turns_and_nothing_else_waits_for_them(own: Site) -> None:
    """Many who read must not keep a beat, a change or a probe waiting."""
    thread = own.thread()

    async def take() -> None:
        for _ in range(READERS):
            await own.service.reading.acquire()

    async def give() -> None:
        for _ in range(READERS):
            own.service.reading.release()

    own.run(take())
    with (
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=own.url, timeout=PATIENCE, trust_env=False) as client,
    ):
        reading = pool.submit(client.get, f"/api/threads/{thread}")
        assert own.get("/healthz") == own.get("/readyz") == {"ok": True}
        assert own.get("/api/heartbeat/status")["threads"] == 1
        assert own.post(f"/api/threads/{thread}/heartbeat/run-now")["status"] == "none"
        assert own.client.put("/api/heartbeat/config", json={}).status_code == 200
        assert not reading.done()
        own.run(give())
        assert reading.result(30).status_code == 200
    assert not own.service.reading.locked()
