"""Compare what was read from a line with its gold; what is right is said by `heartbeat.plan.compare`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evals.plan.lines import DAYS, GoldRule, Line, Reading
from heartbeat.plan import LineRole, Rule
from heartbeat.plan.compare import Also as Allowed
from heartbeat.plan.compare import Comparison, Meant, limits_compared
from heartbeat.plan.compare import compare as compare_rules


def compare(line: Line, rules: Sequence[Rule], role: LineRole | None = None) -> Comparison:
    """Return what is right about the rules read from a line, or the role where there are none.

    The accepted reading that comes nearest counts.
    """
    found = [compare_rules(_meant(line, reading), rules, role) for reading in line.readings]
    return min(found, key=lambda each: each.rank)


def _meant(line: Line, reading: Reading) -> Meant:
    role = None if line.said is not None else reading.quiet
    return Meant(line.rules_of(reading), role, [_allowed(gold) for gold in reading.gold])


def _allowed(gold: GoldRule) -> Allowed:
    """Return what `also` of a rule allows, in the form in which fields are compared."""
    return {name: [_plain(value) for value in values] for name, values in gold.also}


def _plain(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    return limits_compared(_numbered(value))


def _numbered(values: Iterable[object]) -> Iterable[object]:
    return (DAYS.index(value) if value in DAYS else value for value in values)
