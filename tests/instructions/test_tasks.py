from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from heartbeat.instructions import Instructions, Task, parse

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD = "- name: good\n  interval: 30m\n  prompt: Look.\n"


def problems(text: str) -> list[tuple[int, str]]:
    return [(remark.line, remark.message) for remark in parse(text).problems]


def names(found: Instructions) -> list[str]:
    return [task.name for task in found.tasks]


@pytest.mark.parametrize(
    "text",
    [
        "tasks:\n- name: mail\n  interval: 30m\n  prompt: Look at the mail.\n",
        "tasks:\n\n- name: mail\n  interval: 30m\n\n  prompt: Look at the mail.\n",
        "tasks:   # mine\n  - name: 'mail'\n    prompt: >\n      Look at\n      the mail.\n    interval: 1800\n",
        "tasks:\n    - name: mail\n      interval: '1800'\n      prompt: Look at the mail.\n",
        "tasks:\n- {name: mail, interval: 30m, prompt: Look at the mail.}\n",
        "tasks:\n-\n  name: mail\n  interval: 30m\n  prompt: Look at the mail.\n",
        "```yaml\ntasks:\n  - name: mail\n    interval: 30m\n    prompt: Look at the mail.\n```\n",
        "~~~YML\n# mine\ntasks:\n- name: mail\n  interval: 30m\n  prompt: Look at the mail.\n~~~\n",
        "\ufefftasks:\r\n- name: mail\r\n  interval: 30m\r\n  prompt: Look at the mail.\r\n",
    ],
)
def test_a_block_is_read_bare_and_fenced(text: str) -> None:
    found = parse(text)

    (task,) = found.tasks
    assert (task.name, task.interval, task.prompt) == ("mail", 1800, "Look at the mail.")
    assert text.splitlines()[task.line - 1].lstrip().startswith("-")
    assert found.only_tasks
    assert not found.empty
    assert not found.problems
    assert found.body.strip("\ufeff") == ""


def test_a_bare_block_ends_where_other_text_begins() -> None:
    found = parse(f"# Mine\n\ntasks:\n\n{GOOD}\n# More\n\n- Be brief.\n")

    assert found.tasks == (Task(name="good", interval=1800, prompt="Look.", line=5),)
    assert [(section.title, section.line) for section in found.sections] == [("More", 9)]
    assert found.task_lines == ((3, 7),)
    assert found.body == "# Mine\n\n\n# More\n\n- Be brief.\n"
    assert not found.only_tasks


def test_other_lines_in_the_fence_are_content() -> None:
    found = parse(f"```yaml\nversion: 1\ntasks:\n{GOOD}```\n")

    assert names(found) == ["good"]
    assert not found.only_tasks
    assert found.body == "```yaml\nversion: 1\n```\n"


def test_several_blocks_are_read_together() -> None:
    found = parse(f"tasks:\n{GOOD}\nProse.\n\n```yaml\ntasks:\n{GOOD.replace('good', 'better')}```\n")

    assert names(found) == ["good", "better"]
    assert found.body == "\nProse.\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "## Tasks\n- Call Ann\n",
        "My tasks:\n- a\n",
        "tasks: buy milk\n",
        f"```\ntasks:\n{GOOD}```\n",
        f"<!--\ntasks:\n{GOOD}-->\n",
    ],
)
def test_what_only_looks_like_a_block_has_no_tasks(text: str) -> None:
    found = parse(text)

    assert not found.tasks
    assert not found.problems
    assert not found.only_tasks
    assert found.body == text


def test_a_plain_list_under_tasks_is_reported_and_stays_text() -> None:
    found = parse("tasks:\n- Call Ann\n- Buy milk\n")

    assert [line for line, _ in problems(found.content)] == [2, 3]
    assert [item.text for item in found.section("other")] == ["Call Ann", "Buy milk"]
    assert found.body == found.content
    assert not found.only_tasks


