"""prompts: the words in which the model is asked."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from heartbeat_decision.prompts import ASKING, NAMES, load_templates
from heartbeat_service.cli.prompts import Name
from tests.integration.cli.conftest import Cli


def test_every_template_can_be_named() -> None:
    assert get_args(Name) == (*NAMES, *ASKING)


@pytest.mark.parametrize("name", [*NAMES, *ASKING])
def test_a_template_is_shown_as_it_is(cli: Cli, name: str) -> None:
    assert cli.fine("prompts", "show", name) == load_templates(None).texts[name]


def test_a_copy_is_the_workspaces_own(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "home" / "prompts" / "age.txt"
    assert "the next beat reads it" in cli.fine("prompts", "copy", "age")
    assert path.read_text() == load_templates(None).texts["age"]
    path.write_text("{{ hours }} h")
    assert cli.fine("prompts", "show", "age") == "{{ hours }} h"
    assert "is there already; nothing was changed" in cli.refused("prompts", "copy", "age")
    assert path.read_text() == "{{ hours }} h"
    assert f"age         {path}" in cli.fine("prompts", "check")


def test_a_question_for_a_text_is_copied_shown_and_checked(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "home" / "prompts" / "tell.yaml"
    assert "the next beat reads it" in cli.fine("prompts", "copy", "tell")
    assert path.read_text() == load_templates(None).texts["tell"]
    own = "system: Schreib.\nexamples:\n  - {ask: Hallo, answer: {reasoning: a, language: b, text: c}}\n"
    path.write_text(own)
    assert cli.fine("prompts", "show", "tell") == own
    lines = cli.fine("prompts", "check").splitlines()
    at = lines.index(f"tell        {path}")
    assert lines[at + 1].strip() == "examples: 1"
    path.write_text(own.replace("text: c", "text: 1"))
    result = cli("prompts", "check")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{path} line 3: examples.0.answer.text: input should be a valid string" in result.stderr
    assert result.stderr.count("\n") == 1


def test_check_names_what_is_wrong(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "may name minutes, hours, days" in cli.fine("prompts", "check")
    monkeypatch.setenv("HEARTBEAT_PROMPTS", str(tmp_path))
    (tmp_path / "age.txt").write_text("\n{{ years }}")
    result = cli("prompts", "check")
    assert (result.exit_code, result.stdout) == (1, "")
    said = (
        f"heartbeat: {tmp_path}/age.txt line 2: {{{{ years }}}} is unknown; allowed: minutes, hours, days\n"
    )
    assert result.stderr == said


def test_a_copy_that_cannot_be_written_is_refused(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("HEARTBEAT_PROMPTS", str(tmp_path / "taken"))
    assert f"{tmp_path}/taken is there already; nothing" in cli.refused("prompts", "copy", "age")
    monkeypatch.setenv("HEARTBEAT_PROMPTS", str(tmp_path / "taken" / "below"))
    assert "cannot be written: Not a directory" in cli.refused("prompts", "copy", "age")


def test_check_names_a_file_of_an_earlier_version(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "prompts"
    folder.mkdir(parents=True)
    (folder / "label.yaml").write_text("system: Label the line.\n")
    result = cli("prompts", "check")
    assert result.exit_code == 0
    said = f"{folder}/label.yaml is not used any more, since a beat follows the plan; remove it"
    assert result.stderr == f"heartbeat: {said}\n"
