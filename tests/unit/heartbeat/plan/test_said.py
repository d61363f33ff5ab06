"""What the owner says in the conversation, as rules: from when to when they hold, and what they are shown as."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from heartbeat.history import History
from heartbeat.plan import Do, Plan, PlanLine, Reading, RuleBody, RuleState, Until, When, WhenKind, evaluate
from heartbeat.plan.assemble import Assembled, Kept
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import Divided
from heartbeat.plan.needs import Known
from heartbeat.plan.problems import Times
from heartbeat.plan.rule import PlacedBody
from heartbeat.plan.said import OwnerMessage, Said, assemble_said
from heartbeat.plan.until import UntilForm, UntilWord
from heartbeat.plan.view import PlanView, view
from heartbeat.plan.words import LineRole
from tests.unit.heartbeat.plan.build import acted, item, order, rule, situation

BERLIN = ZoneInfo("Europe/Berlin")
SAID = datetime(2026, 3, 3, 14, 20, tzinfo=BERLIN)
NOW = SAID + timedelta(minutes=5)
KNOWN = Known(boards=("general",), takes={"forum": {"post"}}, thread="demo")
CHAT = Reading(role=LineRole.ABOUT)


def message(number: int = 12, content: str = "Be silent.", **given: Any) -> OwnerMessage:
    return OwnerMessage(number, content, given.pop("said_at", SAID), **given)


def reading(do: str = Do.SILENT, until: UntilForm | None = None, **when: Any) -> Reading:
    body = RuleBody(when=When(kind=when.pop("kind", WhenKind.ALWAYS), **when), do=do)
    return Reading(rules=(body,), until=until)


def said_of(*messages: OwnerMessage, readings: Mapping[int, Reading | None], **given: Any) -> Said:
    kept = {f"message-{number}": Kept(each, NOW) for number, each in readings.items()}
    return assemble_said(messages, kept, given.pop("corrections", ()), KNOWN, BERLIN, **given)


def shown(said: Said, now: datetime = NOW) -> PlanView:
    assembled = Assembled(Divided(), (), (), (), (), KNOWN)
    return view("", assembled, Times(BERLIN, now, lambda _: True), said=said)


def corrected(line_id: str = "message-12", **given: Any) -> Correction:
    return Correction(line_id=line_id, text="", by="ana", at=NOW, thread="demo", **given)


def test_it_is_read_on_one_line_under_a_heading_with_secrets_masked_and_cut() -> None:
    line = message(content="Be silent\n\nuntil  I write. password=hunter2hunter2").line
    assert (line.id, line.number, line.above, line.said_at) == ("message-12", 12, ("The owner says",), SAID)
    assert line.text.startswith("Be silent until I write. password=")
    assert "hunter2" not in line.text
    assert not message().is_cut
    long = message(content="word " * 400)
    assert (len(long.line.text), long.is_cut) == (1_000, True)


def test_its_rules_count_from_when_it_was_said_and_end_as_it_says() -> None:
    until = UntilForm(until=UntilWord.TIME, clock=18 * 60)
    [order] = said_of(message(), readings={12: reading(until=until)}).before(Plan()).rules
    assert (order.id, order.line, order.read_at, order.is_order) == ("message-12-1", 12, SAID, True)
    assert order.until == Until(instant=SAID.replace(hour=18, minute=0))


def test_only_silence_ends_so_where_it_asks_for_something_besides() -> None:
    both = Reading(
        rules=(*reading(Do.POST).rules, *reading().rules), until=UntilForm(until=UntilWord.HOURS, number=1)
    )
    post, silent = said_of(message(), readings={12: both}).before(Plan()).rules
    assert (post.until, silent.until) == (None, Until(instant=SAID + timedelta(hours=1)))
    tell = reading(Do.TELL, UntilForm(until=UntilWord.TODAY), kind=WhenKind.ITEM, question="Is it Marta?")
    [alone] = said_of(message(), readings={12: tell}).before(Plan()).rules
    assert alone.until == Until(instant=datetime(2026, 3, 4, tzinfo=BERLIN))


def test_boards_are_found_in_its_words_and_rules_stand_before_those_of_the_text() -> None:
    said = said_of(message(content="Post on general"), readings={12: reading(Do.POST)})
    plan = said.before(Plan(rules=(rule(number=1),)))
    assert [(each.id, each.where) for each in plan.rules] == [("message-12-1", "general"), ("rule-1", None)]


def test_a_correction_wins_and_what_it_says_holds_from_when_the_message_was_said() -> None:
    made = corrected(rules=(PlacedBody(when=When(kind=WhenKind.ALWAYS), do=Do.TELL),))
    said = said_of(message(), readings={12: reading()}, corrections=[made])
    [one] = said.before(Plan()).rules
    assert (one.do, one.read_at) == (Do.TELL, SAID)
    [view] = shown(said).said
    assert (view.decided_by, view.by, view.at) == ("correction", "ana", NOW)


def test_silence_until_the_next_message() -> None:
    reads = {1: reading(until=UntilForm(until=UntilWord.NEXT)), 2: CHAT}
    alone = said_of(message(1), readings=reads)
    plan = alone.before(Plan(rules=(rule(WhenKind.NEW),)))

    def states(at: datetime, wrote: datetime | None) -> list[RuleState]:
        now = situation(item(1), now=at, owner_wrote_at=wrote)
        return [found.state for found in evaluate(plan, now)]

    later = SAID + timedelta(days=30)
    assert states(later, alone.wrote_at) == [RuleState.SILENT, RuleState.SILENCED]
    answered = said_of(message(1), message(2, said_at=later), readings=reads)
    assert states(later, answered.wrote_at) == [RuleState.OVER, RuleState.DUE]
    old, new = shown(answered, later).said[::-1]
    assert (old.message, [each.over for each in old.rules]) == (1, [True])
    assert (new.message, new.role) == (2, LineRole.ABOUT)


def test_the_newest_message_need_not_be_among_those_that_are_read() -> None:
    newest = message(40, said_at=SAID + timedelta(hours=1))
    said = said_of(message(1), readings={1: reading(until=UntilForm(until=UntilWord.NEXT))}, newest=newest)
    assert (said.last, said.wrote_at) == (40, newest.said_at)
    assert shown(said).said[0].rules[0].over


@pytest.mark.parametrize("do", [Do.SILENT, Do.TELL])
def test_lifting_ends_it(do: Do) -> None:
    lifted = message(lifted_at=NOW, lifted_by="ana")
    for until in (None, UntilForm(until=UntilWord.NEXT), UntilForm(until=UntilWord.WEEKS, number=1)):
        said = said_of(lifted, readings={12: reading(do, until)})
        [view] = shown(said).said
        assert (view.lifted_at, view.lifted_by, view.rules[0].over) == (NOW, "ana", True)
        assert said.is_settled(said.messages[0], NOW)


def test_lifting_what_has_ended_moves_its_end_no_further() -> None:
    lifted = message(lifted_at=SAID + timedelta(days=2))
    said = said_of(lifted, readings={12: reading(until=UntilForm(until=UntilWord.TODAY))})
    [one] = said.before(Plan()).rules
    assert one.until == Until(instant=datetime(2026, 3, 4, tzinfo=BERLIN))


@pytest.mark.parametrize(
    ("given", "age", "expected"),
    [
        (None, timedelta(), False),  # unread
        (CHAT, timedelta(), True),
        (reading(Do.TELL), timedelta(), True),
        (reading(), timedelta(days=300), False),
        (reading(until=UntilForm(until=UntilWord.NEXT)), timedelta(days=300), False),
        (reading(until=UntilForm(until=UntilWord.TODAY)), timedelta(hours=1), False),
        (reading(until=UntilForm(until=UntilWord.TODAY)), timedelta(days=1), True),
    ],
)
def test_it_is_settled_once_it_is_known_to_order_no_silence_that_lasts(
    given: Reading | None, age: timedelta, expected: bool
) -> None:
    said = said_of(message(), readings={} if given is None else {12: given})
    assert said.is_settled(said.messages[0], SAID + age) == expected


def test_one_that_could_not_be_read_stops_acts_until_the_owner_writes_again() -> None:
    failed = said_of(message(1), readings={1: None})
    assert failed.stops is not None
    assert not failed.is_settled(failed.messages[0], NOW)
    [problem] = shown(failed).problems
    assert "message 1" in problem.message
    assert "heartbeat plan correct message-1 --thread demo" in (problem.remedy or "")
    again = said_of(message(1), message(2), readings={1: None, 2: CHAT})
    assert again.stops is None
    assert again.is_settled(again.messages[0], NOW)
    assert shown(again).problems == ()
    mended = said_of(
        message(1), readings={1: None}, corrections=[corrected("message-1", role=LineRole.ABOUT)]
    )
    assert mended.stops is None


def test_an_unread_one_is_shown_as_such() -> None:
    said = said_of(message(1), message(2), readings={1: CHAT})
    assert [line.id for line in said.unread] == ["message-2"]
    plan = shown(said)
    assert [(each.message, each.unread) for each in plan.said] == [(2, True), (1, False)]
    assert (plan.reading.read, plan.reading.of) == (1, 2)


def test_its_sentence_says_until_when_in_the_zone() -> None:
    reads = {
        1: reading(until=UntilForm(until=UntilWord.DAY, weekday=4)),
        2: reading(until=UntilForm(until=UntilWord.NEXT)),
        3: reading(),
        4: reading(Do.POST),
    }
    said = said_of(*(message(number) for number in reads), readings=reads)
    assert [each.rules[0].says for each in shown(said).said[::-1]] == [
        "Stay silent, until Friday, 2026-03-06 00:00 (Europe/Berlin).",
        "Stay silent, until you write again.",
        "Stay silent, until you lift it.",
        "Once, post.",
    ]


def test_what_is_too_long_or_too_much_is_named() -> None:
    said = said_of(message(content="word " * 400), readings={12: CHAT}, are_more=True)
    assert [(each.message.split()[0], each.is_warning) for each in shown(said).problems] == [
        ("Of", True),
        ("Of", True),
    ]


class TestOver:
    def test_an_order_about_what_is_there_ends_when_a_beat_has_looked_at_it(self) -> None:
        vote = order(Do.VOTE_UP, kind=WhenKind.ITEM, is_open=True, read_at=SAID)
        waits = order(Do.TELL, kind=WhenKind.ITEM, read_at=SAID)
        looked = History(looked_at=NOW)
        for one, expected in ((vote, True), (waits, False)):
            assert Said(histories={one.id: looked}).is_over(one, NOW) == expected
        early = History(looked_at=SAID - timedelta(hours=1))
        assert not Said(histories={vote.id: early}).is_over(vote, NOW)

    def test_one_that_was_done_is_over_and_silence_is_never_done(self) -> None:
        for one, expected in ((order(Do.TELL, read_at=SAID), True), (order(read_at=SAID), False)):
            assert Said(histories={one.id: acted()}).is_over(one, NOW) == expected

    def test_what_asks_for_something_ends_after_a_week_whatever_its_end(self) -> None:
        week = SAID + timedelta(days=7)
        for until in (None, Until(next_message=True), Until(instant=week + timedelta(days=1))):
            tell = order(Do.TELL, read_at=SAID, until=until)
            assert Said(wrote_at=SAID).is_over(tell, week)
            assert not Said(wrote_at=SAID).is_over(tell, week - timedelta(seconds=1))


def test_a_line_of_the_text_is_no_message() -> None:
    assert not PlanLine(id="a", number=1, text="Be brief.").is_message
