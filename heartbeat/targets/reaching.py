"""Which kinds of actions a target makes public."""

from __future__ import annotations

import logging

from heartbeat.capabilities import Capabilities
from heartbeat.config import ACTION_KINDS, OTHER_KINDS
from heartbeat.targets.port import AnyTarget, is_internal
from heartbeat.vocabulary import ActionKind, Reach

_ALL = tuple(kind for kind in (*ACTION_KINDS, OTHER_KINDS) if kind != ActionKind.TELL)

logger = logging.getLogger("heartbeat")


def made_public(target: AnyTarget | None) -> tuple[str, ...]:
    """Return the kinds of actions that a target shows to others than the owner; a tell goes to the owner alone.

    What is done inside stays in the workspace. A target that does not say what it can do counts as one that makes
    everything public.
    """
    if target is None or is_internal(target):
        return ()
    try:
        can: object = target.capabilities()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a target may be a plug-in
        said = f"{type(error).__name__}: {error}"
        logger.warning(
            "target %s does not say what it can do: %s", target.name, said, extra={"action": "target_faulty"}
        )
        return _ALL
    return public_kinds(can) if isinstance(can, Capabilities) else _ALL


def public_kinds(can: Capabilities) -> tuple[str, ...]:
    """Return the kinds of actions that a target outside shows to others than the owner."""
    if can.reach != Reach.PUBLIC:
        return ()
    kinds = (*can.kinds, *(each.kind for each in can.actions))
    return tuple(kind for kind in kinds if kind != ActionKind.TELL)
