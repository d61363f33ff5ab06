"""What lines of instructions were read as, so that a line is asked about once and not at every beat."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from heartbeat.store import Store, readings
from nodes.prompts.answers import Answer

READINGS_LIMIT = 10_000
"""Answers that a process keeps; the one longest unused goes first."""

Key = tuple[str, ...]
"""Server, model and its digest, version of the words, question and line: whatever changes the answer."""
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Shelf:
    """Where readings lie that outlast the process; lines themselves are not kept there."""

    store: Store
    clock: Callable[[], datetime]

    def get(self, key: Key) -> tuple[dict[str, Any], datetime] | None:
        """Return the answer and when it was given, if there is one that counts."""
        return self.store.read(readings.get, _digest(key), self.clock())

    def keep(self, key: Key, answer: Answer, at: datetime) -> None:
        """Keep an answer."""
        self.store.write(readings.keep, _digest(key), answer.plain(), at)

    def counts(self, at: datetime) -> bool:
        """Whether an answer given then is not too old."""
        return readings.counts(at, self.clock())


class Readings:
    """What lines were read as: bounded, shared by all threads of a process, safe to use from any of them.

    Those that last lie on the ``shelf`` too, if there is one.
    """

    def __init__(self, shelf: Shelf | None = None, limit: int = READINGS_LIMIT) -> None:
        self._shelf, self._limit = shelf, limit
        self._kept: OrderedDict[Key, tuple[Answer, datetime | None]] = OrderedDict()
        self._lock = threading.Lock()

    async def find(self, key: Key, form: type[A], *, lasting: bool) -> A | None:
        """Return the answer that is kept, if there is one; what lies on the shelf and is none is passed over."""
        kept = self.get(key)
        if isinstance(kept, form):
            return kept
        stored = await asyncio.to_thread(self._shelf.get, key) if self._shelf and lasting else None
        if stored is None:
            return None
        value, at = stored
        try:
            answer = form.model_validate(value)
        except ValidationError:
            return None
        self.keep(key, answer, at)
        return answer

    async def note(self, key: Key, answer: Answer, *, lasting: bool) -> None:
        """Keep an answer, where it is to last, on the shelf too."""
        shelf = self._shelf if lasting else None
        at = shelf.clock() if shelf else None
        self.keep(key, answer, at)
        if shelf and at:
            await asyncio.to_thread(shelf.keep, key, answer, at)

    def get(self, key: Key) -> Answer | None:
        """Return what this process keeps, if it still counts."""
        with self._lock:
            answer, at = self._kept.get(key, (None, None))
            if answer is None or (at and self._shelf and not self._shelf.counts(at)):
                return None
            self._kept.move_to_end(key)
            return answer

    def keep(self, key: Key, answer: Answer, at: datetime | None = None) -> None:
        """Keep an answer in this process; ``at`` is when it was given, where it counts for some time only."""
        with self._lock:
            self._kept[key] = answer, at
            self._kept.move_to_end(key)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)


def _digest(key: Key) -> str:
    text = json.dumps(key, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
