"""``heartbeat stop``: switch scheduled beats off."""

from __future__ import annotations

from heartbeat.store import timer
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say
from heartbeat_service.cli.workspace import open_store, utc_now

app = single_command()


@app.command()
def stop() -> None:
    """Switch scheduled beats off, in every process on this database, until `heartbeat start`."""
    with open_store() as store:
        store.write(timer.switch, False, utc_now())
    say("The timer is stopped; beats by hand still work. Start it with: heartbeat start")
