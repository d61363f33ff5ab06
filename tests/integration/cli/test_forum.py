"""forum: read, write, import; text of others cannot steer the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from heartbeat.store import Store, events
from tests.integration.cli.conftest import Cli

POST = {"board": "general", "title": "Hello", "content": "A text.", "author": "mira"}
COMMENT = {"type": "comment", "post": "first", "content": "An answer.", "author": "jonas"}


def _jsonl(*entries: dict[str, Any]) -> str:
    return "\n".join(json.dumps(entry) for entry in entries)


def _post(cli: Cli, **changes: str) -> str:
    fields = {**POST, **changes}
    options = [part for name in ("title", "content", "author") for part in (f"--{name}", fields[name])]
    return cli.fine("forum", "post", fields["board"], *options)


def test_post_comment_and_show(cli: Cli) -> None:
    assert _post(cli) == "Post 1 is on general.\n"
    assert cli.fine("forum", "comment", "1", "--content", "First", "--author", "lena").startswith("Comment 1")
    cli.fine("forum", "comment", "1", "--content", "Second", "--author", "tom", "--reply-to", "1")
    shown = cli.json("forum", "show", "1")
    assert [(it["content"], it["parent_comment_id"]) for it in shown["comments"]] == [
        ("First", None),
        ("Second", 1),
    ]
    said = cli.fine("forum", "show", "1")
    assert "comment 2 to comment 1 by tom" in said
    assert "  Second" in said


def test_list_filters_and_sorts(cli: Cli) -> None:
    assert "No posts yet" in cli.fine("forum", "list")
    _post(cli)
    _post(cli, board="heartbeat", title="Other")
    assert [post["title"] for post in cli.lines("forum", "list", "--board", "heartbeat")] == ["Other"]
    assert [post["id"] for post in cli.lines("forum", "list", "--sort", "new")] == [2, 1]
    assert "Other" in cli.fine("forum", "list", "--sort", "top")


def test_nobody_writes_as_the_agent(cli: Cli, tmp_path: Path) -> None:
    _post(cli)
    asked = ("--content", "C", "--author", "Heartbeat")
    assert "agent's own name" in cli.refused("forum", "post", "general", "--title", "T", *asked)
    assert "agent's own name" in cli.refused("forum", "comment", "1", *asked)
    file = tmp_path / "posts.jsonl"
    file.write_text(_jsonl({**POST, "author": "heartbeat"}))
    assert "agent's own name" in cli.refused("forum", "import", str(file))
    assert len(cli.lines("forum", "list")) == 1


def test_wrong_places_are_refused(cli: Cli) -> None:
    assert "board 'nope'" in cli.refused("forum", "list", "--board", "nope")
    assert cli.refused("forum", "show", "7") == "post 7 does not exist"
    assert "POST" in cli.refused("forum", "show", str(2**70))
    assert "'nope' is not one of 'new', 'top', 'hot'" in cli.refused("forum", "list", "--sort", "nope")


def test_import_with_refs_and_times(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    lines = _jsonl(
        {**POST, "ref": "first", "created_at": "2026-01-01T10:00:00+02:00"},
        {**COMMENT, "created_at": "2026-01-01T09:00:00"},
        {**COMMENT, "post": 1},
        {**COMMENT, "post": "1"},
    )
    file.write_bytes(b"\xef\xbb\xbf" + lines.replace("\n", "\r\n\r\n").encode())
    assert cli.fine("forum", "import", str(file)) == "Imported 1 post and 3 comments.\n"
    shown = cli.json("forum", "show", "1")
    assert shown["created_at"] == "2026-01-01T08:00:00Z"
    assert shown["comments"][0]["created_at"] == "2026-01-01T09:00:00Z"


def test_import_reads_stdin(cli: Cli) -> None:
    assert cli.fine("forum", "import", "-", typed=_jsonl(POST)) == "Imported 1 post and 0 comments.\n"


def test_what_is_written_is_told(cli: Cli, store: Store) -> None:
    cli.fine("forum", "import", "-", typed=_jsonl(POST, POST))
    cli.fine("forum", "import", "-", typed="")
    cli.fine("forum", "comment", "2", "--content", "Hm.", "--author", "bo")
    cli.fine("forum", "post", "general", "--title", "Tea", "--content", "Which?", "--author", "bo")
    told = [(event.kind, event.data["post_id"]) for event in store.read(events.since, 0)]
    assert told == [("forum.changed", None), ("forum.changed", 2), ("forum.changed", 3)]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (json.dumps({**POST, "title": ""}), "title: 0 characters"),
        (json.dumps({**POST, "title": 5}), "title: 5 is not allowed; allowed: text"),
        (json.dumps({**POST, "board": "nope"}), "board 'nope' does not exist"),
        (json.dumps({**POST, "colour": "red"}), "colour: unknown field"),
        (json.dumps({**POST, "type": "poem"}), 'type: "poem" is not allowed; allowed: post or comment'),
        (json.dumps({**POST, "created_at": "soon"}), 'created_at: "soon" is not allowed'),
        (json.dumps({**POST, "created_at": "2999-01-01T00:00:00Z"}), "created_at: 2999-01-01"),
        (json.dumps({**POST, "created_at": "0001-01-01T00:00:00+14:00"}), "created_at: 0001-01-01"),
        (json.dumps({"board": "general"}), "content: missing; a post needs"),
        (json.dumps({**COMMENT, "post": "unknown"}), "post: 'unknown' is not allowed"),
        (json.dumps({**COMMENT, "post": True}), "post: true is not allowed"),
        (json.dumps({**COMMENT, "post": 99}), "post 99 does not exist"),
        (json.dumps({**POST, "ref": "first"}), "ref: 'first' names an earlier post"),
        ('{"title": "\\ud800"}', "Invalid JSON"),
        ("[1]", "not an object"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_imports_nothing(cli: Cli, bad: str, sentence: str) -> None:
    typed = f"{_jsonl({**POST, 'ref': 'first'}, COMMENT)}\n{bad}\n"
    said = cli.refused("forum", "import", "-", typed=typed)
    assert said.startswith(f"line 3: {sentence}")
    assert said.endswith("; nothing was imported")
    assert cli.lines("forum", "list") == []


def test_a_file_that_is_none_is_refused(cli: Cli, tmp_path: Path) -> None:
    assert "nofile" in cli.refused("forum", "import", "nofile")
    assert "directory" in cli.refused("forum", "import", str(tmp_path))
    assert "line 1: not UTF-8" in cli.refused("forum", "import", "-", typed=b"\xff\xfe{}")


STEERING = "\x1b[2J \x1b]0;owned\x07 \x9b31m \u202eback \u2028 [bold red]plain[/]"


def test_text_of_others_is_inert(cli: Cli) -> None:
    _post(cli, title=f"T {STEERING}", content=f"one\n{STEERING}", author=f"a{STEERING[:4]}")
    cli.fine("forum", "comment", "1", "--content", STEERING, "--author", "b")
    cli.fine("threads", "add", "steered", "--title", STEERING)
    cli.fine("threads", "pause", "steered", "--reason", STEERING)
    calls = [("forum", "list"), ("forum", "show", "1"), ("threads", "list"), ("threads", "show", "steered")]
    for call in calls:
        for text in (cli.fine(*call), cli.fine(*call, "--json")):
            assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u2028"} & set(text)
    assert "\\x1b[2J" in cli.fine("forum", "show", "1")
    assert "[bold red]plain[/]" in cli.fine("forum", "show", "1")
    assert cli.json("forum", "show", "1")["comments"][0]["content"] == STEERING
    assert "\x1b" not in cli("threads", "show", STEERING).stderr
