"""The calls about beats: run now, history, one in full, approve, reject."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import Session

from heartbeat.store.tables import Beat
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import Trigger
from heartbeat_service import approval, local_runner, server
from heartbeat_service.http import beats
from nodes import approve as approve_node
from tests.integration.heartbeat_service.test_timer import until
from tests.integration.http.site import Site, problem, serving
from tests.support.holds import PATIENCE
from tests.support.ollama import Say, decision
from tests.support.plan_beats import order_post
from tests.support.world import World

POST = {"title": "Tea", "content": "Which one?"}
ORIGINAL = {"timestamp", "success", "ran_successfully", "decision_summary", "execution_time_seconds"}


def run_now(thread: str) -> str:
    return f"/api/threads/{thread}/heartbeat/run-now"


def history(thread: str) -> str:
    return f"/api/threads/{thread}/heartbeat/history"


@pytest.fixture
def silent(own: Site) -> Iterator[Site]:
    """A site whose model does not answer until the test ends."""
    answer = threading.Event()
    own.world.ollama.reads = lambda _: Say("look", wait=answer)
    try:
        yield own
    finally:
        answer.set()


def waiting(site: Site, thread: str | None = None) -> int:
    thread = thread or site.thread(approval="always")
    order_post(site.world, thread, **POST)
    beat = site.post(run_now(thread))
    assert beat["status"] == "awaiting_approval"
    return int(beat["id"])


def test_run_now(site: Site) -> None:
    thread = site.thread()
    order_post(site.world, thread, **POST)
    beat = site.post(run_now(thread))
    assert set(beat) == set(BeatView.model_fields) | ORIGINAL
    assert (beat["thread_id"], beat["trigger"], beat["slot"], beat["status"]) == (
        thread,
        "manual",
        None,
        "acted",
    )
    (done,) = beat["actions"]
    assert (done["kind"], done["title"], done["content"], done["status"]) == (
        "post",
        "Tea",
        "Which one?",
        "sent",
    )
    assert site.get(f"/api/forum/posts/{done['receipt']['post_id']}")["title"] == "Tea"
    assert beat["prompt_tokens"] >= 100
    assert site.get(f"/api/beats/{beat['id']}").items() >= beat.items()


def test_run_now_dry(site: Site) -> None:
    thread = site.thread()
    order_post(site.world, thread, **POST)
    beat = site.post(run_now(thread), {"dry_run": True})
    assert (beat["status"], beat["dry_run"], beat["actions"]) == ("dry_run", True, [])
    assert beat["decision"]["title"] == "Tea"


def test_run_now_without_waiting_and_busy(silent: Site) -> None:
    thread = silent.thread()
    beat = silent.post(run_now(thread), {"wait": False}, 202)
    assert beat["status"] == "running"
    assert "still running" in silent.refused(409, "POST", run_now(thread))["detail"]
    assert silent.get(history(thread))["total_runs"] == 1
    assert silent.get("/api/heartbeat/status")["in_flight"] == 1
    assert silent.service.runner.in_flight == {beat["id"]}


def test_run_now_waits_only_so_long(silent: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "WAIT", 0.01)
    assert silent.post(run_now(silent.thread()), status=202)["status"] == "running"


def test_a_client_that_goes_away_does_not_stop_its_beat(silent: Site) -> None:
    thread = silent.thread()
    with pytest.raises(httpx.ReadTimeout):
        silent.client.post(run_now(thread), timeout=0.3)
    assert silent.get("/api/heartbeat/status")["in_flight"] == 1


@contextmanager
def calling(site: Site, path: str) -> Iterator[Future[httpx.Response]]:
    """Make a call in another thread, while the site may end."""
    with (
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=site.url, timeout=PATIENCE, trust_env=False) as client,
    ):
        yield pool.submit(client.post, path)


@pytest.mark.one_question  # the model is asked at each beat
def test_run_now_waits_no_longer_than_its_service(world: World) -> None:
    answer = threading.Event()
    world.ollama.default = Say(decision(action="none"), wait=answer)
    with ExitStack() as stack:
        stack.callback(answer.set)
        with serving(world, drain_seconds=0) as site:
            call = stack.enter_context(calling(site, run_now(site.thread())))
            site.run(until(lambda: bool(world.ollama.calls)))
        told = call.result(30)
    assert (told.status_code, told.json()["status"]) == (202, "running")
    assert world.history()[0].id == told.json()["id"]


def test_an_answer_waits_no_longer_than_its_service(own: Site) -> None:
    number, held, let_go = waiting(own), threading.Event(), threading.Event()

    def probe(point: str) -> None:
        if point == "before:dispatch":
            held.set()
            assert let_go.wait(30)

    own.world.probe = probe
    with calling(own, f"/api/beats/{number}/approve") as call:
        assert held.wait(30)
        own.loop.call_soon_threadsafe(own.service.ending.set)
        told = call.result(30)
        let_go.set()
    assert (told.status_code, told.json()["status"]) == (202, "running")


def test_a_call_that_is_cut_off_at_the_end_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE", 0)
    held = threading.Event()

    async def never(*_: Any) -> None:
        held.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(type(world.services.model), "check", never)
    with ExitStack() as stack:
        with serving(world) as site:
            client = stack.enter_context(httpx.Client(base_url=site.url, timeout=PATIENCE, trust_env=False))
            call = stack.enter_context(ThreadPoolExecutor(1)).submit(client.get, "/api/heartbeat/status")
            assert held.wait(30)
        assert "Heartbeat is ending" in problem(call.result(30), 503)["detail"]


def test_gates_other_than_busy_are_a_skipped_beat(site: Site) -> None:
    thread = site.thread(approval="always")
    first = waiting(site, thread)
    beat = site.post(run_now(thread))
    assert (beat["status"], beat["reason"]) == ("skipped", "awaiting_approval")
    assert str(first) in beat["summary"]
    flooded = site.thread()
    runs = [site.post(run_now(flooded)) for _ in range(6)]
    assert [run["reason"] for run in runs[4:]] == [None, "cooldown"]
    assert site.get(history(flooded))["total_runs"] == 6


def test_a_paused_or_switched_off_thread_still_runs_by_hand(site: Site) -> None:
    assert site.post(run_now(site.thread(enabled=False)))["status"] == "none"


def test_a_beat_left_behind_is_the_one_that_is_run(own: Site) -> None:
    thread = own.thread()
    elsewhere = own.world.elsewhere()
    try:
        left = elsewhere.store.open_beat(thread, Trigger.MANUAL, None, own.world.clock(), supervised=True)
    finally:
        elsewhere.close()
    own.refused(409, "POST", run_now(thread))
    own.world.clock.move(minutes=1)
    beat = own.post(run_now(thread))
    assert (beat["id"], beat["status"]) == (left.beat_id, "none")
    assert own.get(history(thread))["total_runs"] == 1


@pytest.mark.parametrize("body", [{"wait": "yes"}, {"dry_run": 1}, {"dryrun": True}, [], "now"])
def test_run_now_refuses(site: Site, body: Any) -> None:
    thread = site.thread()
    found = site.refused(422, "POST", run_now(thread), json=body)
    assert found["field"] in {"wait", "dry_run", "dryrun", "body"}
    assert found["detail"].endswith("allowed: a JSON object") == (found["field"] == "body")
    assert site.get(history(thread))["total_runs"] == 0


def test_history_in_pages(own: Site) -> None:
    one, two = own.thread(), own.thread()
    for thread in (one, two, one):
        own.post(run_now(thread), {"dry_run": True})
        own.world.clock.move(minutes=1)
    own.post(run_now(one))
    whole = own.get("/api/heartbeat/history")
    assert [beat["id"] for beat in whole["activities"]] == [4, 3, 2, 1]
    assert (whole["total_runs"], whole["next"]) == (4, None)
    page = own.get(history(one), limit=2)
    assert [beat["id"] for beat in page["activities"]] == [4, 3]
    assert (page["total_runs"], page["next"]) == (3, 3)
    page = own.get(history(one), limit=2, before=page["next"])
    assert ([beat["id"] for beat in page["activities"]], page["next"]) == ([1], None)
    dry = own.get("/api/heartbeat/history", status="dry_run", since="2026-11-02T12:01:00Z")
    assert ([beat["id"] for beat in dry["activities"]], dry["total_runs"]) == ([3, 2], 2)
    assert own.get("/api/heartbeat/history", since="2026-11-02T13:01:00+01:00", limit=1)["total_runs"] == 3


def test_history_by_words(own: Site) -> None:
    one, two = "tea-room", own.thread()
    own.post("/api/threads", {"id": one}, status=201)
    own.post(f"/api/threads/{two}/heartbeat/pause", {"reason": "50%_off"})
    for thread in (one, two):
        own.world.store.open_beat(thread, Trigger.SCHEDULED, own.world.clock(), own.world.clock())

    def found(**query: str) -> list[str]:
        page = own.get("/api/heartbeat/history", **query)
        assert page["total_runs"] == len(page["activities"])
        return [beat["thread_id"] for beat in page["activities"]]

    assert found() == [two, one]
    assert found(q="TEA") == [one]
    assert found(q="paused") == [two]
    assert found(q="is paused: 50%_") == [two]
    assert found(q="5_%") == []
    assert found(q="paused", status="running") == []
    assert own.get(history(one), q="paused")["activities"] == []


def test_a_search_stops_and_an_export_goes_on_to_the_end(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heartbeat.store.history.SEARCHED", 2)
    thread = own.thread()
    own.post(f"/api/threads/{thread}/heartbeat/pause", {"reason": "zebra"})
    slots = [own.world.clock() + timedelta(minutes=number) for number in range(5)]
    own.world.store.open_beat(thread, Trigger.SCHEDULED, slots[0], slots[0])
    own.post(f"/api/threads/{thread}/heartbeat/resume")
    own.post(f"/api/threads/{thread}/heartbeat/pause", {"reason": "other"})
    for slot in slots[1:]:
        own.world.store.open_beat(thread, Trigger.SCHEDULED, slot, slot)
    page = own.get(history(thread), q="zebra")
    assert (page["activities"], page["total_runs"], page["next"]) == ([], 0, 4)
    assert page["searched_back_to"] == slots[3].isoformat().replace("+00:00", "Z")
    page = own.get(history(thread), q="zebra", before=2)
    assert ([beat["id"] for beat in page["activities"]], page["searched_back_to"]) == ([1], None)
    exported = own.client.get(history(thread), params={"format": "jsonl", "q": "zebra"}).text
    assert [json.loads(line)["id"] for line in exported.splitlines()] == [1]


def test_export_counts_nothing_and_searches_no_window(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its pages would count the table, or look at a window of beats of which it shows a part."""
    monkeypatch.setattr("heartbeat_service.http.beats._EXPORTED", 2)
    thread = own.thread()
    for number in range(5):
        own.world.store.open_beat(thread, Trigger.MANUAL, None, own.world.clock(), dry_run=bool(number))
        own.world.clock.move(minutes=1)
    ids = [beat["id"] for beat in own.get(history(thread))["activities"]]
    assert len(ids) > 2

    def search(*_: object, **__: object) -> None:
        raise AssertionError("an export does not search")

    monkeypatch.setattr("heartbeat.store.history.search", search)
    for query in ({}, {"q": thread}, {"before": ids[0] + 1}):
        exported = own.client.get(history(thread), params={"format": "jsonl", **query}).text
        assert [json.loads(line)["id"] for line in exported.splitlines()] == ids


