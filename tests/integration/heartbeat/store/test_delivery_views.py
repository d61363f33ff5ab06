"""What is shown of deliveries and of what the owner was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from heartbeat.errors import ConflictError
from heartbeat.outgoing import Outgoing
from heartbeat.store import Store, outbox
from heartbeat.store.delivery_views import deliveries_view, delivery_view, text_of
from heartbeat.store.tables import Delivery
from heartbeat.store.told import told_view
from heartbeat.vocabulary import ActionStatus, DeliveryAnswer, DeliveryReason, DeliveryStatus, TryEnd
from tests.support.deliveries import begun, brought_to, queued, tell, tried
from tests.support.world import START, World

STATES: list[dict[str, Any]] = [
    {"status": DeliveryStatus.PENDING},
    {"status": DeliveryStatus.PENDING, "searching": True},
    {"status": DeliveryStatus.SENDING},
    {"status": DeliveryStatus.HELD},
    {"status": DeliveryStatus.SENT},
    {"status": DeliveryStatus.UNKNOWN},
    {"status": DeliveryStatus.FAILED, "reason": DeliveryReason.REFUSED},
    {"status": DeliveryStatus.FAILED, "reason": DeliveryReason.CANCELLED},
]
ANSWERS: dict[DeliveryAnswer, Callable[..., Delivery]] = {
    DeliveryAnswer.RETRY: outbox.retry,
    DeliveryAnswer.CANCEL: outbox.cancel,
    DeliveryAnswer.SETTLE: lambda session, row, now: outbox.settle(session, row, True, now),
}


@pytest.fixture
def store(world: World) -> Store:
    world.thread()
    return world.store


def test_a_view_has_each_try(store: Store) -> None:
    row = queued(store, START)
    tried(store, row, TryEnd.NOT_SENT, START, said="no route")
    begun(store, row, START + timedelta(seconds=30))
    view = store.read(delivery_view, row.id or 0)
    assert [(each.ended, each.said) for each in view.tries] == [(TryEnd.NOT_SENT, "no route"), (None, "")]
    assert (view.status, view.text) == (DeliveryStatus.SENDING, "Tea is ready.")
    assert view.expires_at == START + timedelta(hours=1)


def test_of_a_target_that_is_down_the_next_try_is_that_of_the_target(store: Store) -> None:
    first, second = queued(store, START), queued(store, START)
    for _ in range(3):
        tried(store, first, TryEnd.NOT_SENT, START, said="no route")
        store.write(outbox.retry, first.id or 0, START)
    probe = START + timedelta(hours=1)
    view = store.read(delivery_view, second.id or 0)
    assert (view.next_try, view.is_down) == (probe, True)
    [newest, oldest] = store.read(deliveries_view)
    assert (newest.next_try, newest.is_down) == (probe, True)
    assert (oldest.next_try, oldest.is_down) == (START, False), "a person sends it at once"
    store.write(outbox.cancel, second.id or 0, START)
    view = store.read(delivery_view, second.id or 0)
    assert (view.next_try, view.is_down) == (None, False)


def test_what_is_never_given_up_expires_at_no_time(store: Store) -> None:
    row = store.write_durably(
        outbox.queue, Outgoing(kind="notice"), target="phone", deliver_within=None, now=START
    )
    assert store.read(delivery_view, row.id or 0).expires_at is None


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_view_names_the_answers_that_its_state_allows(
    store: Store, state: dict[str, Any], answer: DeliveryAnswer
) -> None:
    row = brought_to(store, now=START, **state)
    assert (row.status, row.reason) == (state["status"], state.get("reason"))
    named = answer in store.read(delivery_view, row.id or 0).answers
    try:
        store.write(ANSWERS[answer], row.id or 0, START)
    except ConflictError:
        assert not named
    else:
        assert named


def test_lists_are_filtered_and_newest_first(store: Store) -> None:
    first = brought_to(store, DeliveryStatus.SENT, START, thread_id="tea")
    second = queued(store, START, thread_id="milk")
    third = queued(store, START, thread_id="tea")

    def ids(**filters: Any) -> list[int]:
        return [each.id for each in store.read(deliveries_view, **filters)]

    assert ids() == [third.id, second.id, first.id]
    assert ids(limit=1) == [third.id]
    assert ids(before=third.id) == [second.id, first.id]
    assert ids(status=DeliveryStatus.PENDING, thread_id="tea") == [third.id]


def test_the_text_of_each_kind() -> None:
    assert text_of(Outgoing(kind="post", title="Tea", content="Green.")) == "Tea\nGreen."
    assert text_of(Outgoing(kind="note", text="- Buy tea", file="a.md")) == "- Buy tea"
    assert text_of(Outgoing(kind="vote", vote_direction="up", post_id="7")) == "up on 7"
    assert text_of(Outgoing(kind="mood", fields={"mood": "fine"})) == '{"mood": "fine"}'


def test_what_was_told_names_each_connection(world: World, store: Store) -> None:
    first = tell(store, "Tea is ready.", START, targets=["phone", "mail"])
    world.clock.move(minutes=10)
    second = tell(store, "Milk is out.", world.clock())
    phone, mail = reversed(store.read(deliveries_view))
    tried(store, store.read(outbox.get, phone.id), TryEnd.SENT, world.clock())
    newest, oldest = store.read(told_view)
    assert (newest.beat_id, newest.text, newest.status) == (second, "Milk is out.", ActionStatus.RECORDED)
    assert newest.connections == []
    assert (oldest.beat_id, oldest.status, oldest.at) == (first, ActionStatus.SENT, START)
    assert [(each.target, each.delivery_id, each.status) for each in oldest.connections] == [
        ("phone", phone.id, DeliveryStatus.SENT),
        ("mail", mail.id, DeliveryStatus.PENDING),
    ]
    assert store.read(told_view, before=newest.id) == [oldest]
