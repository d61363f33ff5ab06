"""What stops a thread holds what it has queued; what was queued by a person afterwards is sent all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.event import listen, remove

from heartbeat.errors import InvalidValueError
from heartbeat.store import Claim, Outcome, beats, events, outbox, retry, threads, timer, workspace
from heartbeat.vocabulary import NOTICE, BeatStatus, DeliveryReason, DeliveryStatus, EventKind, TryEnd
from tests.integration.heartbeat.store.outbox.box import Box
from tests.support.claiming import claim_due

pytestmark = pytest.mark.one_question

Switch = Callable[[Box], object]


def write(work: Callable[..., object], *args: object) -> Switch:
    return lambda box: box.world.store.write(lambda session: work(session, *args, box.now))


def configure(**values: object) -> Switch:
    return write(threads.configure, "demo", values)


SWITCHES: dict[str, tuple[Switch, Switch]] = {
    "timer": (write(timer.switch, False), write(timer.switch, True)),
    "pause": (write(threads.pause, "demo", "holiday"), write(threads.resume, "demo")),
    "disable": (configure(enabled=False), configure(enabled=True)),
    "dry run": (configure(dry_run=True), configure(dry_run=False)),
    "unset": (configure(dry_run=True), write(threads.unset, "demo", ["dry_run"])),
    "defaults": (
        write(workspace.set_defaults, {"enabled": False}),
        write(workspace.set_defaults, {}),
    ),
    "changed defaults": (
        write(workspace.change_defaults, {"dry_run": True}),
        write(workspace.change_defaults, {"dry_run": False}),
    ),
}


@pytest.fixture(params=list(SWITCHES))
def switch(request: pytest.FixtureRequest) -> tuple[Switch, Switch]:
    return SWITCHES[request.param]


def test_nothing_that_was_queued_leaves_until_the_thread_may_act(
    box: Box, switch: tuple[Switch, Switch]
) -> None:
    off, on = switch
    number = box.queue(thread="demo")
    off(box)
    assert box.get(number).status == DeliveryStatus.HELD
    assert (box.due(), box.claim(number)) == ([], None)
    on(box)
    assert box.get(number).status == DeliveryStatus.PENDING
    assert box.attempt(number, TryEnd.SENT).status == DeliveryStatus.SENT


def test_what_is_queued_afterwards_is_sent(box: Box, switch: tuple[Switch, Switch]) -> None:
    off, on = switch
    off(box)
    number = box.queue(thread="demo")
    off(box)
    assert box.due() == [number], "stopping what is stopped changes nothing"
    on(box)
    assert box.due() == [number]


@pytest.mark.parametrize("end", [TryEnd.NOT_SENT, TryEnd.SENT, TryEnd.REFUSED, TryEnd.PERHAPS])
def test_a_try_that_goes_on_may_end(box: Box, switch: tuple[Switch, Switch], end: TryEnd) -> None:
    off, on = switch
    box.searchable = True
    claim = box.begin(box.queue(thread="demo"))
    off(box)
    row = box.finish(claim, end)
    waits = end in (TryEnd.NOT_SENT, TryEnd.PERHAPS)
    assert (row.status == DeliveryStatus.HELD) is waits
    on(box)
    row = box.get(claim.delivery_id)
    assert (row.status == DeliveryStatus.PENDING) is waits
    assert (row.searching, row.repeatable) == (end == TryEnd.PERHAPS, end != TryEnd.PERHAPS)


def test_a_try_that_outlasts_a_stop_goes_on_as_if_there_was_none(
    box: Box, switch: tuple[Switch, Switch]
) -> None:
    off, on = switch
    claim = box.begin(box.queue(thread="demo"))
    off(box)
    on(box)
    assert box.finish(claim, TryEnd.NOT_SENT).status == DeliveryStatus.PENDING


def test_all_that_holds_a_thread_must_be_gone(box: Box) -> None:
    number = box.queue(thread="demo")
    pairs = list(SWITCHES.values())[:4]
    for off, _ in pairs:
        off(box)
    for _, on in pairs:
        assert box.get(number).status == DeliveryStatus.HELD
        on(box)
    assert box.get(number).status == DeliveryStatus.PENDING


def test_another_thread_is_not_touched(box: Box) -> None:
    box.world.thread("other")
    box.queue(thread="demo")
    other = box.queue(thread="other")
    box.world.store.write(threads.pause, "demo", "holiday", box.now)
    assert box.due() == [other]
    box.world.store.write(timer.switch, False, box.now)
    assert box.due() == []
    box.world.store.write(timer.switch, True, box.now)
    assert box.due() == [other]


def test_what_belongs_to_no_thread_and_notices_are_never_held(box: Box) -> None:
    box.queue(), box.queue(thread="demo", kind=NOTICE)
    for off, _ in SWITCHES.values():
        off(box)
    assert box.states() == ["pending", "pending"]


def test_a_thread_that_other_values_are_changed_of_is_not_released(box: Box) -> None:
    number = box.queue(thread="demo")
    box.world.store.write(threads.pause, "demo", "holiday", box.now)
    for values in ({"every": "1h"}, {"enabled": False}, {"enabled": True}):
        box.world.configure(**values)
    assert box.get(number).status == DeliveryStatus.HELD


def test_however_much_is_queued_a_switch_takes_the_same_few_statements(
    box: Box, switch: tuple[Switch, Switch]
) -> None:
    counts: list[tuple[int, int]] = []
    for more in (3, 30):
        actions = [box.act("phone", "mail") for _ in range(2)]
        for _ in range(more):
            box.queue(thread="demo")
        for change, status in zip(switch, ("held", "pending"), strict=True):
            before = [each.id for each in box.world.store.read(events.since, 0)]
            with counted(box) as statements:
                change(box)
            told = [
                each
                for each in box.world.store.read(events.since, 0)
                if each.id not in before and each.kind == EventKind.DELIVERY_CHANGED
            ]
            assert [(each.thread_id, each.data["status"]) for each in told] == [("demo", status)]
            assert set(box.states()) == {status}
            assert {box.action(each).status for each in actions} == {status}
            counts.append((more, len(statements)))
    assert [number for more, number in counts if more == 3] == [
        number for more, number in counts if more == 30
    ], counts


def test_the_summary_of_a_beat_says_that_its_action_is_held(box: Box, switch: tuple[Switch, Switch]) -> None:
    beat_id = box.act("phone").beat_id
    summaries = []
    for change in switch:
        change(box)
        summaries.append(box.world.store.read(beats.get, beat_id).summary)
    assert summaries == ["Held back: tell you: Tea is ready.", "On its way to phone: tell you: Tea is ready."]


@contextmanager
def counted(box: Box) -> Iterator[list[str]]:
    """Collect the statements that are run meanwhile, each once however many rows it writes."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        remove(Engine, "before_cursor_execute", note)


