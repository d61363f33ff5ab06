"""Addresses of a model server, in the forms that Ollama reads in OLLAMA_HOST."""

from __future__ import annotations

import base64
import ipaddress
import re
from urllib.parse import unquote, urlsplit

PORT = 11434
FORMS = "host, host:port, :port, [IPv6]:port, http://host:port/path or https://host:port/path"
_SCHEMES = ("http", "https")
_HOST = re.compile(r"[^\W_](?:[\w.-]*\w)?\.?")
_PATH = re.compile(r"(?:/[^\s?#\\]*)?")
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, read as where it is asked


def parse_address(text: str) -> str:
    """Return the URL of a server, without a slash at its end.

    Without a scheme the port is 11434 where none is named; with one it is the scheme's own, as in Ollama's
    ``envconfig.Host``. An address to listen on (``0.0.0.0``, ``[::]``) means this machine. A user and a password in
    front of the host stay.

    Raises:
        ValueError: it is no address of a server.
    """
    given = text.strip().strip("\"'").strip()
    scheme, mark, rest = given.partition("://")
    if not mark:
        scheme, rest = "", given
    scheme = scheme.lower()
    if mark and scheme not in _SCHEMES:
        raise ValueError("neither http nor https")
    # A password may hold a slash only as %2F, so the first one ends the host.
    place, slash, path = rest.partition("/")
    login, at, place = place.rpartition("@")
    host, port = _host_and_port(place)
    if (mark or path) and not host and not port:
        raise ValueError("no host")
    if not _PATH.fullmatch(slash + path) or re.search(r"\s", login):
        raise ValueError("no path of a server")
    host = _ANYWHERE.get(host, host) or "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    port = port or ("" if scheme else str(PORT))
    place = f"{login}{at}{shown}" + (f":{port}" if port else "")
    return f"{scheme or 'http'}://{place}{(slash + path).rstrip('/')}"


def split_login(url: str) -> tuple[str, str | None]:
    """Return a URL without user and password, and these two as they stand in it, ``user:password``."""
    scheme, mark, rest = url.rpartition("://")
    place, slash, path = rest.partition("/")
    login, at, host = place.rpartition("@")
    return (f"{scheme}{mark}{host}{slash}{path}", login) if at else (url, None)


def server_of(url: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of a URL, None where it is none."""
    try:
        address = urlsplit(url)
        port = address.port or {"http": 80, "https": 443}.get(address.scheme)
        return address.scheme, address.hostname or "", port
    except ValueError:
        return None


def basic(login: str) -> str:
    """Return the Authorization header for ``user:password``, percent-encoded as in a URL."""
    user, _, password = login.partition(":")
    both = f"{unquote(user)}:{unquote(password)}".encode()
    return f"Basic {base64.b64encode(both).decode('ascii')}"


def bearer(key: str) -> str:
    """Return the Authorization header for an API key."""
    return f"Bearer {key}"


def _host_and_port(place: str) -> tuple[str, str]:
    bare = place.strip("[]")
    if _is_ip6(bare) and place in {bare, f"[{bare}]"}:
        return str(ipaddress.IPv6Address(bare)), ""
    host, colon, port = place.rpartition(":")
    if not colon:
        host, port = place, ""
    elif not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise ValueError("no port")
    if host.startswith("[") and host.endswith("]") and _is_ip6(host[1:-1]):
        return str(ipaddress.IPv6Address(host[1:-1])), port
    # A number alone is neither a host nor, without its colon, a port.
    if host and (not _HOST.fullmatch(host) or host.isdigit()):
        raise ValueError("no host")
    return host, port


def _is_ip6(text: str) -> bool:
    try:
        return "%" not in text and ipaddress.IPv6Address(text) is not None
    except ValueError:
        return False
