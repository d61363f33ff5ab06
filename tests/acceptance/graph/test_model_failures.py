"""Whatever fails, inside or outside, is an outcome with its reason: nothing escapes, nothing is done by half."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Literal, get_args

import pytest
from sqlmodel import Session

from graph.heartbeat import graph
from heartbeat import vocabulary
from heartbeat.decision_mode import DecisionMode
from heartbeat.draft import Draft
from heartbeat.errors import HeartbeatError, InvalidValueError, NotFoundError
from heartbeat.feed import Item
from heartbeat.instructions import MAX_BYTES
from heartbeat.sources import ContextSource, Look
from heartbeat.store import Lease, Refusal, Store, actions, approvals, beats, threads
from heartbeat.targets import ForumTarget
from heartbeat.vocabulary import AdmissionGate, Trigger
from heartbeat_decision import server as server_module
from heartbeat_decision.model import OllamaModel
from heartbeat_decision.server import Tag
from nodes.services import Services
from tests.conftest import NOBODY
from tests.support.holds import SOON
from tests.support.ollama import Say, decision
from tests.support.paths import ROOT
from tests.support.plan_beats import follow
from tests.support.world import INSTRUCTIONS, World

POST = decision(action="post", board="general", title="Title", content="Words")
Door = Literal["invoke", "ainvoke"]
Chat = Callable[[BaseHTTPRequestHandler], None]


LINES: dict[str, Any] = {
    "If 3+ new posts": ("post", "number", "forum", {"number": "at least 3", "how": "a summary"}),
    "Say hello": ("post", "always", "any", {"how": "a greeting"}),
}


@pytest.fixture
def world(world: World, request: pytest.FixtureRequest) -> World:
    """A workspace whose plan has one text written at each beat, unless the test is about the one question."""
    if request.node.get_closest_marker("one_question"):
        return world
    follow(world, LINES)
    world.ollama.answer, world.ollama.tags = None, 0
    world.clock.move(minutes=2)  # what was asked of the server is remembered for a minute
    return world


def run(world: World, door: Door = "invoke", **context: Any) -> dict[str, Any]:
    """Run one manual beat through one of the graph's two doors."""
    world.clock.move(seconds=30)
    settings = world.context(**context)
    if door == "invoke":
        result = graph.invoke({"thread": "demo"}, context=settings)
    else:
        result = asyncio.run(graph.ainvoke({"thread": "demo"}, context=settings))
    beat: dict[str, Any] = result["beat"]
    return beat


def outcome(beat: dict[str, Any]) -> tuple[str, str | None]:
    return beat["status"], beat["reason"]


def assert_nothing_was_done(world: World, beat: dict[str, Any]) -> None:
    assert world.posts() == []
    assert beat["actions"] == []
    row = world.detail(beat["id"])
    assert (row.status, row.reason, row.summary) == (beat["status"], beat["reason"], beat["summary"])
    assert row.finished_at is not None
    assert "\n" not in row.summary
    assert len(row.summary) < 700


