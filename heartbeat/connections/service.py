"""Apprise, which speaks to the services people use: one address opened, and its log kept to ourselves."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any
from urllib.parse import unquote

from heartbeat.instructions import MASK, mask_secrets

_SCHEME = re.compile(r"[A-Za-z0-9+_-]{1,20}(?=://)")
_NETWORK = ("json", "xml", "form", "apprise", "mqtt", "amqp")
_LOCAL = ("syslog", "dbus", "qt", "kde", "glib", "gio", "gnome", "macosx", "windows", "blink1")
_GENERIC = frozenset({*_NETWORK, *(f"{each}s" for each in _NETWORK), *_LOCAL, "rsyslog"})
"""Schemes that can be pointed at anything, or that act on this machine."""
_FILE_KEYS = frozenset({"keyfile", "subfile", "pgpkey", "pgppub", "pgpprv"})
"""Parameters of addresses that name files, which Apprise reads when it sends."""
_loading = threading.Lock()
_said: ContextVar[list[str] | None] = ContextVar("said", default=None)


def open_service(url: str) -> Any:
    """Return Apprise's service for one address, None if it does not understand the address.

    Redirects are not followed, since an address of the owner's must not lead elsewhere.
    """
    with _loading:
        apprise = _load()
    with unheard():
        asset = apprise.AppriseAsset(app_id="Heartbeat", async_mode=False, http_redirects=False)
        service = apprise.Apprise.instantiate(url, asset=asset)
    if service is not None:
        service.redirects = False
    return service


@cache
def _load() -> Any:
    # Some services import what Python is about to drop. Filters of warnings are those of the whole process, so
    # they are changed only here, where one thread at a time comes, and not by each of those that send.
    with warnings.catch_warnings(), unheard():
        warnings.simplefilter("ignore")
        import apprise

        apprise.Apprise.instantiate("ntfy://localhost/topic")  # which loads all services
    return apprise


def is_generic(service: Any) -> bool:
    """Return whether a service can be pointed at anything, or acts on this machine."""
    schemes: set[str] = set()
    for given in (service.protocol, service.secure_protocol):
        schemes.update((given,) if isinstance(given, str) else given or ())
    return bool(schemes & _GENERIC)


def reads_files(service: Any, url: str) -> bool:
    """Return whether an address names files of this machine, such as templates and keys."""
    with unheard():
        understood = str(service.url(privacy=False))
    named = _parameters(url) | _parameters(understood)
    return bool(named & _FILE_KEYS) or _holds_files(service)


def _parameters(url: str) -> set[str]:
    """Return the names of the parameters of an address, at least those that Apprise sees."""
    # Apprise splits at ; too, and strips names after it has decoded them.
    parts = re.split(r"[?&;]", url)[1:]
    return {unquote(part.partition("=")[0].replace("+", " ")).strip().lower() for part in parts}


def _holds_files(part: Any, depth: int = 2) -> bool:
    from apprise import AppriseAttachment

    for value in vars(part).values():
        if isinstance(value, AppriseAttachment):
            if len(value):
                return True
            continue
        is_part = type(value).__module__.startswith("apprise.") and hasattr(value, "__dict__")
        if depth and is_part and _holds_files(value, depth - 1):
            return True
    return False


def scheme_of(url: str) -> str:
    """Return the scheme of an address in lower case."""
    found = _SCHEME.match(url)
    return found[0].lower() if found else "no scheme"


def name_of(service: Any, url: str) -> str:
    """Return the scheme of an address, or the name of the service where it is that of a web page."""
    scheme = scheme_of(url)
    return str(service.service_name).lower() if scheme in {"http", "https"} else scheme


def split_urls(text: str) -> Sequence[str]:
    """Return the addresses of a setting; a comma may also lie within one."""
    return [url for url in re.split(r"\s+|,\s*(?=[A-Za-z0-9+_-]{1,20}://)", text.strip(" \t\r\n,")) if url]


def masked(text: str, url: str) -> str:
    """Return a text with every part of an address, and every other secret, masked; at most 300 characters."""
    rest = url.partition("://")[2]
    parts = {rest, *re.split(r"[/@?&=:+,]", rest)}
    known = {each for part in parts for each in (part, unquote(part)) if len(each) >= 4}
    for part in sorted(known, key=len, reverse=True):
        text = text.replace(part, MASK)
    return mask_secrets(text)[:300]


@contextmanager
def unheard() -> Iterator[list[str]]:
    """Collect what Apprise logs in this context instead of logging it, since it may hold whole addresses."""
    said: list[str] = []
    logging.getLogger("apprise").addFilter(_is_heard)
    # Not by thread: Apprise may work in one of its own, to which it takes the context along.
    token = _said.set(said)
    try:
        yield said
    finally:
        _said.reset(token)


def _is_heard(record: logging.LogRecord) -> bool:
    said = _said.get()
    if said is None:
        return True
    said.append(record.getMessage())
    return False
