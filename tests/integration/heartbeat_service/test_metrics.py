"""/metrics over a socket: each beat counted once, gauges as they are now, labels that stay few."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from heartbeat.outgoing import Outgoing
from heartbeat.store import outbox, threads, timer
from heartbeat.store.approval_views import ApprovalView
from heartbeat.store.views import BeatDetail
from heartbeat.vocabulary import AnswerOrigin, BeatStatus, Reason
from heartbeat_service.metrics import OTHER, OUTCOMES, Metrics
from tests.conftest import NOBODY
from tests.integration.heartbeat_service.test_timer import until
from tests.integration.http.site import Site, serving
from tests.support.ollama import Say, decision
from tests.support.outside import REFUSES, OutsideForum, serving_outside
from tests.support.outside_target import AsyncTarget
from tests.support.paths import ROOT
from tests.support.world import World

POST = decision(action="post", board="general", title="Caught up", content="Words")


def read(site: Site) -> Callable[..., float | None]:
    """Scrape once; return what gives the value of a series, None where it is not there."""
    answer = site.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return values(answer.text)


def values(text: str) -> Callable[..., float | None]:
    found = {
        (each.name, frozenset(each.labels.items())): each.value
        for family in parse(text)
        for each in family.samples
    }
    return lambda name, **labels: found.get((f"heartbeat_{name}", frozenset(labels.items())))


def counted(metrics: Metrics) -> Callable[..., float | None]:
    return values(metrics.expose("")[0].decode())


def beats(value: Callable[..., float | None], outcome: str, reason: str = "", trigger: str = "manual") -> Any:
    return value("beats_total", outcome=outcome, reason=reason, trigger=trigger)


@pytest.mark.one_question  # counts one reply and its tokens
def test_a_beat_by_hand(world: World) -> None:
    world.thread()
    world.ollama.says(Say(POST, prompt_tokens=300, completion_tokens=40))
    with serving(world) as site:
        before = read(site)
        site.post("/api/threads/demo/heartbeat/run-now")
        value = read(site)
    assert (beats(before, "acted"), beats(value, "acted")) == (0, 1)
    assert value("actions_total", kind="post", status="sent") == 1
    assert value("model_reply_seconds_count") == 1
    assert value("model_tokens_total", kind="prompt") == 300
    assert value("model_tokens_total", kind="completion") == 40
    assert value("beat_duration_seconds_count", outcome="acted") == 1
    assert value("beat_lateness_seconds_count") == 0
    assert value("beats_in_flight") == 0


@pytest.mark.one_question  # a scheduled beat that waits for no reading
async def test_a_scheduled_beat_and_how_late_it_was(world: World) -> None:
    world.thread(every=600)
    slot = world.store.read(threads.get, "demo").next_due
    assert slot is not None
    world.clock.now = slot + timedelta(seconds=3)
    with serving(world, enabled=True) as site:
        await until(lambda: any(row.status == "none" for row in world.history()))
        await until(lambda: not site.service.runner.in_flight)
        value = read(site)
    assert beats(value, "none", trigger="scheduled") == 1
    assert value("beat_lateness_seconds_sum") == 3
    assert value("beat_lateness_seconds_bucket", le="2.5") == 0
    assert value("beat_lateness_seconds_bucket", le="5.0") == 1
    assert value("timer_enabled") == 1
    assert value("timer_tick_age_seconds") == 0


@pytest.mark.one_question  # counts one reply and its tokens
def test_a_beat_that_waits_for_a_person_is_counted_when_it_ends(world: World) -> None:
    world.thread(approval="always")
    world.ollama.says(POST)
    with serving(world) as site:
        beat = site.post("/api/threads/demo/heartbeat/run-now")
        waiting = read(site)
        world.clock.move(hours=5)
        later = read(site)
        site.post(f"/api/beats/{beat['id']}/approve")
        value = read(site)
    assert (waiting("approvals_waiting"), waiting("approval_oldest_seconds")) == (1, 0)
    assert (later("approvals_waiting"), later("approval_oldest_seconds")) == (1, 5 * 3_600)
    assert (value("approvals_waiting"), value("approval_oldest_seconds")) == (0, 0)
    assert (waiting("approvals_requested_total"), beats(waiting, "acted")) == (1, 0)
    assert (value("approvals_requested_total"), beats(value, "acted")) == (1, 1)
    assert value("model_reply_seconds_count") == 1
    assert value("model_tokens_total", kind="prompt") == 100
    assert value("actions_total", kind="post", status="sent") == 1
    assert value("beat_duration_seconds_count", outcome="acted") is None


def test_what_the_door_refuses_is_counted_and_takes_no_time(world: World) -> None:
    world.thread()
    with serving(world) as site:
        for _ in range(6):
            site.post("/api/threads/demo/heartbeat/run-now")
        value = read(site)
    assert beats(value, "skipped", "cooldown") == 1
    assert beats(value, "none") == 5
    assert value("beat_duration_seconds_count", outcome="none") == 5
    assert value("beat_duration_seconds_count", outcome="skipped") is None


@pytest.mark.one_question  # a failed small question is counted as a reply
def test_a_failed_call_of_the_model(world: World) -> None:
    world.thread()
    world.ollama.says(Say(status=500, error="out of memory"))
    with serving(world) as site:
        site.post("/api/threads/demo/heartbeat/run-now")
        value = read(site)
    assert beats(value, "failed", "model_error") == 1
    assert value("model_reply_seconds_count") == 0


def test_gauges_tell_how_it_stands_now(world: World) -> None:
    world.thread(every=60)
    slot = world.store.read(threads.get, "demo").next_due
    assert slot is not None
    with serving(world) as site:
        quiet = read(site)
        world.clock.now = slot + timedelta(seconds=90)
        world.store.write(timer.switch, False, world.clock())
        value = read(site)
    assert (quiet("due_threads"), quiet("due_lag_seconds"), quiet("timer_running")) == (0, 0, 1)
    assert (value("due_threads"), value("due_lag_seconds"), value("timer_running")) == (1, 90, 0)
    assert (value("timer_enabled"), value("timer_tick_age_seconds")) == (0, None)
    assert value("database_up") == 1


@pytest.mark.parametrize(
    "error",
    [OperationalError("SELECT", None, Exception("database is locked")), PoolTimeoutError("QueuePool limit")],
    ids=["locked", "every connection waits"],
)
def test_a_database_that_does_not_answer_hides_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    world.thread()

    def locked(*_: object) -> None:
        raise error

    with serving(world) as site:
        site.post("/api/threads/demo/heartbeat/run-now")
        with monkeypatch.context() as patched:
            patched.setattr("heartbeat_service.metrics._read", locked)
            value = read(site)
    assert (value("database_up"), value("due_threads")) == (0, None)
    assert (beats(value, "none"), value("beats_in_flight")) == (1, 0)


def test_it_needs_the_token(world: World) -> None:
    with serving(world, api_token=SecretStr("a long random text")) as site:
        site.refused(401, "GET", "/metrics")
        answer = site.client.get("/metrics", headers={"Authorization": "Bearer a long random text"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"


def test_openmetrics_where_it_is_asked_for(world: World) -> None:
    with serving(world) as site:
        answer = site.client.get(
            "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
        )
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = parse_openmetrics(answer.text)  # type: ignore[no-untyped-call]
    assert "heartbeat_beats" in {family.name for family in families}


def ended(world: World, **differs: Any) -> BeatDetail:
    """A scheduled beat that has ended, and what is different about it."""
    world.thread()
    beat = world.scheduled()
    return world.detail(beat["id"]).model_copy(update=differs)


def test_a_slot_that_is_tried_again_is_late_once(world: World) -> None:
    first = ended(world, status="failed", reason="model_timeout", rounds=[])
    again = first.model_copy(update={"attempts": [{"at": "…"}], "status": "none", "reason": None})
    metrics = Metrics()
    metrics.finished(first)
    metrics.finished(again)
    value = counted(metrics)
    assert value("beat_lateness_seconds_count") == 1
    assert beats(value, "failed", "model_timeout", "scheduled") == 1
    assert beats(value, "none", trigger="scheduled") == 1


@pytest.mark.one_question  # counts what became of one beat
def test_replies_after_an_approval_count(world: World) -> None:
    rounds = [
        {"at": "2026-11-02T12:00:00+00:00", "seconds": 1.0, "prompt_tokens": 10, "completion_tokens": 1},
        {"decided_by": "rules"},
        {
            "at": "2026-11-02T12:00:09.500000+00:00",
            "seconds": 2.0,
            "prompt_tokens": 20,
            "completion_tokens": None,
        },
    ]
    metrics = Metrics()
    beat = ended(world, rounds=rounds, approval=answered(AnswerOrigin.CLI))
    metrics.finished(beat)
    value = counted(metrics)
    assert (value("model_reply_seconds_count"), value("model_reply_seconds_sum")) == (1, 2)
    assert value("model_tokens_total", kind="prompt") == 20
    assert not value("beat_duration_seconds_count", outcome="none"), "it was timed when it began to wait"
    # What a standing approval covers has not waited.
    metrics.finished(beat.model_copy(update={"approval": answered(AnswerOrigin.STANDING)}))
    assert counted(metrics)("model_reply_seconds_count") == 3
    assert counted(metrics)("beat_duration_seconds_count", outcome="none") == 1


def answered(by: AnswerOrigin) -> ApprovalView:
    """An answer that was given five seconds after the beat had begun."""
    at = datetime(2026, 11, 2, 12, 0, 5, tzinfo=UTC)
    return ApprovalView(answer="approve", by=by, at=at, reason=None, edit=None, standing_id=None)


def test_labels_stay_few_whatever_a_row_says(world: World) -> None:
    beat = ended(world)
    metrics = Metrics()
    before = metrics.expose("")[0].count(b"heartbeat_beats_total")
    odd = (
        (BeatStatus.FAILED, Reason.BUSY),
        (BeatStatus.FAILED, Reason.EXPIRED),
        (BeatStatus.MISSED, None),
        (BeatStatus.ABANDONED, Reason.INTERNAL),
    )
    for status, reason in odd:
        metrics.finished(beat.model_copy(update={"status": status, "reason": reason}))
    value = counted(metrics)
    assert beats(value, "failed", OTHER, "scheduled") == beats(value, OTHER, OTHER, "scheduled") == 2
    assert metrics.expose("")[0].count(b"heartbeat_beats_total") == before + 2
    assert b"demo" not in metrics.expose("")[0]


def test_every_reason_in_the_code_is_known() -> None:
    """Those that no run stands behind are left to /api/heartbeat/stats."""
    paths = [
        path
        for room in ("heartbeat_decision", "nodes", "heartbeat_service")
        for path in (ROOT / room).glob("*.py")
    ]
    calls = [
        ast.unparse(node)
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ending", "Outcome")
    ]
    found = [re.search(r"\(BeatStatus\.(\w+), .*\bReason\.(\w+)", call) for call in calls]
    named = {(BeatStatus[each[1]], Reason[each[2]]) for each in found if each}
    assert len(named) > 10
    assert {(status, reason) for status, reason in named if reason not in OUTCOMES[status]} == set()


async def test_deliveries_and_what_waits(world: World) -> None:
    forum = OutsideForum(clock=world.seconds, ways=[REFUSES])
    with serving_outside(forum):
        world.services = replace(
            world.services,
            targets={"outside": AsyncTarget(forum.url), "dead": AsyncTarget(NOBODY, "dead")},
        )
        for target in ("outside", "outside", "dead"):
            world.store.write_durably(
                outbox.queue, Outgoing(kind="post"), target=target, deliver_within=60, now=world.clock()
            )
        world.clock.move(seconds=7)
        with serving(world) as site:
            await until(lambda: read(site)("delivery_tries_total", target="dead", end="not_sent") == 1)
            await until(lambda: read(site)("delivery_tries_total", target="outside", end="sent") == 1)
            value = read(site)
    assert value("deliveries_total", target="outside", status="failed", reason="refused") == 1
    assert value("deliveries_total", target="outside", status="sent", reason="") == 1
    assert value("delivery_try_seconds_count", target="outside") == 2
    assert [value("deliveries_waiting", status=each) for each in ("pending", "sending", "held")] == [1, 0, 0]
    assert value("delivery_oldest_seconds") == 7
    assert value("target_down", target="dead") == 0
    assert value("deliverer_tick_age_seconds") == 0


def test_every_metric_is_documented_and_named_by_convention(world: World) -> None:
    text = (ROOT / "docs" / "observability.md").read_text()
    with serving(world, enabled=True) as site:
        site.post("/api/threads", {"id": "demo"}, 201)
        site.post("/api/threads/demo/heartbeat/run-now")
        families = list(parse(site.client.get("/metrics").text))
    own = [each for each in families if each.name.startswith("heartbeat_")]
    assert {each.name.split("_")[0] for each in families} == {"heartbeat", "process", "python"}
    assert len(own) >= 15
    for each in own:
        shown = f"{each.name}_total" if each.type == "counter" else each.name
        assert f"| `{shown}" in text, shown
        assert each.documentation.endswith(".")
        assert each.type != "histogram" or each.name.endswith("_seconds")
    assert not [name for each in own for sample in each.samples if (name := sample.name).endswith("_created")]


def test_who_cannot_hear_of_a_beat_does_not_disturb_it(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.thread()

    def deaf(_: object) -> None:
        raise BrokenPipeError

    with serving(world) as site:
        monkeypatch.setattr(site.service.metrics, "finished", deaf)
        beat = site.post("/api/threads/demo/heartbeat/run-now")
    assert beat["status"] == "none"
    assert caplog.text.count("the end of a beat was not told") == 1