@contextmanager
def raw_server(chat: Chat, tags: Chat | None = None) -> Iterator[str]:
    """An Ollama whose replies the test writes byte by byte; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            if tags is not None:
                tags(self)
                return
            send(self, json.dumps({"models": [{"name": "llama3.2:latest"}]}).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            chat(self)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send a whole answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def trickle(stop: Event) -> Chat:
    """Send one byte of white space at a time, for as long as anybody listens."""

    def chat(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        token = json.dumps({"message": {"role": "assistant", "content": " "}, "done": False}).encode() + b"\n"
        while not stop.wait(0.1):
            handler.wfile.write(f"{len(token):x}\r\n".encode() + token + b"\r\n")
            handler.wfile.flush()

    return chat


# What is outside: the model and its server.


def down(world: World) -> None:
    world.services = replace(
        world.services, settings=world.settings.model_copy(update={"ollama_url": NOBODY})
    )


def dies_after_the_preflight(world: World) -> None:
    """A server that was up a moment ago."""
    down(world)
    known = OllamaModel()
    known.checks.keep(NOBODY, "llama3.2:latest", Tag(), time.monotonic())
    world.services = replace(world.services, model=known)


def without_the_model(world: World) -> None:
    world.ollama.models = ["another:1b"]


def says(say: Say) -> Callable[[World], None]:
    def arrange(world: World) -> None:
        world.ollama.default = say

    return arrange


UNREACHABLE = {
    "server is down": (down, "ollama serve"),
    "server dies after the preflight": (dies_after_the_preflight, "ollama serve"),
    "model is missing": (without_the_model, "ollama pull llama3.2:latest"),
}


@pytest.mark.parametrize("door", get_args(Door))
@pytest.mark.parametrize(("arrange", "remedy"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_unreachable_model_is_skipped_with_its_remedy(
    world: World, arrange: Callable[[World], None], remedy: str, door: Door
) -> None:
    world.thread()
    world.post()
    arrange(world)
    beat = run(world, door)
    assert outcome(beat) == ("skipped", "model_unreachable")
    assert remedy in beat["summary"]
    assert world.ollama.calls == []
    assert_nothing_was_done(world, beat)


@pytest.mark.parametrize("door", get_args(Door))
@pytest.mark.parametrize("arrange", [case[0] for case in UNREACHABLE.values()], ids=UNREACHABLE)
def test_rules_decide_where_the_model_is_unreachable(
    world: World, arrange: Callable[[World], None], door: Door
) -> None:
    world.thread(fallback="rules")
    for number in range(3):
        world.post(f"Post {number}")
    arrange(world)
    beat = run(world, door)
    assert (outcome(beat), beat["decided_by"], beat["model"]) == (("acted", None), "rules", None)
    assert len(world.posts()) == 1


ERRORS = {
    "404": (says(Say(status=404, error="model not found")), "answered 404: model not found"),
    "500": (says(Say(status=500, error="out of memory")), "answered 500: out of memory"),
    "long error": (says(Say(status=500, error="x" * 100_000 + "\nmore")), "answered 500: xxx"),
    "error in mid-stream": (says(Say(POST, error="runner died")), "answered: runner died"),
    "dropped in mid-stream": (says(Say(POST, drop=True)), "RemoteProtocolError"),
}


@pytest.mark.parametrize("door", get_args(Door))
@pytest.mark.parametrize("fallback", ["none", "rules"])
@pytest.mark.parametrize(("arrange", "said"), ERRORS.values(), ids=ERRORS)
def test_error_of_the_model_fails_the_beat(
    world: World, arrange: Callable[[World], None], said: str, fallback: str, door: Door
) -> None:
    world.thread(fallback=fallback)
    for _ in range(3):
        world.post()
    arrange(world)
    beat = run(world, door)
    assert outcome(beat) == ("failed", "model_error"), beat["summary"]
    assert said in beat["summary"]
    assert_nothing_was_done(world, beat)
    assert len(world.ollama.calls) == 1, "an error is not asked again at once"


@pytest.mark.one_question  # the repair of a whole decision
def test_error_of_the_repair_fails_the_beat(world: World) -> None:
    world.thread(fallback="rules")
    for _ in range(3):
        world.post()
    world.ollama.says("no JSON", Say(status=500, error="out of memory"))
    beat = run(world)
    assert outcome(beat) == ("failed", "model_error")
    assert (beat["prompt_tokens"], beat["completion_tokens"]) == (100, 20), "what was spent is counted"
    assert_nothing_was_done(world, beat)


DONE = {"model": "llama3.2:latest", "done": True, "done_reason": "stop", "message": {"role": "assistant"}}
FOREIGN = {
    "nothing": b"",
    "blank lines": b"\n\n\n",
    "prose": b"Bad gateway",
    "HTML": b"<html>502</html>",
    "array": b"[1]\n",
    "number": b"3\n",
    "null": b"null\n",
    "string": b'"done"\n',
    "empty object": b"{}\n",
    "message is a list": b'{"message": ["a"], "done": true, "done_reason": "stop"}\n',
    "message is null": b'{"message": null, "done": true, "done_reason": "stop"}\n',
    "content is a number": b'{"message": {"role": "assistant", "content": 3}, "done": true}\n',
    "content is half a character": b'{"message": {"role": "assistant", "content": "\\ud800"}, "done": true}\n',
    "tokens are words": json.dumps({**DONE, "prompt_eval_count": "many", "eval_count": []}).encode() + b"\n",
    "no UTF-8": b"\xff\xfe{}\n",
    "nested deeply": b'{"message": ' + b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("door", get_args(Door))
@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
def test_reply_of_another_protocol_fails_the_beat(world: World, body: bytes, door: Door) -> None:
    world.thread()
    world.post()
    with raw_server(lambda handler: send(handler, body)) as url:
        beat = run(world, door, ollama_url=url)
    assert outcome(beat) in {("failed", "model_error"), ("failed", "invalid_decision")}, beat["summary"]
    assert beat["reason"] != "internal"
    assert_nothing_was_done(world, beat)


TAGS = {
    "nothing": b"",
    "prose": b"hello",
    "array": b"[]",
    "no models": b"{}",
    "models of null": b'{"models": null}',
    "models of numbers": b'{"models": [1]}',
    "names of lists": b'{"models": [{"name": []}]}',
    "nested deeply": b"[" * 100_000,
}


@pytest.mark.parametrize("body", TAGS.values(), ids=TAGS)
def test_preflight_of_another_protocol_is_a_gate(world: World, body: bytes) -> None:
    world.thread()
    with raw_server(lambda _: None, tags=lambda handler: send(handler, body)) as url:
        beat = run(world, ollama_url=url)
    assert outcome(beat) == ("skipped", "model_unreachable")


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999",
        "http://no such host",
        "http://a\x00b",
        "http://é..é",
    ],
)
@pytest.mark.parametrize("checked", [False, True], ids=["preflight", "call"])
def test_address_that_is_none_is_no_internal_error(world: World, url: str, checked: bool) -> None:
    world.thread()
    if checked:
        known = OllamaModel()
        known.checks.keep(url, "llama3.2:latest", Tag(), time.monotonic())
        world.services = replace(world.services, model=known)
    beat = run(world, ollama_url=url)
    assert beat["reason"] in ({"model_unreachable", "model_error"} if checked else {"model_unreachable"})
    assert_nothing_was_done(world, beat)


@pytest.mark.parametrize("door", get_args(Door))
def test_silent_server_ends_by_the_deadline(world: World, door: Door) -> None:
    world.thread()
    answer = Event()
    world.ollama.default = Say(POST, wait=answer)
    started = time.monotonic()
    beat = run(world, door, model_timeout=1)
    assert time.monotonic() - started < SOON
    answer.set()
    assert outcome(beat) == ("failed", "model_timeout")
    assert "1 s" in beat["summary"]
    assert_nothing_was_done(world, beat)


@pytest.mark.one_question  # the deadline of one call
@pytest.mark.parametrize("door", get_args(Door))
def test_trickling_server_ends_by_the_total_deadline(world: World, door: Door) -> None:
    world.thread()
    stop = Event()
    started = time.monotonic()
    with raw_server(trickle(stop)) as url:
        beat = run(world, door, model_timeout=1, ollama_url=url)
        elapsed = time.monotonic() - started
        stop.set()
    assert elapsed < SOON
    assert outcome(beat) == ("failed", "model_timeout")
    assert_nothing_was_done(world, beat)


def test_trickling_preflight_ends_by_its_total_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "CHECK_TIMEOUT", 0.5)
    world.thread()
    stop = Event()
    started = time.monotonic()
    with raw_server(lambda _: None, tags=trickle(stop)) as url:
        beat = run(world, ollama_url=url)
        elapsed = time.monotonic() - started
        stop.set()
    assert elapsed < SOON
    assert outcome(beat) == ("skipped", "model_unreachable")


# What is inside: sources, targets, the instructions file, the database.


@dataclass(frozen=True)
class Broken:
    """A source that does what it is told instead of looking."""

    work: Callable[[], Sequence[Item]]
    name: str = "broken"
    time_limit: float = 0.2

    def look(self, look: Look) -> Sequence[Item]:
        return self.work()


def with_source(world: World, source: ContextSource) -> None:
    world.services = replace(world.services, sources=[source, *world.services.sources])


@pytest.mark.one_question  # the prompt that shows the feed
def test_source_that_raises_is_a_recorded_problem(world: World) -> None:
    def work() -> Sequence[Item]:
        raise RuntimeError("no network")

    world.thread()
    world.post("Still seen")
    with_source(world, Broken(work))
    beat = run(world)
    assert outcome(beat) == ("none", None)
    assert beat["problems"] == ["source broken: RuntimeError: no network"]
    assert "Still seen" in world.ollama.prompts[0]


@pytest.mark.one_question  # the prompt that shows the feed
def test_source_that_hangs_is_a_recorded_problem(world: World) -> None:
    stop = Event()

    def work() -> Sequence[Item]:
        stop.wait(60)
        return []

    world.thread()
    world.post("Still seen")
    with_source(world, Broken(work))
    started = time.monotonic()
    beat = run(world)
    elapsed = time.monotonic() - started
    stop.set()
    assert elapsed < SOON
    assert outcome(beat) == ("none", None)
    assert beat["problems"] == ["source broken: no answer within 0.2 s"]
    assert "Still seen" in world.ollama.prompts[0]


@pytest.mark.one_question  # the model is asked at each beat
def test_source_that_exits_is_a_recorded_problem(world: World) -> None:
    def work() -> Sequence[Item]:
        raise SystemExit(1)

    world.thread()
    with_source(world, Broken(work))
    assert outcome(run(world)) == ("none", None)


@dataclass(frozen=True)
class Failing(ForumTarget):
    """The forum, until it fails half-way."""

    error: Exception = field(kw_only=True)

    def apply(
        self, session: Session, draft: Draft, *, key: str, now: datetime, private: bool
    ) -> dict[str, Any]:
        super().apply(session, draft, key=key, now=now, private=private)
        raise self.error


def failing(error: Exception) -> Callable[[World], None]:
    def arrange(world: World) -> None:
        world.services = replace(world.services, targets={"forum": Failing("heartbeat", error=error)})
        world.ollama.default = Say(POST)

    return arrange


@pytest.mark.one_question  # replies with a whole decision
@pytest.mark.parametrize("door", get_args(Door))
@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("post 7 does not exist"),
        InvalidValueError("title", "title: too rude"),
        RuntimeError("half-way"),
        sqlite3.OperationalError("disk full"),
    ],
    ids=["gone", "refused", "broken", "its own database"],
)
def test_target_that_raises_leaves_nothing_half_done(world: World, error: Exception, door: Door) -> None:
    world.thread()
    failing(error)(world)
    beat = run(world, door)
    assert outcome(beat) == ("failed", "dispatch")
    assert str(error) in beat["error"]
    assert_nothing_was_done(world, beat)


def too_large(world: World) -> None:
    world.write("x" * (MAX_BYTES + 1))


def a_folder(world: World) -> None:
    world.settings.instructions.unlink()
    world.settings.instructions.mkdir()


def not_utf8(world: World) -> None:
    world.settings.instructions.write_bytes(b"# Rules\n\xff\n")


def binary(world: World) -> None:
    world.settings.instructions.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")


def unmarked_utf16(world: World) -> None:
    world.settings.instructions.write_bytes("# Rules\n- Be kind\n".encode("utf-16-le"))


def a_loop(world: World) -> None:
    path = world.settings.instructions
    path.unlink()
    path.symlink_to(path.with_name("other.md"))
    path.with_name("other.md").symlink_to(path)


def a_pipe(world: World) -> None:
    world.settings.instructions.unlink()
    os.mkfifo(world.settings.instructions)


def a_device(world: World) -> None:
    world.settings.instructions.unlink()
    world.settings.instructions.symlink_to("/dev/zero")


UNREADABLE = {
    "too large": (too_large, "is larger than 64 KiB"),
    "a folder": (a_folder, "is not a file but a folder; put a text file in its place"),
    "not UTF-8": (not_utf8, "is not UTF-8 on line 2 (byte 8); save it as UTF-8"),
    "binary": (binary, "is not UTF-8 on line 1"),
    "UTF-16 without a mark": (unmarked_utf16, "seems to be UTF-16 without a byte order mark"),
    "a loop of links": (a_loop, "put a file in their place"),
    "a pipe": (a_pipe, "is not a file but a device, a pipe or a socket"),
    "a device": (a_device, "is not a file but a device, a pipe or a socket"),
}


@pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices of POSIX systems")
@pytest.mark.parametrize(("arrange", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_instructions_are_a_gate_that_says_what_to_do(
    world: World, arrange: Callable[[World], None], said: str
) -> None:
    world.thread()
    arrange(world)
    beat = run(world)
    assert outcome(beat) == ("skipped", "unreadable_instructions")
    assert said in beat["summary"]
    assert beat["summary"].endswith(".")
    assert not beat["summary"].endswith("..")
    assert world.ollama.calls == []
    assert world.ollama.tags == 0
    assert_nothing_was_done(world, beat)


@pytest.mark.one_question  # a scheduled beat that waits for no reading
def test_unreadable_instructions_never_pause_the_thread(world: World) -> None:
    world.thread()
    a_folder(world)
    for _ in range(12):
        world.clock.move(minutes=30)
        assert outcome(world.scheduled()) == ("skipped", "unreadable_instructions")
    assert world.store.read(threads.get, "demo").paused_reason is None
    world.settings.instructions.rmdir()
    world.write(INSTRUCTIONS)
    world.clock.move(minutes=30)
    assert outcome(world.scheduled()) == ("none", None)


def test_instructions_of_just_64_kib_are_read(world: World) -> None:
    world.thread()
    world.write("- " + "x" * (MAX_BYTES - 2))
    assert outcome(run(world)) == ("none", None)


def locked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the database for as long as dispatch tries."""
    monkeypatch.setattr("heartbeat.store.database.ATTEMPTS", 1)
    world.store.close()
    world.store = Store(world.settings.database_path, lease=Lease(30, "test-process"), busy_timeout=0.05)
    world.services = Services.from_settings(
        world.settings, store=world.store, model=OllamaModel(), clock=world.clock, probe=world._probe
    )
    other = sqlite3.connect(
        world.settings.database_path, timeout=5, isolation_level=None, check_same_thread=False
    )

    def probe(point: str) -> None:
        if point == "before:dispatch":
            other.execute("BEGIN IMMEDIATE")
        elif point == "after:dispatch":
            other.execute("ROLLBACK")
            other.close()

    world.probe = probe
    world.ollama.default = Say(POST)


