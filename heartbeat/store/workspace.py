"""The workspace: config defaults for every thread."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session, select

from heartbeat.config import Config, clean_overrides, effective_config
from heartbeat.store import slots
from heartbeat.store.tables import Thread, Workspace

_DEFAULTS = select(Workspace.defaults).where(Workspace.id == 1)


def get_defaults(session: Session) -> dict[str, Any]:
    """Return the workspace's own values; fields it does not name have the built-in defaults."""
    return dict(session.exec(_DEFAULTS).first() or {})


def merged(defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Config:
    """Return the effective config of values as they are stored.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds.
    """
    return _merged(json.dumps(defaults), json.dumps(overrides))


@lru_cache(maxsize=1024)
def _merged(defaults: str, overrides: str) -> Config:
    return effective_config(json.loads(defaults), json.loads(overrides))


def set_defaults(session: Session, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Replace the workspace's values and return them as stored; threads that follow them are planned anew.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds; nothing is saved.
    """
    row = session.get(Workspace, 1) or Workspace()
    old, row.defaults = row.defaults, clean_overrides(values)
    session.add(row)
    for thread in session.exec(select(Thread)).all():
        before, after = (merged(each, thread.overrides) for each in (old, row.defaults))
        slots.replan(session, thread, after, now, before=before)
    return row.defaults


def change_defaults(session: Session, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Change some of the workspace's values and return all of them as stored.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds; nothing is saved.
    """
    return set_defaults(session, {**get_defaults(session), **clean_overrides(values)}, now)
