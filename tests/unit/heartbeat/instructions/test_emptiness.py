from __future__ import annotations

import pytest

from heartbeat.instructions import starter
from heartbeat.instructions.lines import flat_lines
from heartbeat.instructions.parse import parse
from heartbeat.plan.lines import plan_lines


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ufeff",
        " \t\r\n\n",
        "\u200b\n\u2060",
        "# Keep this file empty to skip heartbeats.",
        "# Title\n\n# Add tasks below.\n#\n# Examples:\n#   - Check the disk\n",
        "#",
        "Title\n=====",
        "Title\n-------",
        "> # Quoted heading",
        "---",
        "***\n___",
        "-",
        "- [ ]",
        "* [ ]\n+ []\n",
        "- [x]",
        "- \ufeff",
        "- [ ] \u200b",
        "1.\n2)",
        "- - -\n\n- - [ ]",
        "- <!-- later -->",
        "- [ ] <!-- later -->",
        "<!-- a comment -->",
        "<!-- a\n\n- comment\n\n-->",
        "    <!-- an indented comment -->",
        "<!-- never closed\n\nCheck the mail",
        "[//]: # (a comment by convention)",
        "---\ntitle: x\nread_when:\n  - always\n---\n",
        "---\n---",
        "```\n```",
        "```bash\n\n```",
        "~~~",
        "```markdown\n# Keep this file empty\n<!-- or not -->\n```",
        "tasks:",
        "tasks: []",
        "tasks:\n-\n",
        "```yaml\ntasks:\n  # - name: later\n```",
    ],
)
def test_without_content_a_text_is_empty(text: str) -> None:
    found = parse(text)

    assert found.empty
    assert not found.only_tasks
    assert not found.problems
    assert not flat_lines(found.body)


@pytest.mark.parametrize(
    "text",
    [
        "Check the mail",
        "#TODO",
        "#hashtag\n",
        "- a",
        "- [x] done",
        "- #TODO",
        "- # a heading in an item",
        "> quoted",
        "```\nCheck the mail\n```",
        "```bash\n# only a shell comment\n```",
        "```markdown\n- Check the mail\n```",
        "    Check the mail",
        "| a |\n|---|\n| Check |",
        "<div></div>",
        "<!-- a --> Check the mail",
        "[urgent]: call-mum",
        "---\nCheck the mail\n---\n",
        "---\nNote: first\nCheck the mail\n---\n",
        "---\ntitle: never closed\n",
        "Check the mail\n---\n",
        "Check:\n-\n",
        "Title\n\n=====",
        "…",
        "\x00",
        "\ud800",
        "检查邮件",
        "تحقق من البريد",
        "- " * 60 + "deep",
        "> " * 300 + "deep",
    ],
)
def test_any_content_counts(text: str) -> None:
    assert not parse(text).empty


def test_the_starter_is_empty_and_quiet() -> None:
    found = parse(starter())

    assert found.empty
    assert found.problems == found.warnings == ()
    assert not found.tasks


def test_the_examples_of_the_starter_work_once_uncommented() -> None:
    text = starter().replace("<!--", "").replace("-->", "")
    found = parse(text)

    assert not found.empty
    assert not found.problems
    above = {title for line in plan_lines(text) for title in line.above}
    assert {"Checklist", "Rules", "Proactive Behaviors"} <= above
    assert [task.name for task in found.tasks] == ["weekly-summary"]
