"""``heartbeat look``: look at connections now."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from heartbeat.settings import load_settings
from heartbeat_service.cli.failures import FAILED
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say, say_row
from heartbeat_service.cli.workspace import open_store
from heartbeat_service.fetcher import Fetcher, check_looked_at
from heartbeat_service.unused import remedy
from nodes.services import Services

app = single_command()


@app.command()
def look(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this connection.")] = None,
) -> None:
    """Look at all connections, or at one, and say what came.

    Exit 1 when one could not be looked at, or connections.toml is faulty.
    """
    settings = load_settings()
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        fault = services.connections.problem
        if name is not None:
            check_looked_at(services.connections.get(name))
        found = asyncio.run(Fetcher(services).look_named(None if name is None else [name]))
        unused = {
            each.name: store.read(remedy, each.name)
            for each in services.connections.all
            if each.unused and name in (None, each.name)
        }
    for each in found:
        say_row(each.name, each.sentence, width=12)
        if each.name in unused:
            say_row("", f"No thread looks at it; let one: {unused[each.name]}", width=12)
        for problem in each.problems:
            say_row("", problem, width=12)
    if fault is not None:
        say(fault, "yellow")
    elif not found:
        say("There is nothing to look at; add a connection with: heartbeat connections add news feed url=…")
    if fault is not None or any(each.failed for each in found):
        raise typer.Exit(FAILED)
