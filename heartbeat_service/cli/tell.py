"""``heartbeat tell --test``: send a message to every connection that reaches the owner."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from heartbeat.capabilities import TEXT_LIMIT
from heartbeat.connections import Connection, Connections
from heartbeat.connections.making import SPECS
from heartbeat.connections.spec import LookedAt
from heartbeat.connections.trial import Trial, try_kept
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.errors import InvalidValueError
from heartbeat.settings import load_settings
from heartbeat.text import sentence
from heartbeat.vocabulary import Reach
from heartbeat_service.cli.failures import FAILED
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say
from heartbeat_service.cli.workspace import open_store

app = single_command()


@app.command()
def tell(
    test: Annotated[
        bool, typer.Option("--test", help="Needed: what the agents tell you, they say themselves.")
    ],
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="What to send.")] = None,
) -> None:
    """Send a test message to every connection that reaches you, and say what became of it; exit 1 if one failed."""
    if text is not None and not 1 <= len(text.strip()) <= TEXT_LIMIT:
        raise InvalidValueError(
            "TEXT", f"TEXT: {len(text)} characters are not allowed; allowed: 1 to {TEXT_LIMIT}"
        )
    settings = load_settings()
    with open_store(settings) as store:
        connections = Connections.load(settings, store)
        found = [each for each in connections.all if _is_for_owner(each)]
        tried = _try_all(found, connections, text)
    if not found:
        add = "heartbeat connections add phone apprise"
        say(f"Nobody would be told: no connection reaches you. Add one with: {add}", "yellow")
        raise typer.Exit(FAILED)
    for each, result in zip(found, tried, strict=True):
        say(f"{each.name}: {result.said}", "" if result.ok else "yellow")
    if not all(result.ok for result in tried):
        raise typer.Exit(FAILED)


def _is_for_owner(connection: Connection) -> bool:
    """Return whether a connection takes what the owner is told, or would if it were not faulty."""
    reach = connection.reach or connection.values.get("reach")
    looked_at = any(each == connection.kind and issubclass(spec, LookedAt) for each, spec in SPECS.items())
    return not (connection.hidden or looked_at or reach == Reach.PUBLIC)


def _try_all(found: Sequence[Connection], connections: Connections, text: str | None) -> list[Trial]:
    def tried(connection: Connection) -> Trial:
        if not connection.is_usable:
            return Trial(False, sentence(f"It is not used: {connection.problem}"))
        return try_kept(connections, connection, text)

    begun = [run_in_daemon_thread(partial(tried, each), "heartbeat-tell") for each in found]
    return [each.result() for each in begun]