@pytest.mark.one_question  # replies with a whole decision
@pytest.mark.parametrize("door", get_args(Door))
def test_locked_database_fails_the_beat_once_it_can_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    world.thread()
    locked(world, monkeypatch)
    beat = run(world, door)
    assert outcome(beat) == ("failed", "database")
    assert beat["summary"].startswith("Another program holds the database locked (database is locked). ")
    assert_nothing_was_done(world, beat)
    world.probe = lambda _: None
    world.ollama.default = Say(POST)
    assert outcome(run(world)) == ("acted", None), "the next beat may do it"


# Every outcome and every reason has a test.


def opened(world: World, trigger: Trigger = Trigger.MANUAL) -> beats.Claim | Refusal:
    slot = world.clock() if trigger is Trigger.SCHEDULED else None
    return world.store.open_beat("demo", trigger, slot, world.clock())


def refused_slot(world: World) -> dict[str, Any]:
    refused = opened(world, Trigger.SCHEDULED)
    assert isinstance(refused, Refusal)
    if refused.beat_id is None:
        return {"status": "skipped", "reason": refused.gate}
    return world.detail(refused.beat_id).model_dump()


def acted(world: World) -> dict[str, Any]:
    world.ollama.says(POST)
    return run(world)


def done_before(world: World) -> dict[str, Any]:
    acted(world)
    return acted(world)


