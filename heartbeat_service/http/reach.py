"""Who can reach the API: the names it is called by, and the machine that calls."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from starlette.exceptions import HTTPException

from heartbeat.errors import InvalidValueError
from heartbeat.hosts import authority, is_loopback
from heartbeat.settings import Settings
from heartbeat_service.http.proxies import passed_on

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def open_names(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each setting and name of a host under which other machines can call."""
    for variable, names in (
        ("HEARTBEAT_HOST", (settings.host,)),
        ("HEARTBEAT_ALLOWED_HOSTS", settings.allowed_hosts),
    ):
        yield from ((variable, name) for name in names if not is_loopback(name))


def check_binding(settings: Settings) -> None:
    """Refuse a name under which other machines can call, unless there is a token.

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


def check_host(request: Request, settings: Settings) -> None:
    """Refuse a foreign Host: a page elsewhere may have made its name point to this machine (DNS rebinding)."""
    header = request.headers.get("host", "")
    if _named(header) not in LOOPBACK | {settings.host, *settings.allowed_hosts}:
        raise HTTPException(
            403, f"Host {header!r:.80} is not served here; HEARTBEAT_ALLOWED_HOSTS may name it."
        )


def check_caller(request: Request, settings: Settings) -> None:
    """Refuse calls of other machines where there is no token, also those that a proxy of this machine passes on.

    A caller whose address nobody tells came by a Unix socket, which is of this machine.
    """
    if settings.api_token is not None:
        return
    peer = request.client.host if request.client else ""
    passed = passed_on(request.headers)
    stranger = passed.stranger() if passed else None
    if _is_elsewhere(peer):
        stranger = peer
    if stranger is not None:
        raise HTTPException(
            403,
            f"The call comes from another machine ({stranger:.80}), and no token is set; "
            "set HEARTBEAT_API_TOKEN, and send it with each call.",
        )


def _named(header: str) -> str | None:
    try:
        return authority(header).host if header.isascii() else None
    except ValueError:
        return None


def _is_elsewhere(peer: str) -> bool:
    if "." not in peer and ":" not in peer:
        return False
    return _named(peer) is None or not is_loopback(authority(peer).host)
