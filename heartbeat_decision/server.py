"""Requests to an Ollama server about its models: which it has, and what one of them can do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from heartbeat.address import server_of, split_login
from heartbeat.model_name import find_name, is_cloud_name
from heartbeat.transport import KeptTransports, NetworkError, find_route, is_own_network

CONNECT_TIMEOUT = 2.0
"""Seconds to wait for a connection."""
CHECK_TIMEOUT = 5.0
"""Seconds that one request about a model may take in all."""
PROTOCOL_ERRORS = (httpx.HTTPError, httpx.InvalidURL, ExceptionGroup, ValueError, KeyError, TypeError)
"""What clients raise if the address is invalid or the reply is not that of Ollama."""
REFUSALS = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


PASSED_ON = "is run by another server, to which this one passes questions on"
"""What is said of a model that is elsewhere without its name or address saying so."""


def elsewhere(url: str, model: str) -> str | None:
    """Return where a model runs by its name and address, as words after its name; None on its asker's own network."""
    if is_cloud_name(model):
        return "is run in Ollama's cloud"
    if is_own_network(url):
        return None
    return f"is at {(server_of(url) or ('', '', None))[1] or 'an address that cannot be read'}"


class Tag(NamedTuple):
    """The result of looking for a model.

    ``problem`` is None if the server has it; ``missing`` is true if the server answers but does not have it.
    ``elsewhere``: the server says that it passes questions on to another one, such as Ollama's cloud.
    """

    problem: str | None = None
    digest: str = ""
    missing: bool = False
    elsewhere: bool = False


async def find_model(
    url: str, model: str, authorization: str | None, transports: KeptTransports | None = None
) -> Tag:
    """Look for a model in ``/api/tags``; nothing is raised, a failure is in ``problem``."""
    transports = transports or KeptTransports()
    bare, _ = split_login(url)
    try:
        request = httpx.Request("GET", f"{bare}/api/tags", extensions=_timeout(CHECK_TIMEOUT))
        async with asyncio.timeout(CHECK_TIMEOUT), transports.open(bare, authorization) as transport:
            answer = await _answer(request, transport)
        if answer.status_code in REFUSALS:
            return Tag(refusal_message(url, answer.status_code, authorization))
        if answer.status_code != httpx.codes.OK:
            return Tag(f"The server at {bare} answers {answer.status_code} to /api/tags; is it Ollama?")
        entries = {entry["name"]: entry for entry in answer.json()["models"]}
        name = find_name(model, entries)
        found = entries.get(name or "", {})
        tag = Tag(digest=str(found.get("digest") or ""), elsewhere=is_passed_on(found))
    except NetworkError as error:
        return Tag(str(error))
    except (httpx.TransportError, TimeoutError):
        return Tag(unreachable_message(url))
    except (*PROTOCOL_ERRORS, AttributeError, RecursionError):
        return Tag(f"The server at {bare} does not speak the protocol of Ollama; is it Ollama?")
    if name is None:
        message = f"The server at {bare} does not have the model {model}; get it with: ollama pull {model}"
        return Tag(message, missing=True)
    return tag


def is_passed_on(said: Mapping[str, Any]) -> bool:
    """Return whether a model's entry in ``/api/tags``, or ``/api/show``, says that another server runs it."""
    return bool(said.get("remote_host") or said.get("remote_model"))


async def show_model(url: str, model: str, transport: httpx.AsyncBaseTransport) -> Mapping[str, Any]:
    """Return the ``/api/show`` response for a model; empty if the server does not answer as Ollama does."""
    request = httpx.Request(
        "POST", f"{url}/api/show", json={"model": model}, extensions=_timeout(CHECK_TIMEOUT)
    )
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            shown = (answer := await _answer(request, transport)).json()
    except (*PROTOCOL_ERRORS, TimeoutError, RecursionError):
        return {}
    return shown if answer.status_code == httpx.codes.OK and isinstance(shown, dict) else {}


def unreachable_message(url: str) -> str:
    """Return a message that no server answers at ``url``, with what to do about it."""
    bare, _ = split_login(url)
    try:
        route = find_route(bare)
    except NetworkError as error:
        return str(error)
    if route.variable:
        host = httpx.URL(bare).host
        instead = f"look at it, or put {host} into NO_PROXY"
        return f"No model server answers at {bare}{route.words}; {instead}"
    return f"No model server answers at {bare}; start one with: ollama serve"


def refusal_message(url: str, status: int, authorization: str | None) -> str:
    """Return a message that the server refuses the credentials, with what to do about it."""
    bare, login = split_login(url)
    if authorization is None:
        instead = "set OLLAMA_API_KEY, or HEARTBEAT_OLLAMA_LOGIN to user:password"
        return f"The server at {bare} wants to know who asks ({status}); {instead}"
    look = "HEARTBEAT_OLLAMA_LOGIN" if login or authorization.startswith("Basic ") else "OLLAMA_API_KEY"
    return f"The server at {bare} does not accept the key or login that it is sent ({status}); look at {look}"


async def _answer(request: httpx.Request, transport: httpx.AsyncBaseTransport) -> httpx.Response:
    """Return the whole answer; a client, which would add what these requests do not need, takes as long to make."""
    answer = await transport.handle_async_request(request)
    try:
        await answer.aread()
    finally:
        await answer.aclose()
    return answer


def _timeout(seconds: float) -> dict[str, Any]:
    return {"timeout": httpx.Timeout(seconds, connect=CONNECT_TIMEOUT).as_dict()}