def dry_run(world: World) -> dict[str, Any]:
    return world.beat(dry_run=True)


def abandoned(world: World) -> dict[str, Any]:
    claim = opened(world)
    assert isinstance(claim, beats.Claim)
    world.clock.move(seconds=31)
    run(world)
    return world.detail(claim.beat_id).model_dump()


def disabled(world: World) -> dict[str, Any]:
    world.configure(enabled=False)
    return refused_slot(world)


def paused(world: World) -> dict[str, Any]:
    world.store.write(threads.pause, "demo", "holiday", world.clock())
    return refused_slot(world)


def quiet_hours(world: World) -> dict[str, Any]:
    world.configure(active_hours={"start": 1, "end": 2})
    return refused_slot(world)


def busy(world: World) -> dict[str, Any]:
    opened(world)
    world.clock.move(seconds=-20)
    return run(world)


def awaiting_approval(world: World) -> dict[str, Any]:
    claim = opened(world)
    assert isinstance(claim, beats.Claim)
    until = world.clock().replace(year=2030)
    draft = Draft(kind="post", board="general", title="Summary", content="Words")
    world.store.write(
        approvals.ask, claim, draft.model_dump(), world.clock(), expires_at=until, summary="Waits."
    )
    return run(world)


def cooldown(world: World) -> dict[str, Any]:
    run(world)
    return refused_slot(world)


