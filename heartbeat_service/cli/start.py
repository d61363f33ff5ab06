"""``heartbeat start``: switch scheduled beats on."""

from __future__ import annotations

from heartbeat.store import timer
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say
from heartbeat_service.cli.workspace import open_store, utc_now

app = single_command()


@app.command()
def start() -> None:
    """Switch scheduled beats on, in every process on this database."""
    with open_store() as store:
        store.write(timer.switch, True, utc_now())
    say("The timer runs where `heartbeat serve` runs.")
