"""Targets that are down, or want to be left alone: who is tried, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeat.store import outbox
from heartbeat.store.tables import TargetHealth
from heartbeat.vocabulary import NOTICE, DeliveryStatus, TryEnd
from tests.integration.heartbeat.store.outbox.box import Box
from tests.support.world import START

pytestmark = pytest.mark.one_question

NOT_SENT, PERHAPS, REFUSED, SENT = TryEnd.NOT_SENT, TryEnd.PERHAPS, TryEnd.REFUSED, TryEnd.SENT
HOUR = 3600


def fare(box: Box, target: str = "phone") -> TargetHealth:
    return box.world.store.read(outbox.health)[target]


def is_down(box: Box, target: str = "phone") -> bool:
    return box.world.store.read(outbox.is_down, target)


@pytest.fixture
def down(box: Box) -> Box:
    """Return a box whose target ``phone`` went down with three deliveries, 1 to 3, and has two more, 4 and 5."""
    for _ in range(5):
        box.queue()
    for number in (1, 2, 3):
        box.attempt(number, NOT_SENT, "nobody is there")
    return box


def test_three_tries_in_a_row_of_any_delivery(box: Box) -> None:
    assert not is_down(box), "nothing is known of a target that was never tried"
    for number, end in enumerate((NOT_SENT, PERHAPS, NOT_SENT), 1):
        assert not is_down(box)
        box.attempt(box.queue(), end, f"try {number}")
    assert is_down(box)
    found = fare(box)
    assert (found.misses, found.said, found.down_since, found.last_sent) == (3, "try 3", START, None)
    assert not is_down(box, "mail")


@pytest.mark.parametrize("end", [SENT, REFUSED])
def test_an_answer_in_between_begins_anew(box: Box, end: TryEnd) -> None:
    for each in (NOT_SENT, NOT_SENT, end, NOT_SENT, NOT_SENT):
        box.attempt(box.queue(), each)
    assert not is_down(box)


def test_a_search_that_finds_nothing_is_an_answer_and_one_that_fails_is_none(box: Box) -> None:
    box.searchable = True
    number = box.queue()
    box.attempt(number, PERHAPS)
    box.at(30)
    box.attempt(number, PERHAPS)
    assert fare(box).misses == 2
    box.at(60)
    assert box.begin(number).searching
    box.at(120 + 30)
    assert box.claim(number) is None, "that search was never heard of again: a third miss"
    assert is_down(box)
    box.at(HOUR + 200)
    box.attempt(number, NOT_SENT)
    assert (is_down(box), fare(box).misses) == (False, 0)


def test_one_delivery_an_hour_is_tried(down: Box) -> None:
    down.at(30)
    assert down.look() == ([], START + timedelta(hours=1))
    assert down.claim(4) is None
    down.at(HOUR - 1)
    assert down.due() == []
    down.at(HOUR)
    [number] = down.due()
    claim = down.begin(number)
    down.at(HOUR + 1)
    assert down.due() == []
    assert [down.claim(each) for each in (1, 2, 3, 4, 5)] == [None] * 5
    down.finish(claim, NOT_SENT)
    down.at(HOUR + 100)
    assert down.look() == ([], START + timedelta(hours=2)), "an hour after that one began"


def test_one_probe_at_a_time_however_long_it_takes(down: Box) -> None:
    down.at(HOUR)
    [number] = down.due()
    down.world.store.write_durably(
        outbox.claim,
        number,
        down.world.store.lease,
        down.now,
        lease_seconds=2 * HOUR,
        capabilities=down.can,
        searchable=False,
    )
    down.at(2.5 * HOUR)
    assert down.due() == []
    assert [down.claim(each) for each in (1, 2, 3, 4, 5)] == [None] * 5


@pytest.mark.parametrize("end", [SENT, REFUSED])
def test_the_first_answer_lets_all_others_be_tried(down: Box, end: TryEnd) -> None:
    down.at(HOUR)
    [number] = down.due()
    down.attempt(number, end)
    assert not is_down(down)
    assert (fare(down).misses, fare(down).down_since) == (0, None)
    assert fare(down).last_sent == (down.now if end == SENT else None)
    assert len(down.due(each=10)) == 4


def test_what_is_given_up_waits_for_no_probe(down: Box) -> None:
    number = down.queue(within=600)
    down.at(30)
    assert down.look().wake_at == START + timedelta(seconds=600)
    down.at(600)
    assert down.due() == [number]
    assert down.claim(number) is None
    assert down.get(number).status == DeliveryStatus.FAILED


def test_what_may_have_arrived_at_a_target_that_is_down_is_unknown_when_its_time_is_over(box: Box) -> None:
    box.searchable = True
    doubtful = box.queue(within=900)
    box.attempt(doubtful, PERHAPS)
    for _ in range(2):
        box.attempt(box.queue(), NOT_SENT)
    box.at(900)
    assert box.due() == [doubtful]
    assert box.claim(doubtful) is None
    assert box.get(doubtful).status == DeliveryStatus.UNKNOWN


def test_what_a_person_sends_again_waits_for_no_probe(down: Box) -> None:
    down.world.store.write(outbox.retry, 5, down.now)
    assert down.due() == [5]
    assert down.attempt(5, NOT_SENT).status == DeliveryStatus.PENDING
    down.at(60)
    assert down.due() == [], "a person asks for one try"
    assert down.claim(5) is None


def test_another_target_is_not_held_up(down: Box) -> None:
    number = down.queue("mail")
    assert down.due() == [number]
    assert down.attempt(number, SENT).status == DeliveryStatus.SENT


def test_a_target_that_wants_to_be_left_alone_is(box: Box) -> None:
    first, second, mail = box.queue(), box.queue(), box.queue("mail")
    row = box.attempt(first, NOT_SENT, "429", retry_after=120)
    assert row.next_try == fare(box).quiet_until == START + timedelta(seconds=120)
    assert box.claim(second) is None
    box.world.store.write(outbox.retry, second, box.now)
    assert box.claim(second) is None, "also when a person would send it"
    assert box.look() == ([(mail, "mail")], START + timedelta(seconds=120))
    box.at(120)
    assert sorted(box.due()) == [first, second, mail]


def test_what_waits_on_the_ladder_need_not_wait_for_a_target_that_is_up_again(box: Box) -> None:
    late = box.queue()
    for wait in (0, 30, 90, 3700):
        box.at(wait)
        box.attempt(late, NOT_SENT)
    assert is_down(box)
    assert box.get(late).next_try == box.now + timedelta(minutes=15)
    other = box.queue()
    box.world.store.write(outbox.retry, other, box.now)
    box.attempt(other, SENT)
    assert box.due() == [late]


def test_what_may_have_arrived_is_not_looked_for_earlier(box: Box) -> None:
    box.searchable = True
    doubtful = box.queue()
    box.attempt(doubtful, PERHAPS)
    for _ in range(2):
        box.attempt(box.queue(), NOT_SENT)
    box.world.store.write(outbox.arrived, "phone", box.now)
    assert box.due() == [2, 3]


class TestLook:
    def test_no_target_takes_all_the_places(self, box: Box) -> None:
        for _ in range(30):
            box.queue("slow")
        last = box.queue("quick")
        assert box.due(limit=4) == [1, 2, last]
        assert box.due(limit=4, each=1) == [1, last]
        assert box.due(limit=4, without=["slow"]) == [last]
        assert box.due(limit=1) == [1]

    def test_the_longest_waiting_come_first(self, box: Box) -> None:
        first = box.queue("a")
        box.attempt(first, NOT_SENT)
        box.at(10)
        second = box.queue("b")
        box.at(31)
        third = box.queue("c")
        assert box.due() == [second, first, third]

    def test_nothing_waits(self, box: Box) -> None:
        assert box.look() == ([], None)


def test_what_the_agent_tells_goes_before_notices(box: Box) -> None:
    notices = [box.queue(kind=NOTICE) for _ in range(3)]
    box.at(1)
    tells = [box.queue() for _ in range(2)]
    assert [each.id for each in box.look().due] == tells
    for each in tells:
        box.attempt(each, SENT)
    assert [each.id for each in box.look().due] == notices[:2]
