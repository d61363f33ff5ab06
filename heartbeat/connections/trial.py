"""Try a connection now, on behalf of a person."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from heartbeat.connections.connection import Connection
from heartbeat.connections.load import Connections
from heartbeat.connections.looking import look_once
from heartbeat.connections.spec import Site
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.errors import ConflictError, HeartbeatError, InvalidValueError
from heartbeat.fetching import Fetch
from heartbeat.outgoing import Outgoing
from heartbeat.store import outbox
from heartbeat.targets import Target
from heartbeat.text import sentence
from heartbeat.vocabulary import ActionKind, Reach

TEXT = "This is a test: Heartbeat reaches you here."


@dataclass(frozen=True)
class Trial:
    """Whether a connection works, and one sentence about it; ``field`` is the key that is to blame, if known."""

    ok: bool
    said: str
    field: str | None = None


def try_kept(connections: Connections, connection: Connection, text: str | None = None) -> Trial:
    """Try a connection of the workspace as `try_out` does; one that works is not down any more.

    Raises:
        ConflictError: it is faulty.
        InvalidValueError: it is public, and no text was given.
    """
    result = try_out(connection, connections.maker.site, text)
    if result.ok and connection.target is not None:
        connections.store.write(outbox.arrived, connection.name, connections.maker.site.clock())
    return result


def try_out(connection: Connection, site: Site, text: str | None = None) -> Trial:
    """Look at a connection, or send ``text`` through it; return what came of it.

    Raises:
        ConflictError: it is faulty.
        InvalidValueError: it is public, and no text was given.
    """
    if connection.spec is None and connection.fetch is not None:
        return _looked(connection.fetch, site)
    if connection.spec is None:
        raise ConflictError(f"Connection {connection.name} is not used: {connection.problem}")
    try:
        seen = connection.spec.trial(site)
    except InvalidValueError as error:
        field = error.field if error.field in connection.spec.allowed else None
        return Trial(False, sentence(connection.veil.address(str(error))), field)
    if seen is not None or connection.target is None:
        return Trial(True, connection.veil.address(seen or "") or "There is nothing to try.")
    if connection.reach == Reach.PUBLIC and not text:
        raise InvalidValueError(
            "text", f"text: {connection.name} is public, so a test is a post; allowed: the text to post"
        )
    return _sent(connection.target, _outgoing(connection, text or TEXT))


def _looked(fetch: Fetch, site: Site) -> Trial:
    """Look once at a source of a plug-in, which may hang."""
    begun = run_in_daemon_thread(lambda: look_once(fetch, site.clock()), "heartbeat-trial")
    try:
        return Trial(True, begun.result(timeout=fetch.time_limit))
    except TimeoutError:
        return Trial(False, f"No answer within {fetch.time_limit:g} seconds.")
    except InvalidValueError as error:
        return Trial(False, sentence(str(error)))


def _outgoing(connection: Connection, text: str) -> Outgoing:
    if connection.reach == Reach.PUBLIC:
        return Outgoing(kind=ActionKind.POST, content=text)
    return Outgoing(kind=ActionKind.TELL, title="Heartbeat", text=text)


def _sent(target: Target, action: Outgoing) -> Trial:
    limit = target.capabilities().time_limit
    begun = run_in_daemon_thread(lambda: _deliver(target, action, limit), "heartbeat-trial")
    try:
        begun.result(timeout=limit)
    except TimeoutError:
        return Trial(False, f"No answer within {limit} seconds; it may have arrived.")
    except HeartbeatError as error:
        return Trial(False, sentence(str(error)))
    except Exception as error:  # noqa: BLE001 - its text may hold the address
        return Trial(False, f"It failed: {type(error).__name__}.")
    return Trial(True, "It was sent; look whether it has arrived.")


def _deliver(target: Target, action: Outgoing, limit: float) -> Any:
    deliver = cast("Callable[..., Mapping[str, Any] | Awaitable[Mapping[str, Any]]]", target.deliver)
    result = deliver(action, uuid4().hex, limit)
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result
