"""Loads plug-ins; one that cannot be used is a fault to be told, and stands in nobody else's way."""

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
from heartbeat.plugins.contract import breach
from heartbeat.plugins.names import CRITERIA, GROUPS, SOURCES, TAKEN, TARGETS, installed, provider, wanted
from heartbeat.settings import Settings
from heartbeat.sources import ContextSource
from heartbeat.targets import Target
from heartbeat.text import clause, clean

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_NOUNS = {TARGETS: "target", SOURCES: "source", CRITERIA: "criterion"}

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class Fault:
    """A plug-in that cannot be used, and why, in one sentence. ``group`` is empty where it is not known."""

    group: str
    name: str
    said: str


@dataclass(frozen=True)
class Plugins:
    """What the plug-ins of a process bring, and those that cannot be used. ``names`` are the packages' by name."""

    targets: tuple[Target, ...] = ()
    sources: tuple[ContextSource, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    faults: tuple[Fault, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def demand_criteria(self) -> None:
        """See that no criterion is missing: what it would have forbidden must not be done.

        Raises:
            PluginError: one that may be a criterion cannot be used.
        """
        for fault in self.faults:
            if fault.group in (CRITERIA, ""):
                raise PluginError(fault.said)

    def demand_target(self, name: str) -> None:
        """See that a name is not that of a target which cannot be used.

        Raises:
            PluginError: it is.
        """
        for fault in self.faults:
            if fault.group == TARGETS and fault.name == name:
                raise PluginError(fault.said)

    def problems(self) -> tuple[str, ...]:
        """Return what to record with every beat: sources that are missing."""
        return tuple(fault.said for fault in self.faults if fault.group == SOURCES)


NONE = Plugins()


def load_plugins(settings: Settings) -> Plugins:
    """Load the plug-ins that the settings let in: import each, and call it with the settings."""
    entries = wanted(settings)
    faults = [*_missing(settings, entries)]
    made: dict[str, list[Any]] = {group: [] for group in GROUPS}
    names: dict[str, str] = {}
    counts = Counter((entry.group, entry.name) for entry in entries)
    for entry in entries:
        said = _misnamed(entry, entries, counts)
        if said is None:
            plugin, said = _made(entry, settings)
        if said is None:
            made[entry.group].append(plugin)
            names[f"{_NOUNS[entry.group]} {entry.name}"] = provider(entry)
        elif not any((fault.group, fault.name) == (entry.group, entry.name) for fault in faults):
            faults.append(Fault(entry.group, entry.name, said))
    return Plugins(
        cast("tuple[Target, ...]", tuple(made[TARGETS])),
        cast("tuple[ContextSource, ...]", tuple(made[SOURCES])),
        cast("tuple[Criterion, ...]", tuple(made[CRITERIA])),
        tuple(faults),
        names,
    )


def _missing(settings: Settings, entries: list[EntryPoint]) -> list[Fault]:
    if isinstance(settings.plugins, str):
        return []
    there = {entry.name for entry in entries}
    known = ", ".join(dict.fromkeys(entry.name for entry in installed())) or "none, since none is installed"
    return [
        Fault("", name, f'HEARTBEAT_PLUGINS: "{name}" is not installed; allowed: all, or some of: {known}')
        for name in settings.plugins
        if name not in there
    ]


def _misnamed(entry: EntryPoint, entries: list[EntryPoint], counts: Counter[tuple[str, str]]) -> str | None:
    if not _NAME.fullmatch(entry.name):
        return f"{_called(entry)} has a name that is not allowed; allowed: 1 to 64 of a-z, 0-9, _ and -"
    if entry.name in TAKEN[entry.group]:
        return f"{_called(entry)} has the name of Heartbeat's own {_NOUNS[entry.group]} {entry.name}"
    if counts[entry.group, entry.name] > 1:
        same = [it for it in entries if (it.group, it.name) == (entry.group, entry.name)]
        packages = " and ".join(dict.fromkeys(provider(it) for it in same))
        # Neither: which of them comes first would be an accident.
        return f"The {_NOUNS[entry.group]} {entry.name} is there more than once, from {packages}; keep one of them"
    return None


def _made(entry: EntryPoint, settings: Settings) -> tuple[Any, str | None]:
    try:
        factory = entry.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in may do anything while it is imported
        return None, _failed(entry, "cannot be imported", error)
    try:
        plugin = factory(settings)
        broken = breach(entry.group, entry.name, plugin)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - and while it is made
        return None, _failed(entry, "cannot be made", error)
    return plugin, None if broken is None else f"{_called(entry)} breaks its port: {broken}"


def _failed(entry: EntryPoint, how: str, error: BaseException) -> str:
    logger.debug("%s %s", entry, how, exc_info=error, extra={"action": "plugin_failed"})
    told = str(error) if isinstance(error, HeartbeatError) else f"{type(error).__name__}: {error}"
    said = clean(told, multiline=False)[:300]
    return mask_secrets(f"{_called(entry)} {how}: {clause(said)}")


def _called(entry: EntryPoint) -> str:
    return f"The {_NOUNS[entry.group]} {clean(entry.name, multiline=False)[:64]} of {provider(entry)}"