def no_instructions(world: World) -> dict[str, Any]:
    world.settings.instructions.unlink()
    return run(world)


def empty_instructions(world: World) -> dict[str, Any]:
    world.write("# Nothing\n")
    return run(world)


def not_read(world: World) -> dict[str, Any]:
    planned = world.settings.model_copy(update={"decision": DecisionMode.PLAN})
    world.services = replace(world.services, settings=planned)
    return world.scheduled()


def no_tasks_due(world: World) -> dict[str, Any]:
    world.write("tasks:\n- name: tea\n  interval: 1h\n  prompt: Ask about tea.\n")
    run(world)
    return run(world)


def budget_exhausted(world: World) -> dict[str, Any]:
    world.configure(max_actions_per_day=1)
    acted(world)
    return run(world)


def unchanged(world: World) -> dict[str, Any]:
    world.scheduled()
    world.clock.move(minutes=30)
    return world.scheduled()


def after(arrange: Callable[[World], None], **context: Any) -> Callable[[World], dict[str, Any]]:
    def reach(world: World) -> dict[str, Any]:
        arrange(world)
        return run(world, **context)

    return reach


def model_timeout(world: World) -> dict[str, Any]:
    answer = Event()
    world.ollama.default = Say(wait=answer)
    beat = run(world, model_timeout=1)
    answer.set()
    return beat


