"""Actions for targets outside: their status follows their deliveries, and what counts as done follows the status."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from heartbeat.draft import Draft
from heartbeat.errors import FenceLostError
from heartbeat.outgoing import Outgoing
from heartbeat.store import Claim, actions, claims, outbox, threads
from heartbeat.store.tables import Action
from heartbeat.vocabulary import ActionStatus, DeliveryReason, Trigger, TryEnd
from tests.integration.heartbeat.store.outbox.box import Box
from tests.support.world import START, World

pytestmark = pytest.mark.one_question

NOT_SENT, PERHAPS, REFUSED, SENT = TryEnd.NOT_SENT, TryEnd.PERHAPS, TryEnd.REFUSED, TryEnd.SENT
POST: dict[str, Any] = {"kind": "post", "text": None, "title": "Tea", "content": "Is ready."}


def state(box: Box, action: Action) -> str:
    row = box.action(action)
    return f"{row.status}/{row.reason}" if row.reason else str(row.status)


def count(box: Box) -> int:
    return box.world.store.read(
        actions.tally_since, "demo", START - timedelta(days=1), box.world.clock()
    ).done


def duplicate(box: Box, action: Action, beat: int = 0) -> int | None:
    found = box.world.store.read(actions.done_lately, "demo", action.digest, box.now, but_for=beat)
    return None if found is None else found.beat_id


class TestPerformOutside:
    def test_one_delivery_a_target_each_with_its_own_key(self, box: Box) -> None:
        action = box.act("phone", "mail", about="inbox.post:7", about_digest="d")
        assert (action.status, action.target, action.kind) == (ActionStatus.PENDING, "phone, mail", "tell")
        assert (action.text, action.about, action.receipt) == ("Tea is ready.", "inbox.post:7", None)
        rows = box.world.store.read(outbox.of_actions, [action.id or 0])[action.id or 0]
        assert [(row.target, row.beat_id, row.thread_id) for row in rows] == [
            ("phone", action.beat_id, "demo"),
            ("mail", action.beat_id, "demo"),
        ]
        assert rows[0].key != rows[1].key
        assert {row.digest for row in rows} == {action.digest}
        assert rows[0].expires_at == START + timedelta(hours=1)

    def test_without_a_target_it_is_only_recorded(self, box: Box) -> None:
        action = box.act()
        assert (action.status, action.target) == (ActionStatus.RECORDED, "none")
        assert box.states() == []

    def test_a_beat_does_it_once_however_often_it_begins_again(self, world: World) -> None:
        world.thread()
        claim = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
        assert isinstance(claim, Claim)

        def perform(held: Claim) -> Action | None:
            return world.store.write_durably(
                actions.perform_outside,
                held,
                Draft(kind="tell", text="Tea is ready."),
                targets=[("phone", 3600)],
                outgoing=Outgoing(kind="tell", text="Tea is ready."),
                now=world.clock(),
            )

        first = perform(claim)
        assert first is not None
        again = world.store.write(claims.take, claim.beat_id, world.store.lease, world.clock())
        with pytest.raises(FenceLostError):
            perform(claim)
        second = perform(again)
        assert second is not None
        assert second.id == first.id
        assert len(world.store.read(outbox.page)) == 1


class TestFollow:
    def test_the_only_delivery(self, box: Box) -> None:
        action = box.act("phone")
        claim = box.begin(1)
        assert state(box, action) == "sending"
        box.finish(claim, NOT_SENT)
        assert state(box, action) == "pending"
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        assert state(box, action) == "held"
        box.world.store.write(threads.resume, "demo", box.now)
        box.at(30)
        box.attempt(1, SENT, receipt={"id": "7"})
        assert state(box, action) == "sent"
        assert box.action(action).receipt == {"id": "7"}

    @pytest.mark.parametrize(
        ("ends", "expected"),
        [
            ((SENT, REFUSED), "sent"),
            ((SENT, PERHAPS), "sent"),
            ((SENT, None), "sent"),
            ((REFUSED, None), "pending"),
            ((PERHAPS, None), "pending"),
            ((PERHAPS, NOT_SENT), "pending"),
            ((PERHAPS, REFUSED), "unknown"),
            ((REFUSED, REFUSED), "failed/refused"),
        ],
    )
    def test_two_deliveries(self, box: Box, ends: tuple[TryEnd | None, ...], expected: str) -> None:
        action = box.act("phone", "mail")
        for number, end in enumerate(ends, 1):
            if end is not None:
                box.attempt(number, end)
        assert state(box, action) == expected

    def test_the_reason_that_tells_most(self, box: Box) -> None:
        action = box.act("a", "b", "c")
        for number in (1, 2, 3):
            box.world.store.write(outbox.cancel, number, box.now)
        assert state(box, action) == "failed/cancelled"
        assert box.action(action).by_person
        box.world.store.write(outbox.retry, 2, box.now)
        assert state(box, action) == "pending"
        box.at(3600)
        box.claim(2)
        assert state(box, action) == "failed/expired"
        assert not box.action(action).by_person
        box.world.store.write(outbox.retry, 3, box.now)
        box.attempt(3, REFUSED)
        assert state(box, action) == "failed/refused"

    def test_receipts_of_several_by_target(self, box: Box) -> None:
        action = box.act("phone", "mail")
        box.attempt(1, SENT, receipt={"id": "7"})
        box.attempt(2, SENT, receipt={"id": "8"})
        assert box.action(action).receipt == {"phone": {"id": "7"}, "mail": {"id": "8"}}

    def test_what_a_person_settles(self, box: Box) -> None:
        action = box.act("phone")
        box.attempt(1, PERHAPS)
        assert state(box, action) == "unknown"
        box.world.store.write(outbox.settle, 1, True, box.now)
        assert state(box, action) == "sent"


class TestDone:
    @pytest.mark.parametrize("end", [None, SENT, PERHAPS, NOT_SENT])
    def test_what_arrived_or_may_arrive_counts(self, box: Box, end: TryEnd | None) -> None:
        action = box.act("phone")
        if end is not None:
            box.attempt(1, end)
        assert (count(box), duplicate(box, action)) == (1, action.beat_id)

    def test_what_is_recorded_held_or_being_sent_counts(self, box: Box) -> None:
        recorded, held = box.act(text="a"), box.act("phone", text="b")
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        sending = box.act("phone", text="c")
        box.begin(2)
        assert [state(box, each) for each in (recorded, held, sending)] == ["recorded", "held", "sending"]
        assert count(box) == 3
        assert None not in [duplicate(box, each) for each in (recorded, held, sending)]

    @pytest.mark.parametrize("how", [DeliveryReason.REFUSED, DeliveryReason.EXPIRED])
    def test_what_was_refused_or_expired_is_open_again_once(self, box: Box, how: DeliveryReason) -> None:
        def fail() -> Action:
            action = box.act("phone")
            number = len(box.states())
            if how == DeliveryReason.REFUSED:
                box.attempt(number, REFUSED)
            else:
                box.world.clock.move(hours=1)
                box.claim(number)
            assert state(box, action) == f"failed/{how}"
            return action

        first = fail()
        assert (count(box), duplicate(box, first)) == (0, None)
        second = fail()
        assert (count(box), duplicate(box, first)) == (1, second.beat_id)
        box.world.clock.move(days=40)
        assert duplicate(box, first) == second.beat_id, "it was proposed again after a while"

    def test_another_text_on_the_same_item_is_the_second_time_too(self, box: Box) -> None:
        for number, text in enumerate(("One", "Two"), 1):
            box.act("club", **{**POST, "kind": "comment", "title": None, "post_id": "7", "content": text})
            box.attempt(number, REFUSED)
        assert count(box) == 1
        box.act("club", **{**POST, "kind": "comment", "title": None, "post_id": "8", "content": "Three"})
        box.attempt(3, REFUSED)
        assert count(box) == 1, "another item is open again once"

    def test_an_item_that_has_changed_may_be_told_of_again(self, box: Box) -> None:
        for number, digest in enumerate(("down", "down again"), 1):
            box.act("phone", about="checks.alert:1", about_digest=digest)
            box.attempt(number, REFUSED)
        assert count(box) == 0

    def test_what_a_person_cancelled_counts_and_what_the_product_cancelled_does_not(self, box: Box) -> None:
        mine, other = box.act("phone", text="a"), box.act("mail", text="b")
        box.world.store.write(outbox.cancel, 1, box.now)
        box.world.store.write(lambda session: outbox.cancel_all(session, box.now, target="mail"))
        assert [state(box, each) for each in (mine, other)] == ["failed/cancelled"] * 2
        assert count(box) == 1
        assert (duplicate(box, mine), duplicate(box, other)) == (mine.beat_id, None)

    def test_other_threads_do_not_count(self, box: Box) -> None:
        box.world.thread("other")
        box.act("phone", thread="other")
        box.attempt(1, REFUSED)
        box.act("phone")
        box.attempt(2, REFUSED)
        assert count(box) == 0


class TestLimitsOfATarget:
    def cooling(self, box: Box, target: str = "club") -> dict[str, float]:
        found = box.world.store.read(actions.cooling, target, {"post": 600}, box.now)
        return {kind: (until - START).total_seconds() for kind, until in found.items()}

    def used_up(self, box: Box, most: int, target: str = "club") -> dict[str, float]:
        found = box.world.store.read(actions.used_up, target, {"post": most}, box.now)
        return {kind: (until - START).total_seconds() for kind, until in found.items()}

    @pytest.mark.parametrize("end", [None, SENT, PERHAPS])
    def test_a_cooldown_runs_from_what_counts_as_done(self, box: Box, end: TryEnd | None) -> None:
        box.act("club", **POST)
        if end is not None:
            box.attempt(1, end)
        assert self.cooling(box) == {"post": 600}
        assert self.cooling(box, "mail") == {}
        box.at(600)
        assert self.cooling(box) == {}

    def test_what_was_refused_gives_the_cooldown_and_the_day_back(self, box: Box) -> None:
        box.act("club", **POST)
        assert self.used_up(box, 1) == {"post": 86_400}
        box.attempt(1, REFUSED)
        assert (self.cooling(box), self.used_up(box, 1)) == ({}, {})

    def test_each_target_of_an_action_cools_down(self, box: Box) -> None:
        box.act("club", "paper", **POST)
        assert self.cooling(box) == self.cooling(box, "paper") == {"post": 600}

    def test_so_many_in_24_hours(self, box: Box) -> None:
        box.act("club", **POST)
        box.at(3600)
        box.act("club", **{**POST, "title": "Coffee"})
        assert self.used_up(box, 3) == {}
        assert self.used_up(box, 2) == {"post": 86_400}
        box.at(86_400)
        assert self.used_up(box, 2) == {}
        assert self.used_up(box, 1) == {"post": 90_000}
