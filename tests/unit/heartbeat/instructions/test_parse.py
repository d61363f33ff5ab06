from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from heartbeat.instructions import MAX_BYTES
from heartbeat.instructions.lines import flat_lines
from heartbeat.instructions.parse import parse
from tests.support.paths import ROOT

REAL_FILES = ROOT.parent / "shared" / "heartbeat_md"
EMPTY_FILES = {"12", "22", "26", "28", "29", "32", "53"}
# Only prose and a comment: nothing to list, yet not empty.
PROSE_FILES = {"50"}

LINE_PARTS = [
    "\n",
    "\r\n",
    "\r",
    "\u2028",
    "\u00a0",
    "\u3000",
    " ",
    "  ",
    "    ",
    "\t",
    "text",
    "Never",
    "检查",
    "\u2028",
    "\x85",
    "• ",
    "–\u00a0",
    "☐ ",
    "１．",
    "\ufeff",
    "\x00",
    "\ud800",
]
MARKDOWN = [
    "- ",
    "* ",
    "1. ",
    "• ",
    "–\t",
    "①",
    "☐ ",
    "[ ] ",
    "[x] ",
    "# ",
    "## Rules",
    "---",
    "===",
    "> ",
    "| a |",
    "|---|",
    "[a]: #",
]
FENCES = ["```", "```yaml\n", "~~~", "<!--", "-->", "<div>"]
TASKS = [
    "tasks:\n",
    "**Tasks:**\n",
    "tasks: [{",
    "interval: 1h",
    "}]",
    " #",
    "'",
    "- name: a\n",
    "  interval: 5m\n",
    "  prompt: x\n",
    "  - ",
    "{",
    "&a ",
    "*a",
]
FRAGMENTS = st.sampled_from([*LINE_PARTS, *MARKDOWN, *FENCES, *TASKS])


def adversarial(size: int) -> list[str]:
    """Return texts of at most 4 times ``size`` characters that take a careless parser long."""
    units = ("> ", "- ", "[", "`", "*a_", "|a", "-\n", "<!--", "#", "\r")
    return [
        *(unit * size for unit in units),
        "tasks:\n- name: " + "[" * (3 * size),
        "tasks:\n" + "- a\n" * (size // 2),
    ]


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())) | st.lists(FRAGMENTS, max_size=40).map("".join))
def test_any_text_is_accepted_and_kept(text: str) -> None:
    found = parse(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1

    assert found.content == text
    assert not (found.empty and (found.only_tasks or found.tasks))
    assert all(1 <= remark.line <= lines for remark in (*found.problems, *found.warnings))
    assert all(1 <= line.number <= lines for line in flat_lines(text))
    assert all(1 <= task.line <= lines for task in found.tasks)


@pytest.mark.parametrize("text", [*adversarial(1_000), "---\n   ", "---\n---"])
def test_adversarial_text_is_accepted(text: str) -> None:
    assert parse(text).content == text


def test_a_text_over_the_limit_is_a_problem_and_is_not_read() -> None:
    largest = parse("a" * MAX_BYTES)
    assert not largest.problems

    found = parse("é" * (MAX_BYTES // 2 + 1))
    ((line, message),) = [(remark.line, remark.message) for remark in found.problems]
    assert line == 1
    assert "64 KiB" in message
    assert not found.empty


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a\n\n```bash\nls\n", 3, "fence ``` is never closed"),
        ("a\n\n~~~~\n~~~\n", 3, "fence ~~~~ is never closed"),
        ("a\n\n<!-- b\n\n- c\n", 3, "comment is never closed"),
    ],
)
def test_what_is_never_closed_is_a_warning(text: str, line: int, words: str) -> None:
    (warning,) = parse(text).warnings

    assert warning.line == line
    assert words in warning.message


@pytest.mark.parametrize(
    "text", ["```\na\n```", "  ~~~\na\n ~~~~ ", "a <!-- b -->", "<!-- a --><!-- b -->", "- ```\n  a\n"]
)
def test_what_is_closed_is_no_warning(text: str) -> None:
    assert parse(text).warnings == ()


@pytest.mark.parametrize(
    ("line", "marker"),
    [
        ("##Rules", "##"),
        ("###Rules", "###"),
        ("-Be kind", "-"),
        ("  -必ず", "-"),
        ("1.Be kind", "1."),
        ("2)Be", "2)"),
    ],
)
def test_a_marker_without_a_space_is_a_warning(line: str, marker: str) -> None:
    (warning,) = parse(f"Text.\n\n{line}\n").warnings

    assert warning.line == 3
    assert warning.message.startswith(f"A space is missing after {marker},")


@pytest.mark.parametrize(
    "text",
    ["#tag", "-1 degree", "--flag", "-----", "*stressed*", "1.5 times", "```\n-a\n##b\n```", "a -b", "- -"],
)
def test_what_needs_no_space_is_no_warning(text: str) -> None:
    assert parse(text).warnings == ()


def test_a_nul_character_is_a_problem() -> None:
    ((line, message),) = [(remark.line, remark.message) for remark in parse("- a\n\0\0- b\0\n").problems]

    assert line == 2
    assert "save it as UTF-8" in message


def test_instructions_are_frozen() -> None:
    with pytest.raises(ValidationError):
        parse("- a").empty = True  # type: ignore[misc]


@pytest.mark.skipif(
    not REAL_FILES.is_dir(), reason="the folder of real HEARTBEAT.md files is not on this machine"
)
def test_real_files() -> None:
    paths = sorted(REAL_FILES.glob("[0-9][0-9].md"))
    assert paths

    for path in paths:
        text = path.read_bytes().decode()
        found = parse(text)
        listed = flat_lines(text)
        assert found.content == text
        assert not found.problems, path.name
        assert found.empty is (path.stem in EMPTY_FILES), path.name
        assert bool(listed) is (path.stem not in EMPTY_FILES), path.name
        assert not found.only_tasks, path.name
        assert [task.line for task in found.tasks] == ([3, 6] if path.stem == "58" else []), path.name
