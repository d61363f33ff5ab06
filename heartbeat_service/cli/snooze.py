"""``heartbeat snooze``: show an item of the inbox later."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated

import typer

from heartbeat.errors import InvalidValueError
from heartbeat.schedule.instants import YEARS, parse_instant
from heartbeat.schedule.interval import parse_interval
from heartbeat.store import inbox
from heartbeat_service.cli.done import ItemId
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say
from heartbeat_service.cli.text import stamp
from heartbeat_service.cli.workspace import open_store, utc_now

app = single_command()
_LONGEST = 3_660 * 86_400
"""Ten years, in seconds."""
_ALLOWED = (
    f"a span such as 90m, 4h or 1d, or an instant with a zone such as 2026-11-03T08:00+01:00, in {YEARS}"
)


@app.command()
def snooze(
    item: ItemId,
    until: Annotated[str | None, typer.Argument(metavar="UNTIL", help=f"{_ALLOWED}.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Show it now after all.")] = False,
) -> None:
    """Show an item not before then; it is new again then."""
    now = utc_now()
    if undo == (until is not None):
        raise InvalidValueError("until", f"until: give an instant or --undo; allowed: {_ALLOWED}")
    with open_store() as store:
        if until is None:
            row = store.write(inbox.unsnooze, item, now)
        else:
            row = store.write(inbox.snooze, item, _instant(until, now), now)
    if row.snoozed_until is None:
        say(f"Item {row.id} is new again.")
    else:
        say(f"Item {row.id} is new again from {stamp(row.snoozed_until)} UTC on.")


def _instant(text: str, now: datetime) -> datetime:
    with suppress(ValueError):  # no span
        return now + timedelta(seconds=parse_interval(text, maximum=_LONGEST))
    try:
        return parse_instant(text)
    except ValueError:
        raise InvalidValueError("until", f"until: {text!r:.80} is not allowed; allowed: {_ALLOWED}") from None
