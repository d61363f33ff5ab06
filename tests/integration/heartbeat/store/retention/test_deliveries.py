"""Which deliveries are deleted, and which stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from heartbeat.store.retention import Rows
from heartbeat.store.retry import FAILURES
from heartbeat.vocabulary import BeatStatus, DeliveryStatus
from tests.integration.heartbeat.store.retention.conftest import KEPT, Past

ENDED = (DeliveryStatus.SENT, DeliveryStatus.FAILED)


def test_those_that_have_ended_go_when_old_but_for_the_last(past: Past) -> None:
    for days in (200, 150, 91, 89, 1):
        past.delivery(days)
    assert past.prune() == {Rows.DELIVERIES: 3}
    assert past.deliveries() == [4, 5]
    past.world.clock.move(days=400)
    past.prune(replace(KEPT, deliveries=2))
    assert past.deliveries() == [4, 5]
    past.prune()
    assert past.deliveries() == [5]


@pytest.mark.parametrize("status", sorted(set(DeliveryStatus) - set(ENDED)))
def test_what_is_not_known_to_have_ended_stays(past: Past, status: DeliveryStatus) -> None:
    number = past.delivery(200, status)
    past.delivery(1)
    assert not past.prune()
    assert number in past.deliveries()


def test_those_of_one_action_go_together(past: Past) -> None:
    first, second = (past.delivery(200, action_id=7, target=name) for name in ("a", "b"))
    late = past.delivery(200, DeliveryStatus.UNKNOWN, action_id=7, target="c")
    other = past.delivery(200, action_id=8)
    past.delivery(1)
    past.prune()
    assert past.deliveries() == [first, second, late, 5]
    assert other not in past.deliveries()


def test_a_beat_goes_with_the_pass_that_deletes_its_deliveries(past: Past) -> None:
    past.beat(200)
    number = past.beat(150, BeatStatus.ACTED)
    past.delivery(150, action_id=past.action(number, 150), beat_id=number)
    past.delivery(1)
    past.beat(140, BeatStatus.ACTED)
    for each in range(FAILURES):
        past.beat(10 - each)
    assert past.prune()[Rows.DELIVERIES] == 1
    assert number not in past.beats()


def test_a_group_larger_than_a_bite_is_deleted_whole(past: Past) -> None:
    for number in range(250):
        past.delivery(200, action_id=7, target=f"t{number}")
    past.delivery(1)
    past.prune()
    assert past.deliveries() == [251]


def test_without_an_age_all_stay(past: Past) -> None:
    past.delivery(20_000)
    past.delivery(1)
    assert not past.prune(replace(KEPT, delivery_age=None, beat_age=timedelta(days=1)))
