"""Traces: a span per beat with what lies in it, by standard variables; without them nothing is loaded or sent."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from heartbeat.fetching import FetchedItem
from heartbeat.vocabulary import FeedKind
from heartbeat_service import tracing
from heartbeat_service.lifespan import open_service
from heartbeat_service.spans import NoTracing
from heartbeat_service.tracing import open_tracing, wanted
from tests.support.bringing import bring
from tests.support.holds import SOON
from tests.support.ollama import Say, decision
from tests.support.world import World

POST = decision(action="post", board="general", title="Caught up", content="Words")
KEY = "ghp_" + "a1" * 18


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OTEL_", "OPENINFERENCE_")):
            monkeypatch.delenv(name)


def plain(value: AnyValue) -> Any:
    return getattr(value, str(value.WhichOneof("value")))


@dataclass
class Collector:
    """Takes what is sent over HTTP."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    silent: threading.Event | None = None
    """Set by the test when answers may come; until then there are none."""

    @property
    def requests(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def span(self, name: str) -> Span:
        [found] = [span for span in self.spans if span.name == name]
        return found

    def attributes(self, name: str) -> dict[str, Any]:
        return {each.key: plain(each.value) for each in self.span(name).attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if made.silent is not None:
                made.silent.wait(60)
                return
            made.paths.append(self.path)
            made.types.append(self.headers.get("Content-Type", ""))
            made.bodies.append(body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    if made.silent is not None:
        made.silent.set()
    server.shutdown()
    server.server_close()
    thread.join()


async def one_beat(world: World, *, scheduled: bool = False) -> None:
    """Serve a world while one beat of it runs."""
    async with open_service(world.settings, enabled=False, services=world.services) as service:
        if scheduled:
            slot = world.store.read(_next_due)
            world.clock.now = slot
            await service.runner.submit("demo", slot)
            await asyncio.gather(*(service.runner.result_of(each) for each in service.runner.in_flight))
        else:
            await service.runner.run_now("demo")


def _next_due(session: Any) -> Any:
    from heartbeat.store import threads

    return threads.get(session, "demo").next_due


@pytest.mark.one_question  # replies with a whole decision
async def test_a_beat_arrives_at_a_collector(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    world.thread(every=600)
    world.ollama.says(POST)
    await one_beat(world, scheduled=True)
    assert set(collector.paths) == {"/v1/traces"}
    assert set(collector.types) == {"application/x-protobuf"}
    resource = collector.requests[0].resource_spans[0].resource
    assert ("service.name", "heartbeat") in {(each.key, plain(each.value)) for each in resource.attributes}
    [row] = world.history()
    assert collector.attributes("beat") == {
        "heartbeat.thread": "demo",
        "heartbeat.beat": row.id,
        "heartbeat.trigger": "scheduled",
        "heartbeat.status": "acted",
        "heartbeat.slot": row.slot.isoformat().replace("+00:00", "Z"),
    }
    names = {span.name for span in collector.spans}
    assert names >= {"beat", "heartbeat", "load_instructions", "decide", "validate", "settle", "ChatOllama"}
    beat, graph = collector.span("beat"), collector.span("heartbeat")
    assert {span.trace_id for span in collector.spans} == {beat.trace_id}
    nodes = {span.span_id: span for span in collector.spans if span.name == "decide"}
    assert graph.parent_span_id == beat.span_id
    assert graph.span_id in {span.parent_span_id for span in nodes.values()}
    assert collector.span("ChatOllama").parent_span_id in nodes


@pytest.mark.one_question  # the model is asked at each beat
async def test_a_failed_beat_is_an_error(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.url}/own/path")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "night-shift")
    world.thread()
    world.ollama.says(Say(status=500, error="out of memory"))
    await one_beat(world)
    assert set(collector.paths) == {"/own/path"}
    assert "night-shift" in str(collector.requests[0].resource_spans[0].resource)
    span = collector.span("beat")
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert span.status.message.startswith("The model gave no decision")
    attributes = collector.attributes("beat")
    assert (attributes["heartbeat.status"], attributes["heartbeat.reason"]) == ("failed", "model_error")
    assert "heartbeat.slot" not in attributes


@pytest.mark.one_question  # the prompt that shows the feed
async def test_what_is_sent_holds_no_secrets_and_no_endless_values(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    world.thread()
    world.post("A key", f"It is {KEY}.")
    for number in range(15):
        world.post(f"More {number}", "Word " * 200)
    world.ollama.says(Say(status=500, error=f"bad token: {KEY}"))
    await one_beat(world)
    sent = b"".join(collector.bodies)
    assert KEY.encode() not in sent
    assert b"[secret]" in sent
    values = [plain(each.value) for span in collector.spans for each in span.attributes]
    assert 8_000 < max(len(value) for value in values if isinstance(value, str)) <= 8_192


async def test_each_beat_has_a_trace_of_its_own(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    for name in ("a", "b"):
        world.thread(name)
    async with open_service(world.settings, enabled=False, services=world.services) as service:
        await asyncio.gather(*(service.runner.run_now(name) for name in ("a", "b")))
        # What admission refuses has no span.
        for _ in range(6):
            await service.runner.run_now("a")
    spans = [span for span in collector.spans if span.name == "beat"]
    threads = [
        plain(each.value) for span in spans for each in span.attributes if each.key == "heartbeat.thread"
    ]
    assert sorted(threads) == ["a"] * 5 + ["b"]
    assert len({span.trace_id for span in spans}) == 6
    assert all(not span.parent_span_id for span in spans)


@pytest.mark.parametrize("down", ["silent", "gone"])
async def test_a_collector_that_is_down_holds_up_nothing(
    world: World,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    down: str,
) -> None:
    url = collector.url if down == "silent" else "http://127.0.0.1:9"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
    monkeypatch.setattr(tracing, "FLUSH", 0.3)
    collector.silent = threading.Event()
    world.thread()
    before = exporting()
    began = time.monotonic()
    await one_beat(world)
    assert time.monotonic() - began < SOON
    assert [row.status for row in world.history()] == ["none"]
    assert "traces could not be sent within 0.3 s and are lost" in caplog.text
    if down == "silent":
        # A request that is under way cannot be called back; with its answer it ends, and nothing is tried again.
        release(collector)
    assert exporting() == before


def release(collector: Collector) -> None:
    """Let a silent collector answer, and wait until nobody sends any more."""
    assert collector.silent is not None
    collector.silent.set()
    for each in threading.enumerate():
        if is_exporting(each):
            each.join(30)


NAMED = {"OTEL_TRACES_EXPORTER": "otlp"}


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({}, ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, ()),
        (NAMED, ("otlp",)),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, ("console", "otlp")),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, ()),
        ({**NAMED, "OTEL_SDK_DISABLED": "true"}, ()),
        ({"OTEL_SERVICE_NAME": "x", "OTEL_METRICS_EXPORTER": "otlp"}, ()),
    ],
)
def test_what_the_variables_ask_for(variables: dict[str, str], names: tuple[str, ...]) -> None:
    assert wanted(variables) == names


@pytest.mark.parametrize("missing", ["opentelemetry.sdk", "openinference.instrumentation.langchain"])
async def test_without_the_extra_one_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, missing: str
) -> None:
    find = tracing._is_installed
    monkeypatch.setattr(tracing, "_is_installed", lambda name: name != missing and find(name))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    world.thread()
    await one_beat(world)
    assert [row.status for row in world.history()] == ["none"]
    said = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert said == [tracing.REMEDY]


def test_a_module_whose_package_is_missing_is_not_installed() -> None:
    assert not tracing._is_installed("no_such_package.sdk.trace")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin", "OTEL_TRACES_EXPORTER asks for 'zipkin', which is not installed"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL asks for 'otlp_proto_grpc'"),
    ],
)
async def test_what_cannot_be_had_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    async with open_tracing() as made:
        assert type(made) is NoTracing
    assert f"There will be no traces: {said}" in caplog.text


