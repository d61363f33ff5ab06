"""What a check has to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]

MOST = 10
"""How many findings of one kind are told one by one, so that a thousand threads do not hide the rest."""


@dataclass(frozen=True)
class Finding:
    """One sentence of one check, and, unless all is well, what to do: a command or a step.

    A ``problem`` stops beats. A ``warning`` does not, or is something that somebody has switched off on purpose.
    """

    check: str
    level: Level
    said: str
    remedy: str | None = None


def ok(check: str, said: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", said)


def warning(check: str, said: str, remedy: str) -> Finding:
    """Beats go on, perhaps not as meant."""
    return Finding(check, "warning", said, remedy)


def problem(check: str, said: str, remedy: str) -> Finding:
    """Something stops beats."""
    return Finding(check, "problem", said, remedy)


def unexpected(check: str, error: BaseException) -> Finding:
    """Return the finding of a check that could not be made."""
    reason = str(error) or "no reason given"
    return problem(
        check,
        f"This could not be checked: {type(error).__name__}: {reason:.300}",
        "mend that, then look again",
    )


def few(findings: Sequence[Finding]) -> list[Finding]:
    """Return the first findings of a kind, and one that counts the others."""
    shown, rest = list(findings[:MOST]), findings[MOST:]
    if rest:
        level: Level = "problem" if any(each.level == "problem" for each in rest) else "warning"
        more = f"There are {len(rest)} more like these."
        shown.append(Finding(rest[0].check, level, more, "mend these first, then look again"))
    return shown


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it needs one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
