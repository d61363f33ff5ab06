"""What processes may say on standard error when others are killed and frozen, and what they may not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

EXPECTED = {
    "a beat was lost to another": re.compile(r" WARNING beat \d+ was lost: "),
    "a lease was not renewed": re.compile(r" WARNING lease of beat \d+ not (renewed|ended): "),
    "the clock seemed to be set": re.compile(r" WARNING the clock was set by "),
}


def read(paths: Iterable[Path]) -> tuple[Counter[str], list[str]]:
    """Return how often each expected line came, and every other line with the log it stands in."""
    known: Counter[str] = Counter()
    others = []
    for path in paths:
        for line in path.read_text().splitlines():
            name = next((name for name, shape in EXPECTED.items() if shape.search(line)), None)
            if name is not None:
                known[name] += 1
            elif line.strip():
                others.append(f"{path.stem}: {line}")
    return known, others
