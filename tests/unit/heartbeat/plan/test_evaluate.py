"""Which rules of a plan are due, in tables: every occasion, time, limit and exception, order, silence, follow-ups."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from heartbeat.feed import Item
from heartbeat.plan import (
    About,
    Act,
    Counts,
    Do,
    Finding,
    History,
    Limit,
    Only,
    Plan,
    Rule,
    RuleState,
    Situation,
    Unless,
    Until,
    WhenKind,
    due,
    evaluate,
)
from heartbeat.plan.guard import GUARD
from heartbeat.plan.verdict import Verdict
from heartbeat.plan.why import why
from heartbeat.plan.words import KINDS_ABOUT
from heartbeat.vocabulary import FeedKind
from tests.unit.heartbeat.plan.build import NOW, READ, acted, item, items, order, rule, situation

URGENT = "is it urgent?"
BERLIN = ZoneInfo("Europe/Berlin")


def found(one: Rule, at: Situation) -> Finding:
    [finding] = evaluate(Plan(rules=(one,)), at)
    return finding


def state(one: Rule, at: Situation) -> RuleState:
    return found(one, at).state


def judged(
    answers: dict[int, bool], shown: list[Item], question: str = URGENT
) -> dict[tuple[str, str], Verdict]:
    return {(question, shown[number - 1].digest): Verdict(answer) for number, answer in answers.items()}


class TestNew:
    @pytest.mark.parametrize(
        ("count", "shown", "expected"),
        [
            (1, 0, RuleState.NOTHING),
            (1, 1, RuleState.DUE),
            (3, 2, RuleState.TOO_FEW),
            (3, 3, RuleState.DUE),
            (25, 24, RuleState.TOO_FEW),
            (25, 25, RuleState.DUE),
            (25, 200, RuleState.DUE),
        ],
    )
    def test_it_takes_so_many(self, count: int, shown: int, expected: RuleState) -> None:
        assert state(rule(WhenKind.NEW, count=count), situation(*items(shown))) == expected

    def test_items_that_came_one_a_beat_are_counted_together(self) -> None:
        # At the third beat only the third item is new to the thread.
        seen = [item(1, new=False), item(2, new=False), item(3)]
        assert found(rule(WhenKind.NEW, count=3), situation(*seen)).count == 3

    def test_what_it_has_used_up_does_not_count_again(self) -> None:
        three = items(3)
        history = {"rule-1": acted(*three)}
        at = situation(*three, item(4), item(5), histories=history)
        assert found(rule(WhenKind.NEW, count=3), at).state == RuleState.TOO_FEW
        assert found(rule(WhenKind.NEW, count=2), at).count == 2

    def test_each_source_has_its_own_mark(self) -> None:
        at = situation(
            item(9), item(1, FeedKind.ENTRY, "news"), histories={"rule-1": History(upto={"forum.post": 9})}
        )
        assert [each.source for each in found(rule(WhenKind.NEW), at).items] == ["news"]

    @pytest.mark.parametrize(
        ("counts", "expected"), [(Counts.POSTS, 1), (Counts.COMMENTS, 2), (Counts.BOTH, 3)]
    )
    def test_of_the_forum_posts_count_unless_it_says_otherwise(self, counts: Counts, expected: int) -> None:
        seen = [item(1), item(2, FeedKind.COMMENT), item(3, FeedKind.COMMENT)]
        assert found(rule(WhenKind.NEW, counts=counts), situation(*seen)).count == expected
        assert found(rule(WhenKind.NEW), situation(*seen)).count == 1

    def test_mail_counts_whatever_is_counted_of_the_forum(self) -> None:
        at = situation(item(1), item(1, FeedKind.MAIL, "home"))
        assert found(rule(WhenKind.NEW, counts=Counts.COMMENTS), at).count == 1

    def test_what_the_agent_made_does_not_count(self) -> None:
        assert state(rule(WhenKind.NEW), situation(item(1, own=True))) == RuleState.NOTHING

    def test_an_exception_takes_items_out_of_the_count(self) -> None:
        shown = items(3)
        one = rule(WhenKind.NEW, count=3, unless=Unless(questions=(URGENT,)))
        verdicts = judged({1: False, 2: False, 3: True}, shown)
        assert state(one, situation(*shown, verdicts=verdicts)) == RuleState.TOO_FEW
        del verdicts[URGENT, shown[2].digest]
        open_ = found(one, situation(*shown, verdicts=verdicts))
        assert (open_.state, len(open_.judge)) == (RuleState.JUDGE, 1)


class TestItem:
    def test_only_items_that_are_judged_so_are_meant(self) -> None:
        shown = items(3)
        at = situation(*shown, verdicts=judged({1: False, 2: True, 3: False}, shown))
        assert found(rule(WhenKind.ITEM), at).items == (shown[1],)

    def test_without_a_verdict_it_waits_for_one(self) -> None:
        shown = items(2)
        finding = found(rule(WhenKind.ITEM), situation(*shown, verdicts=judged({1: False}, shown)))
        assert finding.state == RuleState.JUDGE
        assert [(each.question, each.item) for each in finding.judge] == [(URGENT, shown[1])]

    def test_one_that_is_judged_needs_not_wait_for_the_others(self) -> None:
        shown = items(2)
        finding = found(rule(WhenKind.ITEM), situation(*shown, verdicts=judged({2: True}, shown)))
        assert (finding.state, finding.items, len(finding.judge)) == (RuleState.DUE, (shown[1],), 1)

    def test_what_is_not_new_counts_only_where_any_is_meant(self) -> None:
        old = item(1, new=False)
        at = situation(old, verdicts=judged({1: True}, [old]))
        assert state(rule(WhenKind.ITEM), at) == RuleState.NOTHING
        assert state(rule(WhenKind.ITEM, is_open=True), at) == RuleState.DUE

    def test_one_item_is_done_once_until_it_changes(self) -> None:
        one, changed = item(1), item(1, content="It is another now.")
        history = {"rule-1": acted(one)}
        verdicts = {(URGENT, each.digest): Verdict(True) for each in (one, changed)}
        assert (
            state(rule(WhenKind.ITEM), situation(one, verdicts=verdicts, histories=history))
            == RuleState.NOTHING
        )
        at = situation(changed, verdicts=verdicts, histories=history)
        assert state(rule(WhenKind.ITEM), at) == RuleState.DUE
        assert state(rule(WhenKind.ITEM, limits=(Limit.ITEM,)), at) == RuleState.NOTHING

    def test_an_exception_is_asked_about_what_is_meant_only(self) -> None:
        shown = items(2)
        one = rule(WhenKind.ITEM, unless=Unless(questions=("is it a joke?",)))
        finding = found(one, situation(*shown, verdicts=judged({1: True, 2: False}, shown)))
        assert [(each.question, each.item) for each in finding.judge] == [("is it a joke?", shown[0])]
        verdicts = judged({1: True, 2: False}, shown) | judged({1: True}, shown, "is it a joke?")
        assert state(one, situation(*shown, verdicts=verdicts)) == RuleState.NOTHING


class TestAddressed:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, RuleState.NOTHING),
            ({"mention": True}, RuleState.DUE),
            ({"reply": True}, RuleState.DUE),
            ({"kind": FeedKind.MESSAGE, "source": "conversation", "from_owner": True}, RuleState.DUE),
            ({"kind": FeedKind.MESSAGE, "source": "conversation"}, RuleState.NOTHING),
            ({"mention": True, "new": False}, RuleState.NOTHING),
            ({"mention": True, "own": True}, RuleState.NOTHING),
        ],
    )
    def test_somebody_speaks_to_the_agent(self, given: dict[str, Any], expected: RuleState) -> None:
        assert state(rule(WhenKind.ADDRESSED), situation(item(1, **given))) == expected

    def test_a_question_may_be_asked_about_it(self) -> None:
        asked = item(1, mention=True)
        one = rule(WhenKind.ADDRESSED, question="does it correct the agent?")
        assert state(one, situation(asked)) == RuleState.JUDGE
        verdicts = {("does it correct the agent?", asked.digest): Verdict(True)}
        assert state(one, situation(asked, verdicts=verdicts)) == RuleState.DUE


class TestDue:
    @pytest.mark.parametrize(
        ("minutes", "within", "expected"),
        [
            (119, 7_200, RuleState.DUE),
            (120, 7_200, RuleState.DUE),
            (121, 7_200, RuleState.NOTHING),
            (121, 86_400, RuleState.DUE),
            (-5, 0, RuleState.DUE),
            (5, 0, RuleState.NOTHING),
        ],
    )
    def test_it_is_near(self, minutes: int, within: int, expected: RuleState) -> None:
        event = item(1, FeedKind.EVENT, "days", due_at=NOW + timedelta(minutes=minutes), new=False)
        assert state(rule(WhenKind.DUE, within=within), situation(event)) == expected

    def test_each_item_once_and_again_when_it_changes(self) -> None:
        event = item(1, FeedKind.EVENT, "days", due_at=NOW + timedelta(hours=1))
        moved = event.model_copy(update={"content": "In another room."})
        history = {"rule-1": acted(event)}
        assert state(rule(WhenKind.DUE), situation(event, histories=history)) == RuleState.NOTHING
        assert state(rule(WhenKind.DUE), situation(moved, histories=history)) == RuleState.DUE

    def test_the_soonest_comes_first(self) -> None:
        later = item(1, FeedKind.EVENT, "days", due_at=NOW + timedelta(minutes=90))
        sooner = item(2, FeedKind.EVENT, "days", due_at=NOW + timedelta(minutes=10))
        assert found(rule(WhenKind.DUE), situation(later, sooner)).items == (sooner, later)


class TestAtASlot:
    def test_always_means_once_a_day_where_the_line_has_no_frequency(self) -> None:
        assert state(rule(), situation()) == RuleState.DUE
        assert state(rule(), situation(histories={"rule-1": acted()})) == RuleState.LIMITED
        yesterday = {"rule-1": acted(ago=timedelta(hours=13))}
        assert state(rule(), situation(histories=yesterday)) == RuleState.DUE

    @pytest.mark.parametrize("one", [rule(), rule(WhenKind.TASK)])
    def test_not_in_a_follow_up(self, one: Rule) -> None:
        at = situation(due_tasks=("tidy",))
        assert state(one, at) == RuleState.DUE
        assert state(one, situation(due_tasks=("tidy",), is_follow_up=True)) == RuleState.NOT_NOW

    def test_a_task_is_due_by_its_own_interval(self) -> None:
        assert state(rule(WhenKind.TASK), situation()) == RuleState.NOT_NOW
        assert state(rule(WhenKind.TASK, task="wash"), situation(due_tasks=("tidy",))) == RuleState.NOT_NOW

    def test_an_exception_about_any_item_keeps_it_back(self) -> None:
        shown = items(2)
        one = rule(unless=Unless(questions=(URGENT,)))
        assert state(one, situation(*shown)) == RuleState.JUDGE
        assert (
            state(one, situation(*shown, verdicts=judged({1: False, 2: True}, shown))) == RuleState.EXCEPTED
        )
        assert state(one, situation(*shown, verdicts=judged({1: False, 2: False}, shown))) == RuleState.DUE


class TestFree:
    def test_it_is_due_when_something_is_new_or_comes_due(self) -> None:
        one = rule(free=True)
        assert state(one, situation()) == RuleState.NOTHING
        assert state(one, situation(item(1, new=False))) == RuleState.NOTHING
        assert state(one, situation(item(1))) == RuleState.DUE
        assert state(one, situation(item(1, new=False, came_due=True))) == RuleState.DUE

    def test_also_in_a_follow_up_but_not_without_anything_new(self) -> None:
        one = rule(free=True)
        assert state(one, situation(item(1), is_follow_up=True)) == RuleState.DUE
        assert state(one, situation(item(1, new=False), may_recheck=True)) == RuleState.DUE
        assert (
            state(one, situation(item(1, new=False), may_recheck=True, is_follow_up=True))
            == RuleState.NOTHING
        )


class TestAbout:
    @pytest.mark.parametrize(
        ("about", "places", "expected"),
        [
            ((), (), ["1", "2", "3"]),
            ((About.FORUM,), (), ["1"]),
            ((About.FEEDS, About.CALENDAR), (), ["2", "3"]),
            ((About.MAIL,), (), []),
            ((), ("news",), ["2"]),
            ((), ("general",), ["1"]),
            ((About.FORUM,), ("news",), []),
        ],
    )
    def test_only_what_the_line_means_counts(
        self, about: tuple[About, ...], places: tuple[str, ...], expected: list[str]
    ) -> None:
        shown = [item(1, board="general"), item(2, FeedKind.ENTRY, "news"), item(3, FeedKind.EVENT, "days")]
        finding = found(rule(WhenKind.NEW, about=about, places=places), situation(*shown))
        assert [each.id for each in finding.items] == expected


class TestOnly:
    @pytest.mark.parametrize(
        ("only", "hour", "expected"),
        [
            (Only(days=(0,)), 12, RuleState.DUE),
            (Only(days=(1, 2)), 12, RuleState.NOT_NOW),
            (Only(start=9 * 60, end=17 * 60), 9, RuleState.DUE),
            (Only(start=9 * 60, end=17 * 60), 17, RuleState.NOT_NOW),
            (Only(start=22 * 60, end=8 * 60), 23, RuleState.DUE),
            (Only(start=22 * 60, end=8 * 60), 7, RuleState.DUE),
            (Only(start=22 * 60, end=8 * 60), 8, RuleState.NOT_NOW),
            # The window of Monday night began on Sunday, and that of Monday ends on Tuesday.
            (Only(days=(6,), start=22 * 60, end=8 * 60), 7, RuleState.DUE),
            (Only(days=(0,), start=22 * 60, end=8 * 60), 7, RuleState.NOT_NOW),
            (Only(days=(0,), start=22 * 60, end=8 * 60), 23, RuleState.DUE),
        ],
    )
    def test_days_and_hours(self, only: Only, hour: int, expected: RuleState) -> None:
        assert state(rule(only=only), situation(now=NOW.replace(hour=hour))) == expected

    def test_in_the_zone_of_the_thread(self) -> None:
        late = datetime(2026, 11, 2, 23, 30, tzinfo=ZoneInfo("UTC"))
        one = rule(only=Only(days=(1,)))
        assert state(one, situation(now=late)) == RuleState.NOT_NOW
        assert state(one, situation(now=late, zone=BERLIN)) == RuleState.DUE

    def test_a_day_may_be_an_exception(self) -> None:
        assert state(rule(unless=Unless(days=(0,))), situation()) == RuleState.EXCEPTED
        assert state(rule(unless=Unless(days=(1,))), situation()) == RuleState.DUE


class TestAt:
    @pytest.mark.parametrize(
        ("hour", "minute", "expected"),
        [
            (8, 59, RuleState.NOT_NOW),
            (9, 0, RuleState.DUE),
            (10, 59, RuleState.DUE),
            (11, 0, RuleState.NOT_NOW),
        ],
    )
    def test_due_from_the_instant_for_two_hours(self, hour: int, minute: int, expected: RuleState) -> None:
        assert (
            state(rule(only=Only(at=(540,))), situation(now=NOW.replace(hour=hour, minute=minute)))
            == expected
        )

    def test_once_for_each_instant_also_in_a_follow_up(self) -> None:
        one, now = rule(only=Only(at=(540, 600))), NOW.replace(hour=10, minute=5)
        after = {"rule-1": History(acts=(Act(NOW.replace(hour=9, minute=1)),))}
        assert state(one, situation(now=now, histories=after, is_follow_up=True)) == RuleState.DUE
        done = {"rule-1": History(acts=(Act(NOW.replace(hour=10, minute=1)),))}
        assert state(one, situation(now=now, histories=done)) == RuleState.NOT_NOW

    def test_not_for_an_instant_before_the_line_was_read(self) -> None:
        now = NOW.replace(hour=9, minute=5)
        assert state(rule(only=Only(at=(540,)), read_at=now), situation(now=now)) == RuleState.NOT_NOW

    def test_not_outside_the_active_hours(self) -> None:
        at = situation(now=NOW.replace(hour=9), is_active=lambda instant: instant.hour >= 10)
        assert state(rule(only=Only(at=(540,))), at) == RuleState.NOT_NOW

    def test_on_its_days_only(self) -> None:
        one = rule(only=Only(at=(12 * 60,), days=(0, 3)))
        assert state(one, situation()) == RuleState.DUE
        assert state(one, situation(now=NOW + timedelta(days=1))) == RuleState.NOT_NOW

    def test_an_instant_late_in_the_evening_is_made_up_for_after_midnight(self) -> None:
        one = rule(only=Only(at=(23 * 60 + 30,), days=(0,)))
        assert state(one, situation(now=datetime(2026, 11, 3, 0, 30, tzinfo=NOW.tzinfo))) == RuleState.DUE

    @pytest.mark.parametrize(
        ("hour", "expected"), [(12, RuleState.DUE), (14, RuleState.NOT_NOW), (16, RuleState.DUE)]
    )
    def test_every_so_many_hours_from_midnight(self, hour: int, expected: RuleState) -> None:
        assert state(rule(only=Only(every_hours=4)), situation(now=NOW.replace(hour=hour))) == expected

    def test_it_may_need_something_to_have_happened_too(self) -> None:
        one = rule(WhenKind.NEW, count=3, only=Only(at=(12 * 60,)))
        assert state(one, situation(*items(2))) == RuleState.TOO_FEW
        assert state(one, situation(*items(3))) == RuleState.DUE


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "ago", "expected"),
        [
            (Limit.ONCE, timedelta(days=90), RuleState.LIMITED),
            (Limit.DAY, timedelta(hours=12), RuleState.LIMITED),
            (Limit.DAY, timedelta(hours=13), RuleState.DUE),
            (Limit.WEEK, timedelta(hours=12), RuleState.LIMITED),
            (Limit.WEEK, timedelta(hours=13), RuleState.DUE),  # the week began at midnight
            (Limit.MONTH, timedelta(hours=36), RuleState.LIMITED),
            (Limit.MONTH, timedelta(days=3), RuleState.DUE),
        ],
    )
    def test_how_often(self, limit: Limit, ago: timedelta, expected: RuleState) -> None:
        history = {"rule-1": acted(ago=ago)}
        at = situation(item(1), histories=history)
        assert state(rule(WhenKind.NEW, limits=(limit,)), at) == expected


class TestSilence:
    POSTS = rule(WhenKind.NEW, 2)

    def states(self, *rules: Rule, at: Situation) -> list[RuleState]:
        return [finding.state for finding in evaluate(Plan(rules=(*rules, self.POSTS)), at)]

    def test_otherwise_be_silent_keeps_nothing_back(self) -> None:
        assert self.states(rule(do=Do.SILENT), at=situation(item(1))) == [RuleState.ELSE, RuleState.DUE]

    def test_hours_of_silence_keep_all_back(self) -> None:
        quiet = rule(do=Do.SILENT, only=Only(start=22 * 60, end=8 * 60))
        assert self.states(quiet, at=situation(item(1))) == [RuleState.NOT_NOW, RuleState.DUE]
        night = situation(item(1), now=NOW.replace(hour=23))
        assert self.states(quiet, at=night) == [RuleState.SILENT, RuleState.SILENCED]

    def test_while_an_item_is_open_that_its_question_means(self) -> None:
        outage, post = item(1, FeedKind.ENTRY, "status", new=False), item(2)
        quiet = rule(WhenKind.ITEM, do=Do.SILENT, question="is it an outage?", about=(About.FEEDS,))
        at = situation(outage, post)
        assert self.states(quiet, at=at) == [RuleState.JUDGE, RuleState.SILENCED]
        for answer, expected in (
            (True, [RuleState.SILENT, RuleState.SILENCED]),
            (False, [RuleState.ELSE, RuleState.DUE]),
        ):
            verdicts = {("is it an outage?", outage.digest): Verdict(answer)}
            assert self.states(quiet, at=situation(outage, post, verdicts=verdicts)) == expected

    def test_an_item_that_tells_the_agent_what_to_do_keeps_nothing_back(self) -> None:
        shown = items(3)
        quiet = rule(WhenKind.ITEM, do=Do.SILENT, is_open=True)
        verdicts = judged({1: True, 2: True, 3: False}, shown)
        guards: dict[tuple[str, str], Verdict] = {}
        for number, steers, expected in ((2, True, "1"), (1, True, None)):
            at = situation(*shown, guarded=False, verdicts={**verdicts, **guards})
            finding = evaluate(Plan(rules=(quiet,)), at)[0]
            assert [(each.question, each.item.id) for each in finding.judge] == [(GUARD, str(number))]
            guards[GUARD, shown[number - 1].digest] = Verdict(yes=steers)
            at = situation(*shown, guarded=False, verdicts={**verdicts, **guards})
            finding = evaluate(Plan(rules=(quiet,)), at)[0]
            assert finding.state == (RuleState.JUDGE if expected else RuleState.ELSE)
        assert [each.id for each in finding.left_out] == ["1", "2"]
        guards[GUARD, shown[0].digest] = Verdict(yes=False)
        at = situation(*shown, guarded=False, verdicts={**verdicts, **guards})
        assert self.states(quiet, at=at) == [RuleState.SILENT, RuleState.SILENCED]

    def test_an_order_of_the_owner_lasts(self) -> None:
        hush = order(read_at=NOW - timedelta(days=30), until=Until(next_message=True))
        assert self.states(hush, at=situation(item(1))) == [RuleState.SILENT, RuleState.SILENCED]
        at = situation(item(1), owner_wrote_at=NOW - timedelta(days=30))
        assert self.states(hush, at=at)[0] == RuleState.SILENT
        at = situation(item(1), owner_wrote_at=NOW - timedelta(minutes=1))
        assert self.states(hush, at=at) == [RuleState.OVER, RuleState.DUE]

    def test_an_order_until_an_instant(self) -> None:
        hush = order(until=Until(instant=NOW))
        assert self.states(hush, at=situation(item(1), now=NOW - timedelta(seconds=1)))[0] == RuleState.SILENT
        assert self.states(hush, at=situation(item(1)))[0] == RuleState.OVER

    def test_silent_above_and_a_summary_below(self) -> None:
        """If no urgent items → silent; if 3+ new posts → summarize."""
        plan = Plan(rules=(rule(do=Do.SILENT), rule(WhenKind.NEW, 2, count=3)))
        due_at = [len(due(evaluate(plan, situation(*items(number))))) for number in range(1, 5)]
        assert due_at == [0, 0, 1, 1]


class TestOrders:
    def test_they_come_first_and_what_needs_nothing_last(self) -> None:
        rules = (
            rule(number=1),
            rule(WhenKind.NEW, 2),
            rule(number=3, free=True),
            order(Do.TELL, 9),
            rule(WhenKind.ADDRESSED, 4),
        )
        at = situation(item(1, mention=True))
        expected = ["message-9", "rule-2", "rule-4", "rule-1", "rule-3"]
        assert [finding.rule.id for finding in due(evaluate(Plan(rules=rules), at))] == expected

    def test_an_order_ends_when_it_was_done_or_is_a_week_old(self) -> None:
        fresh = order(Do.TELL, read_at=NOW - timedelta(days=6))
        assert state(fresh, situation()) == RuleState.DUE
        assert state(fresh, situation(histories={fresh.id: acted()})) == RuleState.OVER
        assert state(order(Do.TELL, read_at=NOW - timedelta(days=7)), situation()) == RuleState.OVER

    def test_one_that_was_kept_waiting_for_half_a_day_goes_ahead_of_the_others(self) -> None:
        rules = (rule(WhenKind.NEW, 1), rule(WhenKind.NEW, 2), order(Do.TELL, 3))
        for hours, expected in (
            (11, ["message-3", "rule-1", "rule-2"]),
            (12, ["message-3", "rule-2", "rule-1"]),
        ):
            waits = {"rule-2": History(due_since=NOW - timedelta(hours=hours))}
            at = situation(item(1), histories=waits)
            assert [finding.rule.id for finding in due(evaluate(Plan(rules=rules), at))] == expected


class TestWhatIsInTheWay:
    def test_what_it_lacks(self) -> None:
        lacking = {"rule-1": "No connection can see mail."}
        (found,) = evaluate(Plan(rules=(rule(),)), situation(lacking=lacking))
        assert found.state == RuleState.LACKS
        assert why(found) == "line 1 cannot be followed: no connection can see mail"

    @pytest.mark.parametrize(
        ("failures", "hours", "expected"),
        [
            (1, 1, RuleState.DUE),
            (2, 1, RuleState.PASSED_OVER),
            (2, 24, RuleState.DUE),
            (5, 23, RuleState.PASSED_OVER),
        ],
    )
    def test_after_two_failures_running_it_is_passed_over_for_a_day(
        self, failures: int, hours: int, expected: RuleState
    ) -> None:
        history = History(failed_at=(NOW - timedelta(hours=hours),) * failures)
        assert state(rule(), situation(histories={"rule-1": history})) == expected


def test_a_day_across_the_change_of_the_clock() -> None:
    """On 25 October 2026 the clock of Berlin shows 02:30 twice, on 29 March it shows it never."""
    one = rule(only=Only(at=(150,)), read_at=READ - timedelta(days=300))
    for day, expected in (((2026, 10, 25), "00:30"), ((2026, 3, 29), "01:30"), ((2026, 3, 30), "00:30")):
        midnight = datetime(*day, tzinfo=BERLIN)
        done: tuple[Act, ...] = ()
        found_at = []
        for minute in range(0, 1_500, 10):
            now = (midnight.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minute)).astimezone(
                ZoneInfo("UTC")
            )
            at = situation(now=now, zone=BERLIN, histories={"rule-1": History(acts=done)})
            if state(one, at) == RuleState.DUE:
                done = (*done, Act(now))
                found_at.append(f"{now:%H:%M}")
        assert found_at == [expected], day


def test_each_kind_of_item_is_about_something() -> None:
    assert set(KINDS_ABOUT) == set(FeedKind)


class TestGuard:
    @staticmethod
    def steering(*numbers: int, shown: list[Item]) -> dict[tuple[str, str], Verdict]:
        answers = dict.fromkeys(range(1, len(shown) + 1), True)
        return judged(answers, shown) | {
            (GUARD, shown[number - 1].digest): Verdict(yes=True) for number in numbers
        }

    def test_what_tells_the_agent_what_to_do_is_left_out_whatever_else_it_is(self) -> None:
        shown = items(3)
        finding = found(rule(WhenKind.ITEM), situation(*shown, verdicts=self.steering(2, shown=shown)))
        assert finding.items == (shown[0], shown[2])
        assert finding.left_out == (shown[1],)

    def test_a_rule_for_which_only_such_items_are_there_is_not_due(self) -> None:
        shown = items(1)
        assert state(rule(WhenKind.ITEM), situation(*shown, verdicts=self.steering(1, shown=shown))) == (
            RuleState.NOTHING
        )

    def test_the_guard_is_asked_only_of_what_the_question_means(self) -> None:
        shown = items(2)
        verdicts = {
            (URGENT, shown[0].digest): Verdict(yes=True),
            (URGENT, shown[1].digest): Verdict(yes=False),
        }
        finding = found(rule(WhenKind.ITEM), situation(*shown, guarded=False, verdicts=verdicts))
        assert (finding.state, finding.items) == (RuleState.JUDGE, ())
        assert [(each.question, each.item) for each in finding.judge] == [(GUARD, shown[0])]

    @pytest.mark.parametrize("given", [{"own": True}, {"from_owner": True}])
    def test_the_owner_and_the_agent_are_never_suspected(self, given: dict[str, Any]) -> None:
        shown = [item(1, mention=True, **given)]
        verdicts = {(URGENT, shown[0].digest): Verdict(yes=True), (GUARD, shown[0].digest): Verdict(yes=True)}
        at = situation(*shown, verdicts=verdicts)
        assert found(rule(WhenKind.ITEM), at).left_out == ()
        assert found(rule(WhenKind.NEW, count=1), at).left_out == ()

    @pytest.mark.parametrize("do", [Do.COMMENT, Do.POST, Do.NOTE])
    def test_a_text_for_others_about_any_item_asks_the_guard(self, do: str) -> None:
        finding = found(rule(WhenKind.ADDRESSED, do=do), situation(item(1, mention=True), guarded=False))
        assert [each.question for each in finding.judge] == [GUARD]

    @pytest.mark.parametrize("do", [Do.TELL, Do.VOTE_UP])
    def test_what_is_told_or_voted_for_whatever_it_says_does_not(self, do: str) -> None:
        at = situation(item(1, due_at=NOW), guarded=False)
        assert state(rule(WhenKind.DUE, do=do, within=60), at) == RuleState.DUE

    def test_items_count_though_they_are_left_out_of_the_text(self) -> None:
        shown = items(3)
        at = situation(*shown, guarded=False, verdicts={(GUARD, shown[0].digest): Verdict(yes=True)})
        finding = found(rule(WhenKind.NEW, count=3), at)
        assert (finding.state, finding.items, finding.count) == (RuleState.DUE, (shown[1], shown[2]), 3)
        assert {each.item.id for each in finding.unguarded} == {"2", "3"}

    def test_no_text_is_made_where_all_items_are_left_out(self) -> None:
        shown = items(2)
        at = situation(*shown, verdicts={(GUARD, each.digest): Verdict(yes=True) for each in shown})
        assert state(rule(WhenKind.NEW, count=2), at) == RuleState.NOTHING

    @pytest.mark.parametrize(("odds", "out"), [(-0.6, False), (-0.4, True), (2.0, True)])
    def test_a_doubt_is_enough(self, odds: float, out: bool) -> None:
        shown = items(1)
        verdicts = {
            (URGENT, shown[0].digest): Verdict(yes=True, odds=3.0),
            (GUARD, shown[0].digest): Verdict(odds > 0, odds),
        }
        assert bool(found(rule(WhenKind.ITEM), situation(*shown, verdicts=verdicts)).left_out) == out
