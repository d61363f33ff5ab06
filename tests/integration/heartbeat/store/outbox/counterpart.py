"""A target outside as the outbox cannot see it: what really arrived, and what it knows of keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from heartbeat.capabilities import Capabilities


@dataclass(frozen=True)
class Sort:
    """What a target declares, and whether it can be searched."""

    can: Capabilities
    searchable: bool = False

    @property
    def settles(self) -> timedelta:
        return timedelta(seconds=max(self.can.time_limit, self.can.settles_after))


SORTS: dict[str, Sort] = {
    "neither": Sort(Capabilities(time_limit=10)),
    "keys": Sort(Capabilities(time_limit=10, remembers_keys=1_000_000)),
    "forgets keys": Sort(Capabilities(time_limit=10, remembers_keys=60)),
    "search": Sort(Capabilities(time_limit=10, settles_after=40), searchable=True),
    "forgets keys, search": Sort(Capabilities(time_limit=10, remembers_keys=60), searchable=True),
    "repeats": Sort(Capabilities(time_limit=10, repeat=True)),
}


@dataclass
class Counterpart:
    """Takes deliveries; an effect may appear late, but no later than the target's declaration allows."""

    sort: Sort
    effects: dict[str, list[datetime]] = field(default_factory=dict)
    """By key: when each effect appeared, or will."""
    seen: dict[str, datetime] = field(default_factory=dict)
    """When a key was seen first, as long as it is remembered."""

    def take(self, key: str, now: datetime, *, late: timedelta = timedelta()) -> None:
        """Do what a request asks for, unless its key is known."""
        memory = timedelta(seconds=self.sort.can.remembers_keys)
        first = self.seen.get(key)
        if first is not None and now < first + memory:
            return
        self.seen[key] = now
        self.effects.setdefault(key, []).append(now + late)

    def has(self, key: str, now: datetime) -> bool:
        """Return what a search says."""
        return any(at <= now for at in self.effects.get(key, ()))

    def count(self, key: str) -> int:
        """Return how often a delivery arrived."""
        return len(self.effects.get(key, ()))
