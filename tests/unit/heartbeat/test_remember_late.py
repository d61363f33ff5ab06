"""Late actions in a memory: in the order of time, bounded, each once; and what was lost is open again once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from heartbeat.loss import ONCE_IN, Loss
from heartbeat.memory import RECENT_LIMIT, STAMPS_LIMIT, Memory, RecentAction

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
minutes = st.integers(0, 60)


def action(minute: int, text: str = "") -> RecentAction:
    return RecentAction(at=START + timedelta(minutes=minute), kind="post", text=text)


def loss(beat_id: int = 1, *, since: int = 0, at: int = 60, **more: object) -> Loss:
    begun, known = START + timedelta(minutes=since), START + timedelta(minutes=at)
    given_: dict[str, object] = {"items": ("forum.post:1",), "tasks": {"tea": begun}, **more}
    return Loss(beat_id, "comment", "post:1", begun, begun, known, **given_)  # type: ignore[arg-type]


@given(st.lists(minutes, max_size=14))
def test_in_whatever_order_they_become_known_the_latest_are_kept_in_the_order_of_time(
    order: list[int],
) -> None:
    memory = Memory()
    for number, minute in enumerate(order):
        memory = memory.model_copy(update={"recent": memory.with_recent(action(minute, str(number)))})
    numbered = [action(minute, str(number)) for number, minute in enumerate(order)]
    assert list(memory.recent) == sorted(numbered, key=lambda each: each.at)[-RECENT_LIMIT:]


def test_one_that_is_older_than_all_that_are_kept_is_left_out() -> None:
    memory = Memory(recent=tuple(action(minute) for minute in range(10, 10 + RECENT_LIMIT)))
    assert memory.with_recent(action(1)) == memory.recent


def test_a_loss_is_taken_out_of_a_memory_once() -> None:
    before = Memory(tasks={"tea": START}, done={"comment post:1": START}, fingerprint="f")
    once = loss().out_of(before)
    assert (once.tasks, once.done, once.pending, once.fingerprint) == ({}, {}, ("forum.post:1",), None)
    handled = once.model_copy(update={"pending": (), "fingerprint": "g"})
    assert loss().out_of(once) == once
    assert loss().out_of(handled) == handled


@given(st.permutations(range(4)))
def test_losses_of_different_things_come_out_the_same_in_any_order(order: list[int]) -> None:
    before = Memory(tasks={f"task {each}": START for each in range(4)})
    memory = before
    for number in order:
        each = loss(number, items=(f"forum.post:{number}",), tasks={f"task {number}": START})
        memory = each.out_of(memory)
    assert memory.tasks == {}
    assert set(memory.pending) == {f"forum.post:{each}" for each in range(4)}


def test_the_second_time_within_a_day_it_counts_as_done() -> None:
    first = loss(1, at=60).out_of(Memory())
    handled = first.model_copy(update={"pending": (), "fingerprint": "f", "tasks": {"tea": START}})
    second = loss(2, since=61, at=120).out_of(handled)
    assert (second.pending, second.fingerprint, second.tasks) == ((), "f", {"tea": START})
    later = 120 + int(ONCE_IN / timedelta(minutes=1))
    assert loss(3, since=later, at=later + 60).out_of(second).pending == ("forum.post:1",)


def test_what_is_new_in_the_second_loss_is_open_again() -> None:
    first = loss(1, tasks={}).out_of(Memory()).model_copy(update={"pending": ()})
    second = loss(2, since=61, at=120, items=("forum.post:1", "forum.post:2"), tasks={}).out_of(first)
    assert second.pending == ("forum.post:2",)


def test_what_was_stamped_again_since_keeps_its_stamp() -> None:
    later = START + timedelta(minutes=5)
    memory = Memory(tasks={"tea": later}, done={"comment post:1": later})
    after = loss().out_of(memory)
    assert (after.tasks, after.done) == (memory.tasks, memory.done)


def test_what_is_final_only_loses_its_claim() -> None:
    claim = RecentAction(at=START, kind="comment", target_id="post:1")
    memory = Memory(recent=(claim,), fingerprint="f", tasks={"tea": START})
    after = loss(is_final=True).out_of(memory)
    assert (after.recent, after.fingerprint, after.tasks) == ((), "f", {"tea": START})


@given(st.integers(0, 300))
def test_what_is_kept_about_losses_is_bounded(number: int) -> None:
    memory = Memory()
    for each in range(number):
        memory = loss(each, at=60 + each, items=(f"forum.post:{each}",), tasks={}).out_of(memory)
    assert len(memory.reopened) <= STAMPS_LIMIT
