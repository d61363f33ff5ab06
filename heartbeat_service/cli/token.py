"""``heartbeat token``: say where the token is, or change it."""

from __future__ import annotations

from typing import Annotated

import typer

from heartbeat.errors import InvalidValueError
from heartbeat.settings import load_settings
from heartbeat.token_file import TokenFile
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say

app = single_command()


@app.command()
def token(
    new: Annotated[
        bool, typer.Option("--new", help="Make a new token: all sessions and programs have to show it again.")
    ] = False,
) -> None:
    """Say where the token of the HTTP API is, without showing it; make it if there is none."""
    settings = load_settings()
    file = TokenFile.of(settings)
    if settings.api_token is not None:
        if new:
            said = "HEARTBEAT_API_TOKEN: it is set, and so is the token; change it there"
            raise InvalidValueError("HEARTBEAT_API_TOKEN", said)
        say(f"The token is that of HEARTBEAT_API_TOKEN; {file.path} is not used while it is set.")
        return
    if new:
        file.renew()
        say(
            f"There is a new token in {file.path}; everybody is logged out. Log the panel in with: heartbeat login"
        )
        return
    file.ensure()
    say(f"The token is in {file.path}, which only this account can read.")
    say("Programs send it as: Authorization: Bearer TOKEN. Log the panel in with: heartbeat login")
