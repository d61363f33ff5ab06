"""Query the model server for its models, version and clock; no model is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from shutil import which

import httpx

from heartbeat.model_name import find_name
from heartbeat.text import sentence
from heartbeat.transport import NetworkError, find_route, open_transport
from heartbeat_service.doctor.finding import Finding, problem

CHECK = "ollama"
LONGEST = 5.0
"""Maximum seconds of one request to the server."""
_CONNECT = 2.0
_PORT = 11434
_NOT_OF_THE_PROTOCOL = (ValueError, KeyError, TypeError, RecursionError)


@dataclass(frozen=True)
class Server:
    """The result of a visit: ``trouble`` if the server cannot be used, otherwise its models and version, if known.

    ``ahead`` is how far the server's clock is ahead of this machine's, None if it is unknown.
    """

    trouble: Finding | None = None
    models: frozenset[str] = frozenset()
    version: str | None = None
    ahead: timedelta | None = None

    def has(self, model: str) -> bool:
        """Return whether a model is pulled, with or without its tag."""
        return find_name(model, self.models) is not None


async def visit(url: str, clock: Callable[[], datetime], authorization: str | None = None) -> Server:
    """Request the models, the version and the time; ``authorization`` is the Authorization header, if any."""
    try:
        transport = open_transport(url, authorization)
    except NetworkError as error:
        said = sentence(f"The model server was not asked: {str(error).partition('; ')[0]}")
        return Server(problem(CHECK, said, str(error).partition("; ")[2]))
    timeout = httpx.Timeout(LONGEST, connect=_CONNECT)
    async with httpx.AsyncClient(transport=transport, timeout=timeout) as client:
        try:
            async with asyncio.timeout(LONGEST):
                answer = await client.get(f"{url}/api/tags")
            now = clock()
            if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
                return Server(_closed(answer.status_code, authorization))
            if answer.status_code != httpx.codes.OK:
                return Server(_strange(f"answers {answer.status_code} to /api/tags"))
            models = frozenset(str(entry["name"]) for entry in answer.json()["models"])
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ExceptionGroup):
            return Server(_no_address(url))
        except (httpx.TransportError, TimeoutError):
            return Server(_silent(url))
        except _NOT_OF_THE_PROTOCOL:
            return Server(_strange("does not speak the protocol of Ollama"))
        version = await _version(client, url)
    return Server(None, models, version, _ahead(answer.headers.get("Date"), now))


async def _version(client: httpx.AsyncClient, url: str) -> str | None:
    try:
        async with asyncio.timeout(LONGEST):
            answer = await client.get(f"{url}/api/version")
        return str(answer.json()["version"])[:40]
    except (httpx.HTTPError, TimeoutError, *_NOT_OF_THE_PROTOCOL):
        return None


def _ahead(date: str | None, now: datetime) -> timedelta | None:
    try:
        told = parsedate_to_datetime(date or "")
        return told - now
    except (ValueError, TypeError, OverflowError):
        return None


def _no_address(url: str) -> Finding:
    return problem(CHECK, f"{url} is no address of a server.", "set HEARTBEAT_OLLAMA_URL to http://host:port")


def _silent(url: str) -> Finding:
    address = httpx.URL(url)
    host, port = address.host, address.port
    route = find_route(url)
    said = sentence(f"No model server answers at {url}{route.words}")
    if route.variable:
        return problem(CHECK, said, f"look at the proxy, or put {host} into NO_PROXY")
    if host not in {"localhost", "::1"} and not host.startswith("127."):
        listens = (
            f"; without a port, 80 or 443 is meant, and Ollama listens on {_PORT}" if port is None else ""
        )
        return problem(CHECK, said, f"start it on {host}, or name another: HEARTBEAT_OLLAMA_URL{listens}")
    if which("ollama") is None:
        return problem(CHECK, said, "install Ollama: https://ollama.com/download, then: ollama serve")
    if port != _PORT:
        return problem(CHECK, said, f"ollama serve; it listens on {_PORT}, unless OLLAMA_HOST says {port}")
    return problem(CHECK, said, "ollama serve")


def _closed(status: int, authorization: str | None) -> Finding:
    if authorization is None:
        remedy = "set OLLAMA_API_KEY, or HEARTBEAT_OLLAMA_LOGIN to user:password"
        return problem(CHECK, f"The model server wants to know who asks ({status}).", remedy)
    name = "HEARTBEAT_OLLAMA_LOGIN" if authorization.startswith("Basic ") else "OLLAMA_API_KEY"
    return problem(CHECK, f"The model server does not accept what {name} says ({status}).", f"look at {name}")


def _strange(does: str) -> Finding:
    return problem(CHECK, f"The server {does}; is it Ollama?", "name the right one: HEARTBEAT_OLLAMA_URL")
