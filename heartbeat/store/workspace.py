"""The workspace: config defaults for every thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from heartbeat.config import clean_overrides
from heartbeat.store.tables import Workspace


def get_defaults(session: Session) -> dict[str, Any]:
    """Return the workspace's own values; fields it does not name have the built-in defaults."""
    row = session.get(Workspace, 1)
    return dict(row.defaults) if row else {}


def set_defaults(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the workspace's values and return them as stored.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds; nothing is saved.
    """
    row = session.get(Workspace, 1) or Workspace()
    row.defaults = clean_overrides(values)
    session.add(row)
    return row.defaults
