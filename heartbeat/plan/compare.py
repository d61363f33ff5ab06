"""Compare what was read from a line with what it asks for, field by field, without a model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from pydantic import BaseModel, ConfigDict

from heartbeat.plan.rule import PlacedBody
from heartbeat.plan.words import About, Do, Limit, LineRole, WhenKind

RULES, ROLE, UNREADABLE = "rules", "role", "unreadable"
"""What is wrong where the number of rules or the role of a quiet line is another, or where there is no reading."""
Also = Mapping[str, Collection[object]]
"""Other values of a rule's fields that count as right too, by the name of the field as `compare` names it."""

_ON_FORUM = frozenset({Do.COMMENT, Do.VOTE_UP, Do.VOTE_DOWN})
"""What is done to posts and comments only, so that a rule need not say that it is about them."""


class Comparison(BaseModel):
    """What is right about a reading of a line.

    ``do`` is whether it has as many rules as are meant and each does what it should, or none where the line is quiet;
    ``whole`` whether every compared field is right too, and ``wrong`` the names of those that are not.
    """

    model_config = ConfigDict(frozen=True)

    do: bool
    whole: bool
    wrong: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[bool, int]:
        """How far it is from right, for a choice of the nearest of several."""
        return not self.do, len(self.wrong)


NOT_READ = Comparison(do=False, whole=False, wrong=(UNREADABLE,))
"""What is right of a line that could not be read."""


@dataclass(frozen=True)
class Meant:
    """What a line asks for: rules, or nothing and the role of the line; without a role any is right.

    ``also`` has for each rule what counts as right besides; it may be empty.
    """

    rules: Sequence[PlacedBody] = ()
    role: LineRole | None = None
    also: Sequence[Also] = ()


def compare(meant: Meant, rules: Sequence[PlacedBody], role: LineRole | None = None) -> Comparison:
    """Return what is right about the rules read from a line, or the role where there are none.

    Rules are compared in the order that fits best. Of ``question``, ``how`` and exceptions the wording is not
    compared, nor is the limit once an item, which is the rule anyway.
    """
    if len(rules) != len(meant.rules):
        return Comparison(do=False, whole=False, wrong=(RULES,))
    if not rules:
        right = meant.role is None or role == meant.role
        return Comparison(do=True, whole=right, wrong=() if right else (ROLE,))
    asked = list(zip(meant.rules, meant.also or [{}] * len(rules), strict=True))
    tried = [
        [_wrong(rule, also, read) for (rule, also), read in zip(asked, order, strict=True)]
        for order in permutations(rules)
    ]
    best = min(tried, key=lambda found: (sum("do" in wrong for wrong in found), sum(map(len, found))))
    wrong = tuple(dict.fromkeys(field for fields in best for field in fields))
    return Comparison(do="do" not in wrong, whole=not wrong, wrong=wrong)


def _wrong(meant: PlacedBody, also: Also, read: PlacedBody) -> list[str]:
    """Return the fields of a rule that have neither the value that is meant nor one that counts as right too."""
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
        if found[field] != value and found[field] not in also.get(field, ())
    ]


def _values(rule: PlacedBody) -> dict[str, object]:
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
        "limits": limits_compared(rule.limits),
        "unless": len(rule.unless.questions),
        "unless_days": frozenset(rule.unless.days),
        "where": rule.where,
        "free": rule.free,
    }


def limits_compared(limits: Iterable[object]) -> frozenset[object]:
    """Return the limits of a rule in the form in which they are compared."""
    return frozenset(limits) - {Limit.ITEM}


def _of_kind(rule: PlacedBody) -> dict[str, object]:
    """Return the fields that are compared only where the occasion is of the same kind."""
    when = rule.when
    match when.kind:
        case WhenKind.NEW:
            return {"count": when.count, "counts": when.counts}
        case WhenKind.ITEM:
            return {"open": when.is_open}
        case WhenKind.DUE:
            return {"within": when.within}
        case WhenKind.TASK:
            return {"task": when.task}
        case WhenKind.ADDRESSED | WhenKind.ALWAYS:
            return {}
