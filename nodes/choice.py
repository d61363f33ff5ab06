"""Which rule of its plan a beat follows, and about which items, as far as its targets take it now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from heartbeat.capabilities import Direction
from heartbeat.draft import Offer
from heartbeat.feed import Item
from heartbeat.followed import Followed
from heartbeat.memory import Memory
from heartbeat.plan import Do, Finding, Rule, RuleState, WhenKind
from heartbeat.vocabulary import ActionKind, FeedKind
from heartbeat_decision.writing import ITEMS_LIMIT

_DIRECTIONS: Mapping[str, Direction] = {Do.VOTE_UP: "up", Do.VOTE_DOWN: "down"}


@dataclass(frozen=True)
class Acts:
    """What the beat can do now: ``offer``, and what the thread has done before by ``memory``.

    ``tells_only``: something that the owner says could not be read, so that nothing else may be done.
    """

    offer: Offer
    memory: Memory
    tells_only: bool = False

    def can(self, finding: Finding) -> bool:
        """Return whether a rule that is due can be followed now."""
        return not self.hindrance(finding)

    def hindrance(self, finding: Finding) -> str:
        """Return why a rule that is due cannot be followed now, in a few words; empty where it can."""
        kind = kind_of(finding.rule)
        if self.tells_only and kind != ActionKind.TELL:
            return "nothing is done now but to tell"
        if kind not in self.offer.kinds:
            return f"no {kind} is possible now"
        if _needs_item(finding.rule) and not self.usable(finding):
            return f"nothing that it is due for can get a {kind}, or it has its {kind} already"
        return ""

    def with_hindrances(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings; each that is due and cannot be followed now says why."""
        return [replace(each, hindrance=self.hindrance(each)) if each.is_due else each for each in findings]

    def usable(self, finding: Finding) -> tuple[Item, ...]:
        """Return the items of a finding that its act can be done about, in their order."""
        rule = finding.rule
        if not _needs_item(rule):
            return finding.items
        return tuple(item for item in finding.items if self._takes(rule, item))

    def _takes(self, rule: Rule, item: Item) -> bool:
        group = {FeedKind.POST: self.offer.posts, FeedKind.COMMENT: self.offer.comments}.get(item.kind, {})
        shown = group.get(item.id)
        kind = kind_of(rule)
        if shown is None or self.memory.has_done(kind, item.target_id):
            return False
        return kind != ActionKind.VOTE or (not shown.own and shown.own_vote is None)


