"""``heartbeat approve``: let a beat that waits do what it proposed."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from heartbeat.errors import InvalidValueError
from heartbeat.store.approvals import Answer, Edit
from service.cli.answering import AsJson, BeatId, give
from service.cli.fields import split_fields
from service.cli.group import single_command

app = single_command()


@app.command()
def approve(
    beat: BeatId,
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", metavar="FIELD=TEXT", help="Change title, content, board, ... first."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a beat that waits do what it proposed, perhaps with changes."""
    give(beat, Answer(answer="approve", edit=_edit(edit) if edit else None), as_json=as_json)


def _edit(arguments: list[str]) -> Edit:
    try:
        return Edit.model_validate(split_fields(arguments))
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        allowed = ", ".join(Edit.model_fields)
        raise InvalidValueError("edit", f"edit: {name!r} cannot be changed; allowed: {allowed}") from None
