"""Looks whether an object is what its port asks for, as far as that can be seen without a workspace."""

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
from heartbeat.targets import Target

LONGEST = 60.0
"""Seconds that a source or criterion may ask for."""
_PATIENCE = 10.0
"""Seconds that a target may take to say what it can do."""
_ASKED: Mapping[str, Mapping[str, tuple[tuple[Any, ...], Mapping[str, Any]]]] = {
    TARGETS: {
        "capabilities": ((None,), {}),
        "apply": ((None, None), {"key": "1:0", "now": datetime.now(UTC)}),
    },
    SOURCES: {"look": ((None,), {})},
    CRITERIA: {"refusal": ((None, None), {}), "facts": ((None,), {})},
}
"""Group to method to arguments it is called with."""


def breach(group: str, name: str, plugin: object) -> str | None:
    """Return what is wrong with a plug-in, in the words of a sentence's end, or None."""
    if getattr(plugin, "name", None) != name:
        return f"its name is {getattr(plugin, 'name', None)!r:.80}; allowed: {name}, as its entry point says"
    for method, (positional, named) in _ASKED[group].items():
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
        return _misdeclared(cast("Target", plugin).capabilities)
    limit = getattr(plugin, "time_limit", None)
    # Nor is any comparison with what is not a number true.
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= LONGEST:
        return f"time_limit is {limit!r:.80}; allowed: more than 0 and up to {LONGEST:g} seconds"
    return None


def _misdeclared(capabilities: Callable[[Session], object]) -> str | None:
    """Return what cannot be declared so, or None.

    The target is asked with an empty database, so nothing else that goes wrong says anything about it.
    """
    try:
        run_in_daemon_thread(partial(_ask, capabilities), "capabilities").result(timeout=_PATIENCE)
    except InvalidValueError as error:
        return str(error)
    except Exception:  # noqa: BLE001 - a beat that uses the target will tell
        return None
    return None


def _ask(capabilities: Callable[[Session], object]) -> None:
    engine = create_engine("sqlite://")
    try:
        SQLModel.metadata.create_all(engine)
        with Session(engine) as session:
            capabilities(session)
    finally:
        engine.dispose()
