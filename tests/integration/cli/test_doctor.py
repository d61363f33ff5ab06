"""doctor: what is said, and the exit code."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from heartbeat.store import Store, threads, timer
from tests.integration.cli.conftest import Cli
from tests.support.ollama import FakeOllama


@pytest.fixture
def server(ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> FakeOllama:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    return ollama


def test_where_all_is_well(cli: Cli, server: FakeOllama) -> None:
    cli.fine("demo")
    said = cli.fine("doctor")
    assert "ok       database: " in said
    assert said.endswith("\nAll is well.\n")
    assert "remedy" not in said
    assert server.calls == []


def test_an_empty_folder_is_told_what_to_do_and_stays_empty(cli: Cli, tmp_path: Path) -> None:
    result = cli("doctor")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "\n         remedy: heartbeat init\n" in result.stdout
    assert "problem  ollama: No model server answers at http://127.0.0.1:9." in result.stdout
    assert result.stdout.endswith("3 problems, 1 warning.\n")
    assert list(tmp_path.iterdir()) == []


def test_what_init_leaves_to_do(cli: Cli, server: FakeOllama) -> None:
    cli.fine("init")
    result = cli("doctor")
    assert (result.exit_code, "asks for nothing" in result.stdout) == (1, True)


def test_warnings_are_exit_0(cli: Cli) -> None:
    cli.fine("demo")
    said = cli.fine("doctor")
    assert (
        "warning  ollama: No model server answers at http://127.0.0.1:9; the rules decide meanwhile." in said
    )
    assert said.endswith("Beats can run. 0 problems, 1 warning.\n")


def test_json_is_one_object(cli: Cli, server: FakeOllama, store: Store) -> None:
    cli.fine("demo")
    store.write(threads.pause, "demo", "a \x1b[31mreason", datetime.now(UTC))
    told = cli.json("doctor")
    assert (told["ok"], told["problems"], told["warnings"]) == (True, 0, 1)
    assert {"check": "targets", "level": "ok", "said": "Configured: forum.", "remedy": None} in told[
        "findings"
    ]
    (paused,) = [each for each in told["findings"] if each["check"] == "threads"]
    assert paused["remedy"] == "heartbeat threads resume demo"
    assert "\x1b" not in cli("doctor").stdout


def test_json_of_problems_is_exit_1(cli: Cli) -> None:
    result = cli("doctor", "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout)["ok"] is False


def test_the_model_is_asked_on_demand(cli: Cli, server: FakeOllama) -> None:
    cli.fine("demo")
    server.says('{"answer": "yes"}')
    assert "answered by a JSON schema in" in cli.fine("doctor", "--ask")
    assert len(server.calls) == 1
    server.says("Yes.")
    assert cli("doctor", "--ask").exit_code == 1


def test_a_bad_variable_is_one_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_API_TOKEN", "hunter2hunter2")
    monkeypatch.setenv("HEARTBEAT_POLL_SECONDS", "never")
    result = cli("doctor")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "problem  settings: HEARTBEAT_POLL_SECONDS: 'never' is not allowed." in result.stdout
    assert "remedy: set HEARTBEAT_POLL_SECONDS to 0.1 to 10 seconds, or unset it" in result.stdout
    assert "hunter2" not in result.stdout


def test_several_things_at_once(cli: Cli, server: FakeOllama, store: Store) -> None:
    cli.fine("demo")
    server.models = []
    server.date = format_datetime(datetime(2026, 1, 1, tzinfo=UTC), usegmt=True)
    store.write(timer.switch, False, datetime.now(UTC))
    store.close()
    connection = sqlite3.connect(store.path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    said = cli.fine("doctor")
    for remedy in ("ollama pull llama3.2:latest", "heartbeat start", "journal_mode=WAL", "set the clock"):
        assert remedy in said
