"""The example has a list, a calendar and a feed, which the inbox shows after a look."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from heartbeat.settings import load_settings
from tests.integration.cli.conftest import Cli


def test_the_example_is_in_the_inbox_after_a_look(cli: Cli) -> None:
    assert ": demo-notes, demo-days, demo-news; see: heartbeat look" in cli.fine("demo")
    said = cli.fine("look")
    assert [line.split()[0] for line in said.splitlines()] == ["demo-days", "demo-news", "demo-notes"]
    kinds = sorted(each["kind"] for each in cli.lines("inbox") if each["state"] == "new")
    assert kinds == ["entry", "entry", "event", "event", "file", "task", "task"]


def test_a_second_call_adds_and_changes_nothing(cli: Cli) -> None:
    cli.fine("demo")
    cli.fine("look")
    file = load_settings().home / "demo" / "todo.md"
    file.write_text("- [ ] My own\n")
    assert "demo-days" not in cli.fine("demo")
    assert file.read_text() == "- [ ] My own\n"
    assert len(cli.lines("connections", "list")) == 3


def test_what_else_is_in_home_is_no_connection(cli: Cli, tmp_path: Path) -> None:
    cli.fine("demo")
    home = load_settings().home
    assert "is in HEARTBEAT_HOME" in cli.refused("connections", "add", "own", "folder", f"path={home}")
    link = home / "demo" / "up"
    link.symlink_to(home)
    assert "is in HEARTBEAT_HOME" in cli.refused("connections", "add", "own", "folder", f"path={link}")


def test_without_the_library_for_calendars_the_rest_is_connected(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ical", None)
    assert ": demo-notes, demo-news; see: heartbeat look" in cli.fine("demo")
    assert [each["name"] for each in cli.lines("connections", "list")] == ["demo-news", "demo-notes"]
