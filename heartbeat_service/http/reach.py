"""Check the Host of each call, and the machine that it comes from."""

from __future__ import annotations

from fastapi import Request
from starlette.exceptions import HTTPException

from heartbeat.hosts import authority, is_loopback
from heartbeat.settings import Settings
from heartbeat_service.http.proxies import passed_on

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def check_host(request: Request, settings: Settings) -> None:
    """Refuse an unknown Host, against DNS rebinding: a foreign site's name may resolve to this machine."""
    header = request.headers.get("host", "")
    if _named(header) not in LOOPBACK | {settings.host, *settings.allowed_hosts}:
        raise HTTPException(
            403, f"Host {header!r:.80} is not served here; HEARTBEAT_ALLOWED_HOSTS may name it."
        )


def check_caller(request: Request, settings: Settings) -> None:
    """Refuse calls from other machines if no token is set, also those forwarded by a proxy on this machine.

    A caller without an address uses a Unix socket, and so is on this machine.
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
