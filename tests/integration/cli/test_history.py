"""history: beats, the newest first."""

from __future__ import annotations

import pytest

from heartbeat.store import history
from tests.integration.cli.conftest import Cli


def test_history_is_newest_first(cli: Cli) -> None:
    assert "heartbeat beat THREAD" in cli.fine("history")
    cli.fine("demo")
    cli.fine("threads", "add", "other")
    cli.fine("beat", "demo", "--dry-run")
    cli.fine("beat", "other")
    cli.fine("beat", "demo")
    assert [beat["id"] for beat in cli.lines("history")] == [3, 2, 1]
    assert [beat["status"] for beat in cli.lines("history", "demo")] == ["acted", "dry_run"]
    assert [beat["id"] for beat in cli.lines("history", "--limit", "1")] == [3]


def test_history_for_people(cli: Cli) -> None:
    cli.fine("demo")
    cli.fine("beat", "demo")
    said = cli.fine("history")
    assert said.startswith("#1 ")
    assert "UTC  demo  acted" in said
    assert "Told you: " in said


def test_bad_arguments_are_refused(cli: Cli) -> None:
    assert cli.refused("history", "nobody") == "thread 'nobody' does not exist"
    assert "--limit" in cli.refused("history", "--limit", "0")


def test_a_search_for_words_says_where_it_stopped(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.fine("demo")
    for _ in range(4):
        cli.fine("beat", "demo", "--dry-run")
    assert [beat["id"] for beat in cli.lines("history", "--find", "DEMO", "--before", "3")] == [2, 1]
    assert cli.fine("history", "--find", "zebra") == "No such beat.\n"
    monkeypatch.setattr(history, "SEARCHED", 2)
    none, stopped = cli.fine("history", "demo", "--find", "two zebras").splitlines()
    assert none == "No such beat so far."
    assert stopped.startswith("Searched back to 20")
    assert stopped.endswith(" UTC; go on with: heartbeat history demo --find 'two zebras' --before 3")
    assert cli.fine("history", "demo", "--find", "two zebras", "--before", "3") == "No such beat.\n"
    result = cli("history", "--find", "zebra", "--json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.endswith(" --json\n")
    assert result.stderr.startswith("heartbeat: Searched back to 20")


def test_a_full_page_says_where_to_go_on(cli: Cli) -> None:
    cli.fine("demo")
    for _ in range(4):
        cli.fine("beat", "demo", "--dry-run")
    *_, told = cli.fine("history", "demo", "--limit", "2").splitlines()
    assert told == "There are older beats; go on with: heartbeat history demo --limit 2 --before 3"
    assert "go on with" not in cli.fine("history", "demo", "--limit", "2", "--before", "3")
    *_, told = cli.fine("history", "--find", "demo", "--limit", "3").splitlines()
    assert told == "There are older beats; go on with: heartbeat history --find demo --limit 3 --before 2"
    assert [beat["id"] for beat in cli.lines("history", "--limit", "3")] == [4, 3, 2]


@pytest.mark.parametrize(
    "words", [("--find", ""), ("--find", "x" * 201), ("--before", "0"), ("--before", str(2**63))]
)
def test_a_search_refuses(cli: Cli, words: tuple[str, str]) -> None:
    assert words[0] in cli.refused("history", *words)