def database(world: World) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        locked(world, monkeypatch)
        return run(world)


REACHED: dict[tuple[str, str | None], Callable[[World], dict[str, Any]]] = {
    ("acted", None): acted,
    ("none", None): run,
    ("none", "duplicate"): done_before,
    ("dry_run", None): dry_run,
    ("abandoned", None): abandoned,
    ("skipped", "disabled"): disabled,
    ("skipped", "paused"): paused,
    ("skipped", "quiet_hours"): quiet_hours,
    ("skipped", "busy"): busy,
    ("skipped", "awaiting_approval"): awaiting_approval,
    ("skipped", "cooldown"): cooldown,
    ("skipped", "no_instructions"): no_instructions,
    ("skipped", "unreadable_instructions"): after(a_folder),
    ("skipped", "empty_instructions"): empty_instructions,
    ("skipped", "no_tasks_due"): no_tasks_due,
    ("skipped", "budget_exhausted"): budget_exhausted,
    ("skipped", "not_read"): not_read,
    ("skipped", "unchanged"): unchanged,
    ("skipped", "model_unreachable"): after(without_the_model),
    ("failed", "invalid_decision"): after(says(Say("no JSON"))),
    ("failed", "model_error"): after(says(Say(status=500))),
    ("failed", "model_timeout"): model_timeout,
    ("failed", "dispatch"): after(failing(NotFoundError("post 7 does not exist"))),
    ("failed", "internal"): after(lambda world: world.configure(target="nowhere-known")),
    ("failed", "database"): database,
}
ELSEWHERE: dict[tuple[str, str | None], str] = {
    ("awaiting_approval", None): "tests/integration/graph/test_approval.py",
    ("none", "awaiting_approval"): "tests/integration/graph/test_waiting.py",
    ("rejected", "rejected"): "tests/integration/graph/test_approval.py",
    ("rejected", "expired"): "tests/integration/graph/test_approval.py",
    ("rejected", "criterion"): "tests/integration/graph/test_plugins.py",
    ("skipped", "outflow"): "tests/integration/graph/test_outflow.py",
    ("skipped", "target_cooldown"): "tests/integration/graph/test_cooldown.py",
    ("skipped", "target_down"): "tests/integration/graph/test_target_down.py",
    ("failed", "plugin"): "tests/integration/graph/test_plugins.py",
    ("failed", "invalid_prompt"): "tests/integration/heartbeat_decision/test_prompt.py",
    ("failed", "deadline"): "tests/acceptance/runners/test_local_runner.py",
    ("missed", None): "tests/integration/heartbeat/store/test_due.py",
}


