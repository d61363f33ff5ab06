"""Evaluate a plan without a model: which rules are due now and about what, and why each other rule is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from heartbeat.feed import Item
from heartbeat.history import History
from heartbeat.plan.guard import GUARD, guarded
from heartbeat.plan.rule import Plan, Rule
from heartbeat.plan.situation import Situation
from heartbeat.plan.times import ORDER_LASTS, holds, instant_due, used_up
from heartbeat.plan.verdict import excepts, means
from heartbeat.plan.words import KINDS_ABOUT, Counts, Do, Limit, RuleState, WhenKind
from heartbeat.vocabulary import FeedKind

HALF_DAY = timedelta(hours=12)
"""How long a rule may be due before it goes ahead of others, so that none is kept waiting for a day."""


@dataclass(frozen=True)
class Judgement:
    """A question that has to be answered about an item before it is known whether a rule is due."""

    question: str
    item: Item


@dataclass(frozen=True)
class Finding:
    """What is found of one rule.

    ``items`` are what it would be followed for, the longest waiting first, and ``count`` how many are new to it.
    ``judge`` waits for verdicts. ``until`` is how long its state lasts, if that is known. ``lacks`` is a sentence
    that names what it lacks, and ``hindrance`` says in a few words why it cannot be followed now though it is due.
    ``left_out`` are items that it would be followed for if they did not tell an agent what
    to do; they are among ``items`` where the owner is told of many, who is told their names. ``unguarded`` are the
    questions whether others of its ``items`` do, which are asked before a text is made.
    """

    rule: Rule
    state: RuleState
    items: tuple[Item, ...] = ()
    count: int = 0
    judge: tuple[Judgement, ...] = ()
    until: datetime | None = None
    lacks: str = ""
    hindrance: str = ""
    left_out: tuple[Item, ...] = ()
    unguarded: tuple[Judgement, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether it is due."""
        return self.state == RuleState.DUE


def evaluate(plan: Plan, situation: Situation) -> list[Finding]:
    """Return what is found of each rule, in the order in which rules are followed.

    The first that is due is to be followed. That order is the plan's, but for rules that have been due for `HALF_DAY`
    without being followed, which come after orders and before all others. While a rule silences the others, or it is
    not yet known whether it does, none of them is due.
    """
    silences = {rule.id: _silence(rule, situation) for rule in plan.rules if rule.is_silence}
    silencing = any(each.state in {RuleState.SILENT, RuleState.JUDGE} for each in silences.values())
    findings = []
    for rule in plan.in_order:
        found = silences.get(rule.id) or _evaluate(rule, situation)
        if silencing and not rule.is_silence and found.state in {RuleState.DUE, RuleState.JUDGE}:
            found = replace(found, state=RuleState.SILENCED)
        findings.append(found)
    return sorted(
        findings, key=lambda found: (not found.rule.is_order, not _is_kept_waiting(found, situation))
    )


def _is_kept_waiting(found: Finding, situation: Situation) -> bool:
    since = situation.history(found.rule.id).due_since
    return found.is_due and since is not None and situation.now - since >= HALF_DAY


