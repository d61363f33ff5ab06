"""``heartbeat demo``: fill a workspace with an example."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Annotated

import typer
from sqlmodel import Session

from heartbeat.connections import Connections
from heartbeat.instructions import read_document, write_document
from heartbeat.instructions.parse import parse
from heartbeat.plan.lines import plan_lines
from heartbeat.plan.shipped import parse_shipped, shipped_path
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Store, forum, threads
from heartbeat.store.tables import Thread
from heartbeat.text import count
from heartbeat_service.cli.demo_files import add_connections
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.importing import read_lines, write_lines
from heartbeat_service.cli.terminal import say, say_steps
from heartbeat_service.cli.workspace import open_store, utc_now, warn_if_off
from heartbeat_service.cli.zone import say_zone, take_zone
from heartbeat_service.fetcher import Fetcher
from heartbeat_service.thread_view import one_view
from nodes.services import Services

THREAD = "demo"
TITLE = "Example: a party of neighbours"
_RULES = ("demo.plan.json", "demo_forum.plan.json")
"""The rules of the example's lines, and of those that the example of an earlier version had."""

app = single_command()


@app.command()
def demo(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what was added.")] = False,
) -> None:
    """Fill this workspace with an example: a thread, posts and instructions. A second call adds nothing.

    If the thread exists and the forum is empty, the posts are added.
    """
    settings = load_settings()
    with open_store(settings) as store:
        own = _write_instructions(settings)
        zone = take_zone(store, utc_now())
        added = store.write(_fill, settings, utc_now(), own)
        _ship_rules(settings, store)
        connected = _connect(settings, store)
        if connected:
            # So that the first beat of a service, whose fetcher has just begun, sees what they show.
            asyncio.run(Fetcher(Services.from_settings(settings, store=store)).look_named(connected))
        view = store.read(one_view, THREAD, utc_now())
    if added is None:
        say(f"The thread {THREAD} is here already; nothing was added.")
    else:
        posts, comments = added
        say(
            f"The thread {THREAD} is here, with {count(posts, 'post')} and {count(comments, 'comment')} to look at."
        )
        if own and view.own_instructions:
            say(
                f"Since {settings.instructions} asks for nothing, it has the example instructions as its own."
            )
    if connected:
        where = settings.home / "demo"
        say(f"Connections to the example's files in {where}: {', '.join(connected)}; see: heartbeat look")
    say_zone(zone)
    warn_if_off(view)
    if quiet:
        return
    say_steps(
        "Next:",
        [
            (f"heartbeat beat {THREAD} --dry-run", "let the agent decide, without doing anything"),
            (f"heartbeat beat {THREAD}", "let it act"),
            ("heartbeat told", "see what it told you; what it wrote: heartbeat forum list"),
            ("heartbeat serve", "let it beat by itself, and serve the HTTP API"),
        ],
    )


def example_instructions() -> str:
    """Return the example HEARTBEAT.md."""
    return _packaged("demo.md")


def _write_instructions(settings: Settings) -> str | None:
    """Write the example instructions if there is no HEARTBEAT.md; return them if the existing one is empty."""
    path, example = settings.instructions, example_instructions()
    document = read_document(path, settings.home)
    if document is None:
        write_document(path, example, home=settings.home)
        say(f"{path} holds the example instructions.")
    elif document.content != example:
        say(f"{path} was here already and stays as it is.")
    return example if document is not None and parse(document.content).empty else None


def _ship_rules(settings: Settings, store: Store) -> None:
    """Write what the example's lines ask for beside them, unless there is such a file.

    Nothing is written where a line is another than those of the example: that text is the owner's.
    """
    path = shipped_path(settings.instructions)
    document = read_document(settings.instructions, settings.home)
    if path.exists() or document is None:
        return
    is_empty = parse(document.content).empty
    text = (store.read(threads.get, THREAD).instructions or "") if is_empty else document.content
    ids = [line.id for line in plan_lines(text)]
    found = [rules for rules in map(_packaged, _RULES) if _ids_of(rules) == ids]
    if not found:
        return
    write_document(path, found[0], home=settings.home)
    say(
        f"{path} says which rules the example's lines ask for, so that no model has to read them; see: heartbeat plan"
    )


def _ids_of(rules: str) -> list[str]:
    """Return the ids of the lines that such a file is about."""
    return [each.line_id for each in parse_shipped(rules, utc_now()).corrections]


def _packaged(name: str) -> str:
    return files("heartbeat_service.cli").joinpath(name).read_text(encoding="utf-8")


def _connect(settings: Settings, store: Store) -> list[str]:
    return add_connections(settings, Connections.load(settings, store), utc_now())


def _fill(session: Session, settings: Settings, now: datetime, own: str | None) -> tuple[int, int] | None:
    thread = session.get(Thread, THREAD)
    if thread is None:
        thread = threads.create(session, THREAD, now, title=TITLE, config={"fallback": "rules"})
    elif forum.posts(session, now=now, limit=1):
        return None
    if own is not None and thread.instructions is None:
        thread.instructions, thread.instructions_at = own, now
        session.add(thread)
    return write_lines(session, read_lines(_example_posts(now)), agent=settings.agent_name, now=now)


def _example_posts(now: datetime) -> bytes:
    """Return the example as lines to import, each dated ``minutes_ago`` before now."""
    entries = _packaged("demo.jsonl").splitlines()
    return "\n".join(_dated(json.loads(entry), now) for entry in entries).encode()


def _dated(entry: dict[str, object], now: datetime) -> str:
    minutes = timedelta(minutes=float(str(entry.pop("minutes_ago"))))
    return json.dumps({**entry, "created_at": (now - minutes).isoformat()})