@contextmanager
def connections() -> Iterator[list[Any]]:
    """Note the address of every connection that Python opens, and every name that it looks up."""
    seen: list[Any] = []
    on = [True]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if on[0] and event == "socket.connect":
            seen.append(args[1])
        elif on[0] and event == "socket.getaddrinfo":
            seen.append(args[:2])

    sys.addaudithook(hook)
    try:
        yield seen
    finally:
        on[0] = False


def exporting() -> list[str]:
    return [each.name for each in threading.enumerate() if is_exporting(each)]


def is_exporting(thread: threading.Thread) -> bool:
    return "otel" in thread.name.lower() or "langsmith" in repr(thread).lower()


@pytest.mark.one_question  # replies with a whole decision
async def test_without_the_variables_nothing_leaves(world: World) -> None:
    world.thread()
    world.ollama.says(POST)
    before = exporting()
    with connections() as seen:
        async with open_service(world.settings, enabled=False, services=world.services) as service:
            await service.runner.run_now("demo")
            assert exporting() == before
    assert [row.status for row in world.history()] == ["acted"]
    assert seen
    assert {address[0] for address in seen} == {"127.0.0.1"}


CANARY = "canary-4711"


def with_notes(world: World) -> None:
    """Let the thread look at a private connection that holds a canary, and have the model repeat it."""
    item = FetchedItem("1", FeedKind.FILE, world.clock(), title=CANARY, content=f"It is {CANARY}.")
    bring(world, [item], "notes", private=True)
    world.thread(sources=["default", "notes"])
    world.ollama.says(decision(action="post", board="general", title=CANARY, content=CANARY, note=CANARY))


@pytest.mark.one_question
async def test_a_beat_that_sees_something_private_is_traced_without_payload(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    with_notes(world)
    with caplog.at_level(logging.DEBUG, logger="heartbeat"):
        await one_beat(world)
    sent = b"".join(collector.bodies)
    assert {span.name for span in collector.spans} >= {"beat", "heartbeat", "gather_context", "ChatOllama"}
    assert CANARY.encode() not in sent
    assert b"llm.token_count" in sent
    assert CANARY not in caplog.text
    assert "beat finished" in caplog.text


@pytest.mark.one_question
async def test_an_error_of_such_a_beat_is_traced_without_its_text(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    with_notes(world)
    world.ollama.replies = [Say(status=500, error=f"too much: {CANARY}")]
    with caplog.at_level(logging.DEBUG, logger="heartbeat"):
        await one_beat(world)
    assert world.history()[0].status == "failed"
    assert CANARY.encode() not in b"".join(collector.bodies)
    assert CANARY not in caplog.text


@pytest.mark.one_question
async def test_nor_by_the_exporters_of_an_app(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    with_notes(world)
    world.ollama.replies = [Say(status=500, error=f"too much: {CANARY}")]
    await one_beat(world)
    assert world.history()[0].status == "failed"
    spans = exporter.get_finished_spans()
    assert [each for each in spans if each.events], "that there was an error is seen"
    assert CANARY not in "".join(each.to_json() for each in spans)
    with provider.get_tracer("app").start_as_current_span("of the app") as span:
        span.record_exception(ValueError(CANARY))
    assert CANARY in exporter.get_finished_spans()[-1].to_json()
