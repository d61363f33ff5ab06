"""What lines of instructions were read as, so that a line is asked about once and not at every beat."""

from __future__ import annotations

import threading
from collections import OrderedDict

from nodes.prompts.answers import Answer

READINGS_LIMIT = 10_000
"""Lines whose reading a process keeps; the one longest unused goes first."""

Key = tuple[str, ...]
"""Server, model, version of the words, question and line: whatever changes the answer."""


class Readings:
    """What lines were read as: bounded, shared by all threads of a process, safe to use from any of them."""

    def __init__(self, limit: int = READINGS_LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Answer | None:
        """Return the answer that is kept, if there is one."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Key, answer: Answer) -> None:
        """Keep an answer."""
        with self._lock:
            self._kept[key] = answer
            self._kept.move_to_end(key)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
