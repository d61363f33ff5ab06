"""A model that never says the same twice, and takes its time."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from tests.support.ollama import Say, decision

LINE = "Say something new"
"""The line of the instructions."""
QUICK, SLOW, VERY_SLOW = (0.0, 0.3), (0.3, 3.0), (3.0, 9.0)


class Voice:
    """Decides for a post each time; ``said`` are their texts. Each comes after a random delay."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.said: set[str] = set()

    @property
    def answers(self) -> int:
        """How many beats it has answered to the end."""
        return len(self.said)

    def __call__(self, body: dict[str, Any]) -> Say:
        with self._lock:
            delay = self._delay()
            say = Say(self._text())
        time.sleep(delay)
        return say

    def _delay(self) -> float:
        return self._random.uniform(*self._random.choices((QUICK, SLOW, VERY_SLOW), (60, 30, 10))[0])

    def _text(self) -> str:
        content = f"Text {self.answers + 1}."
        self.said.add(content)
        return decision(action="post", board="general", title=content, content=content)
