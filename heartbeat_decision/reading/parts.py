"""Divide a line that asks for several things into parts that are read one by one."""

from __future__ import annotations

import re

from heartbeat.instructions.sentences import sentences
from heartbeat.plan.reading import RULES_LIMIT

_SEMICOLON = re.compile(r"\s*[;；]\s*")


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a line: its sentences, divided at semicolons; a question stays with what follows it.

    There are at most `RULES_LIMIT`; what is beyond stays with the last.
    """
    parts = [part for sentence in sentences(text) for part in _SEMICOLON.split(sentence) if part]
    last = RULES_LIMIT - 1
    return (*parts[:last], *([" ".join(parts[last:])] if parts[last:] else ()))
