"""Guesses of a secret, counted by who makes them: each caller has a few, and all together have some more."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

BURST, EVERY = 10, 10.0
"""Guesses that one caller has at once, and seconds until it has another."""
BURST_OF_ALL, EVERY_OF_ALL = 100, 0.2
"""The same for all callers that have never shown the right secret."""
CALLERS = 1024
"""Callers that are remembered; who is forgotten has all guesses again."""
_VALUES = 8
"""Values that are remembered of a caller: a program that sends the same stale secret for ever guesses nothing."""


@dataclass
class Bucket:
    """``burst`` guesses at first, and one more every so many seconds; all are there again at ``full``."""

    burst: int
    every: float
    full: float = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until there is a guess, 0 where there is one."""
        # A clock that was set back keeps nobody waiting for longer than an empty bucket.
        self.full = min(self.full, now + self.burst * self.every)
        # Instants of this century are told apart to a tenth of a microsecond only.
        return round(max(0.0, self.full - (self.burst - 1) * self.every - now), 3)

    def take(self, now: float) -> None:
        """Use up a guess."""
        self.full = max(self.full, now) + self.every


@dataclass
class _Caller:
    bucket: Bucket
    values: deque[bytes] = field(default_factory=lambda: deque(maxlen=_VALUES))
    trusted: bool = False


class Throttle:
    """Says how long a caller waits before its next guess is looked at.

    Only different wrong values count, and a guess that is refused unseen costs nothing.
    ``now`` is in seconds, of any clock; a caller is any text that stands for one.
    """

    def __init__(self) -> None:
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._all = Bucket(BURST_OF_ALL, EVERY_OF_ALL)

    def wait(self, caller: str, now: float) -> int:
        """Return the whole seconds until a guess of the caller is looked at; 0: now."""
        known = self._callers.get(caller)
        own = known.bucket.wait(now) if known else 0.0
        # Who has shown the right secret is not kept out by the guesses of others.
        others = 0.0 if known and known.trusted else self._all.wait(now)
        return math.ceil(max(own, others))

    def wrong(self, caller: str, value: str, now: float) -> None:
        """Count a wrong value, unless the caller has shown it lately."""
        known = self._remember(caller)
        digest = _digest(value)
        if digest in known.values:
            return
        known.values.append(digest)
        known.bucket.take(now)
        if not known.trusted:
            self._all.take(now)

    def right(self, caller: str) -> None:
        """Remember that the caller has shown the right secret; its own guesses stay counted."""
        self._remember(caller).trusted = True

    def _remember(self, caller: str) -> _Caller:
        known = self._callers.setdefault(caller, _Caller(Bucket(BURST, EVERY)))
        self._callers.move_to_end(caller)
        if len(self._callers) > CALLERS:
            self._callers.popitem(last=False)
        return known


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode(errors="surrogatepass")).digest()[:8]
