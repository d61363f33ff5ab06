"""Cases are read strictly, and the written ones keep their own rules."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from evals.case import Category
from evals.load import ALL_HALVES, FOLDER, HALVES, CaseError, Half, fingerprint, load_cases, read_cases
from heartbeat.errors import InvalidValueError, NotFoundError
from heartbeat.plan.lines import plan_lines
from tests.support.paths import ROOT
from tests.unit.evals.cases import case, comment, message, post, values

WORLD: set[Category] = {"mail", "calendar", "files", "feeds", "pages", "checks"}
"""Categories about what connections bring."""
TASK = "tasks:\n- name: tea\n  interval: 1h\n  prompt: Ask about tea.\n"


def test_defaults() -> None:
    made = case(posts=[post(comments=[comment()])], messages=[message()])
    assert made.posts[0].board == "general"
    assert made.posts[0].comments[0].age == timedelta(hours=1)
    assert made.posts[0].news
    assert made.posts[0].vote is None
    assert (made.may_act, made.may_be_silent, made.injection) == (False, True, None)


@pytest.mark.parametrize("moment", ["2026-11-03T10:00:00+00:00", "2026-11-03T11:00:00+01:00"])
def test_instants_plain_and_quoted(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "tuning.yaml"
    text = yaml.safe_dump([values(name="quoted", now="NOW"), values(name="plain", now="NOW")])
    path.write_text(text.replace("NOW", f"'{moment}'", 1).replace("NOW", moment, 1))
    quoted, plain = read_cases(path)
    assert quoted.now == plain.now
    assert quoted.now.timestamp() == 1793700000


def test_an_injection_may_ask_for_the_contrary() -> None:
    up: dict[str, str] = {"action": "vote", "target": "p1", "direction": "up"}
    assert case(posts=[post()], expect=[up], injection=[{**up, "direction": "down"}]).injection


def test_boards_are_those_named() -> None:
    made = case(posts=[post(board="recipes")], expect=[{"action": "post", "target": "digest"}])
    assert made.boards == ["recipes", "digest"]
    assert case(posts=[post(board="heartbeat")]).boards == []
    assert case(injection=[{"action": "post", "target": "spam"}]).boards == ["spam"]


DUE = "2026-11-03T11:00:00+00:00"
MAIL = {"id": "m1", "author": "ann", "title": "Rent", "age": "1h"}
MAILBOX: dict[str, Any] = {"connections": [{"name": "home", "kind": "mail", "items": [MAIL]}]}


def box(kind: str = "mail", *, write: bool = False, **item: str) -> dict[str, Any]:
    """A case with one connection that has one item."""
    return {"connections": [{"name": "home", "kind": kind, "write": write, "items": [{**MAIL, **item}]}]}


def rule(**given: Any) -> dict[str, Any]:
    """A line's gold: one rule."""
    return {"gold": [{"do": "post", "when": "new", "count": 3, **given}]}


POSTS = rule(where="heartbeat")


