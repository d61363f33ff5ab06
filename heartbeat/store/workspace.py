"""The workspace: change its config defaults, which every thread has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heartbeat.config import clean_overrides
from heartbeat.outflow import Change, Check, unchecked
from heartbeat.store import outbox, readable, slots, wakes
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.tables import Workspace

_DEFAULTS = "the workspace's defaults"


def set_defaults(
    session: Session, values: Mapping[str, Any], now: datetime, *, check: Check = unchecked
) -> dict[str, Any]:
    """Replace the workspace's values, replan threads whose schedule changes, and return the values as stored.

    ``check`` may refuse what they make of a thread.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds; nothing is saved.
    """
    return _set_defaults(session, clean_overrides(values), now, check)


def _set_defaults(session: Session, values: dict[str, Any], now: datetime, check: Check) -> dict[str, Any]:
    row = session.get(Workspace, 1) or Workspace()
    old, row.defaults = row.defaults, values
    session.add(row)
    changes = [Change(_DEFAULTS, effective(old, {}).config, effective(values, {}).config)]
    for thread in readable.threads(session):
        before, after = (effective(each, thread.overrides) for each in (old, row.defaults))
        changes.append(Change(f"thread {thread.id}", before.config, after.config))
        slots.replan(session, thread, after.planned, now, before=before.planned)
        wakes.recompute(session, thread, after.config, now)
        outbox.follow_config(session, thread.id, now, before.config, after.config)
    # The threads go first, since they are what breaks.
    check([*changes[1:], *changes[:1]])
    return row.defaults


def change_defaults(
    session: Session, values: Mapping[str, Any], now: datetime, *, check: Check = unchecked
) -> dict[str, Any]:
    """Change some of the workspace's values, replan threads whose schedule changes, and return all values as stored.

    ``check`` may refuse what they make of a thread.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds; nothing is saved.
    """
    changed = clean_overrides(values)
    kept = {name: value for name, value in get_defaults(session).items() if name not in changed}
    return _set_defaults(session, {**kept, **changed}, now, check)