@pytest.mark.parametrize(
    ("entry", "line", "words"),
    [
        ("- interval: 5m\n  prompt: x\n", 5, "has no name"),
        ("- name: ' '\n  interval: 5m\n  prompt: x\n", 5, "has no name"),
        ("- name: ~\n  interval: 5m\n  prompt: x\n", 5, "has no name"),
        ("- name: a\n  interval: 5m\n", 5, "has no prompt"),
        ("- name: a\n  interval: 5m\n  prompt:\n", 5, "has no prompt"),
        ("- name: a\n  prompt: x\n", 5, "has no interval"),
        ("- name: a\n  interval: soon\n  prompt: x\n", 6, "'soon' is not an interval"),
        ("- name: a\n  interval: 5s\n  prompt: x\n", 6, "out of range"),
        ("- name: a\n  interval: 400d\n  prompt: x\n", 6, "out of range"),
        ("- name: a\n  interval: 1:30\n  prompt: x\n", 6, "'1:30' is not an interval"),
        ("- name: a\n  interval: true\n  prompt: x\n", 6, "'true' is not an interval"),
        ("- name: a\n  interval: 5m\n  prompt: [x, y]\n", 7, "must be text"),
        ("- name: {a: b}\n  interval: 5m\n  prompt: x\n", 5, "must be text"),
        ("- [name, a]\n", 5, "not a task"),
        ("- just text\n", 5, "not a task"),
        ("- name: a\n  interval: 5m\n  prompt: x\n  enabled: false\n", 8, "'enabled' is not known"),
        ("- name: a\n  name: b\n  interval: 5m\n  prompt: x\n", 6, "has name twice"),
        ("- name: good\n  interval: 5m\n  prompt: x\n", 5, "already defined on line 2"),
        ("- name: a\n  interval: 5m\n  prompt: look: now\n", 7, "not valid YAML"),
        ("- name: a\n\tinterval: 5m\n", 6, "not valid YAML"),
        ("- name: a\n  interval: 5m\n  prompt: \x07\n", 5, "characters that YAML does not allow"),
        ("- name: &a b\n  interval: 5m\n  prompt: x\n", 5, "aliases"),
        ("- name: a\n  interval: 5m\n  prompt: *a\n", 7, "aliases"),
        ("- name: a\n  interval: 5m\n  prompt: !!python/name:os.system x\n", 7, "tags"),
        ("- name: a\n  interval: 5m\n  prompt: " + "[" * 5000 + "\n", 7, "must be text"),
    ],
)
def test_a_malformed_task_is_reported_with_its_line_and_takes_no_other_with_it(
    entry: str, line: int, words: str
) -> None:
    text = f"tasks:\n{GOOD}{entry}{GOOD.replace('good', 'last')}"
    found = parse(text)

    assert names(found) == ["good", "last"]
    ((at, message),) = problems(text)
    assert at == line
    assert words in message
    assert message.endswith(".")
    assert found.only_tasks


def test_a_task_indented_too_far_is_still_read() -> None:
    found = parse(f"tasks:\n{GOOD}  - name: deep\n    interval: 1h\n    prompt: x\n")

    assert names(found) == ["good", "deep"]
    assert found.tasks[1].line == 5


def test_a_task_indented_too_little_is_still_read() -> None:
    found = parse("tasks:\n  - name: a\n    interval: 1h\n    prompt: x\n" + GOOD)

    assert names(found) == ["a", "good"]


def test_a_list_inside_a_prompt_is_part_of_it() -> None:
    found = parse("tasks:\n- name: a\n  interval: 1h\n  prompt: |\n    Look at:\n    - name: b\n    - mail\n")

    assert [task.prompt for task in found.tasks] == ["Look at:\n- name: b\n- mail"]


def test_fields_without_a_dash_are_a_problem() -> None:
    assert problems("tasks:\n  name: a\n  interval: 5m\n") == [
        (2, "This is not a task; a task is a list entry with name, interval and prompt.")
    ]


def test_a_block_of_malformed_tasks_is_neither_empty_nor_prose() -> None:
    found = parse("tasks:\n- name: a\n")

    assert found.only_tasks
    assert not found.empty
    assert not found.tasks


def test_a_yaml_bomb_is_refused() -> None:
    bomb = "tasks:\n- name: &a [x, x]\n- name: &b [*a, *a]\n  prompt: [*b, *b]\n"

    assert [line for line, _ in problems(bomb)] == [2, 3]


def test_at_most_a_hundred_tasks_are_read() -> None:
    text = "tasks:\n" + "".join(GOOD.replace("good", f"t{number}") for number in range(103))
    found = parse(text)

    assert len(found.tasks) == 100
    assert problems(text) == [(302, "At most 100 tasks are read; this one and 2 more are not.")]


def test_tasks_in_front_matter_are_reported() -> None:
    ((line, message),) = problems(f"---\ntitle: x\ntasks:\n{GOOD}---\n")

    assert line == 3
    assert "front matter" in message


@pytest.mark.parametrize(
    ("ago", "due"),
    [
        (timedelta(minutes=30), True),
        (timedelta(days=3), True),
        (timedelta(minutes=29, seconds=59), False),
        (timedelta(0), False),
        (timedelta(minutes=-29), False),
        (timedelta(minutes=-30), True),
        (timedelta(days=-365), True),
    ],
)
def test_a_task_is_due_once_its_interval_has_passed(ago: timedelta, due: bool) -> None:
    found = parse(f"tasks:\n{GOOD}")

    assert bool(found.due_tasks({"good": NOW - ago}, NOW)) is due


def test_a_task_never_done_is_due() -> None:
    found = parse(f"tasks:\n{GOOD}")

    assert found.due_tasks({"other": NOW}, NOW) == found.tasks
