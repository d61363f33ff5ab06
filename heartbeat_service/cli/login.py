"""``heartbeat login``: print the link that logs the panel in."""

from __future__ import annotations

from urllib.parse import quote

from heartbeat.errors import InvalidValueError
from heartbeat.settings import Settings, load_settings
from heartbeat.token_file import TokenFile
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import say

app = single_command()
_ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not listened on


@app.command()
def login() -> None:
    """Print a link that logs the panel in. It holds the token: give it to nobody; nothing is opened."""
    settings = load_settings()
    say(link(panel_address(settings), token_of(settings)), wrapped=False)


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
    """Return where the panel is opened, as far as the settings say.

    Raises:
        InvalidValueError: the port is any that is free.
    """
    if settings.public_url is not None:
        return settings.public_url
    if settings.port == 0:
        raise InvalidValueError(
            "HEARTBEAT_PORT",
            f"HEARTBEAT_PORT: 0 is any free port, which only heartbeat serve knows; open the address that it says, "
            f"and paste the token of {TokenFile.of(settings).path}",
        )
    host = "127.0.0.1" if settings.host in _ANYWHERE else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def link(address: str, token: str) -> str:
    """Return the link: the token is behind the #, which browsers send to nobody and write in no Referer."""
    return f"{address}/#token={quote(token, safe='')}"
