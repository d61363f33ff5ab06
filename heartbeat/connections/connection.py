"""One connection as it stands: usable, or faulty with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from heartbeat.connections.spec import LookedAt, Spec
from heartbeat.connections.veil import Veil
from heartbeat.fetching import Fetch
from heartbeat.targets import Target
from heartbeat.vocabulary import ConnectionOrigin, ConnectionState, Reach


@dataclass(frozen=True)
class Connection:
    """A configured way to the outside.

    ``values`` are its keys without secrets, ``secrets`` the names of the secret keys it has, and ``leads_to`` says
    where it leads in a word or two. A ``hidden`` row is not used, because connections.toml has a table of its name.
    ``problem`` is one sentence. ``target`` is None where it has none, is faulty or hidden, and so is ``fetch``, by
    which it is looked at ``every`` so many seconds; ``left_out`` says what the last look could not use, and
    ``held_back`` how much it left for the next one. An ``unused`` one is private, and no thread names it.
    ``veil`` hides what the environment has filled in.
    """

    name: str
    kind: str
    origin: ConnectionOrigin
    reach: Reach | None = None
    private: bool = False
    leads_to: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    state: ConnectionState = ConnectionState.OK
    problem: str | None = None
    hidden: bool = False
    target: Target | None = None
    fetch: Fetch | None = None
    every: int | None = None
    last_try: datetime | None = None
    last_sent: datetime | None = None
    down_since: datetime | None = None
    last_look: datetime | None = None
    next_look: datetime | None = None
    failing_since: datetime | None = None
    left_out: str | None = None
    held_back: int = 0
    unused: bool = False
    spec: Spec | None = field(default=None, repr=False)
    veil: Veil = field(default_factory=Veil, repr=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of actions that its target takes."""
        if self.target is None:
            return ()
        offered = self.target.capabilities()
        return (*offered.kinds, *(action.kind for action in offered.actions))

    def oldest(self, now: datetime) -> datetime | None:
        """Return how old an item may be that the first look takes, None for any age."""
        return self.spec.oldest(now) if isinstance(self.spec, LookedAt) else None

    @property
    def is_usable(self) -> bool:
        """Whether something can be delivered to it."""
        return self.target is not None
