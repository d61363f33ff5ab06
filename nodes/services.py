"""What a run works with: settings, store, clock, model, targets and sources, all of them arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from heartbeat.plugins import NONE, Plugins, load_plugins
from heartbeat.settings import Settings, load_settings
from heartbeat.sources import ContextSource, ConversationSource, ForumSource
from heartbeat.store import Store
from heartbeat.targets import ForumTarget, NoTarget, Target
from nodes.lease import LeaseKeeper
from nodes.model import Model, OllamaModel
from nodes.readings import Readings, Shelf


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def _no_probe(point: str) -> None:
    pass


@dataclass(frozen=True)
class Services:
    """Everything a run may touch outside its own state.

    ``plugins`` holds the criteria, and what is wrong with plug-ins; their targets and sources are among the others.
    ``probe`` is called with ``before:NODE``, ``inside:NODE`` and ``after:NODE``; tests use it to stop a process
    at a chosen point. ``readings`` are lines of instructions as the model has read them. ``keeper`` renews the leases
    of the beats that run with these services.
    """

    settings: Settings
    store: Store
    model: Model
    targets: Mapping[str, Target]
    sources: Sequence[ContextSource]
    plugins: Plugins = NONE
    clock: Callable[[], datetime] = utc_now
    probe: Callable[[str], None] = _no_probe
    readings: Readings = field(default_factory=Readings, repr=False)
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
        """Build what the settings name; whatever is given is used instead.

        Raises:
            SchemaTooNewError: the database was written by a newer version.
        """
        store = store or Store.from_settings(settings)
        plugins = load_plugins(settings)
        targets: tuple[Target, ...] = (ForumTarget(settings.agent_name), NoTarget(), *plugins.targets)
        return cls(
            settings=settings,
            store=store,
            model=model or OllamaModel.from_settings(settings),
            targets={target.name: target for target in targets},
            sources=(ForumSource(store), ConversationSource(store), *plugins.sources),
            plugins=plugins,
            clock=clock,
            probe=probe,
            readings=Readings(Shelf(store, clock)),
        )


@cache
def services_for(settings: Settings) -> Services:
    """Return the services of these settings, built once in this process."""
    return Services.from_settings(settings)


def default_services() -> Services:
    """Return the services of the environment's settings.

    Raises:
        InvalidValueError: an environment variable has a value that is not allowed.
    """
    return services_for(load_settings())
