"""``heartbeat approvals``: list what waits for a person and what is approved from now on; revoke one of these."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text
from sqlmodel import Session

from heartbeat.store import standing, threads, views
from heartbeat.store.approval_views import StandingView, standing_view
from heartbeat.store.history import Filter, count
from heartbeat.store.tables import LARGEST_ID
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import AnswerOrigin, BeatStatus
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.terminal import print_json, say, say_block, say_row
from heartbeat_service.cli.text import stamp
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.escaping import one_line

app = command_group("What waits for your approval, and what is approved from now on.")


@app.callback(invoke_without_command=True)
def list_approvals(
    context: typer.Context,
    thread: Annotated[str | None, typer.Option(help="Only of this thread.")] = None,
    revoked: Annotated[
        bool, typer.Option("--revoked", help="Also standing approvals that are revoked.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object: the lists waiting and standing.")
    ] = False,
) -> None:
    """List what waits for a person, and the standing approvals, the newest first; or revoke one."""
    if context.invoked_subcommand is not None:
        return
    with open_store() as store:
        if thread is not None:
            store.read(threads.get, thread)
        waiting = store.read(_waiting, thread)
        stands = store.read(standing_view, thread_id=thread, revoked=revoked)
    if as_json:
        print_json(
            {
                "waiting": [beat.model_dump(mode="json") for beat in waiting],
                "standing": [each.model_dump(mode="json") for each in stands],
            }
        )
        return
    say("Waiting for you:" if waiting else "Nothing waits for your approval.")
    for beat in waiting:
        _show_waiting(beat)
    if stands:
        say()
        say("Approved from now on:")
    for each in stands:
        _show_standing(each)


@app.command()
def revoke(
    number: Annotated[
        int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="Number of a standing approval.")
    ],
) -> None:
    """Revoke a standing approval: the next action that it covered waits for you again."""
    with open_store() as store:
        before = {each.id for each in store.read(standing_view)}
        row = store.write_durably(standing.revoke, number, utc_now(), by=AnswerOrigin.CLI)
        view = StandingView.of(row)
    if number in before:
        say(f"Standing approval {number} is revoked; in thread {view.thread_id} {view.covers} waits for you.")
    else:
        say(f"Standing approval {number} {view.ended} before.")


def _waiting(session: Session, thread: str | None) -> list[BeatView]:
    among = Filter(thread, status=BeatStatus.AWAITING_APPROVAL)
    return views.history_view(session, among, limit=count(session, among))


def _show_waiting(beat: BeatView) -> None:
    until = f"until {stamp(beat.expires_at)} UTC" if beat.expires_at else "with no end"
    say_row(f"#{beat.id}", Text(f"{beat.thread_id}  {until}"), width=6)
    for line in (beat.summary, beat.meanwhile or ""):
        say_block(one_line(line), indent=8)
    say_block(f"heartbeat approve {beat.id}, or heartbeat reject {beat.id}", indent=8)


def _show_standing(view: StandingView) -> None:
    say_row(f"{view.id}", Text(f"{view.thread_id}  {view.covers}"), width=6)
    say_block(f"given {view.given} {stamp(view.given_at)} UTC, with beat {view.beat_id}", indent=8)
    if view.ended is not None:
        say_block(view.ended, indent=8)