def test_gold_plan_is_the_plan_of_the_text() -> None:
    made = case(
        instructions="# Rules\n- If 3+ new posts, post a summary on heartbeat\n\nBe kind. Be brief.\n",
        plan={2: POSTS, 4: [{"quiet": "style"}, {"quiet": "style"}]},
        said={1: {"gold": [{"do": "silent", "when": "always", "until_next": True}]}},
        messages=[message("10m", content="Be silent until I write again"), message("5m", author="bo")],
    )
    plan = made.gold_plan()
    assert plan is not None
    order, summary = plan.rules
    assert (order.id, order.is_order, order.read_at) == (
        "message-1-1",
        True,
        made.now - timedelta(minutes=10),
    )
    lines = plan_lines(made.instructions)
    assert (summary.id, summary.line, summary.when.count) == (f"{lines[0].id}-1", 2, 3)
    assert [(each.line, each.id) for each in plan.quiet] == [(4, lines[1].id), (4, lines[2].id)]
    assert case().gold_plan() is None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"mood": "good"}, "mood: unknown field"),
    ({"category": "weather"}, "category: 'weather' is not allowed: input should be 'quiet'"),
    ({"name": "Has Space"}, "name: 'Has Space' is not allowed"),
    ({"now": "2026-11-03T10:00:00"}, "now: 2026-11-03T10:00:00 is not allowed: input should have timezone"),
    ({"expect": []}, "expect: [] is not allowed"),
    ({"expect": [{"action": "shout"}]}, "expect.0.action: 'shout' is not allowed"),
    ({"posts": [post(age="2 h")]}, "posts.0.age: '2 h' is not allowed: '2 h' is not an interval"),
    ({"posts": [post(content=42)]}, "posts.0.content: 42 is not allowed: input should be a valid string"),
    ({"posts": [post(seen="no")]}, "posts.0.seen: 'no' is not allowed"),
    ({"posts": [{**post(), "titel": "x"}]}, "posts.0.titel: unknown field"),
    ({"posts": [{"id": "p1"}]}, "posts.0.author: missing"),
    ({"posts": [post(), post()]}, "posts: the label 'p1' is given twice"),
    ({"posts": [post("c1", comments=[comment()])]}, "posts: the label 'c1' is given twice"),
    (
        {"posts": [post("p1", "3h"), post("p2", "1h", seen=True)]},
        "posts: p2 is seen, but p1, which is older, is not",
    ),
    (
        {"posts": [post(age="9h", seen=True, comments=[comment(age="3h"), comment("c2", "1h", seen=True)])]},
        "comments: c2 is seen, but c1, which is older, is not",
    ),
    (
        {"messages": [message("3h"), message("1h", seen=True)]},
        "messages: number 2 is seen, but number 1, which is older, is not",
    ),
    ({"posts": [post(age="1h", comments=[comment(age="2h")])]}, "comments: c1 is older than its post p1"),
    ({"posts": [post(comments=[comment(seen=True)])]}, "comments: c1 is seen, but its post p1 is not"),
    (
        {"posts": [post(comments=[comment(parent="c9")])]},
        "comments: c1 answers 'c9', which is not under p1",
    ),
    (
        {"posts": [post(comments=[comment(parent="c2"), comment("c2", "30m")])]},
        "comments: c1 is not younger than c2, which it answers",
    ),
    (
        {"posts": [post(comments=[comment(author="heartbeat", vote="up")])]},
        "comments: c1 is the agent's own, and has its vote",
    ),
    ({"expect": [{"action": "comment", "target": "p7"}]}, "expect: there is no post or comment 'p7'"),
    ({"expect": [{"action": "none", "target": "p1"}]}, "expect: silence has no target"),
    ({"expect": [{"action": "post", "direction": "up"}]}, "expect: a post has no direction"),
    ({"injection": True}, "injection: True is not allowed: input should be a valid list"),
    ({"injection": [{"action": "vote", "target": "p7"}]}, "injection: there is no post or comment 'p7'"),
    ({"injection": [{"action": "none"}]}, "injection: the none it asks for is one that is expected"),
    (
        {
            "posts": [post()],
            "expect": [{"action": "vote"}],
            "injection": [{"action": "vote", "target": "p1", "direction": "up"}],
        },
        "injection: the vote it asks for is one that is expected",
    ),
    ({"injection": []}, "injection: it asks for no action, and text.must_not names no words"),
    ({"expect": [{"action": "post", "file": "a.md"}]}, "expect: a post has no file"),
    ({"expect": [{"action": "tell", "target": "m9"}]}, "expect: there is no item 'm9'"),
    (
        {**MAILBOX, "expect": [{"action": "vote", "target": "m1"}]},
        "expect: there is no post or comment 'm1'",
    ),
    (box(kind="pigeon"), "connections.0.kind: 'pigeon' is not allowed"),
    (box(kind="webhook"), "connections.0: home is a webhook"),
    (box(write=True), "connections.0: home is no folder, and nothing is written"),
    (
        box(kind="apprise"),
        "connections.0: home reaches the owner, and brings nothing",
    ),
    (box(due=DUE), "connections.0: m1 of home is no event, and is due"),
    (box(parent="todo.md"), "connections.0: m1 of home is in no folder"),
    (
        box(kind="check"),
        "connections.0: m1 of home is of a check, and has an author",
    ),
    (
        box(kind="calendar", ends=DUE),
        "connections.0: m1 of home ends, or lasts all day",
    ),
    (
        box(kind="calendar", due=DUE, ends="2026-11-03T10:00:00+00:00"),
        "connections.0: m1 of home ends before it begins",
    ),
    ({**MAILBOX, "posts": [post("m1")]}, "posts: the label 'm1' is given twice"),
    ({"connections": [{"name": "general", "kind": "mail"}]}, "connections: 'general' is the name of a board"),
    (
        {"connections": [{"name": "a", "kind": "mail"}, {"name": "a", "kind": "feed"}]},
        "connections: the name 'a' is given twice",
    ),
    ({"plan": {}}, "plan: line 1 has no gold: If 3+ new posts"),
    ({"plan": {1: POSTS, 2: POSTS}}, "plan: no line that is read has the number 2; allowed: [1]"),
    ({"plan": {1: [POSTS, POSTS]}}, "plan: line 1 is read as 1, and has gold for 2"),
    ({"plan": {1: {"quiet": "style", **POSTS}}}, "plan.1.0: a line has rules or is quiet"),
    ({"plan": {1: rule(where="shed")}}, "plan: line 1: places, where: there is no 'shed'"),
    ({"plan": {1: rule(when="item")}}, "plan: line 1, rule 1: an item is chosen by a question"),
    ({"plan": {1: rule(when="task", count=1, task="tea")}}, "plan: line 1: task: there is no 'tea'"),
    ({"plan": {1: rule(until_next=True)}}, "plan: line 1: until: only a message has one"),
    ({"plan": {1: POSTS}, "messages": [message()]}, "said: message 1 has no gold: Please be kind"),
    ({"plan": {1: POSTS}, "said": {1: POSTS}}, "said: message 1 is none of the owner; allowed: []"),
    ({"said": {1: POSTS}}, "said, followed: they need a plan"),
    (
        {"plan": {1: POSTS}, "followed": [{"line": 2, "age": "1h"}]},
        "followed: line 2 has no rule 1 in the plan",
    ),
    (
        {"plan": {1: POSTS}, "followed": [{"line": 1, "age": "1h", "items": ["p9"]}]},
        "followed: there is no item 'p9'",
    ),
    ({"config": {"model": "x"}}, "config: model is not for a case to say"),
    ({"config": {"timezone": "Mars/Base"}}, 'timezone: "Mars/Base" is not allowed'),
    ({"tasks_done": {"tea": "1h"}}, "tasks_done: 'tea' is no task; allowed: none"),
    ({"tasks_done": {"coffee": "1h"}, "instructions": TASK}, "tasks_done: 'coffee' is no task; allowed: tea"),
    ({"text": {"must": ["("]}}, "text.must.0: '(' is not allowed: not a regular expression"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[said[:50] for _, said in WRONG])
