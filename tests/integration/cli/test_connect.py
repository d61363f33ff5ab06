"""docs/connect.md: its connections are looked at, and a thread sees what they brought."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from heartbeat_service.cli.workspace import utc_now
from tests.integration.cli.conftest import Cli
from tests.support.paths import ROOT
from tests.support.sinks import http_sink

FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Planet</title>
<entry><id>1</id><title>Tea is cheap</title><updated>{now:%Y-%m-%dT%H:%M:%SZ}</updated></entry></feed>"""
CALENDAR = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VEVENT\r\nUID:dentist\r
DTSTAMP:20261101T000000Z\r\nSUMMARY:Dentist\r\nDTSTART:{at:%Y%m%dT%H%M%SZ}\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""


def page() -> str:
    """Return the page without its mailbox, which a test with a real server looks at."""
    before, _, after = (ROOT / "docs" / "connect.md").read_text().partition("\n## Mail\n")
    return before + after.partition("\n## ")[2]


def commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page(), re.DOTALL)
    return [command for block in blocks for command in re.findall(r"^\$ heartbeat (.*)$", block, re.M)]


def test_the_connections_of_the_page_are_looked_at(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [toml] = re.findall(r"```toml\n(.*?)```", page(), re.DOTALL)
    now = utc_now()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "todo.md").write_text("- [ ] Buy tea\n")
    bodies = {
        "/atom.xml": FEED.format(now=now).encode(),
        "/days.ics": CALENDAR.format(at=now + timedelta(hours=3)).encode(),
        "/kettle": b"<title>Shop</title><p>Kettle: 19 EUR",
        "/health": b"All is OK.",
    }
    cli.fine("threads", "add", "default")
    with http_sink() as sink:
        sink.reply = lambda path: bodies[path]
        monkeypatch.setenv("CALENDAR_URL", f"http://{sink.address}/days.ics")
        # The servers of the page are this machine, which has to be allowed.
        here, replaced = re.subn(r"https://\w+\.example\.org", f"http://{sink.address}", toml)
        assert replaced == 3
        here = re.sub(r"^((?:url|http) = .*)$", r"\1\nlan = true", here, flags=re.M)
        Path("connections.toml").write_text(here)
        said = [" ".join(cli.fine(*command.split()).split()) for command in commands()]
    shown = " ".join(re.findall(r"```console\n\$ heartbeat look\n(.*?)\$", page(), re.DOTALL)[0].split())
    assert said[0] == shown
    for title in ("Tea is cheap", "Dentist", "Buy tea", "todo.md"):
        assert title in said[1]
        assert title in said[-1], "the thread sees all of them"
    assert "/kettle" in said[1], "the page as it is now, which is no news"
    assert commands() == [
        "look",
        "inbox",
        "threads set default sources=default,days,notes",
        "inbox --thread default",
    ]
