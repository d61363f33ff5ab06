"""beat: outcomes, exit codes, and what a newcomer is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heartbeat.store import Store
from heartbeat.vocabulary import Trigger
from nodes.services import utc_now
from tests.integration.cli.conftest import Cli, Once
from tests.support.ollama import FakeOllama, Say, decision

NODES = ("load_instructions", "gather_context", "decide", "validate", "approve", "dispatch", "settle")


@pytest.fixture
def demo(cli: Cli) -> Cli:
    cli.fine("demo")
    return cli


@pytest.fixture
def neighbours(cli: Cli, once: Once) -> Cli:
    """The example, of which the agent sees the forum alone."""

    def commands() -> None:
        cli.fine("demo")
        cli.fine("threads", "set", "demo", "sources=forum")

    once("neighbours", commands)
    return cli


def _with_model(monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)


def test_connections_that_are_due_are_looked_at_first(cli: Cli, tmp_path: Path) -> None:
    cli.fine("threads", "add", "mine")
    (tmp_path / "connections.toml").write_text(
        '[news]\nkind = "feed"\npath = "news.xml"\nsince = "all"\n[gone]\nkind = "feed"\npath = "gone.xml"\n'
    )
    (tmp_path / "news.xml").write_text(
        "<rss version='2.0'><channel><item><title>Old news</title></item></channel></rss>"
    )
    cli("beat", "mine", "--no-look", "--dry-run")
    assert cli.lines("inbox") == []
    said = cli("beat", "mine", "--dry-run")
    assert "connection gone could not be looked at: There is no file" in said.output
    assert [each["title"] for each in cli.lines("inbox")] == ["Old news"]


def test_without_a_model_a_rule_of_the_plan_is_followed(demo: Cli) -> None:
    said = demo.fine("beat", "demo")
    steps = [line.split()[0] for line in said.splitlines() if line.split()[:1] and line.split()[0] in NODES]
    assert tuple(steps) == NODES
    assert "No model was reachable at http://127.0.0.1:9." in said
    assert "A rule that needs no model was followed instead. Line 8: Two hours before something" in said
    assert "ollama.com" in said
    assert "`ollama pull llama3.2`" in said
    assert "Next: see it: heartbeat told, or " in said
    assert "Walk through the hall, " in demo.fine("told")


def test_beats_go_through_the_lines_of_the_example_without_a_model(demo: Cli) -> None:
    beats = [demo.json("beat", "demo") for _ in range(4)]
    assert [(beat["status"], beat["decided_by"]) for beat in beats] == [("acted", "rules")] * 4
    told = [each["text"] for each in reversed(demo.lines("told"))]
    assert told[0].startswith("Walk through the hall, ")
    assert told[1] == "2 new tasks: Ask who brings a cake; Order the tables"
    assert told[2].startswith("2 new news items: ")
    newest = demo.lines("forum", "list", "--limit", "1")[0]
    assert (newest["author"], newest["board"]) == ("heartbeat", "heartbeat")


def test_where_no_rule_can_be_followed_without_a_model_that_is_said(neighbours: Cli) -> None:
    assert neighbours.json("beat", "demo")["status"] == "acted"
    neighbours.fine(
        "forum", "post", "general", "--title", "Q", "--content", "@heartbeat, is it on?", "--author", "bo"
    )
    said = neighbours.fine("beat", "demo")
    assert "skipped/model_unreachable" in said
    assert "No rule that can be followed without a model is due." in said
    assert "followed instead" not in said
    assert "fallback=rules" not in said


def test_a_dry_run_writes_nothing(neighbours: Cli) -> None:
    before = neighbours.fine("forum", "list", "--json")
    said = neighbours.fine("beat", "demo", "--dry-run")
    assert "Would post" in said
    assert "nothing was done" in said
    assert neighbours.fine("forum", "list", "--json") == before
    assert neighbours.json("beat", "demo")["status"] == "acted"


def test_nothing_is_said_twice(demo: Cli) -> None:
    said = demo.fine("beat", "demo")
    assert "settle             acted\n" in said


def test_an_unknown_thread_is_refused_and_not_made(cli: Cli) -> None:
    assert cli.refused("beat", "nobody") == "thread 'nobody' does not exist"
    assert cli.refused("beat", "No Thread").startswith("thread: 'No Thread' is not a thread id")
    assert cli.lines("threads", "list") == []


def test_no_model_and_no_fallback_is_explained(demo: Cli) -> None:
    demo.fine("threads", "add", "quiet")
    said = demo.fine("beat", "quiet")
    assert "skipped/model_unreachable" in said
    assert "No model was reachable at http://127.0.0.1:9." in said
    assert "heartbeat threads set quiet fallback=rules" in said
    assert "ollama.com" in said


@pytest.mark.one_question  # the model is asked at each beat
def test_a_server_that_wants_to_know_who_asks_is_no_missing_model(
    demo: Cli, monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama
) -> None:
    _with_model(monkeypatch, ollama)
    ollama.demands = "Bearer key"
    said = demo.fine("beat", "demo")
    assert f"The server at {ollama.url} wants to know who asks (401); set OLLAMA_API_KEY" in said
    assert "ollama.com" not in said
    monkeypatch.setenv("OLLAMA_API_KEY", "key")
    assert demo.json("beat", "demo")["decided_by"] == "model"


@pytest.mark.one_question  # the model is asked at each beat
def test_a_model_that_is_not_there_yet_is_named(
    demo: Cli, monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama
) -> None:
    _with_model(monkeypatch, ollama)
    demo.fine("threads", "set", "demo", "model=big")
    said = demo.fine("beat", "demo")
    assert "does not have the model big; get it with: ollama pull big." in said
    assert "ollama serve" not in said


@pytest.mark.one_question  # replies with a whole decision
def test_a_model_decides(demo: Cli, monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama) -> None:
    _with_model(monkeypatch, ollama)
    ollama.says(decision(action="comment", post_id="2", content="Try 3.3 volts.", reasoning="Asked."))
    said = demo.fine("beat", "demo")
    assert "decided by the model" in said
    assert "No model" not in said
    assert "heartbeat forum show 2" in said
    assert "Try 3.3 volts." in demo.fine("forum", "show", "2")


@pytest.mark.one_question  # the model is asked at each beat
def test_a_failed_beat_is_exit_1(demo: Cli, monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama) -> None:
    _with_model(monkeypatch, ollama)
    ollama.says(Say(status=500, error="boom"))
    result = demo("beat", "demo")
    assert result.exit_code == 1
    assert "failed/model_error" in result.stdout
    ollama.says(Say(status=500, error="boom"))
    result = demo("beat", "demo", "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (1, "failed")


def test_an_action_that_waits_is_shown(neighbours: Cli) -> None:
    neighbours.fine("threads", "set", "demo", "approval=always")
    said = neighbours.fine("beat", "demo")
    assert "awaiting_approval" in said
    assert "- Seed swap" in said
    assert "Beat 1 waits for a person until " in said
    assert "Until then the thread goes on, but does nothing else on forum." in said
    assert said.endswith("Next: heartbeat approve 1, or heartbeat reject 1\n")


def test_what_waits_is_said_by_the_beat_after_it_and_by_its_thread(neighbours: Cli) -> None:
    neighbours.fine("threads", "set", "demo", "approval=always")
    neighbours.fine("beat", "demo")
    again = neighbours.fine("beat", "demo")
    assert "skipped/awaiting_approval" in again
    assert "Nothing else goes to forum before beat 1 has an answer" in again
    assert again.endswith("Next: heartbeat approve 1, or heartbeat reject 1\n")
    assert "waits                 Beat 1 waits for a person until " in neighbours.fine(
        "threads", "show", "demo"
    )
    assert "Beat 1 waits for a person. Nothing else goes" in " ".join(
        neighbours.fine("threads", "list").split()
    )
    [waits] = neighbours.json("threads", "show", "demo")["approvals"]
    assert (waits["beat_id"], waits["holds_thread"]) == (1, False)
    neighbours.fine("reject", "1")
    assert neighbours.json("threads", "show", "demo")["approvals"] == []


def test_a_busy_thread_is_skipped(demo: Cli, store: Store) -> None:
    store.open_beat("demo", Trigger.SCHEDULED, utc_now(), utc_now(), supervised=True)
    assert "A beat of this thread is still running." in demo.fine("beat", "demo")
    beat = demo.json("beat", "demo")
    assert (beat["id"], beat["status"], beat["reason"]) == (None, "skipped", "busy")


def test_too_many_beats_are_skipped_with_a_row(demo: Cli) -> None:
    for _ in range(5):
        demo.json("beat", "demo")
    beat = demo.json("beat", "demo")
    assert (beat["id"], beat["reason"]) == (6, "cooldown")


def test_missing_and_empty_instructions_are_explained(demo: Cli, tmp_path: Path) -> None:
    path = tmp_path / "HEARTBEAT.md"
    path.write_text("# Nothing\n")
    assert "heartbeat instructions check" in demo.fine("beat", "demo")
    path.unlink()
    assert "heartbeat init" in demo.fine("beat", "demo")


def test_json_is_one_object_with_the_original_names(demo: Cli) -> None:
    beat = demo.json("beat", "demo")
    assert beat["thread_id"] == "demo"
    assert beat["success"] is True
    assert "execution_time_seconds" in beat
    assert "prompt" not in beat
