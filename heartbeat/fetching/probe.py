"""Whether something answers: an address of the web with its status, or a port with a connection."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from heartbeat.fetching.addresses import check_address
from heartbeat.fetching.http import MOVED, REDIRECTS, Resolve, Web, parsed, resolve_host, shown
from heartbeat.fetching.port import FetchError
from heartbeat.text import sentence

BODY_LIMIT = 1_000_000
"""Bytes of an answer in which a word is looked for."""


@dataclass(frozen=True)
class Answered:
    """What came: ``is_up`` says whether it was as expected, ``said`` what it was in a sentence."""

    is_up: bool
    said: str


def probe_http(web: Web, url: str, expect: int | str | None, deadline: float) -> Answered:
    """Return whether an address answers within ``deadline`` seconds as expected.

    ``expect`` is a status or a text of the answer; None is a status below 400. Redirects are followed, unless one is
    expected.

    Raises:
        ForbiddenAddressError: it is one that may not be fetched from.
    """
    until = web.monotonic() + deadline
    address = parsed(url)
    for _ in range(REDIRECTS + 1):
        with web.opened(address, {}, until) as response:
            moved = response.headers.get("location") if response.status_code in MOVED else None
            if moved is None or expect == response.status_code:
                return _judged(web, address, response, expect, until)
            found = parsed(str(address.join(moved)))
        if found.scheme == "http" and address.scheme == "https":
            raise FetchError(f"{shown(address)} redirects from https to http, which is not followed.")
        address = found
    raise FetchError(f"{shown(url)} redirects more than {REDIRECTS} times.")


def _judged(
    web: Web, url: httpx.URL, response: httpx.Response, expect: int | str | None, until: float
) -> Answered:
    status = response.status_code
    said = f"{shown(url)} answers with status {_named(status)}"
    if isinstance(expect, int):
        return Answered(status == expect, sentence(said))
    if not isinstance(expect, str):
        return Answered(status < httpx.codes.BAD_REQUEST, sentence(said))
    body = bytearray()
    for chunk in web.decoded(response, url):
        body += chunk
        if len(body) > BODY_LIMIT:
            break
    if web.monotonic() >= until:
        raise FetchError(f"{shown(url)} takes too long to answer.")
    text = bytes(body).decode(response.charset_encoding or "utf-8", "replace")
    if status >= httpx.codes.BAD_REQUEST:
        return Answered(False, sentence(said))
    holds = _spaced(expect) in _spaced(text)
    return Answered(holds, f"{said}, {'with' if holds else 'but without'} the expected text.")


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def probe_tcp(
    host: str,
    port: int,
    deadline: float,
    *,
    lan: bool,
    resolve: Resolve = resolve_host,
    monotonic: Callable[[], float] = time.monotonic,
) -> Answered:
    """Return whether a port takes a connection within ``deadline`` seconds; nothing is sent.

    Raises:
        ForbiddenAddressError: it is an address that may not be connected to.
    """
    until = monotonic() + deadline
    where = f"{host} port {port}"
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        return Answered(False, sentence(f"There is no host {host}: {_reason(error)}"))
    for address in addresses:
        check_address(address, host, lan=lan)
    said = f"{where} has no address"
    for address in addresses:
        left = until - monotonic()
        if left <= 0:
            break
        try:
            with socket.create_connection((address, port), timeout=left):
                return Answered(True, f"{where} takes connections.")
        except TimeoutError:
            said = f"{where} cannot be reached: no connection in time"
        except OSError as error:
            said = f"{where} cannot be reached: {_reason(error)}"
    return Answered(False, sentence(said))


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
