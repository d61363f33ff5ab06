"""``heartbeat approve``: approve the action that a beat proposes."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from heartbeat.errors import InvalidValueError
from heartbeat.store.approvals import Answer, Edit
from heartbeat_service.cli.answering import AsJson, BeatId, give
from heartbeat_service.cli.fields import split_fields
from heartbeat_service.cli.group import single_command

app = single_command()
_OWN = "fields."
"""Prefix of the fields of an action whose kind is the target's own."""


@app.command()
def approve(
    beat: BeatId,
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", metavar="FIELD=TEXT", help="Change title, content, board, ... first."),
    ] = None,
    always: Annotated[
        bool,
        typer.Option("--always", help="Also all later ones of its kind from its thread to its target."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Approve the action that a beat proposes, with or without changes."""
    given = Answer(answer="approve", edit=_edit(edit) if edit else None, always=always)
    give(beat, given, as_json=as_json)


def _edit(arguments: list[str]) -> Edit:
    given = split_fields(arguments)
    own = {name.removeprefix(_OWN): value for name, value in given.items() if name.startswith(_OWN)}
    plain = {name: value for name, value in given.items() if not name.startswith(_OWN)}
    try:
        return Edit.model_validate({**plain, **({"fields": own} if own else {})})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        allowed = ", ".join(f"{_OWN}NAME" if field == "fields" else field for field in Edit.model_fields)
        raise InvalidValueError("edit", f"edit: {name!r:.60} cannot be changed; allowed: {allowed}") from None