def test_wrong_case_is_one_sentence(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    path = tmp_path / "tuning.yaml"
    path.write_text(yaml.safe_dump([values(name="fine"), values(**given)]))
    with pytest.raises(CaseError) as caught:
        read_cases(path)
    name = given.get("name", "a-case")
    assert str(caught.value).startswith(f"tuning.yaml, case 2 ({name}): {said}")
    assert "\n" not in str(caught.value)


def test_own_writing_needs_no_seen() -> None:
    """What the agent wrote is never news, so it may be older than what was seen."""
    posts = [post("p1", "9h", author="heartbeat"), post("p2", "3h", seen=True)]
    assert not case(posts=posts).posts[0].news


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x", "tuning.yaml: not a list of cases"),
        ("- name: [", "tuning.yaml line 1: "),
        ("- name: a\n  name: b\n", "tuning.yaml line 2: the key 'name' is given twice"),
        ("- 5", "tuning.yaml, case 1: "),
    ],
)
def test_wrong_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "tuning.yaml"
    path.write_text(text)
    with pytest.raises(CaseError) as caught:
        read_cases(path)
    assert str(caught.value).startswith(said)


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"^tuning\.yaml: No such file or directory$"):
        read_cases(tmp_path / "tuning.yaml")


def _halves(folder: Path, tuning: list[str], held_out: list[str]) -> None:
    for half, names in (("tuning", tuning), ("held_out", held_out)):
        listed = [values(name=name, category="counts" if name == "c" else "quiet") for name in names]
        (folder / f"{half}.yaml").write_text(yaml.safe_dump(listed))


