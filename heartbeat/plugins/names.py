"""Which plug-ins are installed and wanted, told by their packages' metadata; nothing of them is imported."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from heartbeat.settings import Settings
from heartbeat.targets import BUILT_IN

TARGETS, SOURCES, CRITERIA = "heartbeat.targets", "heartbeat.sources", "heartbeat.criteria"
GROUPS = (TARGETS, SOURCES, CRITERIA)
"""Groups of entry points."""
TAKEN = {TARGETS: BUILT_IN, SOURCES: ("forum", "thread"), CRITERIA: ()}
"""Names that are Heartbeat's own."""


def installed() -> list[EntryPoint]:
    """Return all entry points of our groups, in an order that does not depend on the file system."""
    there = entry_points()
    found = [entry for group in GROUPS for entry in there.select(group=group)]
    return sorted(found, key=lambda entry: (GROUPS.index(entry.group), entry.name, provider(entry)))


def wanted(settings: Settings) -> list[EntryPoint]:
    """Return those that the settings let in."""
    if settings.plugins == "none":
        return []
    return [entry for entry in installed() if settings.plugins == "all" or entry.name in settings.plugins]


def target_names(settings: Settings) -> tuple[str, ...]:
    """Return what a thread's ``target`` may be."""
    return tuple(dict.fromkeys((*BUILT_IN, *(it.name for it in wanted(settings) if it.group == TARGETS))))


def provider(entry: EntryPoint) -> str:
    """Return the package of an entry point and its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
