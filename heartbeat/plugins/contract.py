"""Check that a plug-in implements the interface of its group, as far as possible without a workspace."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from sqlmodel import Session, SQLModel, create_engine

from heartbeat.daemon import run_in_daemon_thread
from heartbeat.errors import InvalidValueError
from heartbeat.plugins.names import CRITERIA, SOURCES, TARGETS
from heartbeat.targets import InternalTarget

MAX_TIME_LIMIT = 60.0
"""The largest ``time_limit`` of a source or criterion, in seconds."""
_CAPABILITIES_TIMEOUT = 10.0
"""Seconds to wait for a target's ``capabilities``."""
_CALLS: Mapping[str, Mapping[str, tuple[tuple[Any, ...], Mapping[str, Any]]]] = {
    TARGETS: {
        "capabilities": ((None,), {}),
        "apply": ((None, None), {"key": "1:0", "now": datetime.now(UTC)}),
    },
    SOURCES: {"look": ((None,), {})},
    CRITERIA: {"refusal": ((None, None), {}), "facts": ((None,), {})},
}
"""The arguments of each required method, by group and method name."""


def breach(group: str, name: str, plugin: object) -> str | None:
    """Return how a plug-in violates the interface of its group, as the last part of a sentence, or None."""
    if getattr(plugin, "name", None) != name:
        return f"its name is {getattr(plugin, 'name', None)!r:.80}; allowed: {name}, as its entry point says"
    for method, (positional, named) in _CALLS[group].items():
        call = getattr(plugin, method, None)
        if not callable(call):
            return f"it has no method {method}"
        if inspect.iscoroutinefunction(call):
            return f"{method} is a coroutine function; allowed: a plain one"
        try:
            inspect.signature(call).bind(*positional, **named)
        except TypeError as error:
            return f"{method} cannot be called as the port says: {error}"
    if group == TARGETS:
        done = getattr(plugin, "done", None)
        if done not in ("sent", "recorded"):
            return f"done is {done!r:.80}; allowed: sent, recorded"
        return _invalid_capabilities(cast("InternalTarget", plugin).capabilities)
    limit = getattr(plugin, "time_limit", None)
    # Written as "not 0 < limit" so that NaN, for which every comparison is false, is refused too.
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= MAX_TIME_LIMIT:
        return f"time_limit is {limit!r:.80}; allowed: more than 0 and up to {MAX_TIME_LIMIT:g} seconds"
    return None


def _invalid_capabilities(capabilities: Callable[[Session], object]) -> str | None:
    """Return what is invalid in the capabilities that a target declares, or None.

    Calls ``capabilities`` with an empty database. Errors other than `InvalidValueError`, and timeouts, are
    ignored: they may be due to the missing data.
    """
    try:
        future = run_in_daemon_thread(partial(_call_on_empty_database, capabilities), "capabilities")
        future.result(timeout=_CAPABILITIES_TIMEOUT)
    except InvalidValueError as error:
        return str(error)
    except Exception:  # noqa: BLE001 - if it is a real fault, the first beat that uses the target reports it
        return None
    return None


def _call_on_empty_database(capabilities: Callable[[Session], object]) -> None:
    engine = create_engine("sqlite://")
    try:
        SQLModel.metadata.create_all(engine)
        with Session(engine) as session:
            capabilities(session)
    finally:
        engine.dispose()
