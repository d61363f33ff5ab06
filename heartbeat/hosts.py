"""Names of hosts and origins of pages, in the one form in which two of them can be compared."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

import idna

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_LONGEST = 253
_PORTS_END = 65_536
_PORTS = {"http": "80", "https": "443"}


class Authority(NamedTuple):
    """A host in its comparable form, and the port beside it, "" where none is given."""

    host: str
    port: str


def host_of(text: str) -> str:
    """Return a name or address in its comparable form.

    Names are in lower case, without the dot at the end, and in ASCII as browsers send them (IDNA, UTS 46);
    addresses are in their short form, IPv6 without brackets.

    Raises:
        ValueError: neither a name nor an address.
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        name = text.removesuffix(".").lower()
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode()
    # A name that ends in a number is read as an IPv4 address by everybody (WHATWG URL), and this is none.
    is_number = _NUMBER.fullmatch(name.rpartition(".")[2])
    if len(name) > _LONGEST or is_number or not _NAME.fullmatch(name):
        raise ValueError("no name of a host")
    return name


def authority(text: str) -> Authority:
    """Split ``host``, ``host:port``, ``[IPv6]:port`` or a bare IPv6 address, as in a Host header.

    Raises:
        ValueError: none of them.
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
    return Authority(host_of(host), port and str(int(port[:6])))


def called_as(text: str) -> str:
    """Return the host that a person names as a name, an address or the URL of its root; the port is left out.

    Raises:
        ValueError: a wildcard, a path, another scheme, or no name of a host; an IPv6 zone, which no caller sends.
    """
    scheme, separator, rest = text.rpartition("://")
    if separator and scheme.lower() not in _PORTS:
        raise ValueError("no address of a web page")
    host = authority(rest.removesuffix("/")).host
    if "%" in host:
        raise ValueError("an address with a zone")
    return host


def listening_on(text: str) -> str:
    """Return the address or name to listen on, in its comparable form; an IPv6 address may be in brackets.

    Raises:
        ValueError: no name of a host, or a port beside it.
    """
    host, port = authority(text.strip())
    if port:
        raise ValueError("the port has a setting of its own")
    return host


def origin_of(text: str) -> str:
    """Return the origin of a page as browsers send it: ``scheme://host``, and the port unless it is the usual one.

    Raises:
        ValueError: a wildcard, a path, or no scheme.
    """
    scheme, separator, rest = text.lower().partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        raise ValueError("no scheme")
    host, port = authority(rest.removesuffix("/"))
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port in {"", _PORTS.get(scheme)} else f"{scheme}://{shown}:{port}"


def is_loopback(host: str) -> bool:
    """Whether a host in its comparable form is this machine alone, whoever asks (RFC 6761 for ``.localhost``)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A socket that listens on IPv6 and IPv4 tells of a caller by IPv4 as ::ffff:127.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
