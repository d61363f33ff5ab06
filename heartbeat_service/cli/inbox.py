"""``heartbeat inbox``: list what connections brought."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from heartbeat.store.inbox_views import ItemView, inbox_view
from heartbeat.vocabulary import FeedKind, ItemState
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import print_json, say, say_block, say_row
from heartbeat_service.cli.text import stamp
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.escaping import one_line

app = single_command()


@app.command()
def inbox(
    thread: Annotated[str | None, typer.Option(help="As this thread sees it.")] = None,
    connection: Annotated[str | None, typer.Option(help="Only items of this connection.")] = None,
    kind: Annotated[FeedKind | None, typer.Option(help="Only items of this kind.")] = None,
    state: Annotated[ItemState | None, typer.Option(help="Only items in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many items.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List what connections brought, the newest first."""
    now = utc_now()
    with open_store() as store:
        found = store.read(
            inbox_view,
            now,
            thread_id=thread,
            connection=connection,
            kind=kind,
            state=state,
            limit=limit,
        )
    if as_json:
        for each in found:
            print_json(each.model_dump(mode="json"))
    elif found:
        for each in found:
            _show(each)
    else:
        say("Nothing is there. To look at all connections now: heartbeat look")


def _show(item: ItemView) -> None:
    when = f"due {stamp(item.due_at)} UTC" if item.due_at is not None else f"{stamp(item.created_at)} UTC"
    where = f" in {item.parent}" if item.parent and item.kind == FeedKind.TASK else ""
    line = Text(f"{when}  {item.connection}  {item.kind}  {item.state}")
    say_row(f"#{item.id}", line, width=6)
    say_block(one_line(f"{item.title}{where}"), indent=8)
