"""Looks whether an object is what its port asks for, as far as that can be seen without using it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from heartbeat.plugins.names import CRITERIA, SOURCES, TARGETS

LONGEST = 60.0
"""Seconds that a source or criterion may ask for."""
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
        return None if done in ("sent", "recorded") else f"done is {done!r:.80}; allowed: sent, recorded"
    limit = getattr(plugin, "time_limit", None)
    # Nor is any comparison with what is not a number true.
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= LONGEST:
        return f"time_limit is {limit!r:.80}; allowed: more than 0 and up to {LONGEST:g} seconds"
    return None
