"""Load plug-ins; one that cannot be used is reported as a fault and does not stop the others."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any, cast

from heartbeat.criteria import Criterion
from heartbeat.errors import HeartbeatError, PluginError
from heartbeat.instructions import mask_secrets
from heartbeat.plugins.contract import breach, offers_fetch
from heartbeat.plugins.fetched import FetchedSource
from heartbeat.plugins.names import CRITERIA, GROUPS, RESERVED, SOURCES, TARGETS, installed, provider, wanted
from heartbeat.settings import Settings
from heartbeat.sources import ContextSource
from heartbeat.targets import Target
from heartbeat.text import clause, clean

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_FETCHED = "fetched"
"""Under which the sources are gathered that are looked at once an interval."""
_NOUNS = {TARGETS: "target", SOURCES: "source", CRITERIA: "criterion"}

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class Fault:
    """A plug-in that cannot be used.

    ``group`` is empty if it is not known. ``said`` is the cause in one sentence.
    """

    group: str
    name: str
    said: str


@dataclass(frozen=True)
class Plugins:
    """The loaded plug-ins of a process, and those that cannot be used.

    ``sources`` are looked at by each beat, ``fetched`` once an interval for all threads. ``names`` maps each loaded
    plug-in, such as ``target mail``, to its package and version.
    """

    targets: tuple[Target, ...] = ()
    sources: tuple[ContextSource, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    faults: tuple[Fault, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    fetched: tuple[FetchedSource, ...] = ()

    def demand_criteria(self) -> None:
        """Check that no criterion is missing, since the missing one might refuse an action.

        Raises:
            PluginError: a plug-in that is, or may be, a criterion cannot be used.
        """
        for fault in self.faults:
            if fault.group in (CRITERIA, ""):
                raise PluginError(fault.said)

    def demand_target(self, name: str) -> None:
        """Check that a target can be used.

        Raises:
            PluginError: the target of this name is among the faults.
        """
        for fault in self.faults:
            if fault.group == TARGETS and fault.name == name:
                raise PluginError(fault.said)

    def problems(self) -> tuple[str, ...]:
        """Return the faults of sources, to record as problems of every beat."""
        return tuple(fault.said for fault in self.faults if fault.group == SOURCES)


NONE = Plugins()


def load_plugins(settings: Settings) -> Plugins:
    """Import the plug-ins that the settings allow and call each factory with the settings."""
    entries = wanted(settings)
    faults = [*_missing(settings, entries)]
    loaded: dict[str, list[Any]] = {group: [] for group in (*GROUPS, _FETCHED)}
    names: dict[str, str] = {}
    counts = Counter((entry.group, entry.name) for entry in entries)
    for entry in entries:
        problem = _name_problem(entry, entries, counts)
        if problem is None:
            plugin, problem = _load(entry, settings)
        if problem is None:
            is_fetched = entry.group == SOURCES and offers_fetch(plugin)
            loaded[_FETCHED if is_fetched else entry.group].append(
                FetchedSource.of(plugin, provider(entry)) if is_fetched else plugin
            )
            names[f"{_NOUNS[entry.group]} {entry.name}"] = provider(entry)
        elif not any((fault.group, fault.name) == (entry.group, entry.name) for fault in faults):
            faults.append(Fault(entry.group, entry.name, problem))
    return Plugins(
        cast("tuple[Target, ...]", tuple(loaded[TARGETS])),
        cast("tuple[ContextSource, ...]", tuple(loaded[SOURCES])),
        cast("tuple[Criterion, ...]", tuple(loaded[CRITERIA])),
        tuple(faults),
        names,
        cast("tuple[FetchedSource, ...]", tuple(loaded[_FETCHED])),
    )


def _missing(settings: Settings, entries: list[EntryPoint]) -> list[Fault]:
    if isinstance(settings.plugins, str):
        return []
    found = {entry.name for entry in entries}
    known = ", ".join(dict.fromkeys(entry.name for entry in installed())) or "none, since none is installed"
    return [
        Fault("", name, f'HEARTBEAT_PLUGINS: "{name}" is not installed; allowed: all, or some of: {known}')
        for name in settings.plugins
        if name not in found
    ]


def _name_problem(
    entry: EntryPoint, entries: list[EntryPoint], counts: Counter[tuple[str, str]]
) -> str | None:
    if not _NAME.fullmatch(entry.name):
        return f"{_label(entry)} has a name that is not allowed; allowed: 1 to 64 of a-z, 0-9, _ and -"
    if entry.name in RESERVED[entry.group]:
        return f"{_label(entry)} has the name of Heartbeat's own {_NOUNS[entry.group]} {entry.name}"
    if counts[entry.group, entry.name] > 1:
        same = [it for it in entries if (it.group, it.name) == (entry.group, entry.name)]
        packages = " and ".join(dict.fromkeys(provider(it) for it in same))
        # Use none of them: which one comes first is arbitrary.
        return f"The {_NOUNS[entry.group]} {entry.name} is there more than once, from {packages}; keep one of them"
    return None


def _load(entry: EntryPoint, settings: Settings) -> tuple[Any, str | None]:
    """Return a plug-in and None, or what is wrong with it in one sentence."""
    try:
        factory = entry.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing a plug-in may raise anything
        return None, _failed(entry, "cannot be imported", error)
    try:
        plugin = factory(settings)
        violation = breach(entry.group, entry.name, plugin)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - so may its factory
        return None, _failed(entry, "cannot be made", error)
    return plugin, None if violation is None else f"{_label(entry)} breaks its port: {violation}"


def _failed(entry: EntryPoint, how: str, error: BaseException) -> str:
    logger.debug("%s %s", entry, how, exc_info=error, extra={"action": "plugin_failed"})
    text = str(error) if isinstance(error, HeartbeatError) else f"{type(error).__name__}: {error}"
    cause = clean(text, multiline=False)[:300]
    return mask_secrets(f"{_label(entry)} {how}: {clause(cause)}")


def _label(entry: EntryPoint) -> str:
    return f"The {_NOUNS[entry.group]} {clean(entry.name, multiline=False)[:64]} of {provider(entry)}"