@pytest.mark.one_question  # many outcomes are reached by whole decisions
@pytest.mark.parametrize(
    ("pair", "reach"), REACHED.items(), ids=["/".join(map(str, each)) for each in REACHED]
)
def test_every_outcome_is_reached(
    world: World, pair: tuple[str, str | None], reach: Callable[[World], dict[str, Any]]
) -> None:
    world.thread()
    beat = reach(world)
    assert outcome(beat) == pair
    now = world.clock()
    done = world.store.read(actions.tally_since, "demo", now.replace(year=2020), now).done
    assert len(world.posts()) == done, "no action without a row, and no row without an action"


def test_no_outcome_and_no_reason_is_without_a_test() -> None:
    assert outcomes_in_the_source() == set(REACHED) | set(ELSEWHERE)
    for path in ELSEWHERE.values():
        assert (ROOT / path).is_file()


def outcomes_in_the_source() -> set[tuple[str, str | None]]:
    """Collect what `ending(...)` and `Outcome(...)` say, statuses set on rows, admission gates, our errors."""
    found: set[tuple[str, str | None]] = {("skipped", gate) for gate in get_args(AdmissionGate)}
    ours: list[type[HeartbeatError]] = [HeartbeatError, *HeartbeatError.__subclasses__()]
    found |= {("failed", error.reason) for error in ours}
    for room in ("heartbeat", "heartbeat_decision", "nodes", "graph", "heartbeat_service"):
        for path in sorted((ROOT / room).rglob("*.py")):
            found |= _outcomes_of(ast.parse(path.read_text(encoding="utf-8")))
    return found


def _outcomes_of(tree: ast.Module) -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for place in [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]:
        for node in ast.walk(place):
            if isinstance(node, ast.Call) and _name(node.func) in ("ending", "Ending", "Outcome"):
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                status = given.get("status", node.args[0] if node.args else None)
                positional = node.args[2] if len(node.args) > 2 else None
                reasons = _values(given.get("reason", positional), place, tree)
                found |= {
                    (str(text), reason) for text in _values(status, place, tree) if text for reason in reasons
                }
            if isinstance(node, ast.Assign):
                found |= {
                    (str(text), None) for text in _statuses_set(node) if text not in ("running", "skipped")
                }
    return found


def _values(
    node: ast.expr | None, place: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module
) -> set[str | None]:
    """Members an expression may be; of a parameter, what the module's own calls pass; else nothing."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return {None}
    if isinstance(node, ast.Attribute):
        return _member(node)
    if isinstance(node, ast.IfExp):
        return _values(node.body, place, tree) | _values(node.orelse, place, tree)
    names = [argument.arg for argument in place.args.args]
    if not isinstance(node, ast.Name) or node.id not in names:
        return set()
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and _name(each.func) == place.name]
    passed = [each.args[names.index(node.id)] for each in calls if len(each.args) > names.index(node.id)]
    return set().union(*(_member(each) for each in passed))


def _member(node: ast.expr) -> set[str | None]:
    """The value of a member of the vocabulary that is named; nothing for another expression."""
    if not isinstance(node, ast.Attribute) or _name(node.value) not in ("BeatStatus", "Reason"):
        return set()
    return {getattr(vocabulary, _name(node.value))[node.attr].value}


def _statuses_set(node: ast.Assign) -> set[str | None]:
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        target, value = target.elts[0], value.elts[0]
    is_status = isinstance(target, ast.Attribute) and target.attr == "status"
    return _member(value) if is_status else set()


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
