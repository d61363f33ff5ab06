"""Parsing of model server addresses in the forms that Ollama accepts in OLLAMA_HOST."""

from __future__ import annotations

import base64
import ipaddress
import re
from urllib.parse import unquote, urlsplit

from heartbeat.text import unquoted

PORT = 11434
FORMS = "host, host:port, :port, [IPv6]:port, http://host:port/path or https://host:port/path"
_SCHEMES = ("http", "https")
_HOST = re.compile(r"[^\W_](?:[\w.-]*\w)?\.?")
_PATH = re.compile(r"(?:/[^\s?#\\]*)?")
_LISTEN_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a listen address, mapped to the address to call


def parse_address(text: str) -> str:
    """Return the normalised URL of a server, without a trailing slash.

    The default port is 11434 without a scheme and that of the scheme otherwise, as in Ollama's ``envconfig.Host``.
    The listen addresses ``0.0.0.0`` and ``[::]`` become loopback addresses. User and password in front of the
    host are kept.

    Raises:
        ValueError: the text is not in one of ``FORMS``.
    """
    given = unquoted(text)
    scheme, mark, rest = given.partition("://")
    if not mark:
        scheme, rest = "", given
    scheme = scheme.lower()
    if mark and scheme not in _SCHEMES:
        raise ValueError("neither http nor https")
    # A slash in a password must be written %2F, so the first slash ends the host.
    netloc, slash, path = rest.partition("/")
    login, at, netloc = netloc.rpartition("@")
    host, port = _host_and_port(netloc)
    if (mark or path) and not host and not port:
        raise ValueError("no host")
    if not _PATH.fullmatch(slash + path) or re.search(r"\s", login):
        raise ValueError("no path of a server")
    host = _LISTEN_ADDRESSES.get(host, host) or "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    port = port or ("" if scheme else str(PORT))
    netloc = f"{login}{at}{shown}" + (f":{port}" if port else "")
    return f"{scheme or 'http'}://{netloc}{(slash + path).rstrip('/')}"


def split_login(url: str) -> tuple[str, str | None]:
    """Split a URL into the URL without its login and the login ``user:password`` as written; None without one."""
    scheme, mark, rest = url.rpartition("://")
    netloc, slash, path = rest.partition("/")
    login, at, host = netloc.rpartition("@")
    return (f"{scheme}{mark}{host}{slash}{path}", login) if at else (url, None)


def server_of(url: str) -> tuple[str, str, int | None] | None:
    """Return the scheme, host and port of a URL; None if it cannot be parsed."""
    try:
        address = urlsplit(url)
        port = address.port or {"http": 80, "https": 443}.get(address.scheme)
        return address.scheme, address.hostname or "", port
    except ValueError:
        return None


def basic(login: str) -> str:
    """Return the Basic Authorization header for ``user:password``, given percent-encoded as in a URL."""
    user, _, password = login.partition(":")
    both = f"{unquote(user)}:{unquote(password)}".encode()
    return f"Basic {base64.b64encode(both).decode('ascii')}"


def bearer(key: str) -> str:
    """Return the Bearer Authorization header for an API key."""
    return f"Bearer {key}"


def _host_and_port(netloc: str) -> tuple[str, str]:
    bare = netloc.strip("[]")
    if _is_ip6(bare) and netloc in {bare, f"[{bare}]"}:
        return str(ipaddress.IPv6Address(bare)), ""
    host, colon, port = netloc.rpartition(":")
    if not colon:
        host, port = netloc, ""
    elif not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise ValueError("no port")
    if host.startswith("[") and host.endswith("]") and _is_ip6(host[1:-1]):
        return str(ipaddress.IPv6Address(host[1:-1])), port
    # Refuse a bare number: it is not a host name, and a port needs its colon.
    if host and (not _HOST.fullmatch(host) or host.isdigit()):
        raise ValueError("no host")
    return host, port


def _is_ip6(text: str) -> bool:
    try:
        return "%" not in text and ipaddress.IPv6Address(text) is not None
    except ValueError:
        return False
