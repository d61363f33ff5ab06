"""Host names of the HTTP API, and the check that those reachable from other machines have a token."""

from __future__ import annotations

from collections.abc import Iterator

from heartbeat.errors import InvalidValueError
from heartbeat.hosts import is_loopback
from heartbeat.settings import Settings


def open_names(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield (setting, host name) for each configured host name that other machines can reach."""
    for variable, names in (
        ("HEARTBEAT_HOST", (settings.host,)),
        ("HEARTBEAT_ALLOWED_HOSTS", settings.allowed_hosts),
    ):
        yield from ((variable, name) for name in names if not is_loopback(name))


def check_binding(settings: Settings) -> None:
    """Refuse a host name that other machines can reach, unless an API token is set.

    Raises:
        InvalidValueError: HOST or a name of ALLOWED_HOSTS is not loopback, and no token is set.
    """
    variable, name = next(open_names(settings), ("", ""))
    if name and settings.api_token is None:
        instead = "listen on 127.0.0.1" if variable == "HEARTBEAT_HOST" else "leave that name out"
        raise InvalidValueError(
            variable,
            f"{variable}: {name} can be reached from outside and demands HEARTBEAT_API_TOKEN; "
            f"set it to a long random text, or {instead}",
        )
