from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from heartbeat.instructions import Instructions, Task
from heartbeat.instructions.parse import parse

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


MAIL = "- name: mail\n  interval: 30m\n  prompt: Look at the mail.\n"
INDENTED = "".join(f"{{0}}{line}\n" for line in MAIL.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        f"Tasks:\n{MAIL}",
        f"TASKS:\n\n{MAIL}",
        f"tasks :\n{MAIL}",
        f"**tasks:**\n{MAIL}",
        f"**Tasks**:\n\n{MAIL}",
        f"__tasks:__\n{MAIL}",
        f"*tasks*:\n{MAIL}",
        f"`tasks:`\n{MAIL}",
        f"'tasks':\n{MAIL}",
        f"tasks：\n{MAIL}",
        f"**tasks：**\n{MAIL}",
        f"## tasks:\n\n{MAIL}",
        f"## Tasks\n\n{MAIL}",
        f"### **Tasks**\n{MAIL}",
        f"- tasks:\n{INDENTED.format('  ')}",
        f"  tasks:\n{INDENTED.format('  ')}",
        f"  tasks:\n{MAIL}",
        f"    tasks:\n{INDENTED.format('    ')}",
        f"\ttasks:\n{INDENTED.format(chr(9) + '  ')}",
        f"\u00a0\u00a0tasks:\n{INDENTED.format(chr(160) * 2)}",
        f"tasks:\n{INDENTED.format(chr(160) * 2)}",
        f"tasks:\n{INDENTED.format(chr(0x3000))}",
        f"tasks:\n{MAIL.replace(': ', '：')}",
        f"tasks:\n{MAIL.replace('- name', '• name')}",
        f"tasks:\n{MAIL.replace('- name', '•name')}",
        f"tasks:\n{MAIL.replace('- name', '–' + chr(160) + 'name')}",
        f"tasks:\n{MAIL.replace('- name', '-name')}",
        f"tasks:\n{MAIL.replace('- name', '* name')}",
        "tasks:\n1. name: mail\n   interval: 30m\n   prompt: Look at the mail.\n",
        "tasks:\n- **name**: mail\n  **interval:** 30m\n  `prompt`: Look at the mail.\n",
        "tasks:\n- Name: mail\n  Interval: 30m\n  PROMPT: Look at the mail.\n",
        "tasks: [{name: mail, interval: 30m, prompt: Look at the mail.}]\n",
        "tasks: {name: mail, interval: 30m, prompt: Look at the mail.}\n",
        'tasks: [\n  {"name": "mail", "interval": "30m", "prompt": "Look at the mail."},\n]  # mine\n',
        '"tasks": [{"name": "mail",\n"interval": 1800, "prompt": "Look at the mail."}]\n',
        f"```yaml\nTasks:\n{MAIL}```\n",
        f"```yaml\n  tasks:\n{INDENTED.format('  ')}```\n",
        "```yaml\ntasks: [{name: mail, interval: 30m, prompt: Look at the mail.}]\n```\n",
        f"```markdown\ntasks:\n{MAIL}```\n",
        f"tasks:\n{MAIL}".replace("\n", "\u2028"),
        f"**Tasks:**\n\n{MAIL}".replace("\n", "\r"),
    ],
)
def test_a_block_is_read_however_it_is_spelled(text: str) -> None:
    found = parse(text)

    (task,) = found.tasks
    assert (task.name, task.interval, task.prompt) == ("mail", 1800, "Look at the mail.")
    assert found.only_tasks
    assert not found.empty
    assert not found.problems
    assert not found.warnings


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"```\ntasks:\n{MAIL}```\n", 3),
        ('Text.\n\n```json\n{"tasks": [{"name": "mail", "interval": "30m"}]}\n```\n', 4),
        (f"Text.\n\n```markdown\ntasks:\n{MAIL}```\n", 5),
        (f"```yaml\n{MAIL}```\n", 2),
        (f"## Chores\n\n{MAIL}", 3),
        (f"Aufgaben:\n{MAIL}", 2),
        (f"My tasks:\n{MAIL}", 2),
        (MAIL, 1),
        (f"> tasks:\n> {MAIL.replace(chr(10), chr(10) + '> ')}\n", 2),
        ("- {name: mail, interval: 30m, prompt: Look.}\n", 1),
        ("tasks:\n- name: a\n  prompt: x\n  interval: 5m\n\nOther:\n- **name**: b\n  **interval**: 5m\n", 7),
    ],
)
def test_what_looks_like_a_task_and_is_none_is_a_warning(text: str, line: int) -> None:
    (warning,) = [each for each in parse(text).warnings if "looks like a task" in each.message]

    assert warning.line == line
    assert warning.message.endswith("put it under a line `tasks:`, bare or in a yaml fence.")


@pytest.mark.parametrize(
    "text",
    [
        f"<!--\ntasks:\n{MAIL}-->\n",
        "## Tasks\n- Call Ann\n",
        "**Tasks:**\n- Call Ann\n- Say your name: it is polite\n",
        "tasks: buy milk\n",
        "tasks: [see below]\n",
        "Tasks: {none}\n",
        "```yaml\n# tasks:\n# - name: later\n#   interval: 1h\n```\n",
        "The interval: two hours.\n",
    ],
)
def test_what_is_no_task_is_neither_read_nor_warned_of(text: str) -> None:
    found = parse(text)

    assert not found.tasks
    assert not found.problems
    assert not found.warnings
    assert found.body == text


