"""A cache of the model's answers about lines and items, so that a line is not asked about at every beat."""

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
from heartbeat_decision.prompts.answers import Answer

ANSWERS_LIMIT = 10_000
"""Number of answers a process keeps in memory; the least recently used is evicted first."""

Key = tuple[str, ...]
"""Everything that changes an answer: server, model and its digest, version of the prompts, question and line."""
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class StoredAnswers:
    """Answers in the database, shared by all processes.

    Only a hash of each key is stored, never the line itself.
    """

    store: Store
    clock: Callable[[], datetime]

    def get(self, key: Key) -> tuple[dict[str, Any], datetime] | None:
        """Return an answer and when it was given; None if there is none, or only one that has expired."""
        return self.store.read(readings.get, _digest(key), self.clock())

    def keep(self, key: Key, answer: Answer, at: datetime) -> None:
        """Store an answer that was given at ``at``."""
        self.store.write(readings.keep, _digest(key), answer.plain(), at)

    def counts(self, at: datetime) -> bool:
        """Return whether an answer given at ``at`` has not expired."""
        return readings.counts(at, self.clock())


class Answers:
    """Keep the answers of one process: at most ``limit`` in memory, safe to use from any OS thread.

    Lasting answers are also written to ``stored`` and looked up there, if it is given.
    """

    def __init__(self, stored: StoredAnswers | None = None, limit: int = ANSWERS_LIMIT) -> None:
        self._stored, self._limit = stored, limit
        self._kept: OrderedDict[Key, tuple[Answer, datetime | None]] = OrderedDict()
        self._lock = threading.Lock()

    async def find(self, key: Key, form: type[A], *, lasting: bool) -> A | None:
        """Return the cached answer, or None; a stored value that is not valid as a ``form`` counts as none."""
        kept = self.get(key)
        if isinstance(kept, form):
            return kept
        row = await asyncio.to_thread(self._stored.get, key) if self._stored and lasting else None
        if row is None:
            return None
        value, at = row
        try:
            answer = form.model_validate(value)
        except ValidationError:
            return None
        self.keep(key, answer, at)
        return answer

    async def note(self, key: Key, answer: Answer, *, lasting: bool) -> None:
        """Cache an answer, and store it if it is lasting."""
        stored = self._stored if lasting else None
        at = stored.clock() if stored else None
        self.keep(key, answer, at)
        if stored and at:
            await asyncio.to_thread(stored.keep, key, answer, at)

    def get(self, key: Key) -> Answer | None:
        """Return the answer in memory, or None if there is none or it has expired."""
        with self._lock:
            answer, at = self._kept.get(key, (None, None))
            if answer is None or (at and self._stored and not self._stored.counts(at)):
                return None
            self._kept.move_to_end(key)
            return answer

    def keep(self, key: Key, answer: Answer, at: datetime | None = None) -> None:
        """Keep an answer in memory; ``at`` is when it was given, None if it never expires."""
        with self._lock:
            self._kept[key] = answer, at
            self._kept.move_to_end(key)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)


def _digest(key: Key) -> str:
    text = json.dumps(key, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
