"""The config of a thread: the workspace's stored defaults and its own, and what of them is not allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlmodel import Session, select

from heartbeat.config import Config, allowed_part, effective_config
from heartbeat.errors import InvalidValueError
from heartbeat.store import rows
from heartbeat.store.tables import Workspace

_PLANNING = frozenset({"enabled", "every", "active_hours", "timezone"})
_DEFAULTS = select(Workspace.defaults).where(Workspace.id == 1)


def get_defaults(session: Session) -> dict[str, Any]:
    """Return the stored values of the workspace; for other fields the built-in defaults apply."""
    return dict(rows.read(session, _DEFAULTS).scalar() or {})


def merged(defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Config:
    """Return the effective config of the stored defaults and overrides.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds.
    """
    return _merged(json.dumps(defaults), json.dumps(overrides))


@dataclass(frozen=True)
class Effective:
    """The config of a thread.

    ``refused`` are the errors of stored values that are not allowed. ``config`` is then built without them, and no
    beat may run with it.
    """

    config: Config
    refused: tuple[InvalidValueError, ...] = ()

    @property
    def accepted(self) -> Config:
        """The config, for a beat to run with.

        Raises:
            InvalidValueError: a stored value is not allowed.
        """
        if self.refused:
            raise self.refused[0]
        return self.config

    @property
    def planned(self) -> Config | None:
        """The config for planning slots; None if a field of the schedule is refused."""
        fields = {error.field.partition(".")[0] for error in self.refused}
        return None if fields & _PLANNING else self.config

    @property
    def problem(self) -> str | None:
        """The refused values in one sentence, or None."""
        return "; ".join(str(error) for error in self.refused) or None


def effective(defaults: Mapping[str, Any], overrides: Mapping[str, Any], thread_id: str = "") -> Effective:
    """Return the effective config, and the stored values that are not allowed, such as those of another version."""
    try:
        return Effective(merged(defaults, overrides))
    except InvalidValueError:
        own, wrong = allowed_part(overrides)
        shared, wrong_shared = allowed_part(
            {name: value for name, value in defaults.items() if name not in overrides}
        )
        refused = [_stored(f"thread {thread_id}", error) for error in wrong]
        refused += [_stored("the workspace's defaults", error) for error in wrong_shared]
        return Effective(merged(shared, own), tuple(refused))


def _stored(where: str, error: InvalidValueError) -> InvalidValueError:
    return InvalidValueError(error.field, f"{where}: {error}")


@lru_cache(maxsize=1024)
def _merged(defaults: str, overrides: str) -> Config:
    return effective_config(json.loads(defaults), json.loads(overrides))
