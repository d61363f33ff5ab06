"""Check, before they are imported, that Heartbeat's packages with common names are its own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

_NAMES = ("heartbeat", "graph", "nodes", "checkpoints", "heartbeat_decision")
_PARENT = Path(__file__).parents[1]
"""The folder that holds all packages of a wheel, or of a checkout."""


def check_packages() -> None:
    """Refuse a package of the same name that Python finds before Heartbeat's, such as an app's own ``nodes``.

    Raises:
        ImportError: the message names the package and both paths.
    """
    for name in _NAMES:
        place = _place(name)
        if place is None:
            raise ImportError(
                f"Heartbeat's own package {name} is missing in {_PARENT}; install langgraph-heartbeat again.",
                name=name,
            )
        if place != _PARENT / name / "__init__.py":
            raise ImportError(
                f"Heartbeat needs its own package {name} in {_PARENT}, but Python finds another one first, {place}; "
                "rename that one, or start the app where it is not on Python's path.",
                name=name,
            )


def _place(name: str) -> Path | None:
    """Return the file that ``import name`` runs or has run; None if there is no such package."""
    loaded = sys.modules.get(name)
    if loaded is not None:
        return Path(loaded.__file__ or name)
    spec = find_spec(name)
    return Path(spec.origin or name) if spec else None
