"""What this beat may do: the target of the thread, what it supports, and the items that were shown."""

from __future__ import annotations

from dataclasses import dataclass

from heartbeat.capabilities import ActionType, Capabilities
from heartbeat.draft import Offer
from heartbeat.errors import HeartbeatError, NotFoundError, PluginError
from heartbeat.instructions import mask_secrets
from heartbeat.store.failure import DATABASE_ERRORS
from heartbeat.targets import AnyTarget, is_internal
from nodes.services import Services
from nodes.view import StateView


@dataclass(frozen=True)
class ActionContext:
    """A target with its capabilities, and what it offers for the items of this beat."""

    target: AnyTarget
    capabilities: Capabilities
    offer: Offer

    @property
    def own_kinds(self) -> list[ActionType]:
        """The actions of the target's own kinds that are offered."""
        return [action for action in self.capabilities.actions if action.kind in self.offer.kinds]


def resolve_actions(beat: StateView, services: Services) -> ActionContext:
    """Return what the beat may do.

    Raises:
        NotFoundError: the thread's target is not configured.
        PluginError: the thread's target is a plug-in that cannot be used, or that fails.
    """
    name = beat.config.targets[0]
    target = services.targets.get(name)
    if target is None:
        services.plugins.demand_target(name)
        known = ", ".join(services.targets)
        raise NotFoundError(f"target: {name!r} is not configured; allowed: {known}")
    capabilities = _capabilities(target, services)
    return ActionContext(target, capabilities, Offer.of(beat.feed.walk(), capabilities, beat.feed.waits))


def _capabilities(target: AnyTarget, services: Services) -> Capabilities:
    try:
        found: object = _ask(target, services)
    except DATABASE_ERRORS:
        raise
    except (Exception, SystemExit) as error:
        said = mask_secrets(
            str(error) if isinstance(error, HeartbeatError) else f"{type(error).__name__}: {error}"
        )
        raise PluginError(f"The target {target.name} cannot say what it can do: {said}") from error
    if not isinstance(found, Capabilities):
        raise PluginError(
            f"The target {target.name} says {found!r:.80} of what it can do; allowed: Capabilities"
        )
    return found


def _ask(target: AnyTarget, services: Services) -> object:
    return services.store.read(target.capabilities) if is_internal(target) else target.capabilities()
