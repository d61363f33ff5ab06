"""``heartbeat done``: say that an item of the inbox is done."""

from __future__ import annotations

from typing import Annotated

import typer

from heartbeat.store import inbox
from heartbeat.store.tables import LARGEST_ID
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say
from heartbeat_service.cli.workspace import open_store, utc_now

app = single_command()

ItemId = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="Number of an item; see: heartbeat inbox.")
]


@app.command()
def done(
    item: ItemId, undo: Annotated[bool, typer.Option("--undo", help="It is not done after all.")] = False
) -> None:
    """Say that an item is done: no agent is shown it again unless it changes."""
    with open_store() as store:
        row = store.write(inbox.undone if undo else inbox.done, item, utc_now())
    say(f"Item {row.id} is new again." if undo else f"Item {row.id} is done.")
