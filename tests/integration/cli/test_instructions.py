"""instructions check: how HEARTBEAT.md is understood."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.cli.conftest import Cli

BAD = "tasks:\n  - name: x\n    prompt: y\n\n## Rules\n\n- If no new posts → silent\n\n```\nPost\n"


def test_what_is_to_be_read_is_said(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "HEARTBEAT.md").write_text("- Greet everybody\n")
    cli.fine("init")
    said = cli.fine("instructions", "check")
    assert "not read yet" in said
    assert "heartbeat plan" in said
    assert "No problems" not in said


def test_the_starter_asks_for_nothing(cli: Cli) -> None:
    cli.fine("init")
    assert "asks for nothing" in cli.fine("instructions", "check")
    assert cli.json("instructions", "check")["unread"] == []


def test_problems_are_exit_1(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "bad.md"
    file.write_text(BAD)
    result = cli("instructions", "check", str(file))
    assert (result.exit_code, result.stderr) == (1, "")
    assert "problem    line 2: This task has no interval" in result.stdout
    assert "warning    line 9: " in result.stdout
    result = cli("instructions", "check", "bad.md", "--json")
    read = json.loads(result.stdout)
    assert result.exit_code == 1
    assert read["path"] == "bad.md"
    assert [(each["line"], each["is_warning"]) for each in read["problems"]] == [(2, False), (9, True)]


def test_the_prompt_of_a_task_is_a_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "HEARTBEAT.md").write_text(
        "tasks:\n  - name: weekly\n    interval: 1d12h\n    prompt: Sum up\n"
    )
    assert "Sum up" in cli.fine("instructions", "check")


def test_a_file_that_is_not_there_is_refused(cli: Cli) -> None:
    assert (
        cli.refused("instructions", "check", "nope.md")
        == "there is no nope.md; make one with: heartbeat init"
    )


def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "HEARTBEAT.md").mkdir()
    assert "put a text file in its place" in cli.refused("instructions", "check")
    (tmp_path / "old.md").write_bytes(b"- caf\xe9\n")
    assert cli.refused("instructions", "check", "old.md").endswith("(byte 5); save it as UTF-8.")


def test_a_file_in_utf16_with_its_mark_is_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "HEARTBEAT.md").write_bytes("## Rules\r\n- Be kind\r\n".encode("utf-16"))
    assert "Be kind" in cli.fine("instructions", "check")
