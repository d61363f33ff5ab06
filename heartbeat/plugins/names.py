"""Find installed plug-ins by the metadata of their packages, without importing them."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from heartbeat.settings import Settings
from heartbeat.targets import BUILT_IN

TARGETS, SOURCES, CRITERIA = "heartbeat.targets", "heartbeat.sources", "heartbeat.criteria"
GROUPS = (TARGETS, SOURCES, CRITERIA)
"""The entry point groups that Heartbeat reads."""
RESERVED = {TARGETS: BUILT_IN, SOURCES: ("forum", "thread"), CRITERIA: ()}
"""Names of Heartbeat's own targets, sources and criteria, which plug-ins may not use."""


def installed() -> list[EntryPoint]:
    """Return all entry points of `GROUPS`, sorted by group, name and package."""
    every = entry_points()
    found = [entry for group in GROUPS for entry in every.select(group=group)]
    return sorted(found, key=lambda entry: (GROUPS.index(entry.group), entry.name, provider(entry)))


def wanted(settings: Settings) -> list[EntryPoint]:
    """Return the installed entry points that the settings allow."""
    if settings.plugins == "none":
        return []
    return [entry for entry in installed() if settings.plugins == "all" or entry.name in settings.plugins]


def target_names(settings: Settings) -> tuple[str, ...]:
    """Return the allowed values of a thread's ``target``."""
    return tuple(dict.fromkeys((*BUILT_IN, *(it.name for it in wanted(settings) if it.group == TARGETS))))


def source_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the forum and of the sources of plug-ins, which a thread's ``sources`` may name."""
    names = (it.name for it in wanted(settings) if it.group == SOURCES)
    return tuple(dict.fromkeys((RESERVED[SOURCES][0], *names)))


def provider(entry: EntryPoint) -> str:
    """Return the name and version of the package that provides an entry point."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
