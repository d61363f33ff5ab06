"""Whatever the plan, the items and the history: nothing is done twice, nobody starves, silence adds no act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.feed import Item
from heartbeat.plan import (
    Act,
    Do,
    Finding,
    History,
    Limit,
    Only,
    Plan,
    Rule,
    Situation,
    WhenKind,
    due,
    evaluate,
)
from heartbeat.plan.times import used_up
from heartbeat.plan.verdict import Verdict
from heartbeat.vocabulary import FeedKind
from tests.unit.heartbeat.plan.build import NOW, UTC, item, rule, situation

QUESTIONS = ("is it urgent?", "is it about tea?")
HOURS = 48


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    kind = draw(st.sampled_from(WhenKind))
    given: dict[str, object] = {}
    if kind == WhenKind.NEW:
        given["count"] = draw(st.integers(1, 4))
    if kind == WhenKind.ITEM:
        given |= {"question": draw(st.sampled_from(QUESTIONS)), "is_open": draw(st.booleans())}
    return rule(
        kind,
        number,
        draw(st.sampled_from([Do.POST, Do.TELL, Do.SILENT])),
        limits=tuple(draw(st.sets(st.sampled_from(Limit), max_size=1))),
        only=draw(
            st.sampled_from([Only(), Only(start=600, end=1_000), Only(at=(660,)), Only(every_hours=6)])
        ),
        free=draw(st.booleans()) if kind == WhenKind.ALWAYS else False,
        **given,
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    return Plan(rules=tuple(draw(rules(number)) for number in range(1, draw(st.integers(1, 5)) + 1)))


arrivals = st.lists(
    st.tuples(
        st.integers(0, HOURS * 60),
        st.sampled_from([FeedKind.POST, FeedKind.EVENT]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)
Arrivals = list[tuple[int, FeedKind, bool, bool]]


class Life:
    """A thread that follows a plan for two days: a beat every half hour, and follow-ups in between."""

    def __init__(self, plan: Plan, came: Arrivals) -> None:
        self.plan = plan
        self.items = [
            item(
                number,
                kind,
                "forum" if kind == FeedKind.POST else "days",
                created_at=NOW + timedelta(minutes=minute),
                mention=speaks,
                due_at=NOW + timedelta(minutes=minute + 180) if kind == FeedKind.EVENT else None,
            )
            for number, (minute, kind, speaks, _) in enumerate(sorted(came), 1)
        ]
        self.verdicts = {
            (question, each.digest): Verdict(urgent)
            for each, (_, _, _, urgent) in zip(self.items, sorted(came), strict=True)
            for question in QUESTIONS
        }
        self.histories = {each.id: History() for each in plan.rules}
        self.looked: set[str] = set()
        self.done: list[tuple[datetime, Finding]] = []
        self.waits: dict[str, timedelta] = {}

    def live(self, beats: int = 4) -> Life:
        for minute in range(0, HOURS * 60, 30):
            for follow_up in range(beats):
                if not self.beat(NOW + timedelta(minutes=minute + follow_up), follow_up > 0):
                    break
        return self

    def at(self, now: datetime, is_follow_up: bool) -> Situation:
        shown = [
            each.model_copy(update={"new": each.key not in self.looked})
            for each in self.items
            if each.created_at <= now
        ]
        return situation(
            *shown,
            now=now,
            verdicts=self.verdicts,
            histories=self.histories,
            due_tasks=("tidy",),
            is_follow_up=is_follow_up,
        )

    def beat(self, now: datetime, is_follow_up: bool) -> bool:
        at = self.at(now, is_follow_up)
        found = due(evaluate(self.plan, at))
        for one in self.plan.rules:
            history = self.histories[one.id]
            is_due = any(each.rule.id == one.id for each in found[1:])
            since = (history.due_since or now) if is_due else None
            self.histories[one.id] = replace(history, due_since=since)
            waited = now - since if since else timedelta()
            self.waits[one.id] = max(waited, self.waits.get(one.id, timedelta()))
        if not found:
            self.looked |= {each.key for each in at.items}
            return False
        self.follow(found[0], now)
        return True

    def follow(self, finding: Finding, now: datetime) -> None:
        one, history = finding.rule, self.histories[finding.rule.id]
        is_each = one.when.kind in {WhenKind.ITEM, WhenKind.ADDRESSED, WhenKind.DUE}
        about: Sequence[Item] = finding.items[:1] if is_each else finding.items
        upto = dict(history.upto)
        for each in about:
            upto[each.mark] = max(upto.get(each.mark, 0), each.position)
        if one.free:
            self.looked |= {each.key for each in about}
        act = Act(now, {each.key: each.digest for each in about})
        self.histories[one.id] = replace(history, acts=(*history.acts, act), upto=upto, due_since=None)
        self.done.append((now, replace(finding, items=tuple(about))))


@given(plan=plans(), came=arrivals)
def test_nothing_is_done_twice(plan: Plan, came: Arrivals) -> None:
    life = Life(plan, came).live()
    for one in plan.rules:
        mine = [(at, finding) for at, finding in life.done if finding.rule.id == one.id]
        if one.when.kind in {WhenKind.NEW, WhenKind.ITEM, WhenKind.ADDRESSED, WhenKind.DUE}:
            about = [each.key for _, finding in mine for each in finding.items]
            assert len(about) == len(set(about))
        for number, (at, _) in enumerate(mine):
            before = [earlier for earlier, _ in mine[:number]]
            assert not any(used_up(limit, before, at, one.only, UTC) for limit in one.limits)


@given(plan=plans(), came=arrivals)
def test_no_rule_keeps_another_waiting_for_a_day(plan: Plan, came: Arrivals) -> None:
    life = Life(plan, came).live()
    assert all(waited < timedelta(days=1) for waited in life.waits.values())


@pytest.mark.timeout(600)  # two days of beats at each half hour, a hundred times in make test-all
@given(plan=plans())
def test_a_rule_that_is_always_due_keeps_no_other_waiting_for_a_day(plan: Plan) -> None:
    """A post comes every half hour, and only one beat."""
    first = rule(WhenKind.NEW, 9)
    busy: Arrivals = [(minute, FeedKind.POST, False, True) for minute in range(0, HOURS * 60, 30)]
    life = Life(Plan(rules=(first, *plan.rules)), busy).live(beats=1)
    assert all(waited < timedelta(days=1) for waited in life.waits.values())


@given(plan=plans(), came=arrivals, at=st.integers(0, 5), number=st.integers(0, HOURS * 60), data=st.data())
def test_a_silent_rule_never_adds_an_act(
    plan: Plan, came: Arrivals, at: int, number: int, data: st.DataObject
) -> None:
    silent = data.draw(rules(9)).model_copy(update={"do": Do.SILENT, "free": False})
    life = Life(plan, came)
    moment = life.at(NOW + timedelta(minutes=number), False)
    more = Plan(rules=(*plan.rules[:at], silent, *plan.rules[at:]))
    without = {each.rule.id for each in due(evaluate(plan, moment))}
    assert {each.rule.id for each in due(evaluate(more, moment))} <= without