def test_history_has_fifty_by_default_and_two_hundred_at_most(own: Site) -> None:
    thread = own.thread()
    own.post("/api/threads/" + thread + "/heartbeat/pause")
    for _ in range(55):
        own.world.store.open_beat(thread, Trigger.SCHEDULED, own.world.clock(), own.world.clock())
        own.world.clock.move(minutes=1)
    assert len(own.get(history(thread))["activities"]) == 50
    assert len(own.get(history(thread), limit=200)["activities"]) == 55


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"before": 0},
        {"before": 2**63},
        {"status": "fine"},
        {"since": "2026-01-01"},
        {"format": "csv"},
    ],
)
def test_history_refuses(site: Site, query: dict[str, Any]) -> None:
    for path in ("/api/heartbeat/history", history(site.thread())):
        assert site.refused(422, "GET", path, params=query)["field"] == next(iter(query))


def test_history_as_a_stream(own: Site) -> None:
    thread = own.thread()
    own.client.patch(f"/api/threads/{thread}/heartbeat/pause")
    own.post(f"/api/threads/{thread}/heartbeat/pause")
    for _ in range(205):
        own.world.store.open_beat(thread, Trigger.SCHEDULED, own.world.clock(), own.world.clock())
        own.world.clock.move(minutes=1)
    with own.client.stream("GET", history(thread), params={"format": "jsonl"}) as answer:
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        assert answer.headers["content-disposition"] == f'attachment; filename="{thread}-history.jsonl"'
        rows = [json.loads(line) for line in answer.iter_lines()]
    assert [row["id"] for row in rows] == list(range(205, 0, -1))
    assert rows[0] == own.get(history(thread), limit=1)["activities"][0]
    newest = own.client.get("/api/heartbeat/history", params={"format": "jsonl", "before": 3}).text
    assert [json.loads(line)["id"] for line in newest.splitlines()] == [2, 1]


