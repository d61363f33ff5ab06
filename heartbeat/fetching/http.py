"""Fetch a page over HTTP from an address that a person or a redirect has named.

It is bounded in time, size, redirects and decompression, verifies TLS, and reaches no address of the private network
or of this machine that was not asked for: every name is resolved once, all its addresses are checked, and the
connection goes to one of these. Link-local addresses, where clouds keep their credentials, are never reached.
"""

from __future__ import annotations

import hashlib
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from heartbeat.fetching.addresses import check_address
from heartbeat.fetching.cut import Cut
from heartbeat.fetching.port import FetchError
from heartbeat.text import sentence, truncate
from heartbeat.transport import NetworkError, find_route, tls_of

SIZE_LIMIT = 10_000_000
"""Bytes of a page, after decompression."""
REDIRECTS = 5
RETRY_LIMIT = 86_400.0
"""The longest time in seconds that a server may ask to be left alone."""
_CHUNK = 16_384
_GZIP = 31
"""What zlib calls a window of 32 kB with the header of gzip."""
_STALLED = 10.0
"""Seconds without a byte after which a server counts as silent."""
_AGENT = "langgraph-heartbeat"
MOVED = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})

Resolve = Callable[[str, int], list[str]]


def resolve_host(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host, in the order of the system.

    Raises:
        OSError: it has none, or no answer came.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@dataclass(frozen=True)
class Page:
    """What a server answered; ``unchanged``: nothing has changed since the last fetch, and ``body`` is empty.

    ``memo`` makes the next request conditional.
    """

    url: str
    body: bytes
    content_type: str
    memo: Mapping[str, Any]
    unchanged: bool = False

    @property
    def charset(self) -> str | None:
        """The character set that the server named, or None."""
        return httpx.Response(200, headers={"content-type": self.content_type}).charset_encoding


@dataclass(frozen=True)
class Web:
    """Fetches pages; ``lan`` allows addresses of the private network and of this machine.

    ``monotonic`` and ``resolve`` are what it measures time and finds addresses with.
    """

    lan: bool = False
    size_limit: int = SIZE_LIMIT
    monotonic: Callable[[], float] = time.monotonic
    resolve: Resolve = resolve_host

    def get(
        self,
        url: str,
        now: datetime,
        *,
        deadline: float,
        memo: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Return the page at an address, within ``deadline`` seconds.

        ``memo`` is that of the last page of the same address. ``headers`` go to the first server only.

        Raises:
            FetchError: it cannot be fetched; the message is one sentence, without the query of the address.
        """
        until = self.monotonic() + deadline
        sent = dict(headers or {})
        address = parsed(url)
        for _ in range(REDIRECTS + 1):
            conditions = _conditions(memo or {}, str(address))
            found = self._request(address, {**conditions, **sent}, now, until)
            if isinstance(found, Page):
                return found
            if found.scheme == "http" and address.scheme == "https":
                raise FetchError(f"{shown(address)} redirects from https to http, which is not followed.")
            if (found.scheme, found.host, found.port) != (address.scheme, address.host, address.port):
                sent = {}
            address = found
        raise FetchError(f"{shown(url)} redirects more than {REDIRECTS} times.")

    def _request(
        self, url: httpx.URL, headers: Mapping[str, str], now: datetime, until: float
    ) -> Page | httpx.URL:
        """Return the page, or where it has moved to."""
        with self.opened(url, headers, until) as response:
            return self._answer(response, url, headers, now, until)

    @contextmanager
    def opened(self, url: httpx.URL, headers: Mapping[str, str], until: float) -> Iterator[httpx.Response]:
        """Open the answer of whatever status to one request; it is cut off at the monotonic instant ``until``.

        Raises:
            FetchError: it cannot be reached, also while the answer is read.
        """
        cut = Cut()
        where = shown(url)
        with cut.explained(where, lambda error: _explain(error, where)), self._client(url) as client:
            left = self._left(url, until)
            timeout, trace = httpx.Timeout(min(_STALLED, left)), {"trace": cut.trace}
            with (
                cut.after(left),
                client.stream(
                    "GET", url, headers=dict(headers), timeout=timeout, extensions=trace
                ) as response,
            ):
                yield response

    def _answer(
        self,
        response: httpx.Response,
        url: httpx.URL,
        headers: Mapping[str, str],
        now: datetime,
        until: float,
    ) -> Page | httpx.URL:
        if response.status_code in MOVED and "location" in response.headers:
            return parsed(str(url.join(response.headers["location"])))
        if response.status_code == httpx.codes.NOT_MODIFIED and _CONDITIONS & headers.keys():
            kept = {
                "etag": headers.get("If-None-Match", ""),
                "modified": headers.get("If-Modified-Since", ""),
            }
            memo = {**_memo(response.headers, url), **{name: value for name, value in kept.items() if value}}
            return Page(str(url), b"", "", memo, unchanged=True)
        _check_status(response, url, now)
        body = self._body(response, url, until)
        return Page(str(url), body, response.headers.get("content-type", ""), _memo(response.headers, url))

    def _client(self, url: httpx.URL) -> httpx.Client:
        try:
            route = find_route(str(url))
            verify = tls_of(str(url))
        except NetworkError as error:
            raise FetchError(str(error)) from None
        address = self._address(url, proxied=route.proxy is not None)
        inner = httpx.HTTPTransport(verify=verify, proxy=route.proxy, trust_env=False)
        transport = inner if address is None else _Pinned(inner, address)
        return httpx.Client(
            transport=transport,
            trust_env=False,
            headers={"User-Agent": _AGENT, "Accept-Encoding": "gzip"},
        )

    def _address(self, url: httpx.URL, *, proxied: bool) -> str | None:
        """Return the IP address to connect to, after all of the host's were checked; None through a proxy."""
        try:
            found = self.resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError) as error:
            if proxied:
                return None  # the proxy may know the name
            raise FetchError(f"There is no host {url.host}: {_reason(error)}; check the address.") from None
        for each in found:
            check_address(each, url.host, lan=self.lan)
        return None if proxied else found[0]

    def _body(self, response: httpx.Response, url: httpx.URL, until: float) -> bytes:
        announced = response.headers.get("content-length", "")
        if _is_number(announced) and int(announced) > self.size_limit:
            raise self._too_large(url)
        body = bytearray()
        for chunk in self.decoded(response, url):
            body += chunk
            if len(body) > self.size_limit:
                raise self._too_large(url)
            self._left(url, until)
        # A body that was cut off looks as if it had ended.
        self._left(url, until)
        return bytes(body)

    def decoded(self, response: httpx.Response, url: httpx.URL) -> Iterator[bytes]:
        """Yield the body decompressed, never much more at once than was read."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        raw = response.iter_raw()
        if encoding in {"", "identity"}:
            yield from raw
            return
        if encoding not in {"gzip", "x-gzip"}:
            raise FetchError(f"{shown(url)} answers in the encoding {encoding:.40}, which was not asked for.")
        inflate = zlib.decompressobj(_GZIP)
        try:
            for chunk in raw:
                rest = chunk
                while rest:
                    if inflate.eof:
                        # Another member: what follows belongs to the body too.
                        inflate = zlib.decompressobj(_GZIP)
                    yield inflate.decompress(rest, _CHUNK)
                    rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        except zlib.error:
            raise FetchError(f"{shown(url)} answers with a body that cannot be decompressed.") from None
        if not inflate.eof:
            raise FetchError(f"{shown(url)} ended its answer early.")

    def _left(self, url: httpx.URL, until: float) -> float:
        left = until - self.monotonic()
        if left <= 0:
            raise FetchError(f"{shown(url)} takes too long to answer.")
        return left

    def _too_large(self, url: httpx.URL) -> FetchError:
        return FetchError(f"{shown(url)} is larger than {self.size_limit // 1_000_000} MB.")


class _Pinned(httpx.BaseTransport):
    """Connect to an address that was checked, whatever the name resolves to by then."""

    def __init__(self, inner: httpx.BaseTransport, address: str) -> None:
        self._inner, self._address = inner, address

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        extensions = {**request.extensions, "sni_hostname": host}
        # The header Host was made of the name, and stays.
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=self._address),
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        self._inner.close()


def shown(url: httpx.URL | str) -> str:
    """Return an address as it may be shown: without its user, query and fragment, which may hold secrets."""
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        return "the address"
    port = f":{found.port}" if found.port else ""
    return truncate(f"{found.scheme}://{found.host}{port}{found.path}", 200)


def parsed(url: str) -> httpx.URL:
    """Return an address of http or https without its fragment.

    Raises:
        FetchError: it is none.
    """
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        raise FetchError("The address is no valid URL; allowed: http and https.") from None
    if found.scheme not in {"http", "https"} or not found.host:
        raise FetchError(f"{shown(found)} is not fetched; allowed: http and https.")
    return found.copy_with(fragment=None)


def _conditions(memo: Mapping[str, Any], url: str) -> dict[str, str]:
    if memo.get("of") != _hash(url):
        return {}
    named = {"If-None-Match": memo.get("etag"), "If-Modified-Since": memo.get("modified")}
    return {name: str(value) for name, value in named.items() if value}


def _hash(url: str) -> str:
    # Not the address itself, which may hold a secret.
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def _memo(headers: httpx.Headers, url: httpx.URL) -> dict[str, str]:
    """Return what makes the next request of this page, to which a redirect may have led, conditional."""
    named = {"etag": headers.get("etag"), "modified": headers.get("last-modified")}
    kept = {name: value for name, value in named.items() if value and len(value) <= 1_000}
    return {**kept, "of": _hash(str(url))}


def _check_status(response: httpx.Response, url: httpx.URL, now: datetime) -> None:
    status, where = response.status_code, shown(url)
    if response.is_success:
        return
    if status in _BUSY and "retry-after" in response.headers:
        wait = _retry_after(response.headers["retry-after"], now)
        raise FetchError(f"{where} wants to be left alone for now (status {status}).", retry_after=wait)
    if status in {401, 403}:
        raise FetchError(f"{where} refuses access (status {status}); check the address and what it needs.")
    if status in {404, 410}:
        raise FetchError(f"{where} is not there (status {status}); check the address.")
    raise FetchError(f"{where} answers with status {status}.")


def _retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number, or an instant."""
    if _is_number(text.strip()):
        return min(float(text), RETRY_LIMIT)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), RETRY_LIMIT)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _explain(error: Exception, where: str) -> FetchError | None:
    found = _said(error, where)
    return None if found is None else FetchError(found)


def _said(error: Exception, where: str) -> str | None:
    """Return what is told of an error of the client, None if it is none."""
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return f"{where} cannot be reached: no connection in time."
    if isinstance(error, httpx.TimeoutException):
        return f"{where} takes too long to answer."
    if isinstance(error, httpx.ConnectError):
        return sentence(f"{where} cannot be reached: {_reason(error)}")
    if isinstance(error, (httpx.HTTPError, httpx.InvalidURL, OSError)):
        return sentence(f"{where} gave no answer that can be used: {_reason(error)}")
    return None


def _reason(error: BaseException) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        _, _, why = text.partition("certificate verify failed: ")
        return f"its certificate is not valid ({why.partition(' (_ssl')[0] or 'not trusted'})"
    return truncate(getattr(error, "strerror", None) or text.rstrip(".") or type(error).__name__, 120)
