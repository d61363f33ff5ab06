"""init and demo."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from sqlmodel import Session

from graph.heartbeat import graph
from heartbeat.instructions import starter
from heartbeat.instructions.parse import parse
from heartbeat.plan.lines import plan_lines
from heartbeat.plan.shipped import read_shipped
from heartbeat.settings import load_settings
from heartbeat.store import threads
from heartbeat_service.cli.workspace import open_store
from tests.integration.cli.conftest import Cli
from tests.support.ollama import FakeOllama
from tests.support.paths import ROOT
from tests.support.plan_beats import PlanModel


def test_init_makes_a_workspace(cli: Cli, tmp_path: Path) -> None:
    said = cli.fine("init")
    assert (tmp_path / "HEARTBEAT.md").read_text() == starter()
    assert (tmp_path / "home" / "heartbeat.db").is_file()
    assert (tmp_path / "home" / "checkpoints.db").is_file()
    assert [line[:2] for line in said.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3."]
    assert [thread["thread_id"] for thread in cli.lines("threads", "list")] == ["default"]


def test_init_keeps_instructions_unless_forced(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "HEARTBEAT.md"
    path.write_text("- mine")
    assert "stays as it is" in cli.fine("init")
    assert path.read_text() == "- mine"
    cli.fine("init", "--force")
    assert path.read_text() == starter()


def test_demo_fills_an_empty_folder(cli: Cli, tmp_path: Path) -> None:
    cli.fine("demo")
    assert (tmp_path / "HEARTBEAT.md").read_bytes() == (ROOT / "HEARTBEAT.md").read_bytes()
    posts = cli.lines("forum", "list")
    assert len(posts) >= 4
    assert {post["board"] for post in posts} == {"general", "heartbeat"}
    assert len({post["author"] for post in posts}) == len(posts)
    thread = cli.json("threads", "show", "demo")
    assert thread["title"]
    assert thread["overrides"] == {"fallback": "rules"}


def test_a_second_demo_adds_nothing(cli: Cli) -> None:
    cli.fine("demo")
    before = cli.fine("forum", "list", "--json"), cli.fine("threads", "list", "--json")
    assert "nothing was added" in cli.fine("demo")
    assert (cli.fine("forum", "list", "--json"), cli.fine("threads", "list", "--json")) == before


@pytest.mark.parametrize("starter_first", [False, True])
def test_demo_fills_the_forum_for_a_thread_that_a_run_made(cli: Cli, starter_first: bool) -> None:
    if starter_first:
        cli.fine("init")
    graph.invoke({"thread": "demo"})
    said = cli.fine("demo")
    assert "with 5 posts" in said
    assert "Change that with: heartbeat threads set demo enabled=true" in said
    assert len(cli.lines("forum", "list")) == 5
    cli.fine("threads", "set", "demo", "fallback=rules")
    assert cli.json("beat", "demo")["status"] == "acted"
    assert "nothing was added" in cli.fine("demo")


def test_init_says_that_its_thread_is_off(cli: Cli) -> None:
    graph.invoke({})
    assert "Thread default: It is switched off" in cli.fine("init")
    assert cli.json("threads", "show", "default")["overrides"] == {"enabled": False}


def test_demo_keeps_the_owners_instructions(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "HEARTBEAT.md"
    path.write_text("- Greet everybody")
    cli.fine("demo")
    assert path.read_text() == "- Greet everybody"
    assert not (tmp_path / "HEARTBEAT.plan.json").exists()
    assert not cli.json("threads", "show", "demo")["own_instructions"]


def test_demo_works_after_init(cli: Cli, tmp_path: Path) -> None:
    """The starter asks for nothing, so the thread brings the example as its own."""
    cli.fine("init")
    cli.fine("demo")
    assert (tmp_path / "HEARTBEAT.md").read_text() == starter()
    assert cli.json("beat", "demo")["status"] == "acted"
    assert cli.json("plan")["dropped"] == []


EARLIER_EXAMPLE = """\
# HEARTBEAT.md

You look after a small community forum. Most beats need no action: stay silent unless a rule below applies.

## Checklist

- Count the new posts.
- Look for a new question that is addressed to you by name.

## Rules

The first rule that applies decides.

1. If somebody asks you a question by name → answer it with one comment on that item
2. If 3+ new posts → post a summary of them on the board heartbeat
3. If no urgent items → stay silent

Always:

- Write only about what you really see, in your own words, in at most five sentences.
- Never repeat what you have written before.
- Never share private data, keys or passwords.

## Proactive Behaviors