@pytest.mark.one_question  # reads the prompt that shows everything
def test_one_beat_in_full(own: Site) -> None:
    thread = own.thread()
    beat = own.post(run_now(thread))
    full = own.get(f"/api/beats/{beat['id']}")
    assert {"context", "prompt", "rounds", "approval", "draft"} <= set(full)
    assert "Read the new posts" in json.dumps(full["prompt"])
    assert full["rounds"][0]["decision"]["action"] == "none"
    place = {
        "thread_id": full["langgraph_thread_id"],
        "checkpoint_id": full["checkpoint_id"],
        "checkpoint_ns": "",
    }
    kept = own.run(own.service.saver.aget_tuple({"configurable": place}))
    assert kept is not None
    assert kept.checkpoint["channel_values"]["beat"]["id"] == beat["id"]
    stopped = [own.post(run_now(thread)) for _ in range(5)][-1]
    assert (stopped["status"], stopped["reason"]) == ("skipped", "cooldown")
    # What was stopped at admission has left no state.
    assert own.get(f"/api/beats/{stopped['id']}")["checkpoint_id"] is None
    assert "does not exist" in own.refused(404, "GET", "/api/beats/999999")["detail"]
    for number in ("0", "-1", "x", str(2**63)):
        assert own.refused(422, "GET", f"/api/beats/{number}")["field"] == "beat_id"


