"""``heartbeat reject``: reject the action that a beat proposes."""

from __future__ import annotations

from typing import Annotated

import typer

from heartbeat.errors import InvalidValueError
from heartbeat.store.approvals import Answer
from heartbeat_service.cli.answering import AsJson, BeatId, give
from heartbeat_service.cli.group import single_command

app = single_command()
_LONGEST = 500


@app.command()
def reject(
    beat: BeatId,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; kept with the beat.")] = None,
    as_json: AsJson = False,
) -> None:
    """Reject the action that a beat proposes; nothing is done."""
    if reason is not None and len(reason) > _LONGEST:
        raise InvalidValueError("reason", f"reason: {len(reason)} characters; allowed: at most {_LONGEST}")
    give(beat, Answer(answer="reject", reason=reason), as_json=as_json)
