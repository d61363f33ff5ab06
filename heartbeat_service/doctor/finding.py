"""Results of checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]

MOST = 10
"""Findings of one kind that are shown; the rest is counted, so that many threads do not hide other findings."""


@dataclass(frozen=True)
class Finding:
    """One sentence of one check and, unless the level is ``ok``, a remedy: a command or a step.

    A ``problem`` stops beats. A ``warning`` does not, or reports something that was switched off on purpose.
    """

    check: str
    level: Level
    said: str
    remedy: str | None = None


def ok(check: str, said: str) -> Finding:
    """Return the finding of a passed check."""
    return Finding(check, "ok", said)


def warning(check: str, said: str, remedy: str) -> Finding:
    """Return a finding that does not stop beats, but may change what they do."""
    return Finding(check, "warning", said, remedy)


def problem(check: str, said: str, remedy: str) -> Finding:
    """Return a finding that stops beats."""
    return Finding(check, "problem", said, remedy)


def unexpected(check: str, error: BaseException) -> Finding:
    """Return the finding of a check that raised an error."""
    reason = str(error) or "no reason given"
    return problem(
        check,
        f"This could not be checked: {type(error).__name__}: {reason:.300}",
        "mend that, then look again",
    )


def few(findings: Sequence[Finding]) -> list[Finding]:
    """Return the first findings of a kind, and one that gives the number of the others."""
    shown, rest = list(findings[:MOST]), findings[MOST:]
    if rest:
        level: Level = "problem" if any(each.level == "problem" for each in rest) else "warning"
        more = f"There are {len(rest)} more like these."
        shown.append(Finding(rest[0].check, level, more, "mend these first, then look again"))
    return shown
