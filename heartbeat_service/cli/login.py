"""``heartbeat login``: print the link that logs the panel in."""

from __future__ import annotations

from urllib.parse import quote

from heartbeat.errors import ConflictError
from heartbeat.settings import Settings, load_settings
from heartbeat.token_file import TokenFile
from heartbeat_service.announcing import AddressFile, answers
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say

app = single_command()


@app.command()
def login() -> None:
    """Print a link that logs the panel in. It holds the token: give it to nobody; nothing is opened.

    The service has to run: another program that listens at its port would be given the token by the link.
    """
    settings = load_settings()
    token = token_of(settings)
    say(link(panel_address(settings), token), wrapped=False)


def token_of(settings: Settings) -> str:
    """Return the token of a workspace; it is made if there is none.

    Raises:
        TokenFileError: its file cannot be used.
        OSError: it cannot be written.
    """
    if settings.api_token is not None:
        return settings.api_token.get_secret_value()
    return TokenFile.of(settings).ensure()


def panel_address(settings: Settings) -> str:
    """Return where the panel is opened: HEARTBEAT_PUBLIC_URL, else where the service of this workspace answers.

    Raises:
        ConflictError: it answers nowhere.
    """
    if settings.public_url is not None:
        return settings.public_url
    found = AddressFile.of(settings).read()
    if found is not None and answers(found):
        return found.url
    where = "HEARTBEAT_API_TOKEN" if settings.api_token is not None else str(TokenFile.of(settings).path)
    at = "" if found is None else f" at {found.url}"
    raise ConflictError(
        f"heartbeat serve does not answer{at}; start it, or where an app of your own serves the panel, open that and "
        f"paste the token of {where}"
    )


def link(address: str, token: str) -> str:
    """Return the link: the token is behind the #, which browsers send to nobody and write in no Referer."""
    return f"{address}/#token={quote(token, safe='')}"
