"""``heartbeat inbox``: list what connections brought."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Annotated

import typer
from rich.text import Text
from sqlmodel import Session

from heartbeat.errors import InvalidValueError
from heartbeat.schedule import parse_zone
from heartbeat.store import threads
from heartbeat.store.inbox_views import ItemView, inbox_view
from heartbeat.vocabulary import INBOX_KINDS, FeedKind, ItemState
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
    kind: Annotated[
        str | None, typer.Option(help=f"Only items of this kind ({', '.join(INBOX_KINDS)}).", metavar="KIND")
    ] = None,
    state: Annotated[ItemState | None, typer.Option(help="Only items in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many items.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List what connections brought, the newest first; with --thread, with times in the thread's zone."""
    now, chosen = utc_now(), _kind(kind)
    with open_store() as store:
        found = store.read(
            inbox_view,
            now,
            thread_id=thread,
            connection=connection,
            kind=chosen,
            state=state,
            limit=limit,
        )
        zone = UTC if thread is None else store.read(_zone, thread)
    if as_json:
        for each in found:
            print_json(each.model_dump(mode="json"))
    elif found:
        for each in found:
            _show(each, zone)
    else:
        say("Nothing is there. To look at all connections now: heartbeat look")


def _kind(text: str | None) -> FeedKind | None:
    if text is None:
        return None
    if text not in INBOX_KINDS:
        raise InvalidValueError(
            "--kind", f"--kind: {text!r:.80} is not allowed; allowed: {', '.join(INBOX_KINDS)}"
        )
    return FeedKind(text)


def _zone(session: Session, thread: str) -> tzinfo:
    return parse_zone(threads.config(session, threads.get(session, thread)).timezone)


def _show(item: ItemView, zone: tzinfo) -> None:
    at = item.created_at if item.due_at is None else item.due_at
    when = f"{'' if item.due_at is None else 'due '}{stamp(at.astimezone(zone))} {zone}"
    if item.all_day and item.due_at is not None:
        when = f"due {item.due_at:%Y-%m-%d}"
    where = f" in {item.parent}" if item.parent and item.kind == FeedKind.TASK else ""
    line = Text(f"{when}  {item.connection}  {item.kind}  {item.state}")
    say_row(f"#{item.id}", line, width=6)
    say_block(one_line(f"{item.title}{where}"), indent=8)
