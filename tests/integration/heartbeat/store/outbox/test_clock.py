"""Deliveries that were written while the clock was ahead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.store import outbox
from heartbeat.vocabulary import DeliveryStatus, TryEnd
from tests.integration.heartbeat.store.outbox.box import Box
from tests.support.world import START

pytestmark = pytest.mark.one_question

YEAR = 365 * 86_400


def realign(box: Box) -> None:
    box.world.store.write(outbox.realign, box.now)


def test_what_waits_and_what_is_being_sent_need_not_wait_a_year(box: Box) -> None:
    box.at(YEAR)
    waits, sending = box.queue(within=600), box.queue(within=600)
    box.attempt(waits, TryEnd.NOT_SENT)
    box.begin(sending)
    box.at(0)
    assert box.due() == []
    realign(box)
    assert (box.get(waits).expires_at, box.get(waits).created_at) == (START + timedelta(seconds=600), START)
    box.at(3600)
    assert sorted(box.due()) == [waits, sending]
    box.claim(waits), box.claim(sending)
    assert box.states() == ["failed/expired", "unknown"]


def test_a_key_is_not_taken_to_be_known_longer_than_it_is(box: Box) -> None:
    box.can = Capabilities(remembers_keys=600)
    box.at(YEAR)
    box.attempt(box.queue(), TryEnd.PERHAPS)
    box.at(0)
    realign(box)
    box.at(3600)
    assert box.claim(1) is None
    assert box.get(1).status == DeliveryStatus.UNKNOWN


def test_a_target_is_not_down_or_left_alone_for_a_year(box: Box) -> None:
    box.at(YEAR)
    for _ in range(3):
        box.attempt(box.queue(within=None), TryEnd.NOT_SENT, retry_after=60)
        box.at(YEAR + 100 * len(box.states()))
    box.at(0)
    realign(box)
    box.at(86_400)
    [first] = box.due()
    assert box.attempt(first, TryEnd.SENT).status == DeliveryStatus.SENT
    assert len(box.due()) == 2


def test_what_is_right_stays_as_it_is(box: Box) -> None:
    waits, sending = box.queue(), box.queue(within=None)
    box.attempt(waits, TryEnd.NOT_SENT)
    box.begin(sending)
    before = [box.get(number) for number in (waits, sending)]
    realign(box)
    assert [box.get(number) for number in (waits, sending)] == before