def test_approve(site: Site) -> None:
    number = waiting(site)
    assert site.get("/api/heartbeat/status")["awaiting_approval"] >= 1
    beat = site.post(f"/api/beats/{number}/approve")
    assert (beat["id"], beat["status"], beat["actions"][0]["title"]) == (number, "acted", "Tea")
    assert "acted" in site.refused(409, "POST", f"/api/beats/{number}/approve")["detail"]
    assert "acted" in site.refused(409, "POST", f"/api/beats/{number}/reject")["detail"]


def test_approve_with_an_edit(site: Site) -> None:
    number = waiting(site)
    for edit, field in (
        ({"title": "x" * 201}, "edit.title"),
        ({"colour": "red"}, "edit.colour"),
        ({"title": 5}, "edit.title"),
    ):
        found = site.refused(422, "POST", f"/api/beats/{number}/approve", json={"edit": edit})
        assert found["field"] == field
    assert site.get(f"/api/beats/{number}")["status"] == "awaiting_approval"
    beat = site.post(f"/api/beats/{number}/approve", {"edit": {"title": "Coffee"}})
    assert (beat["status"], beat["actions"][0]["title"]) == ("acted", "Coffee")


def test_reject(site: Site) -> None:
    number = waiting(site)
    assert (
        site.refused(422, "POST", f"/api/beats/{number}/reject", json={"reason": "r" * 501})["field"]
        == "reason"
    )
    beat = site.post(f"/api/beats/{number}/reject", {"reason": "not today"})
    assert (beat["status"], beat["actions"]) == ("rejected", [])
    assert site.get(f"/api/beats/{number}")["approval"]["reason"] == "not today"
    assert site.client.post(f"/api/beats/{number}/approve").status_code == 409