- In a summary, name the author and the main point of each new post.
- If two new posts belong together, say so in the summary.
"""


def _give_text(session: Session, thread_id: str, text: str) -> None:
    thread = threads.get(session, thread_id)
    thread.instructions = text
    session.add(thread)


class TestWorkspaceOfAnEarlierVersion:
    """It has the example instructions, and no HEARTBEAT.plan.json."""

    @pytest.mark.parametrize("text", [EARLIER_EXAMPLE, (ROOT / "HEARTBEAT.md").read_text()])
    def test_the_rules_of_its_lines_are_written_beside_them(
        self, cli: Cli, tmp_path: Path, text: str
    ) -> None:
        (tmp_path / "HEARTBEAT.md").write_text(text)
        cli.fine("demo")
        assert (tmp_path / "HEARTBEAT.md").read_text() == text
        shown = cli.json("plan")
        assert (shown["unread"], shown["dropped"], shown["problems"]) == ([], [], [])
        assert {each["decided_by"] for each in shown["rules"]} == {"file"}
        assert [each["do"] for each in shown["rules"] if each["do"] in {"comment", "post"}] == [
            "comment",
            "post",
        ]

    def test_also_where_the_thread_has_them_as_its_own(self, cli: Cli, tmp_path: Path) -> None:
        cli.fine("init")
        cli.fine("demo")
        (tmp_path / "HEARTBEAT.plan.json").unlink()
        with open_store(load_settings()) as store:
            store.write(_give_text, "demo", EARLIER_EXAMPLE)
        cli.fine("demo")
        assert {each["decided_by"] for each in cli.json("plan", "--thread", "demo")["rules"]} == {"file"}

    @pytest.mark.parametrize(
        "changed",
        [
            ("3+ new posts", "5+ new posts"),
            ("## Rules", "## Duties"),
            ("- Count the new posts.\n", ""),
            ("summary.\n", "summary.\n- Sing.\n"),
        ],
    )
    def test_a_text_that_its_owner_changed_gets_none(
        self, cli: Cli, tmp_path: Path, changed: tuple[str, str]
    ) -> None:
        (tmp_path / "HEARTBEAT.md").write_text(EARLIER_EXAMPLE.replace(*changed))
        cli.fine("demo")
        assert not (tmp_path / "HEARTBEAT.plan.json").exists()


def test_demo_keeps_rules_that_are_there(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "HEARTBEAT.plan.json"
    path.write_text('{"version": 1, "lines": []}')
    cli.fine("demo")
    assert path.read_text() == '{"version": 1, "lines": []}'


def test_langgraph_json_names_files_that_are_there() -> None:
    config = json.loads((ROOT / "langgraph.json").read_text())
    for place in (config["checkpointer"]["path"], config["http"]["app"]):
        path, name = place.split(":")
        assert name in (ROOT / path).read_text()


@pytest.mark.parametrize(
    ("packaged", "name"), [("demo.md", "HEARTBEAT.md"), ("demo.plan.json", "HEARTBEAT.plan.json")]
)
def test_the_packaged_example_is_the_one_at_the_root(packaged: str, name: str) -> None:
    assert files("heartbeat_service.cli").joinpath(packaged).read_bytes() == (ROOT / name).read_bytes()


def test_the_example_says_what_each_of_its_lines_asks_for() -> None:
    shipped = read_shipped(ROOT / "HEARTBEAT.plan.json")
    assert shipped.faults == ()
    lines = plan_lines((ROOT / "HEARTBEAT.md").read_text())
    assert [each.line_id for each in shipped.corrections] == [line.id for line in lines]


def test_the_example_instructions_are_sound() -> None:
    text = (ROOT / "HEARTBEAT.md").read_text()
    read = parse(text)
    assert not read.problems
    assert not read.warnings
    assert len(text.splitlines()) < 60


def test_the_example_posts_are_plain() -> None:
    lines = files("heartbeat_service.cli").joinpath("demo.jsonl").read_text().splitlines()
    for entry in map(json.loads, lines):
        assert len(entry["content"]) > 80
        assert not {"<", ">", "@"} & set(entry["content"])


@pytest.mark.parametrize("decides_by", ["plan", "whole"])
def test_the_example_asks_little(
    cli: Cli, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch, decides_by: str
) -> None:
    """At most 1,200 tokens a question, of four bytes each in English."""
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    monkeypatch.setenv("HEARTBEAT_DECISION", decides_by)
    cli.fine("demo")
    model = PlanModel()
    ollama.answer = model if decides_by == "plan" else None
    cli.fine("beat", "demo", "--dry-run")
    assert ollama.readings == []
    [prompt] = ollama.prompts
    assert "Walk through the hall" in prompt
    assert len(prompt.encode()) / 4 <= 1_200
