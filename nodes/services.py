"""The dependencies of a run: settings, store, clock, model, targets, connections, sources and plug-ins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from heartbeat.connections import Connections
from heartbeat.plugins import NONE, Plugins, load_plugins
from heartbeat.settings import Settings, load_settings
from heartbeat.sources import ContextSource, ConversationSource, ForumSource
from heartbeat.store import Store
from heartbeat.targets import AnyTarget, ForumTarget, KnownTargets, NoTarget
from heartbeat_decision.model import Model, OllamaModel
from nodes.lease import LeaseKeeper


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def _no_probe(point: str) -> None:
    pass


@dataclass(frozen=True)
class Services:
    """Hold everything a run uses besides its own state.

    ``targets`` has every target by name, also those of the ``connections``, as they are now.
    ``plugins`` has the criteria and the problems of plug-ins; their targets and sources are in ``targets``,
    ``sources`` and ``connections``. ``probe`` is called with ``before:NODE``, ``inside:NODE`` and ``after:NODE``, so
    that tests can stop a run at a chosen point. ``keeper`` renews the leases of the
    beats that run with these services.
    """

    settings: Settings
    store: Store
    model: Model
    targets: Mapping[str, AnyTarget]
    sources: Sequence[ContextSource]
    connections: Connections
    plugins: Plugins = NONE
    clock: Callable[[], datetime] = utc_now
    probe: Callable[[str], None] = _no_probe
    keeper: LeaseKeeper = field(default_factory=LeaseKeeper, repr=False)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        store: Store | None = None,
        model: Model | None = None,
        clock: Callable[[], datetime] = utc_now,
        probe: Callable[[str], None] = _no_probe,
    ) -> Services:
        """Build the services that the settings describe; an argument replaces what would be built.

        Raises:
            SchemaTooNewError: the database was written by a newer version.
        """
        store = store or Store.from_settings(settings)
        plugins = load_plugins(settings)
        connections = Connections.load(settings, store, clock=clock, sources=plugins.fetched)
        targets: tuple[AnyTarget, ...] = (ForumTarget(settings.agent_name), NoTarget(), *plugins.targets)
        return cls(
            settings=settings,
            store=store,
            model=model or OllamaModel.from_settings(settings),
            targets=KnownTargets(targets, connections.targets),
            connections=connections,
            sources=(ForumSource(store), ConversationSource(store), *plugins.sources),
            plugins=plugins,
            clock=clock,
            probe=probe,
        )

    @property
    def has_private(self) -> bool:
        """Whether a connection or a plug-in's source is private, or the inbox holds what a private one brought."""
        return self.connections.has_private or any(getattr(each, "private", False) for each in self.sources)


@cache
def services_for(settings: Settings) -> Services:
    """Return the services for these settings, built once per process."""
    return Services.from_settings(settings)


def default_services() -> Services:
    """Return the services for the settings in the environment.

    Raises:
        InvalidValueError: an environment variable has a value that is not allowed.
    """
    return services_for(load_settings())
