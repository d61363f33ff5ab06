"""``heartbeat told``: list what the owner was told."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from heartbeat.store.told import ToldView, told_view
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import outcome, print_json, say, say_block, say_row
from heartbeat_service.cli.text import stamp
from heartbeat_service.cli.workspace import open_store
from heartbeat_service.escaping import one_line

app = single_command()


@app.command()
def told(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List what the agents told you, the newest first."""
    with open_store() as store:
        found = store.read(told_view, limit=limit)
    if as_json:
        for each in found:
            print_json(each.model_dump(mode="json"))
        return
    for each in found:
        _show(each)
    if not found:
        say("Nothing was told yet.")


def _show(view: ToldView) -> None:
    line = Text(f"{stamp(view.at)} UTC  {view.thread_id}  ").append_text(outcome(view.status))
    say_row(f"#{view.beat_id}", line, width=6)
    say_block(one_line(view.text), indent=8)
    for each in view.connections:
        say_block(f"{each.target}: {outcome(each.status, each.reason)}", indent=8)