def test_a_config_that_is_refused_changes_nothing(box: Box) -> None:
    number = box.queue(thread="demo")
    with pytest.raises(InvalidValueError):
        box.world.configure(enabled=False, every="never")
    assert box.get(number).status == DeliveryStatus.PENDING


def test_a_pause_after_ten_failures_holds_too(box: Box) -> None:
    number = box.queue(thread="demo")
    store = box.world.store
    for _ in range(retry.FAILURES):
        slot = store.read(threads.get, "demo").next_due
        assert slot is not None
        box.world.clock.now = slot
        claim = store.write(claim_due, "demo", slot, box.now, lease=store.lease)
        assert isinstance(claim, Claim)
        store.write(beats.settle, claim, Outcome(BeatStatus.FAILED, "No model."), box.now)
    last = store.read(threads.get, "demo").next_due
    assert last is not None
    box.world.clock.now = last
    store.write(claim_due, "demo", last, box.now, lease=store.lease)
    assert store.read(threads.get, "demo").paused_reason
    assert box.get(number).status == DeliveryStatus.HELD
    store.write(threads.resume, "demo", box.now)
    assert box.get(number).status == DeliveryStatus.PENDING


def test_time_runs_on_for_what_is_held(box: Box) -> None:
    number = box.queue(thread="demo", within=60)
    box.world.store.write(threads.pause, "demo", "holiday", box.now)
    assert box.look().wake_at == box.now + timedelta(seconds=60)
    box.at(60)
    assert box.due() == [number]
    assert box.claim(number) is None
    assert box.get(number).reason == DeliveryReason.EXPIRED


class TestRemoval:
    def remove(self, box: Box) -> None:
        box.world.store.write(threads.remove, "demo", box.now)

    def test_what_waits_is_cancelled_and_what_may_have_arrived_is_kept(self, box: Box) -> None:
        box.searchable = True
        box.queue(thread="demo"), box.queue(thread="demo"), box.queue(thread="demo")
        box.attempt(2, TryEnd.PERHAPS)
        box.attempt(3, TryEnd.SENT)
        other = box.queue()
        self.remove(box)
        assert box.states() == ["failed/cancelled", "unknown", "pending"], "what arrived goes with the thread"
        assert not box.get(1).by_person, "the product did it, not a person"
        assert box.due() == [other]

    def test_what_is_held_is_cancelled(self, box: Box) -> None:
        box.queue(thread="demo")
        box.world.store.write(threads.pause, "demo", "holiday", box.now)
        self.remove(box)
        assert box.states() == ["failed/cancelled"]

    @pytest.mark.parametrize(
        ("end", "state"),
        [
            (TryEnd.SENT, "sent"),
            (TryEnd.NOT_SENT, "failed/cancelled"),
            (TryEnd.PERHAPS, "unknown"),
            (TryEnd.REFUSED, "failed/refused"),
        ],
    )
    def test_what_is_being_sent_outlives_the_thread(self, box: Box, end: TryEnd, state: str) -> None:
        claim = box.begin(box.queue(thread="demo"))
        self.remove(box)
        box.finish(claim, end)
        assert box.states() == [state]
        assert box.look() == ([], None)

    def test_an_action_goes_with_its_thread_and_its_delivery_does_not(self, box: Box) -> None:
        action = box.act("phone")
        claim = box.begin(1)
        self.remove(box)
        assert box.finish(claim, TryEnd.SENT).action_id == action.id

    def test_a_connection_that_is_removed(self, box: Box) -> None:
        box.queue(), box.queue("mail"), box.queue(thread="demo")
        claim = box.begin(3)
        box.world.store.write(lambda session: outbox.cancel_all(session, box.now, target="phone"))
        assert box.states() == ["failed/cancelled", "pending", "sending"]
        box.finish(claim, TryEnd.NOT_SENT)
        assert box.states()[2] == "failed/cancelled"

    def test_a_new_thread_of_the_same_name_gets_nothing_of_the_old(self, box: Box) -> None:
        box.queue(thread="demo")
        self.remove(box)
        box.world.thread()
        box.world.store.write(threads.resume, "demo", box.now)
        assert box.due() == []
