"""history: beats, the newest first."""

from __future__ import annotations

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
