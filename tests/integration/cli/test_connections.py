"""connections: list, add, test, remove."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heartbeat.settings import load_settings
from heartbeat.store import Store
from heartbeat.vocabulary import Trigger
from tests.integration.cli.conftest import Cli
from tests.support.sinks import http_sink


def test_add_try_list_and_remove(cli: Cli) -> None:
    with http_sink() as sink:
        url = f"ntfy://{sink.address}/alerts-4711"
        said = cli.fine("connections", "add", "phone", "apprise", "repeat=false", typed=f"{url}\n")
        assert said == "Connection phone is there; try it with: heartbeat connections test phone\n"
        assert cli.fine("connections", "test", "phone") == "It was sent; look whether it has arrived.\n"
        assert cli.fine("connections", "test", "phone", "Hello") != ""
        assert [got.json["message"] for got in sink.got][1:] == ["Hello"]
        [listed] = cli.lines("connections", "list")
        assert (listed["name"], listed["kind"], listed["reach"], listed["origin"]) == (
            *("phone", "apprise", "owner"),
            "row",
        )
        assert listed["values"] == {"reach": "owner", "repeat": False}
        shown = cli.fine("connections", "list")
        assert "phone" in shown
        assert "alerts-4711" not in f"{shown}{listed}"
        sink.answers = [403]
        failed = cli("connections", "test", "phone")
        assert (failed.exit_code, "alerts-4711" in failed.output) == (1, False)
    assert cli.fine("connections", "remove", "phone") == "Connection phone is removed.\n"
    assert "No connections yet" in cli.fine("connections", "list")


def test_of_the_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "connections.toml").write_text(
        '[notes]\nkind = "folder"\npath = "notes"\nwrite = true\n[bad]\nkind = "apprise"\n'
    )
    assert "can be written to" in cli.fine("connections", "test", "notes")
    shown = cli.fine("connections", "list")
    assert "faulty" in shown
    assert "url: it is missing" in shown
    (tmp_path / "connections.toml").write_text("[notes")
    assert "is no TOML" in cli.fine("connections", "list")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("add", "phone", "pigeon"),
            "kind: 'pigeon' is not allowed; allowed: apprise, calendar, check, feed, folder, mail, page",
        ),
        (("add", "Phone", "folder", "path=notes"), "name: 'Phone' is not allowed"),
        (("add", "notes", "folder", "path=notes", "write=true"), "write: write = true is allowed in"),
        (
            ("add", "disk", "check", "command=uptime"),
            "command: a command is allowed in connections.toml only",
        ),
        (("add", "shop", "page", "url=http://10.0.0.1/", "lan=true"), "lan: lan = true is allowed in"),
        (("add", "notes", "folder", "path=/etc"), "path: a folder outside the workspace"),
        (("add", "notes", "folder"), "path: it is missing"),
        (("add", "phone", "apprise"), "url: this value is not allowed"),
        (("test", "none"), 'There is no connection "none"'),
        (("remove", "none"), 'There is no connection "none"'),
    ],
)
def test_what_is_refused(cli: Cli, arguments: tuple[str, ...], sentence: str) -> None:
    assert cli.refused("connections", *arguments).startswith(sentence)


def test_a_thread_can_act_on_it(cli: Cli, tmp_path: Path) -> None:
    assert "allowed: forum, none" in cli.refused("threads", "add", "garden", "target=phone")
    (tmp_path / "connections.toml").write_text('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/a"\n')
    cli.fine("threads", "add", "garden", "target=phone")
    cli.fine("threads", "set", "garden", 'target=["forum", "phone"]')
    assert "allowed: forum, none, phone" in cli.refused("threads", "set", "garden", "target=other")


def test_a_trial_of_what_is_looked_at_says_what_it_shows(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "todo.md").write_text("- [ ] tea\n- [ ] milk\n")
    (tmp_path / "news.xml").write_text(
        "<rss version='2.0'><channel><item><guid>1</guid></item></channel></rss>"
    )
    (tmp_path / "connections.toml").write_text(
        '[notes]\nkind = "folder"\npath = "notes"\n'
        '[news]\nkind = "feed"\npath = "news.xml"\n'
        '[gone]\nkind = "feed"\npath = "gone.xml"\n'
    )
    assert "It shows 1 file, 2 tasks." in cli.fine("connections", "test", "notes")
    assert cli.fine("connections", "test", "news") == "It shows 1 entry.\n"
    failed = cli("connections", "test", "gone")
    assert failed.exit_code == 1
    assert "There is no file" in failed.output


def test_what_a_connection_has_brought_can_be_deleted_with_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "news.xml").write_text(
        "<rss version='2.0'><channel><item><title>Old news</title></item></channel></rss>"
    )
    for name in ("one", "two"):
        cli.fine("connections", "add", name, "feed", f"path={tmp_path}/news.xml", "since=all")
    cli.fine("look")
    said = cli.fine("connections", "remove", "one", "--forget")
    assert said == (
        "Connection one is removed.\n"
        "Nothing of one is left in the databases; backups made before still hold it.\n"
    )
    cli.fine("connections", "remove", "two")
    assert [each["connection"] for each in cli.lines("inbox")] == ["two"]


def test_what_cannot_be_forgotten_at_once_is_gone_on_with(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "news.xml").write_text(
        "<rss version='2.0'><channel><item><title>Old news</title></item></channel></rss>"
    )
    cli.fine("connections", "add", "one", "feed", f"path={tmp_path}/news.xml", "since=all")
    cli.fine("look")
    cli.fine("threads", "add", "demo")
    settings = load_settings()
    with closing(Store.from_settings(settings)) as store:
        now = datetime.now(UTC)
        store.open_beat("demo", Trigger.MANUAL, None, now, supervised=True)
    unfinished = cli("connections", "remove", "one", "--forget")
    assert unfinished.exit_code == 1
    said = " ".join(unfinished.stdout.split())
    assert said.startswith(
        "Connection one is removed. Nothing of one is shown any more; a beat that was running"
    )
    assert cli("connections", "remove", "one", "--forget").exit_code == 1
    (beat,) = cli.lines("history")
    assert beat["status"] == "abandoned"
    assert "still being forgotten" in cli.refused(
        "connections", "add", "one", "feed", f"path={tmp_path}/news.xml"
    )


def test_what_the_file_has_is_not_forgotten_with_the_row_that_it_hides(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "news.xml").write_text("<rss version='2.0'><channel></channel></rss>")
    cli.fine("connections", "add", "one", "feed", f"path={tmp_path}/news.xml")
    (tmp_path / "connections.toml").write_text(f'[one]\nkind = "feed"\npath = "{tmp_path}/news.xml"\n')
    assert "remove it without forgetting" in cli.refused("connections", "remove", "one", "--forget")
    cli.fine("connections", "remove", "one")
    assert "is in connections.toml" in cli.refused("connections", "remove", "one", "--forget")
