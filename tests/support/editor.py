"""An editor of the owner, which saves the file that notes go to in the ways in which editors save."""

from __future__ import annotations

import threading
from enum import StrEnum
from pathlib import Path
from random import Random

from tests.support.holds import PATIENCE


class Save(StrEnum):
    """How an editor saves."""

    TRUNCATE = "truncate"
    RENAME = "rename"


class Editor:
    """Loads a file, adds a line of its own and saves the whole, again and again, in a thread of its own.

    Its buffer is stale as soon as somebody else writes between its loading and its saving. It goes on for a little
    while after each `wait_for`, so that it also saves while others write.
    """

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.typed: list[str] = []
        self._rng = Random(seed)
        self._closed = threading.Event()
        self._turn = threading.Condition()
        self._cycles = self._wanted = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Editor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        with self._turn:
            self._turn.notify_all()
        self._thread.join()

    def wait_for(self, cycles: int) -> None:
        """Wait until so many cycles have ended from now on, or for 0 until none goes on."""
        with self._turn:
            if not cycles:
                assert self._turn.wait_for(lambda: self._cycles >= self._wanted, timeout=PATIENCE)
                return
            goal = self._cycles + cycles
            self._wanted = goal + self._rng.choice((0, 1, 2))
            self._turn.notify_all()
            assert self._turn.wait_for(lambda: self._cycles >= goal, timeout=PATIENCE)

    def pause(self) -> None:
        """Wait for a moment, in which it may begin to save once more."""
        with self._turn:
            self._wanted = max(self._wanted, self._cycles + self._rng.choice((0, 1)))
            self._turn.notify_all()
        self._closed.wait(0.001)

    def _run(self) -> None:
        while not self._closed.is_set():
            with self._turn:
                self._turn.wait_for(lambda: self._closed.is_set() or self._cycles < self._wanted)
            if not self._closed.is_set():
                self._save()
                with self._turn:
                    self._cycles += 1
                    self._turn.notify_all()

    def _save(self) -> None:
        lines = self.path.read_bytes().split(b"\n")
        line = f"typed {len(self.typed)}"
        lines.insert(self._rng.randrange(len(lines)), line.encode())
        data = b"\n".join(lines)
        self._dawdle()
        if self._rng.choice(list(Save)) == Save.TRUNCATE:
            half = len(data) // 2
            with self.path.open("wb", buffering=0) as file:
                self._dawdle()
                file.write(data[:half])
                self._dawdle()
                file.write(data[half:])
        else:
            new = self.path.with_name(".saving")
            new.write_bytes(data)
            self._dawdle()
            new.replace(self.path)
        self.typed.append(line)

    def _dawdle(self) -> None:
        self._closed.wait(self._rng.choice((0, 0.0005)))
