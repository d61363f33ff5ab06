"""``heartbeat init``: create a workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from heartbeat.instructions import starter, write_document
from heartbeat.settings import Settings, load_settings
from heartbeat.store import threads
from heartbeat.text import sentence
from heartbeat.threads import DEFAULT_THREAD
from heartbeat.token_file import make_token
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say, say_steps
from heartbeat_service.cli.workspace import open_store, utc_now, warn_if_off
from heartbeat_service.cli.zone import say_zone, take_zone
from heartbeat_service.thread_view import one_view

app = single_command()


@app.command()
def init(
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing HEARTBEAT.md by the starter.")
    ] = False,
) -> None:
    """Create a workspace here: HEARTBEAT.md, the databases and a first thread."""
    settings = load_settings()
    path = settings.instructions
    with open_store(settings) as store:
        if force or not path.exists():
            write_document(path, starter(), home=settings.home)
            say(f"{path} is the starter; it asks for nothing yet.")
        else:
            say(f"{path} was here already and stays as it is.")
        zone = take_zone(store, utc_now())
        store.write(threads.ensure, DEFAULT_THREAD, utc_now())
        view = store.read(one_view, DEFAULT_THREAD, utc_now())
    _make_checkpoints(settings)
    make_token(settings)
    say(sentence(f"The databases are in {settings.home}, with the thread {DEFAULT_THREAD}"))
    say_zone(zone)
    warn_if_off(view)
    say_steps(
        "Next:",
        [
            (f"edit {path}", "write what your agent should do, in your own words"),
            ("heartbeat plan", "see how each line is read, and what it lacks"),
            (f"heartbeat beat {DEFAULT_THREAD} --dry-run", "let it decide, without doing anything"),
        ],
    )
    say("For a filled example to play with: heartbeat demo")


def _make_checkpoints(settings: Settings) -> None:
    from checkpoints import open_saver

    with open_saver(settings.checkpoints_path):
        pass
