"""``heartbeat compact``: delete what is not kept, and give free space back."""

from __future__ import annotations

from typing import Annotated

import typer

from heartbeat.settings import load_settings
from heartbeat.store.retention import Rows
from heartbeat.text import count, utc
from heartbeat_service.cli.failures import complain
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import print_json, say
from heartbeat_service.cli.text import stamp
from heartbeat_service.cli.workspace import utc_now
from heartbeat_service.compacting import Compacted
from heartbeat_service.compacting import compact as make_compact

app = single_command()

_ONE = {
    Rows.BEATS: "beat",
    Rows.DELIVERIES: "delivery",
    Rows.EVENTS: "event",
    Rows.TEXTS: "text",
    Rows.ITEMS: "item",
    Rows.VERDICTS: "verdict",
}


@app.command()
def compact(
    trusts_clock: Annotated[
        bool,
        typer.Option(
            "--trust-clock",
            help="Delete rows of the database though nothing has happened here for over a day.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Delete beats, checkpoints and more that is not kept, and make the files smaller if nothing uses them."""
    made = make_compact(load_settings(), utc_now, trusts_clock=trusts_clock)
    if made.silent_since is not None:
        complain(
            "nothing was deleted from the database, since the clock may be wrong: "
            f"it says {stamp(utc_now())} UTC, and nothing has happened here since {stamp(made.silent_since)} UTC; "
            "if it is right: heartbeat compact --trust-clock"
        )
    if as_json:
        print_json(_shown(made))
        return
    deleted = (count(made.checkpoints, "checkpoint"), *(_counted(rows, made.rows[rows]) for rows in Rows))
    say(f"Deleted: {', '.join(deleted)}.")
    for each in made.files:
        if each.in_use:
            say(f"{each.path} is in use and keeps its size; what was deleted makes room in it.", "yellow")
        else:
            say(f"{each.path}: {each.after:,} bytes, {each.before:,} before.")
    if any(each.in_use for each in made.files):
        say("To make it smaller, stop heartbeat serve and whatever else has it open, then: heartbeat compact")


def _counted(rows: Rows, number: int) -> str:
    return f"{number} {_ONE[rows] if number == 1 else rows}"


def _shown(made: Compacted) -> dict[str, object]:
    return {
        "checkpoints": made.checkpoints,
        **{str(rows): number for rows, number in made.rows.items()},
        "silent_since": None if made.silent_since is None else utc(made.silent_since),
        "freed_bytes": made.freed,
        "files": [
            {"path": str(each.path), "bytes_before": each.before, "bytes": each.after, "in_use": each.in_use}
            for each in made.files
        ],
    }
