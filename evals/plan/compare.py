"""Compare what was read from a line with its gold, field by field, without a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations

from pydantic import BaseModel, ConfigDict

from evals.plan.lines import DAYS, GoldRule, Line, Reading
from heartbeat.plan import About, Do, Limit, LineRole, Rule, WhenKind

RULES, ROLE = "rules", "role"
"""What is wrong where the number of rules, or the role of a quiet line, is another."""

_ON_FORUM = frozenset({Do.COMMENT, Do.VOTE_UP, Do.VOTE_DOWN})
"""What is done to posts and comments only, so that a rule need not say that it is about them."""


class Verdict(BaseModel):
    """What is right about a reading of a line.

    ``do`` is whether it has as many rules as the gold and each does what it should, or none where the line is quiet;
    ``whole`` whether every compared field is right too, and ``wrong`` the names of those that are not.
    """

    model_config = ConfigDict(frozen=True)

    do: bool
    whole: bool
    wrong: tuple[str, ...] = ()


def compare(line: Line, rules: Sequence[Rule], role: LineRole | None = None) -> Verdict:
    """Return what is right about the rules read from a line, or the role where there are none.

    The accepted reading that comes nearest counts. Rules are compared in the order that fits best. Of ``question``,
    ``how`` and exceptions the wording is not compared, nor is the limit once an item, which is the rule anyway.
    """
    verdicts = [_verdict(line, reading, rules, role) for reading in line.readings]
    return min(verdicts, key=lambda verdict: (not verdict.do, len(verdict.wrong)))


def _verdict(line: Line, reading: Reading, rules: Sequence[Rule], role: LineRole | None) -> Verdict:
    if len(rules) != len(reading.gold):
        return Verdict(do=False, whole=False, wrong=(RULES,))
    if not rules:
        right = line.said is not None or role == reading.quiet
        return Verdict(do=True, whole=right, wrong=() if right else (ROLE,))
    gold = list(zip(reading.gold, line.rules_of(reading), strict=True))
    tried = [
        [_wrong(asked, meant, read) for (asked, meant), read in zip(gold, order, strict=True)]
        for order in permutations(rules)
    ]
    best = min(tried, key=lambda found: (sum("do" in wrong for wrong in found), sum(map(len, found))))
    wrong = tuple(dict.fromkeys(field for fields in best for field in fields))
    return Verdict(do="do" not in wrong, whole=not wrong, wrong=wrong)


def _wrong(gold: GoldRule, meant: Rule, read: Rule) -> list[str]:
    """Return the fields of a rule that have neither the value of the gold nor one that counts as right too."""
    found, expected = _values(read), _values(meant)
    if meant.free and read.free:
        del expected["when"]
    if meant.do in _ON_FORUM and meant.about == (About.FORUM,) and not read.about:
        del expected["about"]
    if meant.when.kind == read.when.kind:
        found, expected = found | _of_kind(read), expected | _of_kind(meant)
    return [
        field
        for field, value in expected.items()
        if found[field] != value and found[field] not in map(_plain, getattr(gold.also, field, ()))
    ]


def _values(rule: Rule) -> dict[str, object]:
    only, until = rule.only, rule.until
    return {
        "do": rule.do,
        "when": rule.when.kind,
        "about": frozenset(rule.about),
        "places": frozenset(rule.places),
        "days": frozenset(only.days),
        "from": only.start,
        "to": only.end,
        "at": frozenset(only.at),
        "every_hours": only.every_hours,
        "until": until and until.instant,
        "until_next": until is not None and until.next_message,
        "limits": frozenset(rule.limits) - {Limit.ITEM},
        "unless": len(rule.unless.questions),
        "unless_days": frozenset(rule.unless.days),
        "where": rule.where,
        "free": rule.free,
    }


def _of_kind(rule: Rule) -> dict[str, object]:
    """Return the fields that are compared only where the occasion is of the same kind."""
    when = rule.when
    match when.kind:
        case WhenKind.NEW:
            return {"count": when.count}
        case WhenKind.ITEM:
            return {"open": when.is_open}
        case WhenKind.DUE:
            return {"within": when.within}
        case WhenKind.TASK:
            return {"task": when.task}
        case WhenKind.ADDRESSED | WhenKind.ALWAYS:
            return {}


def _plain(value: object) -> object:
    """Return a value of `Also` in the form in which fields are compared."""
    if not isinstance(value, tuple):
        return value
    return frozenset(_numbered(value)) - {Limit.ITEM}


def _numbered(values: Iterable[object]) -> Iterable[object]:
    return (DAYS.index(value) if value in DAYS else value for value in values)
