"""A fake Ollama in its own process, which answers at once: ``python -m benchmarks.instant_model KIND``.

It prints its address and serves until its input ends. KIND is the action of its decisions: none or post.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any

from tests.support.ollama import Say, decision, fake_ollama


@contextmanager
def instant_model(kind: str) -> Iterator[str]:
    """Yield the address of a server whose decisions have this action."""
    command = [sys.executable, "-m", "benchmarks.instant_model", kind]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def main(kind: str) -> None:
    """Serve until the input ends."""
    numbers = itertools.count(1)

    def answer(_: dict[str, Any]) -> Say:
        if kind == "none":
            return Say(decision(action="none"))
        number = next(numbers)
        text = {"title": f"Title {number}", "content": f"Words {number}"}
        return Say(decision(action="post", board="general", **text))

    with fake_ollama() as ollama:
        ollama.answer = answer
        print(ollama.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
