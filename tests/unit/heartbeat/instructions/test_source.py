"""The text as it is read: line ends of all kinds, and a fence around all of it."""

from __future__ import annotations

import pytest

from heartbeat.instructions.lines import flat_lines
from heartbeat.instructions.parse import parse
from heartbeat.instructions.source import normalise

UNCOUNTED = ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c", "\x1d", "\x1e"]
INNER = "# Mine\n\n## Rules\n- Be kind\n\n```yaml\ntasks:\n- name: tea\n  interval: 2h\n  prompt: Ask.\n```\n"


@pytest.mark.parametrize("end", UNCOUNTED)
def test_line_ends_that_no_editor_counts_end_lines_and_count_as_none(end: str) -> None:
    text = f"## Rules{end}- a{end}- b\n- c{end}\r\ntasks:{end}- name: x\r- name: y\n"
    found = parse(text)

    assert [(line.text, line.number) for line in flat_lines(text)][:3] == [("a", 1), ("b", 1), ("c", 2)]
    assert [problem.line for problem in found.problems] == [3, 4]
    assert found.task_lines == ((3, 4),)
    assert found.content == text
    assert found.body == f"## Rules{end}- a{end}- b\n- c{end}\r\n"


@pytest.mark.parametrize("end", UNCOUNTED)
def test_a_whole_file_of_such_line_ends_is_read(end: str) -> None:
    text = f"# Heartbeat{end}{end}- If somebody asks, answer.{end}- Be kind."

    assert not parse(text).empty
    assert [line.text for line in flat_lines(text)] == ["If somebody asks, answer.", "Be kind."]


def test_a_text_that_holds_them_in_code_keeps_what_it_says() -> None:
    text = "```\n- a\u2028- b\n```\n"

    assert parse(text).body == text
    assert [line.text for line in flat_lines(text)] == ["a", "b"]


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("```markdown", "```"),
        ("```md", "```"),
        ("``` Markdown", "```"),
        ("~~~markdown", "~~~"),
        ("````markdown", "````"),
        ("\ufeff\n```markdown", "```\n\n"),
        ("# HEARTBEAT.md\n\n<!-- saved -->\n\n```markdown", "```"),
        ("````", "````"),
    ],
)
def test_a_fence_around_all_of_a_text_is_not_a_part_of_it(opening: str, closing: str) -> None:
    text = f"{opening}\n{INNER}{closing}\n"
    above = opening.count("\n") + 1
    found = parse(text)

    assert (flat_lines(text)[0].text, flat_lines(text)[0].number) == ("Be kind", 4 + above)
    assert [(task.name, task.line) for task in found.tasks] == [("tea", 8 + above)]
    assert not found.empty
    assert not found.only_tasks
    assert not found.problems
    assert not found.warnings
    assert found.content == text
    assert [line.text for line in flat_lines(found.body)] == ["Be kind"]


def test_such_a_fence_around_nothing_is_nothing() -> None:
    assert parse("```markdown\n# Keep this empty\n```\n").empty


@pytest.mark.parametrize(
    "text",
    [
        "```\nCheck the mail\n```",
        "```bash\n# a comment\nls\n```",
        "Text.\n\n```markdown\n# Mine\n- a\n```\n",
        "```markdown\n# Mine\n- a\n```\n\n- b\n",
        "```markdown\n- a\n```\n\n```markdown\n- b\n```\n",
        "```markdown\n# Mine\n- never closed\n",
        "- a\n\n  ```markdown\n  # b\n  ```\n",
    ],
)
def test_another_fence_stays_one(text: str) -> None:
    assert normalise(text) == text + "\n"