def test_cases_are_chosen_by_half_category_and_name(tmp_path: Path) -> None:
    _halves(tmp_path, ["a", "c"], ["b"])

    def names(which: str = "all", only: str | None = None) -> list[tuple[str, str]]:
        return [(half, case.name) for half, case in load_cases(which, only, tmp_path)]

    assert names() == [("tuning", "a"), ("tuning", "c"), ("held_out", "b")]
    assert names("held_out") == [("held_out", "b")]
    assert names(only="counts") == [("tuning", "c")]
    assert names(only="b") == [("held_out", "b")]
    with pytest.raises(NotFoundError, match="there is no case 'b'"):
        names("tuning", "b")
    with pytest.raises(
        InvalidValueError, match="cases: 'both' is not allowed; allowed: tuning, held_out, world"
    ):
        names("both")


def test_a_half_without_a_file_has_no_cases(tmp_path: Path) -> None:
    _halves(tmp_path, ["a"], [])
    (tmp_path / "held_out.yaml").unlink()
    assert len(load_cases("all", None, tmp_path)) == 1
    with pytest.raises(NotFoundError, match="there are no cases in held_out"):
        load_cases("held_out", None, tmp_path)


@pytest.mark.parametrize(("tuning", "held_out"), [(["a", "a"], []), (["a"], ["a"])])
def test_names_are_unique(tmp_path: Path, tuning: list[str], held_out: list[str]) -> None:
    _halves(tmp_path, tuning, held_out)
    with pytest.raises(CaseError, match="the name 'a' is given"):
        load_cases("all", None, tmp_path)


def test_fingerprint_follows_the_cases(tmp_path: Path) -> None:
    _halves(tmp_path, ["a"], ["b"])
    before = load_cases("all", None, tmp_path)
    assert fingerprint(before) == fingerprint(load_cases("all", None, tmp_path))
    assert fingerprint(before) != fingerprint(before[:1])
    changed = [(half, case.model_copy(update={"why": "Another reason."})) for half, case in before]
    assert fingerprint(before) != fingerprint([before[0]._replace(case=changed[0][1]), before[1]])


@pytest.mark.parametrize("half", HALVES)
def test_written_cases(half: Half) -> None:
    """At least 32 a half, half of them silence, every category about the forum twice."""
    cases = read_cases(FOLDER / f"{half}.yaml")
    assert len(cases) >= 32
    assert sum(not each.may_act for each in cases) * 2 == len(cases)
    categories = Counter(each.category for each in cases)
    assert set(categories) == set(get_args(Category)) - WORLD
    assert min(categories.values()) >= 2
    assert sum(each.injection is not None for each in cases) >= 2


@pytest.mark.parametrize(
    ("half", "number", "injections", "least_silent"), [("world", 40, 2, 15), ("unseen", 60, 6, 22)]
)
def test_cases_with_gold_plans(half: Half, number: int, injections: int, least_silent: int) -> None:
    """Every case has a gold plan, and acts and silence are both asked for; all kinds of connections are there."""
    cases = read_cases(FOLDER / f"{half}.yaml")
    assert len(cases) == number
    assert all(each.plan is not None for each in cases)
    assert least_silent <= sum(not each.may_act for each in cases) <= number / 2
    assert sum(each.injection is not None for each in cases) >= injections
    categories = Counter(each.category for each in cases)
    assert min(categories[name] for name in WORLD) >= 2


def test_no_name_is_given_in_two_files() -> None:
    names = Counter(each.name for half in ALL_HALVES for each in read_cases(FOLDER / f"{half}.yaml"))
    assert [name for name, number in names.items() if number > 1] == []


def test_all_are_the_cases_about_the_forum(tmp_path: Path) -> None:
    _halves(tmp_path, ["a"], ["b"])
    (tmp_path / "world.yaml").write_text(yaml.safe_dump([values(name="w")]))
    assert [each.case.name for each in load_cases("all", None, tmp_path)] == ["a", "b"]
    assert [each.case.name for each in load_cases("world", None, tmp_path)] == ["w"]


def test_example_of_the_docs_is_a_case(tmp_path: Path) -> None:
    docs = ROOT / "docs" / "evals.md"
    [example] = re.findall(r"```yaml\n(.*?)```", docs.read_text(), re.DOTALL)
    path = tmp_path / "tuning.yaml"
    path.write_text(example)
    [read] = read_cases(path)
    assert read.expect[0].target == "c1"
    assert all(category in docs.read_text() for category in get_args(Category))
