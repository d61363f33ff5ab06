"""Targets: where actions go."""

from collections.abc import Collection

from heartbeat.config import BUILT_IN_TARGETS
from heartbeat.errors import InvalidValueError
from heartbeat.targets.forum import ForumTarget
from heartbeat.targets.known import KnownTargets
from heartbeat.targets.nowhere import NoTarget
from heartbeat.targets.port import (
    AnyTarget,
    InternalTarget,
    SearchableTarget,
    Target,
    is_internal,
    is_searchable,
)
from heartbeat.targets.reaching import made_public, public_kinds

__all__ = [
    "BUILT_IN",
    "AnyTarget",
    "ForumTarget",
    "InternalTarget",
    "KnownTargets",
    "NoTarget",
    "SearchableTarget",
    "Target",
    "check_target",
    "is_internal",
    "is_searchable",
    "made_public",
    "public_kinds",
]

BUILT_IN = BUILT_IN_TARGETS


def check_target(value: object, known: Collection[str] = BUILT_IN) -> None:
    """Refuse a name, or a list with a name, of a target that is not configured.

    Values of another form are left to `heartbeat.config.Config`.

    Raises:
        InvalidValueError: not one of ``known``.
    """
    for name in value if isinstance(value, list | tuple) else [value]:
        if isinstance(name, str) and name not in known:
            raise InvalidValueError(
                "target", f'target: "{name:.80}" is not configured; allowed: {", ".join(known)}'
            )
