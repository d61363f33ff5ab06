"""``heartbeat history``: list beats with their outcomes and reasons."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer
from rich.text import Text
from sqlmodel import Session

from heartbeat.store import threads, timer, views
from heartbeat.store.history import LONGEST_WORDS, Filter
from heartbeat.store.tables import LARGEST_ID
from heartbeat.store.text import check_text
from heartbeat.store.views import BeatView
from heartbeat_service.cli.failures import complain
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import outcome, print_json, say, say_block, say_row
from heartbeat_service.cli.text import stamp
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.escaping import one_line
from heartbeat_service.thread_state import ThreadState, timer_obstacle
from heartbeat_service.thread_view import one_view

LIMIT = 20

app = single_command()


@app.command()
def history(
    thread: Annotated[str | None, typer.Argument(help="Only beats of this thread.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many beats.")] = LIMIT,
    find: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="Only beats with these words in summary, reason or error."),
    ] = None,
    before: Annotated[
        int | None, typer.Option(metavar="ID", min=1, max=LARGEST_ID, help="Only beats older than this one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List beats, the newest first."""
    if find is not None:
        check_text("--find", find, LONGEST_WORDS)
    with open_store() as store:
        if thread is not None:
            store.read(threads.get, thread)
        page = store.read(views.history_page, Filter(thread, words=find), limit=limit, before=before)
        narrowed = find is not None or before is not None
        hindered = [] if page.beats or narrowed else store.read(_hindered, thread)
    if as_json:
        for beat in page.beats:
            print_json(beat.model_dump(mode="json"))
    elif page.beats:
        _show(page.beats)
    elif narrowed:
        say("No such beat so far." if page.next is not None else "No such beat.")
    else:
        say(f"No beats yet; make one with: heartbeat beat {thread or 'THREAD'}")
        for each in hindered:
            say(each.told(), "yellow")
    if page.next is not None and (page.searched_back_to is not None or not as_json):
        asked = [*([thread] if thread else []), *(["--find", find] if find is not None else [])]
        asked += [*(["--limit", str(limit)] if limit != LIMIT else []), "--before", str(page.next)]
        asked += ["--json"] if as_json else []
        back_to = page.searched_back_to
        stopped = f"Searched back to {stamp(back_to)} UTC" if back_to is not None else "There are older beats"
        # A reader of JSON gets beats alone, and not more than were asked for.
        (complain if as_json else say)(
            f"{stopped}; go on with: {shlex.join(['heartbeat', 'history', *asked])}"
        )


def _hindered(session: Session, thread: str | None) -> list[ThreadState]:
    """Return what prevents scheduled beats of a thread, or with None of all threads."""
    now = utc_now()
    if thread is not None:
        return one_view(session, thread, now).obstacles
    obstacle = timer_obstacle(timer.state(session), now)
    return [] if obstacle is None else [obstacle]


def _show(found: list[BeatView]) -> None:
    for beat in found:
        line = Text(f"{stamp(beat.started_at)} UTC  {beat.thread_id}  ")
        say_row(f"#{beat.id}", line.append_text(outcome(beat.status, beat.reason)), width=6)
        if beat.woken_by:
            say_block(one_line(f"woken: {'; '.join(each.said for each in beat.woken_by)}"), indent=8)
        if beat.summary:
            say_block(one_line(beat.summary), indent=8)
        if beat.approval is not None:
            say_block(one_line(beat.approval.said), indent=8)
