"""Which connections a thread looks at."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlmodel import Session, case, col, func, select

from heartbeat.config import DEFAULT_SOURCES
from heartbeat.store import rows
from heartbeat.store.effective import get_defaults
from heartbeat.store.inbox_tables import ConnectionLook
from heartbeat.store.tables import Thread

_USED = (
    select(ConnectionLook.name, ConnectionLook.private)
    .where(col(ConnectionLook.used))
    .order_by(col(ConnectionLook.name))
)
_SOURCES = "$.sources"


def visible(session: Session, sources: Sequence[str] | None) -> list[str]:
    """Return the names of the connections that a thread with these ``sources`` in its config looks at, in order.

    Without any, and where the word `default` is among them, these are the public ones; private ones must be named.
    """
    takes_public = sources is None or DEFAULT_SOURCES in sources
    named = set(sources or ())
    return [
        name for name, private in rows.read(session, _USED) if name in named or (takes_public and not private)
    ]


def takes(sources: Sequence[str] | None, name: str) -> bool:
    """Return whether a thread with these ``sources`` looks at the forum or a plug-in source of a name."""
    return sources is None or DEFAULT_SOURCES in sources or name in sources


def named(session: Session) -> set[str]:
    """Return all names in the ``sources`` of threads; no thread looks at a private connection that is not there."""
    overrides = Thread.overrides
    kind, own = func.json_type(overrides, _SOURCES), func.json_extract(overrides, _SOURCES)
    # A thread whose cell is no JSON object names nothing; one without sources of its own takes the defaults.
    is_object = case((func.json_valid(overrides), func.json_type(overrides))) == "object"
    found: set[str] = set()
    for shape, text in session.exec(select(kind, own).where(is_object).distinct()):
        listed = get_defaults(session).get("sources") if shape is None else None
        if shape == "array":
            listed = json.loads(text)
        found.update(each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, str))
    return found