def due(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings of the rules that are due."""
    return [finding for finding in findings if finding.is_due]


def _silence(rule: Rule, situation: Situation) -> Finding:
    """Return whether a rule that has the agent be silent silences the others now."""
    if rule.is_order and _is_over(rule, situation):
        return Finding(rule, RuleState.OVER)
    if rule.only.limits_time and not holds(rule.only, situation.now, situation.zone):
        return Finding(rule, RuleState.NOT_NOW)
    if situation.local.weekday() in rule.unless.days:
        return Finding(rule, RuleState.EXCEPTED)
    if rule.when.kind == WhenKind.ITEM:
        items = [item for item in situation.items if _is_about(rule, item)]
        meant, judge = _chosen(rule, items, situation)
        meant, left_out, unknown = guarded(meant, situation.verdicts)
        if meant:
            return Finding(rule, RuleState.SILENT, tuple(meant), left_out=tuple(left_out))
        if unknown:
            judge = [Judgement(GUARD, unknown[-1])]  # one that is kept is enough
        state = RuleState.JUDGE if judge else RuleState.ELSE
        return Finding(rule, state, judge=tuple(judge), left_out=tuple(left_out))
    return Finding(rule, RuleState.SILENT if rule.is_order or rule.only.limits_time else RuleState.ELSE)


def _is_over(rule: Rule, situation: Situation) -> bool:
    return is_over(rule, situation.now, situation.owner_wrote_at, situation.history(rule.id))


def is_over(rule: Rule, now: datetime, owner_wrote_at: datetime | None, history: History) -> bool:
    """Return whether an order of the owner has ended.

    Each ends at its ``until``, also where the owner lifts it. One that asks for something ends as well when it was
    done, after `ORDER_LASTS`, and, if it is about what is there already, when a beat has looked at all of that; what
    it waits for may still come.
    """
    until = rule.until
    if until is not None and until.instant is not None and until.instant <= now:
        return True
    if (
        until is not None
        and until.next_message
        and owner_wrote_at is not None
        and owner_wrote_at > rule.read_at
    ):
        return True
    if rule.is_silence:
        return False
    looked = rule.when.is_open and history.looked_at is not None and history.looked_at > rule.read_at
    return looked or bool(history.acts) or rule.read_at + ORDER_LASTS <= now


def _evaluate(rule: Rule, situation: Situation) -> Finding:
    """Return what is found of a rule that has the agent do something."""
    closed = _closed(rule, situation)
    if closed is not None:
        return _with_items(closed, situation) if closed.state in _PASSING else closed
    if rule.free:
        return _free(rule, situation)
    return _BY_KIND[rule.when.kind](rule, situation)


_PASSING = frozenset({RuleState.NOT_NOW, RuleState.LIMITED, RuleState.PASSED_OVER})
"""States that pass: what is new to a rule meanwhile waits for it."""


def _with_items(closed: Finding, situation: Situation) -> Finding:
    """Return a finding with what waits for its rule until it may be followed again."""
    rule = closed.rule
    if rule.free or rule.when.kind not in {WhenKind.ITEM, WhenKind.ADDRESSED}:
        return closed
    found = _BY_KIND[rule.when.kind](rule, situation)
    return replace(closed, items=found.items, judge=found.judge)


def _closed(rule: Rule, situation: Situation) -> Finding | None:
    """Return why a rule is not due whatever has happened, None if nothing is in its way."""
    now, zone, history = situation.now, situation.zone, situation.history(rule.id)
    if rule.is_order and _is_over(rule, situation):
        return Finding(rule, RuleState.OVER)
    if rule.id in situation.lacking:
        return Finding(rule, RuleState.LACKS, lacks=situation.lacking[rule.id])
    if (until := history.passed_over_until()) is not None and now < until:
        return Finding(rule, RuleState.PASSED_OVER, until=until)
    if not rule.only.minutes and not holds(rule.only, now, zone):
        return Finding(rule, RuleState.NOT_NOW)
    if situation.local.weekday() in rule.unless.days:
        return Finding(rule, RuleState.EXCEPTED)
    if rule.only.minutes:
        instant = instant_due(rule, now, zone, situation.is_active, situation.make_up)
        if instant is None or any(act.at >= instant for act in history.acts):
            return Finding(rule, RuleState.NOT_NOW)
    elif rule.comes_last and not rule.free and situation.is_follow_up:
        return Finding(rule, RuleState.NOT_NOW)
    acts = [act.at for act in history.acts]
    if any(used_up(limit, acts, now, rule.only, zone) for limit in _limits(rule)):
        return Finding(rule, RuleState.LIMITED)
    return None


def _limits(rule: Rule) -> Sequence[Limit]:
    """Return the limits of a rule; one for each slot without any means once a day."""
    if rule.when.kind == WhenKind.ALWAYS and not (rule.limits or rule.only.minutes or rule.free):
        return (Limit.DAY,)
    return rule.limits


def _new(rule: Rule, situation: Situation) -> Finding:
    history = situation.history(rule.id)
    came = [item for item in situation.items if _counts(rule, item, history)]
    kept, judge = _not_excepted(rule, came, situation)
    if len(kept) >= rule.when.count:
        found = Finding(rule, RuleState.DUE, tuple(kept), len(kept), tuple(judge))
        found = _without_steering(found, situation)
        return found if found.items else replace(found, state=RuleState.NOTHING)
    state = RuleState.JUDGE if len(kept) + len({each.item.key for each in judge}) >= rule.when.count else None
    if state is None:
        state = RuleState.TOO_FEW if kept else RuleState.NOTHING
    return Finding(rule, state, tuple(kept), len(kept), tuple(judge))


def _counts(rule: Rule, item: Item, history: History) -> bool:
    """Return whether an item counts for a rule: it is of what the rule counts, and has come since it was followed."""
    if item.own or not _is_about(rule, item):
        return False
    only = _COUNTED.get(item.kind)
    if only is not None and rule.when.counts not in {only, Counts.BOTH}:
        return False
    return item.position > history.upto.get(item.mark, 0)


def _without_steering(found: Finding, situation: Situation) -> Finding:
    """Return a finding about many items without those of which it is known that they tell an agent what to do.

    They count as they did. Whether the others do is asked before a text is made of them. What the owner is told is
    about all of them: those that are left out of the words are named below.
    """
    _, left_out, unknown = guarded(found.items, situation.verdicts)
    names_all = found.rule.do == Do.TELL
    kept = tuple(item for item in found.items if names_all or item not in left_out)
    asked = tuple(Judgement(GUARD, item) for item in unknown)
    return replace(found, items=kept, left_out=tuple(left_out), unguarded=asked)


_COUNTED = {FeedKind.POST: Counts.POSTS, FeedKind.COMMENT: Counts.COMMENTS}


def _item(rule: Rule, situation: Situation) -> Finding:
    return _about_items(rule, situation, lambda item: item.new or rule.when.is_open)


def _addressed(rule: Rule, situation: Situation) -> Finding:
    return _about_items(rule, situation, lambda item: item.new and (item.speaks or item.from_owner))


def _due(rule: Rule, situation: Situation) -> Finding:
    now, within = situation.now, timedelta(seconds=rule.when.within)

    def is_near(item: Item) -> bool:
        return item.due_at is not None and item.due_at - within <= now

    found = _about_items(rule, situation, is_near)
    by_time = sorted(found.items, key=lambda item: (item.due_at or now, item.key))
    return replace(found, items=tuple(by_time))


def _about_items(rule: Rule, situation: Situation, is_meant: Callable[[Item], bool]) -> Finding:
    """Return what is found of a rule that is followed for one item at a time."""
    history = situation.history(rule.id)
    items = [
        item
        for item in situation.items
        if _is_about(rule, item) and not item.own and is_meant(item) and not _was_done(rule, item, history)
    ]
    chosen, judge = _chosen(rule, items, situation)
    left_out: Sequence[Item] = ()
    if _is_guarded(rule):
        chosen, left_out, unknown = guarded(chosen, situation.verdicts)
        judge += [Judgement(GUARD, item) for item in unknown]
    state = RuleState.DUE if chosen else RuleState.JUDGE if judge else RuleState.NOTHING
    return Finding(rule, state, tuple(chosen), len(chosen), tuple(judge), left_out=tuple(left_out))


def _is_guarded(rule: Rule) -> bool:
    """Return whether what an item says has a say in what a rule does about it: in a verdict, or in a text for others.

    Of an item that is told to the owner, or voted for, whatever it says, it has none.
    """
    return rule.when.question is not None or rule.do not in _WHATEVER_IT_SAYS


_WHATEVER_IT_SAYS = frozenset({Do.TELL, Do.VOTE_UP, Do.VOTE_DOWN})


def _was_done(rule: Rule, item: Item, history: History) -> bool:
    """Return whether a rule was followed for an item: as it is now, or ever where it is limited to once an item."""
    if Limit.ITEM in rule.limits:
        return any(item.key in act.items for act in history.acts)
    return any(act.items.get(item.key) == item.digest for act in history.acts)


def _chosen(rule: Rule, items: Iterable[Item], situation: Situation) -> tuple[list[Item], list[Judgement]]:
    """Return the items that a rule means, and the questions that are open about others."""
    question = rule.when.question
    meant, judge = [], []
    for item in items:
        if question is None:
            meant.append(item)
            continue
        verdict = situation.verdicts.get((question, item.digest))
        if verdict is None:
            judge.append(Judgement(question, item))
        elif means(verdict, rule.do):
            meant.append(item)
    kept, more = _not_excepted(rule, meant, situation)
    return kept, [*judge, *more]


def _not_excepted(
    rule: Rule, items: Iterable[Item], situation: Situation
) -> tuple[list[Item], list[Judgement]]:
    """Return the items that no exception is about, and the questions about exceptions that are open."""
    kept, judge = [], []
    for item in items:
        answers = {each: situation.verdicts.get((each, item.digest)) for each in rule.unless.questions}
        if any(answer is not None and excepts(answer, rule.do) for answer in answers.values()):
            continue
        unknown = [each for each, answer in answers.items() if answer is None]
        judge += [Judgement(each, item) for each in unknown]
        if not unknown:
            kept.append(item)
    return kept, judge


def _task(rule: Rule, situation: Situation) -> Finding:
    if rule.when.task not in situation.due_tasks:
        return Finding(rule, RuleState.NOT_NOW)
    return _at_a_slot(rule, situation)


def _at_a_slot(rule: Rule, situation: Situation) -> Finding:
    """Return what is found of a rule that needs nothing to have happened: an exception is about any item."""
    items = [item for item in situation.items if _is_about(rule, item) and not item.own]
    kept, judge = _not_excepted(rule, items, situation)
    if len(kept) + len({each.item.key for each in judge}) < len(items):
        return Finding(rule, RuleState.EXCEPTED)
    state = RuleState.JUDGE if judge else RuleState.DUE
    return _without_steering(Finding(rule, state, tuple(items), judge=tuple(judge)), situation)


def _free(rule: Rule, situation: Situation) -> Finding:
    items = [item for item in situation.items if _is_about(rule, item) and not item.own]
    fresh = [item for item in items if item.new or item.came_due]
    if not fresh and (situation.is_follow_up or not situation.may_recheck):
        return Finding(rule, RuleState.NOTHING)
    return _without_steering(Finding(rule, RuleState.DUE, tuple(fresh or items), len(fresh)), situation)


def _is_about(rule: Rule, item: Item) -> bool:
    """Return whether an item is of what a rule is about: of its kinds of things, and of its places."""
    if rule.about and KINDS_ABOUT[item.kind] not in rule.about:
        return False
    return not rule.places or item.source in rule.places or item.board in rule.places


_BY_KIND: dict[WhenKind, Callable[[Rule, Situation], Finding]] = {
    WhenKind.NEW: _new,
    WhenKind.ITEM: _item,
    WhenKind.ADDRESSED: _addressed,
    WhenKind.DUE: _due,
    WhenKind.TASK: _task,
    WhenKind.ALWAYS: _at_a_slot,
}
