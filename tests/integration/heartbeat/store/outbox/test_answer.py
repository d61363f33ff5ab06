"""What a person says about a delivery."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.errors import ConflictError, NotFoundError
from heartbeat.store import actions, outbox, threads, timer
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import DeliveryReason, DeliveryStatus, TryEnd
from tests.integration.heartbeat.store.outbox.box import Box
from tests.support.world import START

pytestmark = pytest.mark.one_question

NOT_SENT, PERHAPS, REFUSED, SENT = TryEnd.NOT_SENT, TryEnd.PERHAPS, TryEnd.REFUSED, TryEnd.SENT
UNKNOWN = DeliveryStatus.UNKNOWN


def cancel(box: Box, number: int) -> Delivery:
    return box.world.store.write(outbox.cancel, number, box.now)


def retry(box: Box, number: int) -> Delivery:
    return box.world.store.write(outbox.retry, number, box.now)


def settle(box: Box, number: int, *, arrived: bool) -> Delivery:
    return box.world.store.write(outbox.settle, number, arrived, box.now)


def is_cancelled(row: Delivery) -> bool:
    return (row.status, row.reason) == (DeliveryStatus.FAILED, DeliveryReason.CANCELLED)


class TestCancel:
    @pytest.mark.parametrize("held", [False, True])
    def test_what_waits_is_not_sent_any_more(self, box: Box, held: bool) -> None:
        number = box.queue(thread="demo")
        if held:
            box.world.store.write(outbox.hold, box.now)
        row = cancel(box, number)
        assert is_cancelled(row)
        assert (row.by_person, row.next_try, row.finished_at) == (True, None, START)
        assert box.look() == ([], None)
        assert box.claim(number) is None

    @pytest.mark.parametrize("end", [NOT_SENT, PERHAPS, SENT, REFUSED])
    def test_what_is_being_sent_is_not_tried_again(self, box: Box, end: TryEnd) -> None:
        box.can = Capabilities(remembers_keys=3600)
        claim = box.begin(box.queue())
        assert cancel(box, 1).status == DeliveryStatus.SENDING
        row = box.finish(claim, end)
        status = {NOT_SENT: "failed", PERHAPS: "unknown", SENT: "sent", REFUSED: "failed"}[end]
        assert row.status == status
        assert (is_cancelled(row), row.by_person) == (status == "failed", status == "failed")
        assert box.look() == ([], None)

    @pytest.mark.parametrize(("end", "seconds"), [(NOT_SENT, 0), (REFUSED, 0), (NOT_SENT, 3600)])
    def test_what_was_cancelled_during_a_try_counts_as_done(
        self, box: Box, end: TryEnd, seconds: float
    ) -> None:
        action = box.act("phone")
        claim = box.begin(1)
        cancel(box, 1)
        box.at(seconds)
        box.finish(claim, end)
        assert (box.states(), box.action(action).by_person) == (["failed/cancelled"], True)
        found = box.world.store.read(actions.done_lately, "demo", action.digest, box.now, but_for=0)
        assert found is not None, "it would be proposed again"

    def test_what_was_cancelled_in_its_last_try_and_may_have_arrived_is_unknown(self, box: Box) -> None:
        box.can = Capabilities(repeat=True)
        claim = box.begin(box.queue(within=10))
        cancel(box, 1)
        box.at(10)
        assert box.finish(claim, PERHAPS).status == UNKNOWN

    def test_what_may_have_arrived_stays_unknown(self, box: Box) -> None:
        box.searchable = True
        box.attempt(box.queue(), PERHAPS)
        row = cancel(box, 1)
        assert (row.status, row.reason, row.searching) == (UNKNOWN, None, False)
        assert box.look() == ([], None)

    @pytest.mark.parametrize(("end", "said"), [(SENT, "is sent already"), (REFUSED, "is failed already")])
    def test_what_is_over(self, box: Box, end: TryEnd, said: str) -> None:
        box.attempt(box.queue(), end)
        with pytest.raises(ConflictError, match=f"^delivery 1 {said}; only one that has not ended"):
            cancel(box, 1)

    def test_what_is_unknown(self, box: Box) -> None:
        box.attempt(box.queue(), PERHAPS)
        with pytest.raises(ConflictError, match=r"^delivery 1 may have arrived, .*; say whether it arrived$"):
            cancel(box, 1)


class TestRetry:
    def test_what_waits_is_tried_at_once(self, box: Box) -> None:
        box.attempt(box.queue(), NOT_SENT)
        assert box.due() == []
        assert retry(box, 1).status == DeliveryStatus.PENDING
        assert box.due() == [1]
        assert box.attempt(1, SENT).status == DeliveryStatus.SENT

    def test_what_is_held_is_sent_all_the_same(self, box: Box) -> None:
        box.queue(thread="demo")
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        retry(box, 1)
        assert box.due() == [1]

    @pytest.mark.parametrize("end", [NOT_SENT, REFUSED])
    def test_of_a_thread_that_is_paused_it_is_one_try(self, box: Box, end: TryEnd) -> None:
        if end == NOT_SENT:
            box.queue(thread="demo")
        else:
            box.attempt(box.queue(thread="demo"), end)
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        for _ in range(2):
            retry(box, 1)
            assert box.attempt(1, NOT_SENT).status == DeliveryStatus.HELD
            assert box.due() == []
        retry(box, 1)
        box.world.store.write(timer.switch, False, box.now)  # holds it once more
        box.world.store.write(threads.resume, "demo", box.now)
        box.world.store.write(timer.switch, True, box.now)
        assert box.attempt(1, NOT_SENT).status == DeliveryStatus.PENDING

    def test_what_was_queued_while_the_thread_was_paused_goes_on(self, box: Box) -> None:
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        box.attempt(box.queue(thread="demo"), NOT_SENT)
        retry(box, 1)
        assert box.attempt(1, NOT_SENT).status == DeliveryStatus.PENDING

    def test_a_target_that_is_not_there_does_not_let_it_wait_unheld(self, box: Box) -> None:
        box.queue(thread="demo")
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        retry(box, 1)
        box.can = None
        assert box.claim(1) is None
        assert box.get(1).status == DeliveryStatus.HELD

    def test_what_is_cancelled_before_its_one_try_may_be_sent_again(self, box: Box) -> None:
        box.queue(thread="demo")
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        retry(box, 1)
        assert is_cancelled(cancel(box, 1))
        box.world.store.write(threads.resume, "demo", box.now)
        retry(box, 1)
        assert box.attempt(1, NOT_SENT).status == DeliveryStatus.PENDING

    def test_of_what_is_unknown_it_says_that_it_did_not_arrive(self, box: Box) -> None:
        box.attempt(box.queue(within=600), PERHAPS)
        box.at(5000)
        row = retry(box, 1)
        assert (row.status, row.expires_at) == (DeliveryStatus.PENDING, box.now + timedelta(seconds=600))
        assert not box.begin(1).outgoing.again

    @pytest.mark.parametrize("end", [REFUSED, NOT_SENT])
    def test_what_failed_gets_its_whole_time_again(self, box: Box, end: TryEnd) -> None:
        box.queue(within=600)
        if end == REFUSED:
            box.attempt(1, REFUSED)
        else:
            box.at(600)
            box.claim(1)
        assert box.get(1).status == DeliveryStatus.FAILED
        row = retry(box, 1)
        assert (row.status, row.reason, row.finished_at) == (DeliveryStatus.PENDING, None, None)
        assert row.expires_at == box.now + timedelta(seconds=600)
        box.world.clock.move(hours=5)
        box.claim(1)
        assert retry(box, 1).expires_at == box.now + timedelta(seconds=600)
        assert box.attempt(1, SENT).status == DeliveryStatus.SENT

    def test_what_arrived_or_is_being_sent(self, box: Box) -> None:
        claim = box.begin(box.queue())
        with pytest.raises(ConflictError, match=r"^delivery 1 is being sent; wait until this try has ended$"):
            retry(box, 1)
        box.finish(claim, SENT)
        with pytest.raises(ConflictError, match=r"^delivery 1 has arrived; it is not sent twice$"):
            retry(box, 1)

    def test_what_is_looked_for(self, box: Box) -> None:
        box.searchable = True
        box.attempt(box.queue(), PERHAPS)
        with pytest.raises(ConflictError, match="may have arrived and is looked for at 2026-11-02T12:00:30Z"):
            retry(box, 1)

    def test_what_may_have_arrived_is_sent_at_once_only_where_that_is_safe(self, box: Box) -> None:
        box.can = Capabilities(repeat=True)
        box.attempt(box.queue(), PERHAPS)
        retry(box, 1)
        assert box.begin(1).outgoing.again
        box.at(61)
        box.claim(1)
        retry(box, 1)
        box.can = Capabilities()
        assert box.claim(1) is None
        assert box.get(1).status == UNKNOWN

    def test_what_belonged_to_a_thread_that_was_removed(self, box: Box) -> None:
        box.attempt(box.queue(thread="demo"), PERHAPS)
        box.world.store.write(threads.remove, "demo", box.now)
        for _ in range(2):
            with pytest.raises(
                ConflictError, match="thread 'demo', which was removed; nothing of it is sent"
            ):
                retry(box, 1)
            box.at(1)
            box.world.store.write(threads.ensure, "demo", box.now)  # another thread of that name

    def test_what_the_agent_has_done_again_since(self, box: Box) -> None:
        box.act("phone")
        box.attempt(1, REFUSED)
        box.act("phone")
        with pytest.raises(
            ConflictError, match=r"^delivery 1 is not needed: beat 2 has done the same since$"
        ):
            retry(box, 1)


class TestSettle:
    def test_it_arrived(self, box: Box) -> None:
        box.attempt(box.queue(), PERHAPS)
        row = settle(box, 1, arrived=True)
        assert (row.status, row.by_person, row.finished_at) == (DeliveryStatus.SENT, True, START)

    def test_it_did_not(self, box: Box) -> None:
        box.attempt(box.queue(), PERHAPS)
        assert settle(box, 1, arrived=False).status == DeliveryStatus.PENDING
        assert box.due() == [1]

    @pytest.mark.parametrize("arrived", [True, False])
    def test_what_is_still_looked_for(self, box: Box, arrived: bool) -> None:
        box.searchable = True
        box.attempt(box.queue(), PERHAPS)
        row = settle(box, 1, arrived=arrived)
        assert row.status == (DeliveryStatus.SENT if arrived else DeliveryStatus.PENDING)
        assert not row.searching
        assert box.due() == ([] if arrived else [1])

    @pytest.mark.parametrize("end", [None, NOT_SENT, REFUSED, SENT])
    def test_what_is_known(self, box: Box, end: TryEnd | None) -> None:
        box.queue()
        if end is not None:
            box.attempt(1, end)
        with pytest.raises(
            ConflictError, match="only of one that may have arrived can be said whether it did"
        ):
            settle(box, 1, arrived=True)


@pytest.mark.parametrize("answer", [cancel, retry, lambda box, number: settle(box, number, arrived=True)])
def test_a_delivery_that_does_not_exist(box: Box, answer: object) -> None:
    with pytest.raises(NotFoundError, match=r"^delivery 7 does not exist$"):
        answer(box, 7)  # type: ignore[operator]