@dataclass(frozen=True)
class Choice:
    """The rule that is followed: ``items`` are what it is followed for, one item where it acts on one."""

    finding: Finding
    items: tuple[Item, ...]

    @property
    def rule(self) -> Rule:
        """The rule."""
        return self.finding.rule

    @property
    def told(self) -> tuple[Item, ...]:
        """The items that its text may tell of, of which it is known that they do not tell an agent what to do.

        Of what a rule uses up, these are the newest: no more than whoever writes the text is shown.
        """
        innocent = self._innocent
        return innocent[-ITEMS_LIMIT:] if self._uses_up else innocent

    @property
    def untold(self) -> int:
        """The number of older ones for which the text has no room."""
        return len(self._innocent) - len(self.told)

    @property
    def listed(self) -> tuple[Item, ...]:
        """The other items, which are only named below its text."""
        told = {item.key for item in self.told}
        return tuple(item for item in self.items if item.key not in told)

    @property
    def _innocent(self) -> tuple[Item, ...]:
        finding = self.finding
        named = {item.key for item in (*(each.item for each in finding.unguarded), *finding.left_out)}
        return tuple(item for item in self.items if item.key not in named)

    @property
    def _uses_up(self) -> bool:
        """Whether what it is followed for counts as done with it, so that nothing of it may be left unsaid."""
        return self.rule.when.kind == WhenKind.NEW or self.rule.free

    @property
    def kind(self) -> str:
        """The kind of the action."""
        return kind_of(self.rule)

    @property
    def item(self) -> Item | None:
        """The one item that it is about, if it is one."""
        return self.items[0] if len(self.items) == 1 else None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the decision that no model decides."""
        fields: dict[str, Any] = {"action": self.kind}
        if direction := _DIRECTIONS.get(self.rule.do):
            fields["vote_direction"] = direction
        if self.item is not None and _needs_item(self.rule):
            fields["post_id" if self.item.kind == FeedKind.POST else "comment_id"] = self.item.id
        elif self.item is not None and self.kind in {ActionKind.TELL, ActionKind.NOTE}:
            fields["about"] = f"{self.item.kind} {self.item.id}"
        return fields


def kind_of(rule: Rule) -> str:
    """Return the kind of action that a rule asks for."""
    return ActionKind.VOTE if rule.do in _DIRECTIONS else rule.do


def _needs_item(rule: Rule) -> bool:
    return rule.do in {Do.COMMENT, *_DIRECTIONS}


def choose(findings: Iterable[Finding], acts: Acts) -> Choice | None:
    """Return the first rule that is due and can be followed now, with its items; None if there is none."""
    for finding in findings:
        if not finding.is_due or not acts.can(finding):
            continue
        usable = acts.usable(finding)
        together = not _needs_item(finding.rule) and finding.rule.when.kind not in _ONE_BY_ONE
        return Choice(finding, usable if together else usable[:1])
    return None


_ONE_BY_ONE = frozenset({WhenKind.ITEM, WhenKind.ADDRESSED, WhenKind.DUE})
"""Occasions on which a rule is followed for one item at a time."""


@dataclass(frozen=True)
class Outcome:
    """What a beat found of its plan: the ``findings`` of all rules, and the ``choice`` if a rule is followed.

    ``unread`` are the keys of items, and ``unread_tasks`` names of tasks, that wait for lines which are not read yet;
    ``warnings`` say what keeps the beat from following all that its owner says.
    """

    findings: Sequence[Finding]
    choice: Choice | None
    acts: Acts
    lines: Mapping[str, str] = field(default_factory=dict)
    judged_with: str = ""
    unread: tuple[str, ...] = ()
    unread_tasks: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()

    def followed(self) -> Followed:
        """Return what the thread has to remember of it."""
        choice = self.choice
        return Followed(
            lines=dict(self.lines),
            judged_with=self.judged_with,
            rule=choice.rule.id if choice else None,
            items={item.key: item.digest for item in choice.items[-ITEMS_LIMIT:]} if choice else {},
            upto=_used_up(choice) if choice else {},
            due=tuple(each.rule.id for each in self._left()),
            left=len(self._left()) + sum(len(each.judge) for each in self.findings if each.state in _NEXT),
            looked=tuple(each.rule.id for each in self.findings if each.state == RuleState.NOTHING),
            waiting=tuple(dict.fromkeys([*self._waiting(), *self.unread])),
            tasks=(*self._open_tasks(), *sorted(self.unread_tasks)),
        )

    def _open_tasks(self) -> Iterable[str]:
        """Yield the due tasks whose rule was not followed."""
        for each in self.findings:
            is_chosen = self.choice is not None and each.rule.id == self.choice.rule.id
            if each.rule.when.task is not None and each.state in _OPEN and not is_chosen:
                yield each.rule.when.task

    def _left(self) -> list[Finding]:
        """Return the findings of rules that can be followed now and are not, or not for all of their items."""
        return [
            each for each in self.findings if each.is_due and self.acts.can(each) and self._items_left(each)
        ]

    def _items_left(self, finding: Finding) -> bool:
        """Return whether something is left to do for a rule after this beat."""
        if self.choice is None or finding.rule.id != self.choice.rule.id:
            return True
        return len(self.choice.items) < len(self.acts.usable(finding))

    def _waiting(self) -> Iterable[str]:
        done = {item.key for item in self.choice.items} if self.choice else set()
        for finding in self.findings:
            yield from (each.item.key for each in finding.judge)
            if finding.state not in _WAIT or finding.rule.when.kind not in _ONE_BY_ONE:
                continue
            is_chosen = self.choice is not None and finding.rule.id == self.choice.rule.id
            yield from (
                item.key for item in finding.items if item.new and not (is_chosen and item.key in done)
            )


_OPEN = frozenset({RuleState.DUE, RuleState.JUDGE, RuleState.SILENCED})
"""States of rules that go on waiting with what they were found for."""


_NEXT = frozenset({RuleState.DUE, RuleState.JUDGE})
"""States of rules that a beat which follows up goes on with."""
_WAIT = _OPEN | {RuleState.NOT_NOW, RuleState.LIMITED, RuleState.PASSED_OVER}
"""States of rules for which new items wait, since the state passes."""


def _used_up(choice: Choice) -> dict[str, int]:
    """Return the positions up to which a rule that counts has used up what is new; nothing that is to be judged."""
    upto: dict[str, int] = {}
    if choice.rule.when.kind != WhenKind.NEW:
        return upto
    for item in (*choice.items, *choice.finding.left_out):
        upto[item.mark] = max(item.position, upto.get(item.mark, 0))
    for each in choice.finding.judge:
        if (mark := each.item.mark) in upto:
            upto[mark] = min(upto[mark], each.item.position - 1)
    return upto