def test_an_approval_that_comes_too_late(own: Site) -> None:
    number = waiting(own, own.thread(approval="always", approval_ttl=600))
    own.world.clock.move(minutes=11)
    assert "waited too long" in own.refused(409, "POST", f"/api/beats/{number}/approve")["detail"]
    beat = own.get(f"/api/beats/{number}")
    assert (beat["status"], beat["reason"]) == ("rejected", "expired")
    assert own.get("/api/forum/posts")["items"] == []


def test_of_many_answers_one_counts(own: Site) -> None:
    number = waiting(own)
    answers: list[httpx.Response] = []

    def answer() -> None:
        with httpx.Client(base_url=own.url, timeout=PATIENCE, trust_env=False) as client:
            answers.append(client.post(f"/api/beats/{number}/approve"))

    callers = [threading.Thread(target=answer) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409, 409]
    assert len(own.get("/api/forum/posts")["items"]) == 1


def test_an_answer_may_come_before_the_run_that_asked_has_gone(
    own: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event tells of the question at its commit; the run that asked needs a moment more to end."""
    asked, answered = threading.Event(), threading.Event()
    resumed, accept = approve_node._ask_person, approval.accept

    def slow(*given: Any) -> Any:
        asked.set()
        assert answered.wait(30)
        return resumed(*given)

    def accepted(*given: Any) -> Any:
        claimed = accept(*given)
        answered.set()
        return claimed

    monkeypatch.setattr(approve_node, "_ask_person", slow)
    monkeypatch.setattr(local_runner, "accept", accepted)
    thread = own.thread(approval="always")
    order_post(own.world, thread, **POST)
    beat = own.post(run_now(thread), {"wait": False}, 202)
    assert asked.wait(30)
    assert own.post(f"/api/beats/{beat['id']}/approve")["status"] == "acted"


@pytest.mark.parametrize("call", ["approve", "reject"])
def test_answers_to_no_question(site: Site, call: str) -> None:
    site.refused(404, "POST", f"/api/beats/999999/{call}")
    beat = site.post(run_now(site.thread()))
    assert "none" in site.refused(409, "POST", f"/api/beats/{beat['id']}/{call}")["detail"]
    assert site.refused(422, "POST", f"/api/beats/{beat['id']}/{call}", json={"no": 1})["field"] == "no"


def test_a_call_that_fails_tells_nothing(
    own: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An error that nobody foresees.
    monkeypatch.delattr("heartbeat.store.database.Database.read")
    found = problem(own.client.get("/api/heartbeat/history"), 500)
    assert found["detail"] == "An unexpected error; the log of the service says more."
    assert "a call failed" in caplog.text


def test_a_beat_of_an_earlier_version_shows_what_it_asked(own: Site) -> None:
    beat = own.post(run_now(own.thread()))
    step = {"name": "label", "asked": "3+ new posts: sum up", "answer": {"label": "count", "number": 3}}
    decided = {"action": "none", "duty": "3+ new posts: sum up", "uses": ["forum.post:1"]}
    rounds = [{"decided_by": "model", "decision": decided, "reply": None, "steps": [step]}]

    def write(session: Session) -> None:
        row = session.get(Beat, beat["id"])
        assert row is not None
        row.rounds = rounds
        session.add(row)

    own.world.store.write(write)
    assert own.get(f"/api/beats/{beat['id']}")["rounds"] == rounds
