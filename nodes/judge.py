"""Answer the questions that a plan asks about items: by the verdicts that are kept, else by the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest
from typing import NamedTuple

from heartbeat.plan import Finding, Judgement, Plan, RuleState, Situation, WhenKind, evaluate
from heartbeat.plan.guard import ENOUGH, MOST_ASKED, asked_for_text, steers
from heartbeat.plan.verdict import Verdict
from heartbeat_decision.writing import ITEMS_LIMIT

Pair = tuple[str, str]
"""A question, and the digest of an item."""
CanAct = Callable[[Finding], bool]


class Judged(NamedTuple):
    """A question about an item, and the rule on behalf of which it is asked."""

    judgement: Judgement
    finding: Finding

    @property
    def pair(self) -> Pair:
        """The question, and the digest of the item."""
        return self.judgement.question, self.judgement.item.digest


Keep = Callable[[Sequence[Judged]], Awaitable[dict[Pair, Verdict]]]
"""Returns the verdicts that are kept of these judgements."""
Ask = Callable[[Judged], Awaitable[Verdict | None]]
"""Asks the model about one item on behalf of a rule, and keeps the verdict; None where it gave none."""


@dataclass
class Judge:
    """Judge items until it is known which rule is followed, with at most ``limit`` questions to the model."""

    kept: Keep
    ask: Ask
    can_act: CanAct
    limit: int
    asked: int = 0
    guards: int = 0
    """How often the guard was asked about items of a text."""
    cleared: int = 0
    """How many of them it found nothing in."""
    unjudged: set[Pair] = field(default_factory=set)
    """What the model had neither yes nor no for: nothing is done about it, and it is asked again by later beats."""
    _looked_up: set[Pair] = field(default_factory=set)

    async def findings(self, plan: Plan, situation: Situation) -> list[Finding]:
        """Return what is found of each rule; rules whose items could not all be judged are left as `JUDGE`.

        A rule is asked about only while no rule before it is known to be followed. Silence is judged first, since
        until then nothing may be done.

        Raises:
            ModelError: the model gave no answer.
        """
        verdicts = dict(situation.verdicts)
        situation = replace(situation, verdicts=verdicts)
        while True:
            findings = evaluate(plan, situation)
            unknown = [each for each in _all(findings) if each.pair not in self._looked_up]
            if unknown:
                self._looked_up |= {each.pair for each in unknown}
                verdicts |= await self.kept(unknown)
                continue
            open_ = (each for each in to_ask(findings, self.can_act) if each.pair not in self.unjudged)
            judged = next(open_, None) if self.asked < self.limit else None
            if judged is not None:
                self.asked += 1
                verdict = await self.ask(judged)
            elif (judged := self._to_guard(findings)) is not None:
                self.guards += 1
                verdict = await self.ask(judged)
                self.cleared += verdict is not None and not steers(verdict)
            else:
                return findings
            if verdict is None:
                self.unjudged.add(judged.pair)
            else:
                verdicts[judged.pair] = verdict

    def _to_guard(self, findings: Sequence[Finding]) -> Judged | None:
        """Return what the guard is asked next before the text of the rule that is followed is written.

        Where there are many items it is asked until enough of them are kept.
        """
        followed = _followed(findings, self.can_act)
        if followed is None or self.guards >= MOST_ASKED:
            return None
        if self.cleared >= ENOUGH and _number_of_items(followed) > MOST_ASKED:
            return None
        return next((each for each in _unguarded(followed) if each.pair not in self.unjudged), None)


def to_guard(findings: Sequence[Finding], can_act: CanAct) -> list[Judged]:
    """Return what the guard would be asked before the text of the rule that is followed is written."""
    followed = _followed(findings, can_act)
    if followed is None:
        return []
    return list(islice(_unguarded(followed), asked_for_text(_number_of_items(followed))))


def _followed(findings: Iterable[Finding], can_act: CanAct) -> Finding | None:
    return next((each for each in findings if each.is_due and can_act(each)), None)


def _number_of_items(finding: Finding) -> int:
    """Return how many items a rule is due for, with those that are left out."""
    return len({item.key for item in (*finding.items, *finding.left_out)})


def _unguarded(finding: Finding) -> Iterator[Judged]:
    """Yield what the guard may be asked about the items that a text shows, the newest first."""
    shown = {item.key for item in finding.items[-ITEMS_LIMIT:]}
    newest = (Judged(each, finding) for each in reversed(finding.unguarded))
    return (each for each in newest if each.judgement.item.key in shown)


def with_kept(
    plan: Plan, situation: Situation, find: Callable[[Sequence[Judged]], dict[Pair, Verdict]]
) -> list[Finding]:
    """Return what is found of each rule with the verdicts that are kept, without asking the model."""
    verdicts, looked_up = dict(situation.verdicts), set[Pair]()
    situation = replace(situation, verdicts=verdicts)
    while True:
        findings = evaluate(plan, situation)
        unknown = [each for each in _all(findings) if each.pair not in looked_up]
        if not unknown:
            return findings
        looked_up |= {each.pair for each in unknown}
        verdicts |= find(unknown)


def _all(findings: Iterable[Finding]) -> Iterator[Judged]:
    """Yield what is open: what decides whether rules are due, and what the guard is asked about a text's items."""
    for finding in findings:
        yield from (Judged(each, finding) for each in (*finding.judge, *finding.unguarded))


def to_ask(findings: Sequence[Finding], can_act: CanAct) -> Iterator[Judged]:
    """Yield what is to be asked, in order: of silence, then one of each rule before the first that can be followed.

    Of a rule, what speaks to the agent comes first, then what came due, then the newest. A rule that counts uses up
    all that is new to it, so all of that is judged before it is followed.
    """
    silences = [each for each in findings if each.rule.is_silence and each.state == RuleState.JUDGE]
    before = []
    for finding in findings:
        follows = finding.is_due and not finding.rule.is_silence and can_act(finding)
        if follows and not (finding.rule.when.kind == WhenKind.NEW and finding.judge):
            break
        if finding.state in _ASKED:
            before.append(finding)
        if follows:
            break
    for group in (silences, before):
        queues = [[Judged(each, finding) for each in _sorted(finding.judge)] for finding in group]
        for turn in zip_longest(*queues):
            yield from (each for each in turn if each is not None)


_ASKED = frozenset({RuleState.DUE, RuleState.JUDGE})
"""States of rules whose items are judged now; those that are silenced or do not hold now wait."""


def _sorted(judgements: Iterable[Judgement]) -> list[Judgement]:
    return sorted(
        judgements,
        key=lambda each: (each.item.speaks, each.item.came_due, each.item.created_at, each.item.position),
        reverse=True,
    )
