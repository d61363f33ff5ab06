"""The HEARTBEAT.md that the product descends from, how it is read, and a thread whose beats follow it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama
from tests.support.plan_beats import PlanModel
from tests.support.world import World

TEXT = """# HEARTBEAT.md

## Checklist
- Check for urgent items
- Review new posts

## Rules
- If no urgent items → silent.
- If 3+ new posts → summarize.

## Proactive
- Vote on consensus questions
- Monitor core users
"""
READS = Reads(
    {
        "If no urgent items": ("silent", "always", "any", {}),
        "If 3+ new posts": ("post", "number", "forum", {"number": "at least 3", "how": "a summary"}),
        "Vote on consensus": ("upvote", "if", "forum", {"question": "Does it ask for agreement?"}),
    }
)


def voting() -> PlanModel:
    """Return a model that finds agreement asked for, and writes a summary."""
    return PlanModel(
        meant={"agreement": ("Do we agree",)}, fields={"title": "Three posts", "content": "Bo wrote three."}
    )


@contextmanager
def original(folder: Path, ollama: FakeOllama, model: PlanModel) -> Iterator[World]:
    """Yield a workspace whose one thread follows the file, which nobody has read yet."""
    made = World(folder, ollama, decision="plan")
    ollama.reads, ollama.answer = READS, model
    made.write(TEXT)
    made.thread()
    yield made
    made.close()
