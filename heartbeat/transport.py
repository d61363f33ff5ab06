"""HTTP transports for outgoing requests, direct or through the proxy from the environment."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from heartbeat.address import server_of
from heartbeat.errors import HeartbeatError
from heartbeat.hosts import normalise_host
from heartbeat.text import unquoted

_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home", ".home.arpa", ".localdomain")
"""Suffixes of host names that are not public."""
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=2.0)
"""A connection is not used again after 2 idle seconds: many servers, such as uvicorn and Node, close it after 5."""
_USED_ONCE = httpx.Limits(max_connections=None, max_keepalive_connections=0)
_BROKEN = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class NetworkError(HeartbeatError):
    """A proxy or certificate variable is not usable; the message names it and says what to do."""


@dataclass(frozen=True)
class Route:
    """The proxy for a server and the variable that names it; both None for a direct connection."""

    proxy: httpx.Proxy | None = None
    variable: str | None = None

    @property
    def words(self) -> str:
        """The text `` through the proxy of VARIABLE``, or an empty one."""
        return f" through the proxy of {self.variable}" if self.variable else ""


def find_route(url: str, environment: Mapping[str, str] | None = None) -> Route:
    """Return the route to the server of a URL.

    The local machine, private networks and hosts in NO_PROXY are reached directly.

    Raises:
        NetworkError: the proxy for this URL is not usable.
    """
    environment = os.environ if environment is None else environment
    try:
        address = urlsplit(url)
        host, port = (address.hostname or "").rstrip("."), address.port
    except ValueError:
        return Route()  # the request will fail with a message
    if not host or _is_local(host):
        return Route()
    variable, text = _named(environment, (f"{address.scheme}_proxy", "all_proxy"))
    if not variable or _is_exempt(host, port, _named(environment, ("no_proxy",))[1]):
        return Route()
    proxy = text if "://" in text else f"http://{text}"
    scheme = proxy.partition("://")[0].lower()
    instead = f"name an HTTP proxy (http://host:port), unset it, or put {host} into NO_PROXY"
    if scheme.startswith("socks"):
        raise NetworkError(f"{variable} names a SOCKS proxy, which Heartbeat does not speak; {instead}")
    try:
        parsed = httpx.Proxy(proxy)
        if scheme not in {"http", "https"} or not re.fullmatch(r"[\w.:-]+", parsed.url.host):
            raise ValueError(scheme)
    except (httpx.InvalidURL, ValueError):
        raise NetworkError(f"{variable} is no address of a proxy; {instead}") from None
    return Route(parsed, variable)


class ElsewhereError(HeartbeatError):
    """A request would have left this machine and its own network, which it must not."""


def is_own_network(url: str) -> bool:
    """Return whether the server of a URL is on this machine or its private network, by its address or its name.

    A name counts as private if it has no dot or a suffix that is never public; nothing is looked up.
    """
    try:
        host = normalise_host((urlsplit(url).hostname or "").rstrip("."))
        address = ipaddress.ip_address(host)
    except ValueError:
        host = (server_of(url) or ("", "", None))[1].rstrip(".")
        return _is_name(host) and _is_local(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return not (mapped or address).is_global


def _is_name(host: str) -> bool:
    try:
        return bool(normalise_host(host))
    except ValueError:
        return False  # such as a number, which some read as an address


def open_transport(
    url: str, authorization: str | None = None, *, stays: bool = False
) -> httpx.AsyncBaseTransport:
    """Return an async transport to the server of a URL; the caller closes it.

    ``authorization`` is the header sent to this server; it is not sent to other servers after redirects. ``stays``:
    a redirect that leaves this machine and its own network raises an ElsewhereError. Only for requests that a server
    may get twice, see `_Repeating`.

    Raises:
        NetworkError: a proxy or certificate variable for this URL is not usable.
    """
    return _Authorized(_Repeating(url), server_of(url), authorization, stays=stays)


def _transport(url: str, limits: httpx.Limits = _LIMITS) -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(
        verify=tls_of(url), proxy=find_route(url).proxy, trust_env=False, limits=limits
    )


class _Repeating(httpx.AsyncBaseTransport):
    """Use connections again, and repeat a request once, on a new one, where one used before broke before the answer.

    The server may have closed it in the moment in which it was used again, or may have got the request. What is sent
    here are questions about models and questions to them. Both may be repeated: they change nothing on the server
    that anybody sees, no part of an answer was passed on, and what a model generated for the broken connection, if
    anything, only took its time. An error on a new connection, or once the answer has begun, is raised.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._inner = _transport(url)
        self._once: httpx.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_new = False

        async def trace(event: str, _: Mapping[str, object]) -> None:
            nonlocal is_new
            is_new = is_new or event == "connection.connect_tcp.started"

        request.extensions = {**request.extensions, "trace": trace}
        try:
            return await self._inner.handle_async_request(request)
        except _BROKEN:
            if is_new or not isinstance(request.stream, httpx.ByteStream):
                raise
        if self._once is None:
            self._once = _transport(self._url, _USED_ONCE)
        return await self._once.handle_async_request(request)

    async def aclose(self) -> None:
        await _close(filter(None, (self._inner, self._once)))


async def _close(transports: Iterable[httpx.AsyncBaseTransport]) -> None:
    """Close all of them, and raise what one of them raises then."""
    async with AsyncExitStack() as stack:
        for each in transports:
            stack.push_async_callback(each.aclose)


