"""Normalised host names and web origins, for comparison."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

import idna

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_MAX_NAME_LENGTH = 253
_PORTS_END = 65_536
_PORTS = {"http": "80", "https": "443"}


class Authority(NamedTuple):
    """A normalised host and its port; the port is "" where none is given."""

    host: str
    port: str


def normalise_host(text: str) -> str:
    """Return a host name or IP address in normalised form.

    Names become lower-case ASCII without a trailing dot, as browsers send them (IDNA, UTS 46); addresses take
    their short form, IPv6 without brackets.

    Raises:
        ValueError: the text is neither a host name nor an address.
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        name = text.removesuffix(".").lower()
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode()
    # URL parsers read a name that ends in a number as an IPv4 address (WHATWG URL); this one is not valid.
    is_number = _NUMBER.fullmatch(name.rpartition(".")[2])
    if len(name) > _MAX_NAME_LENGTH or is_number or not _NAME.fullmatch(name):
        raise ValueError("no name of a host")
    return name


def authority(text: str) -> Authority:
    """Split ``host``, ``host:port``, ``[IPv6]:port`` or a bare IPv6 address, as in a Host header.

    Raises:
        ValueError: the text has another form.
    """
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        ipaddress.IPv6Address(host)
        colon, port = rest[:1], rest[1:]
        if not closed or colon not in {"", ":"}:
            raise ValueError("no address in brackets")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdigit() and int(port[:6]) < _PORTS_END):
        raise ValueError("no port")
    return Authority(normalise_host(host), port and str(int(port[:6])))


def parse_allowed_host(text: str) -> str:
    """Return the host of an allowed-hosts entry: a name, an address or a root URL; its port is ignored.

    Raises:
        ValueError: a wildcard, a path, a scheme other than http(s), an invalid host name, or an IPv6 zone, which
            clients do not send.
    """
    scheme, separator, rest = text.rpartition("://")
    if separator and scheme.lower() not in _PORTS:
        raise ValueError("no address of a web page")
    host = authority(rest.removesuffix("/")).host
    if "%" in host:
        raise ValueError("an address with a zone")
    return host


def parse_listen_host(text: str) -> str:
    """Return the normalised host to listen on; an IPv6 address may be in brackets.

    Raises:
        ValueError: an invalid host name, or one with a port.
    """
    host, port = authority(text.strip())
    if port:
        raise ValueError("the port has a setting of its own")
    return host


def origin_of(text: str) -> str:
    """Return a web origin as browsers send it: ``scheme://host``, with the port unless it is the default.

    Raises:
        ValueError: a wildcard, a path, or a missing scheme.
    """
    scheme, separator, rest = text.lower().partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        raise ValueError("no scheme")
    host, port = authority(rest.removesuffix("/"))
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port in {"", _PORTS.get(scheme)} else f"{scheme}://{shown}:{port}"


def is_loopback(host: str) -> bool:
    """Return whether a normalised host always means the local machine (``.localhost`` by RFC 6761)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A dual-stack socket reports an IPv4 client as ::ffff:127.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
