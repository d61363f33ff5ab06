"""inbox, done, snooze and look: what connections brought, and what a person says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from heartbeat.vocabulary import INBOX_KINDS
from tests.integration.cli.conftest import Cli


@pytest.fixture
def news(cli: Cli, tmp_path: Path) -> Path:
    """A feed of two entries that was looked at, and a thread."""
    items = "".join(f"<item><guid>{each}</guid><title>{each}</title></item>" for each in ("b", "a"))
    file = tmp_path / "news.xml"
    file.write_text(f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>')
    cli.fine("threads", "add", "demo")
    cli.fine("connections", "add", "news", "feed", "path=news.xml", "since=all")
    assert "2 new" in cli.fine("look", "news")
    return file


def states(cli: Cli, *more: str) -> dict[str, Any]:
    return {each["title"]: each["state"] for each in cli.lines("inbox", *more)}


def test_what_came_is_listed_and_filtered(cli: Cli, news: Path) -> None:
    assert list(states(cli)) == ["b", "a"]
    assert states(cli, "--thread", "demo", "--connection", "news", "--kind", "entry", "--limit", "1") == {
        "b": "new"
    }
    assert states(cli, "--kind", "task") == {}
    assert "news  entry  new" in cli.fine("inbox")
    assert "nobody" in cli.refused("inbox", "--thread", "nobody")


def test_the_kinds_are_those_of_the_inbox(cli: Cli, news: Path) -> None:
    kinds = "alert, entry, event, file, mail, page, task"
    assert ", ".join(INBOX_KINDS) == kinds
    assert cli.refused("inbox", "--kind", "post") == f"--kind: 'post' is not allowed; allowed: {kinds}"
    page = (Path(__file__).parents[3] / "docs" / "http.md").read_text()
    assert f"`kind` ({', '.join(f'`{kind}`' for kind in INBOX_KINDS)})" in page


def test_times_are_in_the_zone_of_the_thread(cli: Cli, news: Path) -> None:
    news.write_text(
        '<rss version="2.0"><channel><title>N</title><item><guid>z</guid><title>z</title>'
        "<pubDate>Mon, 02 Nov 2026 11:30:00 GMT</pubDate></item></channel></rss>"
    )
    cli.fine("look", "news")
    cli.fine("threads", "set", "demo", "timezone=Asia/Kolkata")
    assert "2026-11-02 17:00:00 Asia/Kolkata  news" in cli.fine("inbox", "--thread", "demo", "--limit", "1")
    assert "2026-11-02 11:30:00 UTC  news" in cli.fine("inbox", "--limit", "1")


def test_what_lasts_all_day_is_listed_with_its_date(cli: Cli, tmp_path: Path) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    lines = ("BEGIN:VEVENT", "UID:1", f"DTSTART;VALUE=DATE:{day:%Y%m%d}", "SUMMARY:Fair", "END:VEVENT")
    file = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *lines, "END:VCALENDAR", "")
    (tmp_path / "days.ics").write_text("\n".join(file))
    cli.fine("threads", "add", "demo")
    cli.fine("connections", "add", "days", "calendar", "path=days.ics", "timezone=Pacific/Auckland")
    cli.fine("look", "days")
    assert f"due {day}  days  event" in cli.fine("inbox")


def test_done_and_undone(cli: Cli, news: Path) -> None:
    assert cli.fine("done", "1") == "Item 1 is done.\n"
    assert states(cli) == {"b": "new", "a": "done"}
    assert cli.fine("done", "1", "--undo") == "Item 1 is new again.\n"
    assert states(cli, "--state", "done") == {}
    assert "99" in cli.refused("done", "99")


@pytest.mark.parametrize("until", ["4h", "7d", "2099-01-01T08:00+01:00"])
def test_snooze(cli: Cli, news: Path, until: str) -> None:
    assert cli.fine("snooze", "1", until).startswith("Item 1 is new again from ")
    assert states(cli) == {"b": "new", "a": "snoozed"}


def test_a_snooze_is_taken_back(cli: Cli, news: Path) -> None:
    cli.fine("snooze", "1", "4h")
    assert cli.fine("snooze", "1", "--undo") == "Item 1 is new again.\n"
    assert states(cli) == {"b": "new", "a": "new"}
    for given in ([], ["4h", "--undo"]):
        assert cli.refused("snooze", "1", *given).startswith("until: give an instant or --undo")


@pytest.mark.parametrize("until", ["soon", "2099-01-01T08:00", "2020-01-01T08:00Z"])
def test_a_snooze_that_is_not_allowed(cli: Cli, news: Path, until: str) -> None:
    assert cli.refused("snooze", "1", until).startswith("until: ")
    assert states(cli) == {"b": "new", "a": "new"}


def test_a_look_that_fails(cli: Cli, news: Path) -> None:
    news.unlink()
    failed = cli("look")
    assert (failed.exit_code, "news.xml" in failed.stdout) == (1, True)
    assert "failing" in cli.fine("connections", "list")


def test_a_look_names_the_fault_of_the_file(cli: Cli, news: Path) -> None:
    (news.parent / "connections.toml").write_text("[notes\nkind = 'folder'\n")
    failed = cli("look")
    assert (failed.exit_code, "1 new" in failed.stdout) == (1, False)
    assert "connections.toml" in failed.stdout
    assert "line 1" in failed.stdout
    assert "nothing to look at" not in failed.stdout
    said = cli.refused("look", "notes")
    assert said.startswith('There is no connection "notes" that can be read: ')
    assert "line 1" in said


def test_nothing_to_look_at(cli: Cli) -> None:
    cli.fine("init")
    assert "There is nothing to look at" in cli.fine("look")
    assert "Nothing is there" in cli.fine("inbox")
    assert cli.refused("look", "nothing").startswith('There is no connection "nothing"')
