"""Headers that proxies add to a call. Clients can forge them, so they never grant access."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import Headers

from heartbeat.hosts import authority, is_loopback

_FOR = "x-forwarded-for"
_CLIENTS = (
    _FOR,
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "cf-connecting-ip",
    "true-client-ip",
    "fastly-client-ip",
)
_SCHEMES = ("x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme", "x-url-scheme")
_SWITCHES = ("x-forwarded-ssl", "front-end-https")
_PAIR = re.compile(r'(?:^|[;,])\s*(for|host|proto)\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s]*)', re.IGNORECASE)
"""A parameter of the Forwarded header (RFC 7239, section 4)."""
_NET = 64
"""Length in bits of the IPv6 prefix of one client's network (RFC 6177)."""


@dataclass(frozen=True)
class Passed:
    """What the headers say: client addresses and host names, unparsed, and whether the client used TLS.

    ``nearest`` is the client that the last proxy has seen; ``via`` is the name of a header that shows a proxy.
    """

    via: str
    clients: tuple[str, ...]
    hosts: tuple[str, ...]
    nearest: str | None
    by_tls: bool

    def stranger(self) -> str | None:
        """Return why the call may come from another machine; None if every client is on this one."""
        for told in (*self.clients, *self.hosts):
            if not _is_here(told):
                return told
        return None if self.clients else f"its header {self.via} tells of a proxy, and none of the client"


def passed_on(headers: Headers) -> Passed | None:
    """Return what proxies say about a call; None if no header shows a proxy."""
    via = next((name for name in headers if _is_sign(name)), None)
    if via is None:
        return None
    pairs = [
        (name.lower(), value.strip('"'))
        for line in headers.getlist("forwarded")
        for name, value in _PAIR.findall(line)
    ]
    listed = [client for name in _CLIENTS for client in _parts(headers, name)]
    clients = [*listed, *(value for name, value in pairs if name == "for")]
    schemes = [
        *(scheme for name in _SCHEMES for scheme in _parts(headers, name)),
        *(value for name, value in pairs if name == "proto"),
    ]
    switched = any("on" in map(str.lower, _parts(headers, name)) for name in _SWITCHES)
    return Passed(
        via=via,
        clients=tuple(clients),
        hosts=(*_parts(headers, "x-forwarded-host"), *(value for name, value in pairs if name == "host")),
        nearest=next(iter([*_parts(headers, _FOR)[-1:], *clients[-1:]]), None),
        by_tls=switched or "https" in map(str.lower, schemes),
    )


def client_of(request: Request) -> str:
    """Return the address that failed logins are counted for; of an IPv6 address its network of 64 bits.

    Behind a proxy on this machine or a private network it is the client that the proxy has seen, otherwise the peer.
    """
    peer = request.client.host if request.client else ""
    address = _address(peer)
    passed = passed_on(request.headers)
    if passed and passed.nearest and (address is None or address.is_private):
        # All clients that are not given as an address are counted together.
        address = _address(passed.nearest)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), _NET), strict=False))
    return str(address or "unknown")


def _is_sign(name: str) -> bool:
    return name.startswith("x-forwarded-") or name in {"forwarded", "via", *_CLIENTS, *_SCHEMES, *_SWITCHES}


def _parts(headers: Headers, name: str) -> list[str]:
    return [part.strip() for line in headers.getlist(name) for part in line.split(",")]


def _is_here(told: str) -> bool:
    try:
        return is_loopback(authority(told).host)
    except ValueError:
        return False


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(authority(text).host)
    except ValueError:
        return None