@dataclass
class _Kept:
    """What is kept for one event loop: transports by their server, for so many contexts."""

    users: int = 0
    transports: dict[object, _Repeating] = field(default_factory=dict)


class KeptTransports:
    """Transports to servers that are used again by later calls of an event loop, while it keeps them."""

    def __init__(self) -> None:
        self._kept: dict[asyncio.AbstractEventLoop, _Kept] = {}

    @asynccontextmanager
    async def keep(self) -> AsyncIterator[None]:
        """Keep the transports of this event loop until the last such context of it is left, which closes them."""
        loop = asyncio.get_running_loop()
        kept = self._kept.setdefault(loop, _Kept())
        kept.users += 1
        try:
            yield
        finally:
            kept.users -= 1
            if not kept.users:
                del self._kept[loop]
                await _close(kept.transports.values())

    @asynccontextmanager
    async def open(
        self, url: str, authorization: str | None = None, *, stays: bool = False
    ) -> AsyncIterator[httpx.AsyncBaseTransport]:
        """Yield a transport as `open_transport` returns it; one that is not kept is closed with the context.

        Raises:
            NetworkError: a proxy or certificate variable for this URL is not usable.
        """
        kept, server = self._kept.get(asyncio.get_running_loop()), server_of(url)
        if kept is None or server is None:
            async with open_transport(url, authorization, stays=stays) as transport:
                yield transport
            return
        if server not in kept.transports:
            kept.transports[server] = _Repeating(url)
        yield _Authorized(kept.transports[server], server, authorization, stays=stays)


def open_sync_transport(url: str) -> httpx.BaseTransport:
    """Return a synchronous transport to the server of a URL; the caller closes it.

    Raises:
        NetworkError: a proxy or certificate variable for this URL is not usable.
    """
    return httpx.HTTPTransport(verify=tls_of(url), proxy=find_route(url).proxy, trust_env=False)


class NoTransport(httpx.BaseTransport):
    """A placeholder transport for libraries that require a client although it is never used."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raise an error, because no request is expected."""
        raise httpx.UnsupportedProtocol("this client is not used", request=request)


class CallTransport(httpx.AsyncBaseTransport):
    """The transport of a client that outlives its calls: each call brings its own, of its own event loop.

    The client keeps no cookies: what a server sets in the answer to one call would go with those of others, who may
    have other credentials.
    """

    def __init__(self) -> None:
        self._inner: ContextVar[httpx.AsyncBaseTransport] = ContextVar("transport")

    @contextmanager
    def through(self, inner: httpx.AsyncBaseTransport) -> Iterator[None]:
        """Send what is asked inside of the context through this transport."""
        token = self._inner.set(inner)
        try:
            yield
        finally:
            self._inner.reset(token)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the transport of its call, without cookies in it or in the answer."""
        request.headers.pop("cookie", None)
        response = await self._inner.get().handle_async_request(request)
        response.headers.pop("set-cookie", None)
        return response


class _Authorized(httpx.AsyncBaseTransport):
    """Set the Authorization header for one server and remove it from requests to others."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, origin: object, authorization: str | None, *, stays: bool
    ) -> None:
        self._inner, self._origin, self._authorization = inner, origin, authorization
        self._stays = stays

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._stays and not is_own_network(str(request.url)):
            raise ElsewhereError(f"the model server leads to {request.url.host}, which is elsewhere")
        request.headers.pop("authorization", None)
        if self._authorization and server_of(str(request.url)) == self._origin:
            request.headers["authorization"] = self._authorization
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def tls_of(url: str) -> ssl.SSLContext | bool:
    """Return what verifies the server of a URL: the certificates of the environment, or the usual ones.

    Raises:
        NetworkError: the certificates that the environment names cannot be used.
    """
    # Loading certificates takes 30 ms; plain http does not need them.
    if not url.lower().startswith("https"):
        return False
    (file_variable, file), (folder_variable, folder) = (_named(os.environ, (name,)) for name in CERTIFICATES)
    if folder_variable and not file_variable and not Path(folder).is_dir():
        raise NetworkError(f"{folder_variable}: there is no folder {folder}; {_CERTIFICATES_INSTEAD}")
    try:
        if file_variable:
            return ssl.create_default_context(cafile=file)
        if folder_variable:
            return ssl.create_default_context(capath=folder)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        message = f"{file_variable or folder_variable}: {file or folder} cannot be used ({why})"
        raise NetworkError(f"{message}; {_CERTIFICATES_INSTEAD}") from None
    return True


_CERTIFICATES_INSTEAD = "name certificates in PEM form, or unset it"


def _named(environment: Mapping[str, str], names: tuple[str, ...]) -> tuple[str | None, str]:
    """Return the first variable that is set and its value; lower-case names come first."""
    for name in names:
        for variable in dict.fromkeys((name.lower(), name, name.upper())):
            value = unquoted(environment.get(variable, ""))
            if value:
                return variable, value
    return None, ""


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.lower().endswith(_LOCAL_SUFFIXES)


def _is_exempt(host: str, port: int | None, exempt: str) -> bool:
    return any(_covers(entry, host.lower(), port) for entry in re.split(r"[,;\s]+", exempt.lower()) if entry)


def _covers(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    entry = entry.partition("://")[2] or entry
    with suppress(ValueError):  # host names are handled below
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    name, colon, number = entry.rpartition(":")
    if colon and number.isdigit():
        entry = name
        if port != int(number):
            return False
    entry = entry.strip("[]").removeprefix("*").lstrip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))
