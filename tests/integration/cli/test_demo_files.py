"""The example has a list, a calendar and a feed, which the inbox shows after a look."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from heartbeat.settings import load_settings
from tests.integration.cli.conftest import Cli
from tests.integration.cli.test_backup import move_on


def test_the_example_is_in_the_inbox_after_a_look(cli: Cli) -> None:
    assert ": demo-notes, demo-days, demo-news; see: heartbeat look" in cli.fine("demo")
    said = cli.fine("look")
    assert [line.split()[0] for line in said.splitlines()] == ["demo-days", "demo-news", "demo-notes"]
    kinds = sorted(each["kind"] for each in cli.lines("inbox") if each["state"] == "new")
    assert kinds == ["entry", "entry", "event", "event", "task", "task"]


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


def test_the_example_is_connected_again_where_it_was_restored_on_another_machine(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.fine("demo", "--quiet")
    cli.fine("backup", "backups")
    shutil.rmtree(tmp_path / "home")
    move_on(monkeypatch, tmp_path / "there")
    cli.fine("restore", "../backups")
    listed = cli.lines("connections", "list")
    assert {each["state"] for each in listed} == {"faulty"}
    assert all("outside the workspace and HEARTBEAT_FOLDERS" in each["problem"] for each in listed)
    assert ": demo-notes, demo-days, demo-news; see: heartbeat look" in cli.fine("demo", "--quiet")
    assert "Looked: 0 new, 0 changed, 0 gone." in cli.fine("look", "demo-notes")
    assert {each["state"] for each in cli.lines("connections", "list")} == {"ok"}


def test_files_that_are_gone_after_a_restore_are_told_and_made_anew(cli: Cli, tmp_path: Path) -> None:
    cli.fine("demo", "--quiet")
    cli.fine("backup", "backups")
    shutil.rmtree(tmp_path / "home" / "demo")
    cli.fine("restore", "backups", "--replace")
    cli("look")
    problems = {each["name"]: each["problem"] for each in cli.lines("connections", "list")}
    assert "There is no folder" in problems["demo-notes"]
    assert "There is no file" in problems["demo-news"]
    cli.fine("demo", "--quiet")
    cli.fine("look")
    assert {each["state"] for each in cli.lines("connections", "list")} == {"ok"}
