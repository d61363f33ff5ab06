"""Services that owners name in their instructions and that no connection leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from heartbeat.connections.connection import Connection

SCHEMES: Mapping[str, frozenset[str]] = {
    "Discord": frozenset({"discord"}),
    "Mattermost": frozenset({"mmost", "mmosts"}),
    "ntfy": frozenset({"ntfy", "ntfys"}),
    "Pushover": frozenset({"pover"}),
    "Slack": frozenset({"slack"}),
    "Telegram": frozenset({"tgram"}),
    "WhatsApp": frozenset({"whatsapp"}),
}
"""Services that Apprise speaks to, with the schemes of their addresses."""


def unreached(connections: Iterable[Connection]) -> tuple[str, ...]:
    """Return the names of the services that none of these connections leads to."""
    led_to = {connection.leads_to for connection in connections if connection.is_usable}
    return tuple(name for name, schemes in SCHEMES.items() if led_to.isdisjoint({*schemes, name.casefold()}))
