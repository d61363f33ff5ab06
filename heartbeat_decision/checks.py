"""What is known of models that were looked for on their servers, and for how long that is reused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from heartbeat_decision.server import Tag

UP_CACHE_SECONDS = 60.0
"""Seconds for which a successful check of a model is reused."""
REPLIED_CACHE_SECONDS = 300.0
"""Seconds for which it is reused where the model has replied since, and no call has failed."""
DOWN_CACHE_SECONDS = 2.0
"""Seconds for which a failed check is reused, so that beats that are due together share one."""


@dataclass
class _Check:
    """What was found, and until when it is reused: until ``latest`` if the model replies to questions meanwhile."""

    tag: Tag
    until: float
    latest: float


@dataclass
class Checks:
    """The newest check of each model, by the address of its server and its name; instants are in seconds."""

    _newest: dict[tuple[str, str], _Check] = field(default_factory=dict)

    async def find(self, url: str, model: str, now: float, look: Callable[[], Awaitable[Tag]]) -> Tag:
        """Return what is known of a model; ``look`` asks the server where nothing is, or not any more."""
        known = self._newest.get((url, model))
        if known is not None and now < known.until:
            return known.tag
        tag = await look()
        self.keep(url, model, tag, now)
        return tag

    def keep(self, url: str, model: str, tag: Tag, now: float) -> None:
        """Keep what a check has found."""
        until, latest = (
            (DOWN_CACHE_SECONDS, DOWN_CACHE_SECONDS)
            if tag.problem
            else (UP_CACHE_SECONDS, REPLIED_CACHE_SECONDS)
        )
        self._newest[url, model] = _Check(tag, now + until, now + latest)

    def last(self, url: str, model: str) -> Tag:
        """Return what the newest check has found, however old it is; an empty result if there was none."""
        known = self._newest.get((url, model))
        return Tag() if known is None else known.tag

    def note_reply(self, url: str, model: str) -> None:
        """Reuse the newest check for longer: the model has replied."""
        known = self._newest.get((url, model))
        if known is not None:
            known.until = known.latest

    def note_failure(self, url: str, model: str) -> None:
        """Reuse the newest check no more: a call has failed."""
        known = self._newest.get((url, model))
        if known is not None:
            known.until = known.latest = 0.0
