"""The machine's time zone, which becomes the default of a new workspace."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session
from whenever import SYSTEM_TZ, Instant, TimeZoneNotFoundError, reset_system_tz

from heartbeat.schedule import parse_zone
from heartbeat.store import Store, threads, workspace
from heartbeat.store.effective import get_defaults
from heartbeat_service.cli.terminal import say

_UTC = frozenset({"UTC", "UCT", "Universal", "Zulu", "GMT", "Greenwich", "GMT0", "GMT+0", "GMT-0"})
_NO_PLACE = frozenset({"localtime", "Factory"})


def machine_zone() -> str:
    """Return the IANA name of this machine's zone, from TZ or /etc/localtime; UTC if it is unknown."""
    try:
        reset_system_tz()
        found = Instant.now().to_tz(SYSTEM_TZ).tz_id or "UTC"
        name = parse_zone(found.removeprefix("posix/").removeprefix("right/")).key
    except (TimeZoneNotFoundError, ValueError, OSError):
        return "UTC"
    return "UTC" if name.removeprefix("Etc/") in _UTC | _NO_PLACE else name


def take_zone(store: Store, now: datetime) -> str | None:
    """Make the machine's zone the default of an empty workspace; return it, or None if nothing was changed."""
    zone = machine_zone()
    return zone if store.write(_adopt, zone, now) else None


def say_zone(zone: str | None) -> None:
    """Print the zone that a workspace has taken, if any."""
    if zone is not None:
        said = f"Times of day count in {zone}, the zone of this machine"
        say(f"{said}; another for one thread: heartbeat threads set THREAD timezone=ZONE")


def _adopt(session: Session, zone: str, now: datetime) -> bool:
    if zone == "UTC" or get_defaults(session) or threads.count(session):
        return False
    workspace.set_defaults(session, {"timezone": zone}, now)
    return True
