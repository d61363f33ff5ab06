"""``heartbeat deliveries``: list what is on its way outside; retry, cancel or settle one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from heartbeat.store import outbox, threads
from heartbeat.store.delivery_views import DeliveryView, deliveries_view, delivery_view
from heartbeat.store.tables import LARGEST_ID
from heartbeat.vocabulary import DeliveryStatus
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.terminal import outcome, print_json, say, say_block, say_row
from heartbeat_service.cli.text import stamp
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.escaping import one_line

app = command_group("What is on its way outside, with each try.")

DeliveryId = Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="Number of a delivery.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.callback(invoke_without_command=True)
def list_deliveries(
    context: typer.Context,
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only deliveries with this status.")] = None,
    thread: Annotated[str | None, typer.Option(help="Only deliveries of this thread.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many deliveries.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what is on its way outside and what became of it, the newest first; or answer one."""
    if context.invoked_subcommand is not None:
        return
    with open_store() as store:
        found = store.read(deliveries_view, status=status, thread_id=thread, limit=limit)
        if thread is not None and not found:
            store.read(threads.get, thread)
    if as_json:
        for each in found:
            print_json(each.model_dump(mode="json"))
    elif found:
        for each in found:
            _show(each)
    else:
        say("No deliveries." if status or thread else "No deliveries yet: nothing went outside so far.")


@app.command()
def retry(delivery: DeliveryId) -> None:
    """Send one again at once; of one that is unknown this says that it did not arrive."""
    with open_store() as store:
        store.write_durably(outbox.retry, delivery, utc_now())
    say(f"Delivery {delivery} is sent again where `heartbeat serve` runs.")


@app.command()
def cancel(delivery: DeliveryId) -> None:
    """Cancel one; a try that goes on ends first."""
    with open_store() as store:
        store.write_durably(outbox.cancel, delivery, utc_now())
        view = store.read(delivery_view, delivery)
    match view.status:
        case DeliveryStatus.SENDING:
            say(f"Delivery {delivery} is being sent; it is not tried again after this.")
        case DeliveryStatus.UNKNOWN:
            say(f"Delivery {delivery} is not sent again, but may have arrived already.")
        case _:
            say(f"Delivery {delivery} is cancelled.")


@app.command()
def settle(
    delivery: DeliveryId,
    arrived: Annotated[
        bool, typer.Option("--arrived/--not-arrived", help="Whether it arrived; if not, it is sent again.")
    ],
) -> None:
    """Say whether one arrived that may have."""
    with open_store() as store:
        store.write_durably(outbox.settle, delivery, arrived, utc_now())
    again = f"Delivery {delivery} is sent again where `heartbeat serve` runs."
    say(f"Delivery {delivery} has arrived." if arrived else again)


def _show(view: DeliveryView) -> None:
    of = f"{view.thread_id}  " if view.thread_id else ""
    line = Text(f"{stamp(view.created_at)} UTC  {of}{view.kind} to {view.target}  ")
    say_row(f"#{view.id}", line.append_text(outcome(view.status, view.reason)), width=6)
    if view.text:
        say_block(one_line(view.text), indent=8)
    if view.tries and view.tries[-1].said and view.status != DeliveryStatus.SENT:
        say_block(one_line(f"last try: {view.tries[-1].said}"), indent=8)
    if view.next_try is not None and view.status == DeliveryStatus.PENDING:
        verb = "looked for" if view.searching else "tried"
        when = f"is {verb} again from {stamp(view.next_try)} UTC on"
        if view.is_down:
            when = f"waits; {view.target} is down and is tried again at {stamp(view.next_try)} UTC"
        say_block(when, indent=8)
