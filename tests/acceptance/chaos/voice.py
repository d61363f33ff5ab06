"""A model that never says the same twice, and takes its time."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from tests.support.ollama import Say, decision

QUICK, SLOW, VERY_SLOW = (0.0, 0.3), (0.3, 3.0), (3.0, 9.0)


class Voice:
    """Posts or stays silent after a random delay; ``said`` are the texts of its posts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.said: set[str] = set()
        self.silent = 0

    @property
    def answers(self) -> int:
        """How often it was asked."""
        return len(self.said) + self.silent

    def __call__(self, _: dict[str, Any]) -> Say:
        with self._lock:
            text, delay = self._text(), self._delay()
        time.sleep(delay)
        return Say(text)

    def _delay(self) -> float:
        return self._random.uniform(*self._random.choices((QUICK, SLOW, VERY_SLOW), (60, 30, 10))[0])

    def _text(self) -> str:
        if self._random.random() < 0.3:
            self.silent += 1
            return decision(action="none", reasoning="Quiet.")
        content = f"Text {self.answers + 1}."
        self.said.add(content)
        return decision(action="post", board="general", title=content, content=content, reasoning="New.")
