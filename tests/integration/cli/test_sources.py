"""What a thread looks at: named by its config, asked for where a private connection is added."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heartbeat.connections.trial import Trial
from heartbeat.store import Store, threads
from tests.integration.cli.conftest import Cli


@pytest.fixture
def notes(cli: Cli, tmp_path: Path) -> Path:
    """A private folder that is connected, and a thread."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "todo.md").write_text("- [ ] Buy tea\n")
    cli.fine("threads", "add", "demo")
    cli.fine("connections", "add", "notes", "folder", "path=notes")
    return folder


def sources_of(store: Store, thread: str = "demo") -> list[str] | None:
    row = store.read(threads.get, thread)
    return store.read(threads.effective, row).config.sources


@pytest.mark.parametrize("value", ['["default","notes"]', "default,notes"])
def test_a_thread_names_a_private_connection(cli: Cli, store: Store, notes: Path, value: str) -> None:
    cli.fine("threads", "set", "demo", f"sources={value}")
    assert sources_of(store) == ["default", "notes"]


@pytest.mark.parametrize("value", ["notes", "notes,", " notes , ", '"notes"'])
def test_one_word_is_a_list_of_one(cli: Cli, store: Store, notes: Path, value: str) -> None:
    fields = [f"sources={value}", f"approval={value.replace('notes', 'post')}", "target=forum,"]
    cli.fine("threads", "set", "demo", *fields)
    assert sources_of(store) == ["notes"]
    config = cli.json("threads", "show", "demo")["config"]
    assert (config["approval"], config["target"]) == (["post"], ["forum"])


@pytest.mark.parametrize("value", [",", "notes,,forum", ""])
def test_a_list_without_a_name_in_it_is_refused(cli: Cli, notes: Path, value: str) -> None:
    assert cli.refused("threads", "set", "demo", f"sources={value}").startswith("sources: ")


@pytest.mark.parametrize("command", ["set", "add"])
def test_what_cannot_be_looked_at_is_refused(cli: Cli, notes: Path, command: str) -> None:
    thread = "demo" if command == "set" else "other"
    said = cli.refused("threads", command, thread, 'sources=["default","nots"]')
    assert said == 'sources: "nots" cannot be looked at; allowed: default, forum, notes'
    assert "sources" in cli.refused("threads", command, thread, "sources=notes,notes")


def test_a_private_connection_that_no_thread_looks_at_is_named_with_the_remedy(cli: Cli, notes: Path) -> None:
    remedy = "heartbeat threads set demo sources=default,notes"
    listed = " ".join(cli.fine("connections", "list").split())
    assert f"No thread looks at notes, since it is private; let one: {remedy}" in listed
    assert [each["unused"] for each in cli.lines("connections", "list")] == [True]
    assert remedy in " ".join(cli.fine("look").split())
    told = [each for each in cli_findings(cli) if each["remedy"] == remedy]
    assert [each["level"] for each in told] == ["warning"]
    cli.fine(*remedy.split()[1:])
    assert [each["unused"] for each in cli.lines("connections", "list")] == [False]
    for said in (cli.fine("connections", "list"), cli.fine("look")):
        assert "No thread" not in said
    assert not [each for each in cli_findings(cli) if "sources" in (each["remedy"] or "")]


def cli_findings(cli: Cli) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(cli("doctor", "--json").stdout)["findings"]
    return found


def test_adding_a_private_one_says_how_a_thread_looks_at_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    said = cli.fine("connections", "add", "notes", "folder", "path=notes")
    assert "heartbeat threads add NAME sources=default,notes" in said
    (tmp_path / "news.xml").write_text("<rss version='2.0'><channel/></rss>")
    assert "private" not in cli.fine("connections", "add", "news", "feed", "path=news.xml")


def test_adding_a_private_one_on_a_terminal_asks_which_threads_look_at_it(
    cli: Cli, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    for thread in ("demo", "garden", "other"):
        cli.fine("threads", "add", thread)
    cli.fine("threads", "set", "garden", "sources=[]")
    monkeypatch.setattr("heartbeat_service.cli.connections.is_terminal", lambda: True)
    said = cli.fine("connections", "add", "notes", "folder", "path=notes", typed="demo, garden\n")
    assert "Which threads look at it? (demo, garden, other" in said
    found = [sources_of(store, thread) for thread in ("demo", "garden", "other")]
    assert found == [["default", "notes"], ["notes"], None]


def test_of_many_threads_the_question_names_some(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    for thread in ("demo", "garden", "other"):
        cli.fine("threads", "add", thread)
    monkeypatch.setattr("heartbeat_service.cli.connections.is_terminal", lambda: True)
    monkeypatch.setattr("heartbeat_service.cli.connections._NAMED", 2)
    said = cli.fine("connections", "add", "notes", "folder", "path=notes", typed="\n")
    assert "Which threads look at it? (demo, garden or any other; empty: none)" in said


def test_no_command_lets_a_thread_make_public_what_is_private(cli: Cli, store: Store, notes: Path) -> None:
    cli.fine("connections", "add", "blog", "apprise", "url=ntfy://127.0.0.1:9/blog", "reach=public")
    cli.fine("threads", "set", "demo", 'sources=["notes"]')
    refused = 'approval: "never" is not allowed for thread {}, since it looks at notes, which is private'
    assert cli.refused("threads", "set", "demo", "target=blog").startswith(refused.format("demo"))
    said = cli.refused("threads", "add", "other", "target=blog", 'sources=["notes"]')
    assert said.startswith(refused.format("other"))
    cli.fine("threads", "set", "demo", "target=blog", "approval=always")
    assert cli.refused("threads", "unset", "demo", "approval").startswith(refused.format("demo"))
    assert store.read(threads.get, "demo").overrides["approval"] == "always"


def test_on_a_terminal_what_a_connection_needs_is_asked_for_and_tested_before_it_is_saved(
    cli: Cli, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "todo.md").write_text("- [ ] Milk\n")
    cli.fine("threads", "add", "demo")
    monkeypatch.setattr("heartbeat_service.cli.connections.is_terminal", lambda: True)
    said = cli.fine("connections", "add", typed="folders\nfolder\nnotes\n\ndemo\n")
    assert "folders is not allowed; allowed: apprise, calendar" in said
    assert "path: the path of a folder" in said
    assert "It shows 1 file, 1 task." in said
    assert sources_of(store, "demo") == ["default", "folder"]


def test_what_fails_its_test_is_saved_only_if_the_person_says_so(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heartbeat_service.cli.connections.is_terminal", lambda: True)
    said = cli("connections", "add", "notes", "folder", typed="nowhere\nn\n")
    assert said.exit_code == 1
    assert "there is no folder" in said.stdout
    assert "No connections yet" in cli.fine("connections", "list")
    cli.fine("connections", "add", "notes", "folder", typed="nowhere\ny\n")
    assert cli.json("connections", "list")["name"] == "notes"


def test_a_service_says_where_its_password_is_found_and_fills_in_what_is_the_same_for_all(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heartbeat_service.cli.connections.is_terminal", lambda: True)
    typed = "Gmail\nann@example.org\nsecret-4711\nn\n"
    monkeypatch.setattr("heartbeat_service.cli.connecting.try_out", lambda *_: Trial(False, "It is refused."))
    said = cli("connections", "add", "mail", "mail", typed=typed).stdout
    assert "https://myaccount.google.com/apppasswords" in said
    assert "host: the name" not in said
    assert "secret-4711" not in said


def test_without_a_terminal_nothing_is_asked(cli: Cli) -> None:
    assert cli.refused("connections", "add").startswith("kind: it is missing")
