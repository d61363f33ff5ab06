"""Claim, try and finish deliveries: one process at a time, and never again what may have arrived."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import create_engine

from heartbeat.capabilities import Capabilities
from heartbeat.errors import FenceLostError, NotFoundError
from heartbeat.store import Lease, Store, database, events, outbox
from heartbeat.store.outbox.tries import KEPT_TRIES
from heartbeat.vocabulary import NOTICE, DeliveryReason, DeliveryStatus, EventKind, TryEnd
from tests.integration.heartbeat.store.outbox.box import LEASE_SECONDS, Box
from tests.support.world import START

pytestmark = pytest.mark.one_question


def test_what_is_queued_is_due_at_once_and_arrives(box: Box) -> None:
    number = box.queue()
    assert box.due() == [number]
    claim = box.begin(number)
    assert (claim.key, claim.target) == (box.get(number).key, "phone")
    assert (claim.outgoing.text, claim.outgoing.again, claim.searching) == ("Tea is ready.", False, False)
    assert box.claim(number) is None, "one process at a time"
    assert box.look() == ([], START + timedelta(seconds=60)), "until its lease runs out"
    done = box.finish(claim, TryEnd.SENT, receipt={"id": "7"})
    assert (done.status, done.receipt, done.finished_at) == (DeliveryStatus.SENT, {"id": "7"}, START)
    assert box.look() == ([], None)
    assert box.claim(number) is None


def test_every_change_is_an_event(box: Box) -> None:
    number = box.queue(thread="demo")
    box.attempt(number, TryEnd.NOT_SENT)
    box.at(30)
    box.attempt(number, TryEnd.SENT)
    told = [each for each in box.world.store.read(events.since, 0) if each.kind == EventKind.DELIVERY_CHANGED]
    assert [each.data["status"] for each in told] == ["pending", "sending", "pending", "sending", "sent"]
    assert {each.thread_id for each in told} == {"demo"}
    assert told[2].data == {
        "delivery_id": number,
        "target": "phone",
        "status": "pending",
        "reason": None,
        "next_try": "2026-11-02T12:00:30Z",
    }


def test_the_key_is_the_same_for_all_tries_and_no_other_delivery_has_it(box: Box) -> None:
    first, second = box.queue(), box.queue()
    keys = [box.begin(first).key]
    box.at(60)
    box.can = Capabilities(remembers_keys=3600)
    assert box.claim(first) is None
    box.at(95)
    keys.append(box.begin(first).key)
    assert keys[0] == keys[1] != box.get(second).key


class TestLeaseThatRanOut:
    """A process took a delivery and was never heard of again."""

    def vanish(self, box: Box) -> int:
        number = box.queue()
        box.begin(number)
        box.at(LATE)
        assert box.due() == [number]
        assert box.claim(number) is None, "what follows is not tried in the same breath"
        return number

    def test_nothing_is_sent_again(self, box: Box) -> None:
        row = box.get(self.vanish(box))
        assert (row.status, row.reason) == (DeliveryStatus.UNKNOWN, None)
        assert row.tries == [
            {
                "at": START.isoformat(),
                "ended": "perhaps",
                "said": "The process that made this try went away before it said how it ended.",
            }
        ]
        assert box.look() == ([], None)

    def test_the_target_is_asked_again_with_the_key_that_it_knows(self, box: Box) -> None:
        box.can = Capabilities(remembers_keys=600)
        number = self.vanish(box)
        box.at(LATE + 29)
        assert box.claim(number) is None
        box.at(LATE + 30)
        claim = box.begin(number)
        assert claim.outgoing.again

    def test_it_is_looked_for(self, box: Box) -> None:
        box.searchable = True
        number = self.vanish(box)
        box.at(LATE + 29)
        assert box.claim(number) is None, "no sooner than the effect may still appear"
        box.at(LATE + 30)
        claim = box.begin(number)
        assert claim.searching
        assert box.get(number).tries[-1]["search"] is True
        assert box.finish(claim, TryEnd.SENT, receipt={"id": "7"}).receipt == {"id": "7"}

    def test_it_is_sent_again_where_it_is_not_found(self, box: Box) -> None:
        box.searchable = True
        number = self.vanish(box)
        box.at(LATE + 30)
        box.attempt(number, TryEnd.NOT_SENT)
        box.at(LATE + 60)
        claim = box.begin(number)
        assert (claim.searching, claim.outgoing.again) == (False, False)

    def test_the_process_that_comes_back_writes_nothing(self, box: Box) -> None:
        number = box.queue()
        claim = box.begin(number)
        box.at(LATE)
        box.claim(number)
        with pytest.raises(FenceLostError, match=r"^the try of delivery 1 had run out of time$"):
            box.finish(claim, TryEnd.SENT)
        assert box.get(number).status == DeliveryStatus.UNKNOWN

    def test_the_process_that_comes_back_in_time_may_still_say_how_it_ended(self, box: Box) -> None:
        claim = box.begin(box.queue())
        box.at(LATE)
        assert box.finish(claim, TryEnd.SENT).status == DeliveryStatus.SENT


LATE = 61


def test_of_many_processes_one_gets_a_delivery(box: Box) -> None:
    numbers = [box.queue() for _ in range(5)]
    stores = [Store(box.world.store.path, lease=Lease(30, f"process {number}")) for number in range(4)]
    ready = Barrier(len(stores))

    def claim_all(store: Store) -> list[int]:
        ready.wait()
        found = [
            store.write_durably(
                outbox.claim,
                number,
                store.lease,
                box.now,
                lease_seconds=LEASE_SECONDS,
                capabilities=Capabilities(),
                searchable=False,
            )
            for number in numbers
        ]
        return [claim.delivery_id for claim in found if claim is not None]

    with ThreadPoolExecutor(len(stores)) as pool:
        claimed = [number for found in pool.map(claim_all, stores) for number in found]
    for store in stores:
        store.close()
    assert sorted(claimed) == numbers


def test_what_a_target_forgot_while_the_delivery_waited_is_not_sent(box: Box) -> None:
    box.can = Capabilities(remembers_keys=600)
    number = box.queue()
    box.attempt(number, TryEnd.PERHAPS)
    box.at(571)
    assert box.claim(number) is None
    assert box.get(number).status == DeliveryStatus.UNKNOWN


def test_not_sent_climbs_the_ladder(box: Box) -> None:
    number = box.queue()
    waited = []
    for _ in range(6):
        row = box.attempt(number, TryEnd.NOT_SENT, "nobody is there")
        assert row.next_try is not None
        waited.append((row.next_try - box.now).total_seconds())
        box.world.clock.now = max(row.next_try, box.now + timedelta(hours=1))  # the target is down meanwhile
    assert waited == [30, 60, 300, 900, 3600, 3600]
    assert [(each["ended"], each["said"]) for each in box.get(number).tries] == [
        ("not_sent", "nobody is there")
    ] * 6


def test_a_target_that_talks_too_much_is_cut_short(box: Box) -> None:
    row = box.attempt(box.queue(), TryEnd.NOT_SENT, "No. " * 1000 + "\nAnd no.")
    assert len(row.tries[0]["said"]) == 500
    assert box.world.store.read(outbox.health)["phone"].said == row.tries[0]["said"]


def test_a_delivery_keeps_its_last_tries(box: Box) -> None:
    number = box.queue(within=None)
    for index in range(KEPT_TRIES + 5):
        box.attempt(number, TryEnd.NOT_SENT, str(index))
        box.world.clock.move(hours=2)
    tries = box.get(number).tries
    assert len(tries) == KEPT_TRIES
    assert tries[-1]["said"] == str(KEPT_TRIES + 4)
    assert box.get(number).status == DeliveryStatus.PENDING, "it is never given up"


@pytest.mark.parametrize("held", [False, True])
def test_what_did_not_arrive_in_time_is_given_up(box: Box, held: bool) -> None:
    number = box.queue(thread="demo", within=45)
    box.attempt(number, TryEnd.NOT_SENT)
    if held:
        box.world.store.write(outbox.hold, box.now)
    wake = box.look().wake_at
    assert wake == START + timedelta(seconds=45 if held else 30)
    box.at(45)
    assert box.due() == [number]
    assert box.claim(number) is None
    row = box.get(number)
    assert (row.status, row.reason, row.finished_at) == (
        DeliveryStatus.FAILED,
        DeliveryReason.EXPIRED,
        box.now,
    )


def test_a_target_that_is_not_there_any_more_is_waited_for(box: Box) -> None:
    number = box.queue(within=45)
    can, box.can = box.can, None
    assert box.claim(number) is None
    row = box.get(number)
    assert (row.status, row.next_try) == (DeliveryStatus.PENDING, START + timedelta(seconds=30))
    assert row.tries[0]["said"] == "No usable connection or target is named phone."
    assert box.world.store.read(outbox.health) == {}, "nothing was tried"
    box.at(30)
    box.can = can
    assert box.attempt(number, TryEnd.SENT).status == DeliveryStatus.SENT


def test_a_target_that_stays_away_lets_its_deliveries_expire(box: Box) -> None:
    number = box.queue(within=45)
    box.can = None
    box.claim(number)
    box.at(45)
    assert box.claim(number) is None
    assert box.get(number).reason == DeliveryReason.EXPIRED


def test_a_delivery_that_does_not_exist(box: Box) -> None:
    with pytest.raises(NotFoundError, match=r"^delivery 7 does not exist$"):
        box.claim(7)


def test_pages_are_newest_first(box: Box) -> None:
    for thread in ("demo", "other", "demo"):
        box.queue(thread=thread)
    box.attempt(1, TryEnd.SENT)

    def page(**options: Any) -> list[int | None]:
        return [row.id for row in box.world.store.read(outbox.page, **options)]

    assert page() == [3, 2, 1]
    assert page(limit=1) == [3]
    assert page(before=3, limit=1) == [2]
    assert page(thread_id="demo") == [3, 1]
    assert page(status=DeliveryStatus.SENT) == [1]
    assert page(status=DeliveryStatus.PENDING, thread_id="demo") == [3]


def test_a_notice_is_a_delivery_without_an_action(box: Box) -> None:
    row = box.get(box.queue(kind=NOTICE))
    assert (row.action_id, row.kind) == (None, NOTICE)


def test_pending_and_sending_are_on_the_disk_when_they_are_committed(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite changes this only between transactions, so that durable writes have connections of their own."""

    def synchronous(session: Any) -> int:
        return int(session.connection().exec_driver_sql("PRAGMA synchronous").scalar())

    full, normal = 2, 1
    monkeypatch.setattr(database, "create_engine", create_engine)  # other tests wait for no disk
    store = Store(box.world.settings.database_path)
    assert store.write_durably(synchronous) == full
    assert store.write(synchronous) == normal
    assert store.write_durably(synchronous) == full
    assert store.read(synchronous) == normal
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",), "FULL is enough with it"
    connection.close()
    store.close()
