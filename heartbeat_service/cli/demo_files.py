"""The files of the example: a list of things to do, a calendar and a feed, all with today's dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from heartbeat.connections import Connection, Connections, editing
from heartbeat.connections.calendar import is_installed
from heartbeat.connections.spec import demo_folder
from heartbeat.settings import Settings
from heartbeat.store import connections as rows
from heartbeat.vocabulary import ConnectionOrigin

CALENDAR = "demo-days"
_TODO = """# Neighbours' party

- [ ] Order the tables
- [ ] Ask who brings a cake
- [x] Find a day
"""


def add_connections(settings: Settings, connections: Connections, now: datetime) -> list[str]:
    """Write the files under HOME/demo and connect each; return the names of what is new or led elsewhere.

    One that was restored from a backup may lead to the HOME of another machine. The calendar is left out where the
    library for it is not installed.
    """
    folder = demo_folder(settings.home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = {each.name: each for each in connections.all if not each.hidden}
    values: Mapping[str, tuple[str, dict[str, Any]]] = {
        "demo-notes": ("folder", {"path": str(folder), "private": False}),
        CALENDAR: ("calendar", {"path": str(folder / "days.ics"), "private": False}),
        "demo-news": ("feed", {"path": str(folder / "news.xml"), "since": "all"}),
    }
    for name, text in (("todo.md", _TODO), ("days.ics", _calendar(now)), ("news.xml", _feed(now))):
        _write(folder / name, text)
    connected = [name for name in values if name != CALENDAR or is_installed()]
    added = [name for name in connected if name not in known]
    for name in added:
        kind, given = values[name]
        editing.add(connections, name, kind, given)
    moved = [name for name in connected if name in known and _has_moved(settings, connections, known[name])]
    for name in moved:
        editing.change(connections, name, {"path": values[name][1]["path"]})
    return [name for name in connected if name in added or name in moved]


def _has_moved(settings: Settings, connections: Connections, connection: Connection) -> bool:
    """Return whether it leads to the example's folder of another HOME, and cannot be used here."""
    if connection.origin != ConnectionOrigin.ROW or connection.fetch is not None:
        return False
    path = Path(str(connections.store.read(rows.get, connection.name).values.get("path")))
    return demo_folder(settings.home).name in (path.name, path.parent.name)


def _write(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)


def _calendar(now: datetime) -> str:
    """Return a calendar with an appointment in an hour and a half, and one tomorrow."""
    soon, tomorrow = now + timedelta(minutes=90), now + timedelta(days=1)
    events = [("Walk through the hall", soon, 30), ("Pick up the tables", tomorrow, 60)]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//heartbeat//example"]
    for number, (title, at, minutes) in enumerate(events, 1):
        lines += [
            "BEGIN:VEVENT",
            f"UID:example-{number}",
            f"DTSTAMP:{_stamp(now)}",
            f"SUMMARY:{title}",
            f"DTSTART:{_stamp(at)}",
            f"DTEND:{_stamp(at + timedelta(minutes=minutes))}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M00Z}"


def _feed(now: datetime) -> str:
    entries = [
        ("The hall has a new key box", "The code is with the caretaker.", 3),
        ("Street closed on Saturday", "Deliveries come by the yard.", 1),
    ]
    items = "".join(
        f"<item><guid>example-{number}</guid><title>{title}</title><description>{text}</description>"
        f"<pubDate>{format_datetime(now - timedelta(hours=hours))}</pubDate></item>"
        for number, (title, text, hours) in enumerate(entries, 1)
    )
    head = '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>The house</title>'
    return f"{head}{items}</channel></rss>\n"