def test_each_entry_in_brackets_is_read_on_its_own() -> None:
    found = parse(
        "tasks: [{name: a, interval: 1h, prompt: x},\n  {name: b, interval: soon, prompt: x},\n"
        "  c,\n  {name: d,\n   interval: 1h, prompt: 'y, z'}]\n- Be brief.\n"
    )

    assert [(task.name, task.line, task.prompt) for task in found.tasks] == [("a", 1, "x"), ("d", 4, "y, z")]
    assert [problem.line for problem in found.problems] == [2, 3]
    assert found.body == "- Be brief.\n"


@pytest.mark.parametrize(
    "rest", ["[{name: a, interval: 1h", "[{name: a, interval: 1h, prompt: x #1}]", "[[{interval: 1h}]]"]
)
def test_brackets_that_cannot_be_read_are_a_problem(rest: str) -> None:
    assert [line for line, _ in problems(f"tasks: {rest}\n\n- Be brief.\n")] == [1]


def test_text_of_a_prompt_stays_as_it_is_written() -> None:
    prompt = "• one\n– two\nName: Ann\n**name**: Bo\ntasks:\n  -\u00a0x"
    indented = prompt.replace("\n", "\n    ")
    found = parse(f"Tasks:\n- name: a\n  interval: 1h\n  prompt: |\n    {indented}\n  \n{GOOD}")

    assert [task.prompt for task in found.tasks] == [prompt, "Look."]


def test_text_that_goes_on_at_the_margin_is_a_warning() -> None:
    found = parse(f"tasks:\n{GOOD.replace('Look.', 'Look at')}the mail.\n")

    assert [(each.line, each.message) for each in found.warnings] == [
        (5, "This line is not indented, so it is no part of the task above it.")
    ]
    assert parse(f"tasks:\n{GOOD}\nOther text.\n").warnings == ()
    assert parse(f"```yaml\ntasks:\n{GOOD}```\nOther text.\n").warnings == ()


def test_a_bare_block_ends_where_other_text_begins() -> None:
    found = parse(f"# Mine\n\ntasks:\n\n{GOOD}\n# More\n\n- Be brief.\n")

    assert found.tasks == (Task(name="good", interval=1800, prompt="Look.", line=5),)
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
        ("- name: a\n  interval: 5m\n  prompt: look: now\n", 7, "there is a colon with a space after it"),
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


@pytest.mark.parametrize(
    ("written", "prompt"),
    [
        ("Look at issue #12 and say whether it is open", "Look at issue #12 and say whether it is open"),
        ("#general: no", None),
        ("#12 is open", "#12 is open"),
        ("Write in C # and in F#", "Write in C # and in F#"),
        ("Look at issue\n    #12 and\n    say so", "Look at issue #12 and say so"),
        ("Look at\n\n    #12", "Look at\n#12"),
        ("'Look at #12'", "Look at #12"),
        ('"Look at #12"  # a comment', "Look at #12"),
        ('"Look" #12 and say so', '"Look" #12 and say so'),
        ("|\n    Look at #12\n    # and: this", "Look at #12\n# and: this"),
        ("> # a comment\n    Look at #12", "Look at #12"),
        ("Ask #12: is it open?", None),
        ("Remind me: tea", None),
        ("@ann asks", "@ann asks"),
        ("%d new posts", "%d new posts"),
        ("`code` is code", "`code` is code"),
        ("*Always* be kind to #12", "*Always* be kind to #12"),
        ("*Always* be kind", "*Always* be kind"),
        ("**Always** be kind", "**Always** be kind"),
        ("& then", "& then"),
        ("!important look", None),
        ("*a", None),
        ('"Tea" is what they want', '"Tea" is what they want'),
        ("'tis time for tea", "'tis time for tea"),
        ("'tis #1", "'tis #1"),
        ("it's time, isn't it? #now", "it's time, isn't it? #now"),
        ("[urgent] look", "[urgent] look"),
        ("{name}, hello", "{name}, hello"),
        ("- look", "- look"),
        ("? look", "? look"),
        ("| look", "| look"),
        ("> look", "> look"),
        ("yes", "yes"),
        ("on", "on"),
        ("1.0", "1.0"),
        ("2024-01-01", "2024-01-01"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("Look at http://a.example/b#c", "Look at http://a.example/b#c"),
        ("a\tb", "a\tb"),
        ('"Look\n    at tea"', "Look at tea"),
        ("Sieh nach – «Tee» · 茶", "Sieh nach – «Tee» · 茶"),
    ],
)
def test_words_of_a_prompt_are_read_whole_or_refused_with_line_and_remedy(
    written: str, prompt: str | None
) -> None:
    text = f"tasks:\n- name: mine\n  interval: 1h\n  prompt: {written}\n{GOOD}"
    found = parse(text)

    if prompt is not None:
        assert problems(text) == []
        assert [task.prompt for task in found.tasks] == [prompt, "Look."]
    else:
        assert names(found) == ["good"]
        ((line, message),) = problems(text)
        assert line == 4
        assert "quotes" in message


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("issue #12", "issue #12"),
        ("tea # mine", "tea"),
        ("no", "no"),
        ("1.0", "1.0"),
        ("@ann", "@ann"),
        ('"a" and b', '"a" and b'),
    ],
)
def test_words_of_a_name_are_read_whole_but_for_a_comment(written: str, name: str) -> None:
    assert names(parse(f"tasks:\n- name: {written}\n  interval: 1h # each\n  prompt: x\n")) == [name]


def test_a_tab_is_refused_with_its_remedy() -> None:
    ((line, message),) = problems("tasks:\n- name: a\n\tinterval: 5m\n")

    assert (line, "spaces, not with tabs" in message) == (3, True)


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
