"""A model that never says the same twice, and takes its time."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from tests.support.ollama import Say
from tests.support.reading import WRITING, Reader, asked_for, written

LINE = "Say something new"
"""The line of the instructions."""
SILENT = 0.3
QUICK, SLOW, VERY_SLOW = (0.0, 0.3), (0.3, 3.0), (3.0, 9.0)


class Voice:
    """Reads the only line as one for a post or for silence, and writes posts; ``said`` are their texts.

    The answer that ends the questions of a beat, the text or the silence, comes after a random delay.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.said: set[str] = set()
        self.silent = 0

    @property
    def answers(self) -> int:
        """How many beats it has answered to the end."""
        return len(self.said) + self.silent

    def __call__(self, body: dict[str, Any]) -> Say:
        question = asked_for(body)
        with self._lock:
            silent = question == "label" and self._random.random() < SILENT
            self.silent += silent
            delay = self._delay() if silent or question == WRITING else 0.0
            say = Say(self._text(body)) if question == WRITING else self._reader(silent)(body)
        time.sleep(delay)
        return say

    def _reader(self, silent: bool) -> Reader:
        return Reader(lines={LINE: "silence" if silent else "post"})

    def _delay(self) -> float:
        return self._random.uniform(*self._random.choices((QUICK, SLOW, VERY_SLOW), (60, 30, 10))[0])

    def _text(self, body: dict[str, Any]) -> str:
        content = f"Text {self.answers + 1}."
        self.said.add(content)
        return written(body, title=content, content=content)
