"""Plug-ins: targets, sources and criteria that other packages provide through entry points."""

from heartbeat.plugins.fetched import FetchedSource, SourceOfInbox
from heartbeat.plugins.load import NONE, Fault, Plugins, load_plugins
from heartbeat.plugins.names import CRITERIA, GROUPS, RESERVED, SOURCES, TARGETS, source_names, target_names

__all__ = [
    "CRITERIA",
    "GROUPS",
    "NONE",
    "RESERVED",
    "SOURCES",
    "TARGETS",
    "Fault",
    "FetchedSource",
    "Plugins",
    "SourceOfInbox",
    "load_plugins",
    "source_names",
    "target_names",
]
