"""Check the configured plug-ins."""

from __future__ import annotations

from heartbeat.plugins import SOURCES, Fault, load_plugins
from heartbeat.settings import Settings
from heartbeat.text import sentence
from heartbeat_service.doctor.finding import Finding, few, ok, problem, warning

CHECK = "plugins"
_REMEDY = "mend or uninstall that package, or name in HEARTBEAT_PLUGINS only those that are wanted"


def check_plugins(settings: Settings) -> list[Finding]:
    """Load the plug-ins as a process that runs beats does."""
    if settings.plugins == "none":
        return [ok(CHECK, "None are let in.")]
    plugins = load_plugins(settings)
    found = few([_fault(fault) for fault in plugins.faults])
    if plugins.names:
        told = ", ".join(f"{name} ({package})" for name, package in plugins.names.items())
        found.append(ok(CHECK, sentence(f"Loaded: {told}")))
    return found or [ok(CHECK, "None are installed.")]


def _fault(fault: Fault) -> Finding:
    # A missing source does not stop beats; they record that it is missing.
    level = warning if fault.group == SOURCES else problem
    return level(CHECK, sentence(fault.said), _REMEDY)
