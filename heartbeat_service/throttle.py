"""Rate limit for guesses of a secret: per caller, and for all callers together."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

BURST, EVERY = 10, 10.0
"""Guesses that one caller has at first, and seconds until it gets another one."""
BURST_OF_ALL, EVERY_OF_ALL = 100, 0.2
"""The same for all callers together that have never sent the right secret."""
CALLERS = 1024
"""Number of remembered callers; a forgotten caller has all its guesses again."""
_VALUES = 8
"""Wrong values remembered per caller; repeating one, as a program with a stale secret does, is not a new guess."""


@dataclass
class Bucket:
    """A token bucket: ``burst`` guesses at first, one more each ``every`` seconds; at time ``full`` it is full."""

    burst: int
    every: float
    full: float = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until a guess is available, 0 if one is."""
        # After the clock was set back, nobody waits longer than for an empty bucket.
        self.full = min(self.full, now + self.burst * self.every)
        # Timestamps as floats are only precise to a tenth of a microsecond.
        return round(max(0.0, self.full - (self.burst - 1) * self.every - now), 3)

    def take(self, now: float) -> None:
        """Use one guess."""
        self.full = max(self.full, now) + self.every


@dataclass
class _Caller:
    bucket: Bucket
    values: deque[bytes] = field(default_factory=lambda: deque(maxlen=_VALUES))
    trusted: bool = False


class Throttle:
    """Limits how often each caller may guess a secret.

    Only distinct wrong values count; a guess that is refused without being compared costs nothing.
    ``now`` is in seconds of any clock; a caller is any text that identifies one.
    """

    def __init__(self) -> None:
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._all = Bucket(BURST_OF_ALL, EVERY_OF_ALL)

    def wait(self, caller: str, now: float) -> int:
        """Return the whole seconds until the caller may guess; 0 means now."""
        known = self._callers.get(caller)
        own = known.bucket.wait(now) if known else 0.0
        # A caller that has sent the right secret is not blocked by the guesses of others.
        others = 0.0 if known and known.trusted else self._all.wait(now)
        return math.ceil(max(own, others))

    def wrong(self, caller: str, value: str, now: float) -> None:
        """Count a wrong value, unless the caller has sent it recently."""
        known = self._remember(caller)
        digest = _digest(value)
        if digest in known.values:
            return
        known.values.append(digest)
        known.bucket.take(now)
        if not known.trusted:
            self._all.take(now)

    def right(self, caller: str) -> None:
        """Remember that the caller has sent the right secret; its own wrong guesses stay counted."""
        self._remember(caller).trusted = True

    def _remember(self, caller: str) -> _Caller:
        known = self._callers.setdefault(caller, _Caller(Bucket(BURST, EVERY)))
        self._callers.move_to_end(caller)
        if len(self._callers) > CALLERS:
            self._callers.popitem(last=False)
        return known


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode(errors="surrogatepass")).digest()[:8]
