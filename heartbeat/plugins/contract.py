"""Check that a plug-in implements the interface of its group, as far as possible without a workspace."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

from heartbeat.capabilities import Capabilities
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.errors import InvalidValueError
from heartbeat.plugins.fetched import MAX_EVERY, MIN_EVERY
from heartbeat.plugins.names import CRITERIA, SOURCES, TARGETS
from heartbeat.targets import Target

MAX_TIME_LIMIT = 60.0
"""The largest ``time_limit`` of a source or criterion, in seconds."""
_CAPABILITIES_TIMEOUT = 10.0
"""Seconds to wait for a target's ``capabilities``."""
_CALLS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    TARGETS: {"capabilities": (), "deliver": (None, "key", 30.0), "find": ("key",)},
    SOURCES: {"look": (None,)},
    CRITERIA: {"refusal": (None, None), "facts": (None,)},
}
"""The arguments of each method, by group and method name."""
_FETCHED: Mapping[str, tuple[Any, ...]] = {"fetch": (None, {}, 30.0)}
"""The same of a source that has no ``look``."""
_OPTIONAL = frozenset({"find"})
_MAYBE_ASYNC = frozenset({"deliver", "find"})
_OLD_PORT = (
    "it has apply(session, draft, ...), which is not called any more; "
    "give it deliver(action, key, deadline) and capabilities() without a session: "
    "docs/plugins.md, Targets of your own"
)
"""What is said of a target of the port that there was before deliveries."""


def breach(group: str, name: str, plugin: object) -> str | None:
    """Return how a plug-in violates the interface of its group, as the last part of a sentence, or None."""
    if getattr(plugin, "name", None) != name:
        return f"its name is {getattr(plugin, 'name', None)!r:.80}; allowed: {name}, as its entry point says"
    if group == TARGETS and hasattr(plugin, "apply"):
        return _OLD_PORT
    is_fetched = group == SOURCES and offers_fetch(plugin)
    for method, arguments in (_FETCHED if is_fetched else _CALLS[group]).items():
        call = getattr(plugin, method, None)
        if call is None and method in _OPTIONAL:
            continue
        if not callable(call):
            return f"it has no method {method}"
        if inspect.iscoroutinefunction(call) and method not in _MAYBE_ASYNC:
            return f"{method} is a coroutine function; allowed: a plain one"
        try:
            inspect.signature(call).bind(*arguments)
        except TypeError as error:
            return f"{method} cannot be called as the port says: {error}"
    if group == TARGETS:
        return _invalid_capabilities(cast("Target", plugin).capabilities)
    limit = getattr(plugin, "time_limit", None)
    # Written as "not 0 < limit" so that NaN, for which every comparison is false, is refused too.
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= MAX_TIME_LIMIT:
        return f"time_limit is {limit!r:.80}; allowed: more than 0 and up to {MAX_TIME_LIMIT:g} seconds"
    return _invalid_interval(plugin) if is_fetched else None


def offers_fetch(plugin: object) -> bool:
    """Return whether a source is looked at once an interval for all threads.

    One that has a ``look`` is looked at by each beat, whatever else it has.
    """
    return not hasattr(plugin, "look") and hasattr(plugin, "fetch")


def _invalid_interval(plugin: object) -> str | None:
    every = getattr(plugin, "every", None)
    if isinstance(every, bool) or not isinstance(every, int) or not MIN_EVERY <= every <= MAX_EVERY:
        return f"every is {every!r:.80}; allowed: {MIN_EVERY} to {MAX_EVERY} seconds"
    private = getattr(plugin, "private", False)
    if not isinstance(private, bool):
        return f"private is {private!r:.80}; allowed: True and False"
    return None


def _invalid_capabilities(capabilities: Callable[[], Capabilities]) -> str | None:
    """Return what is invalid in the capabilities that a target declares, or None.

    Errors other than `InvalidValueError`, and timeouts, are ignored: they may be gone when the target is used.
    """
    try:
        run_in_daemon_thread(capabilities, "capabilities").result(timeout=_CAPABILITIES_TIMEOUT)
    except InvalidValueError as error:
        return str(error)
    except Exception:  # noqa: BLE001 - if it is a real fault, the first beat that uses the target reports it
        return None
    return None
