"""Lines of the plan: what is a line, what stands above it, and ids that other lines do not change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.errors import InvalidValueError, NotFoundError
from heartbeat.instructions.encoding import decode
from heartbeat.instructions.line import LENGTH_LIMIT
from heartbeat.instructions.model import MAX_BYTES
from heartbeat.plan.lines import ABOVE_LIMIT, LINES_LIMIT, PARAGRAPH_LIMIT, divide, find_line, plan_lines

TEXT = """\
---
title: mine
---
# Agent

You are Pilz. Be brief.

## Mail

Tell me at once:

- **anything** from the bank
- If it rains:
  - [ ] order `umbrellas`
- [x] done

| Time | What |
|------|------|
| 9:00 | post the menu |

<!-- later -->

tasks:
  - name: digest
    interval: 1d
    prompt: Sum up the news.

Never write at night.
"""


def test_a_text_is_divided_into_lines() -> None:
    lines = plan_lines(TEXT)
    assert [(line.number, line.text, line.above) for line in lines] == [
        (6, "You are Pilz.", ("Agent",)),
        (6, "Be brief.", ("Agent",)),
        (12, "anything from the bank", ("Agent", "Mail", "Tell me at once:")),
        (14, "order umbrellas", ("Agent", "Mail", "Tell me at once:", "If it rains:")),
        (19, "9:00 | post the menu", ("Agent", "Mail", "Tell me at once:", "Time | What")),
        (24, "Sum up the news.", ()),
        (28, "Never write at night.", ("Agent", "Mail")),
    ]
    assert [line.text for line in lines if line.box] == ["order umbrellas"]
    assert [line.task for line in lines if line.task] == ["digest"]
    assert [line.paragraph for line in lines[:3]] == ["You are Pilz. Be brief."] * 2 + [""]
    assert len({line.id for line in lines}) == len(lines)


@pytest.mark.parametrize(
    "written",
    [
        TEXT,
        TEXT.replace("\n", "\r\n"),
        "\ufeff" + TEXT,
        decode(("\ufeff" + TEXT).encode("utf-16-le")),
        TEXT.replace("- **anything**", "-\tanything").replace("**", ""),
        TEXT.replace("anything** from", "anything**   from"),
        TEXT + "\n\n- - -\n\n-\n",
    ],
)
def test_the_spelling_of_a_text_changes_no_line(written: str) -> None:
    assert plan_lines(written) == plan_lines(TEXT)


def test_what_introduces_nothing_is_a_line() -> None:
    lines = plan_lines("# A\n\n**Mail**\n\nTell me:\n\n# B\n\n- Look at:\n- [ ] x")
    assert [(line.text, line.above) for line in lines] == [
        ("Tell me:", ("A", "Mail")),
        ("x", ("B", "Look at:")),
    ]


@pytest.mark.parametrize(
    "text", ["", "# A\n\n## B\n", "<!-- - one -->", "tasks:\n", "- [x] done", "---\na: b\n---\n"]
)
def test_a_text_without_content_has_no_lines(text: str) -> None:
    assert plan_lines(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Log in with the password:\nhunter2. Then look at it.\n",
        "- Log in with the password:\n  hunter2\n",
        "> The token:\n> hunter2 is for you\n",
        "- Log in, password<!-- of the door -->: hunter2\n",
        "## Password<!-- of the door -->: hunter2\n\n- Look.\n",
        "tasks:\n- name: a\n  interval: 1h\n  prompt: >\n    the password:\n    hunter2\n",
    ],
)
def test_a_secret_is_masked_that_stands_on_two_lines_or_around_a_comment(text: str) -> None:
    lines = plan_lines(text)
    assert lines
    held = " ".join(part for line in lines for part in (line.text, line.paragraph, *line.above))
    assert "[secret]" in held
    assert "hunter2" not in held


def test_secrets_are_masked_and_what_follows_stays_on_its_line() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n-----END PRIVATE KEY-----"
    lines = plan_lines(f"- use password: hunter2\n\n{key}\n\n- tell me")
    assert [(line.number, line.text) for line in lines] == [
        (1, "use password: [secret]"),
        (3, "[secret]"),
        (7, "tell me"),
    ]


def test_what_is_past_the_limits_is_named() -> None:
    long = "x" * (LENGTH_LIMIT + 1)
    found = divide("\n".join(["# A", f"- {long}", *(f"- line {each}" for each in range(LINES_LIMIT + 2))]))
    assert len(found.read) == LINES_LIMIT
    assert [line.text for line in found.beyond] == [f"line {LINES_LIMIT}", f"line {LINES_LIMIT + 1}"]
    assert [(line.number, len(line.text)) for line in found.too_long] == [(2, LENGTH_LIMIT)]
    assert divide("- one\n" * (MAX_BYTES // 6 + 1)) == ((), (), ())


def test_what_stands_around_a_line_is_bounded() -> None:
    deep = "\n".join(f"{'  ' * each}- {each}" for each in range(ABOVE_LIMIT + 3))
    *_, last = plan_lines(deep)
    assert last.above == tuple(str(each) for each in range(2, ABOVE_LIMIT + 2))
    sentence = "Be brief and kind to all. "
    (*_, line) = plan_lines(f"# {'x' * 2_000}\n\n{sentence * (PARAGRAPH_LIMIT // len(sentence) + 1)}")
    assert len(line.paragraph) == PARAGRAPH_LIMIT
    assert len(line.above[0]) == LENGTH_LIMIT


def test_a_line_is_found_by_its_number_or_id() -> None:
    lines = plan_lines(TEXT)
    assert find_line(lines, "12") == find_line(lines, lines[2].id) == lines[2]
    with pytest.raises(
        InvalidValueError, match=rf"allowed: .*{lines[0].id} \(You are Pilz\.\), {lines[1].id}"
    ):
        find_line(lines, "6")
    with pytest.raises(NotFoundError, match="there is no line '13'"):
        find_line(lines, "13")


WORDS = st.text(st.characters(whitelist_categories=("Lu", "Ll", "Lo")), min_size=1, max_size=8)
LINES = st.lists(WORDS.map(lambda word: f"tell me about {word}"), min_size=1, max_size=8)


def _ids(lines: list[str], heading: str = "Mail") -> list[str]:
    text = "\n".join([f"# {heading}", *(f"- {line}" for line in lines), "# Other", "- look around"])
    return [line.id for line in plan_lines(text)]


@given(LINES, st.data())
def test_an_edit_changes_the_id_of_its_own_line_only(lines: list[str], data: st.DataObject) -> None:
    unique = list(dict.fromkeys(lines))
    at = data.draw(st.integers(0, len(unique) - 1))
    edited = [f"{line} today" if number == at else line for number, line in enumerate(unique)]
    pairs = zip(_ids(unique), _ids(edited), strict=True)
    assert [number for number, (before, after) in enumerate(pairs) if before != after] == [at]


@given(LINES, st.data())
def test_a_line_that_comes_or_goes_changes_no_other(lines: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(lines)))
    more = [*lines[:at], "something else altogether 1", *lines[at:]]
    before, after = _ids(lines), _ids(more)
    assert [each for number, each in enumerate(after) if number != at] == before


@given(WORDS, st.integers(2, 6))
def test_equal_lines_are_numbered_in_their_order(word: str, number: int) -> None:
    ids = _ids([f"say {word}"] * number)
    assert len(set(ids)) == number + 1
    assert ids[: number - 1] == _ids([f"say {word}"] * (number - 1))[:-1]


def test_an_id_changes_with_the_own_headings_only() -> None:
    before, after = _ids(["a", "b"]), _ids(["a", "b"], heading="Post")
    assert not set(before[:2]) & set(after[:2])
    assert before[2] == after[2]
    assert plan_lines("- x")[0].id != plan_lines("- [ ] x")[0].id
    assert plan_lines("One. Two.")[1].id == plan_lines("Three. Two.")[1].id


def test_the_name_of_a_task_stands_above_its_prompt() -> None:
    task = "tasks:\n  - name: {}\n    interval: 1d\n    prompt: Look.\n"
    assert plan_lines(task.format("a"))[0].id != plan_lines(task.format("b"))[0].id


@given(st.text(max_size=300))
def test_any_text_is_divided(text: str) -> None:
    found = divide(text)
    last = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(1 <= line.number <= last for line in found.read)
