"""All seeds of the simulator but the first, and whether it finds what was broken on purpose."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from heartbeat.schedule import Missed, Plan, missed
from heartbeat.store import (
    Claim,
    admission,
    approvals,
    beats,
    due,
    opening,
    outset,
    retry,
    slots,
    unsettled,
    waiting,
)
from heartbeat.store.approvals import Answer
from heartbeat.store.tables import Beat
from heartbeat.store.unsettled import Unsettled
from heartbeat.vocabulary import BeatStatus, Trigger
from tests.acceptance.simulation.test_first_seeds import FIRST_SEEDS
from tests.integration.simulation.run import SLOTS, simulate

CHUNK = 4
SEEDS = int(os.environ.get("HEARTBEAT_SIMULATION_SEEDS", "200"))
"""How many seeds are played; the first are those of the integration tests."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(FIRST_SEEDS, SEEDS, CHUNK))
def test_seeds(first: int) -> None:
    for seed in range(first, min(first + CHUNK, SEEDS)):
        report = simulate(seed)
        assert report.failure is None, report.failure
        assert report.slots >= SLOTS
        assert report.told > 0, "no runner has reported the end of a beat"


def forgets_rows(
    session: Any, thread: Any, plan: Plan, slot: datetime, now: datetime, *, is_free: bool = False
) -> list[Missed]:
    found = missed(plan, slot - timedelta(seconds=1), now)
    return [found] if found else []


def claims_what_was_claimed(real: Any) -> Any:
    """Neither the compare-and-set nor the unique row of a slot."""

    def begin(session: Any, thread_id: str, slot: datetime, now: datetime, *, lease: Any) -> Any:
        begun = real(session, thread_id, slot, now, lease=lease)
        found = opening.find(session, thread_id)
        if begun is not None or found is None:
            return begun
        row = Beat(thread_id=thread_id, trigger=Trigger.SCHEDULED, started_at=now, slot=now, supervised=True)
        beats.insert(session, row, lease, now)
        return outset.make(session, found.thread, found.effective, now, row=row)

    return begin


def recovers_nothing(*_: Any, **__: Any) -> list[int]:
    return []


def drops_slots(*_: Any, **__: Any) -> None:
    pass


def never_tries_again(*_: Any) -> None:
    return None


def opens_always(*_: Any) -> None:
    return None


def fences_nobody(session: Any, claim: Claim) -> Any:
    return beats.get(session, claim.beat_id)


def pauses_nothing(*_: Any) -> bool:
    return False


def miscounts(real: Callable[..., Any]) -> Callable[..., Any]:
    def row(*args: Any) -> Any:
        made = real(*args)
        made.slot = made.slot.replace(second=(made.slot.second + 1) % 60)
        return made

    return row


def finds_none(*_: Any) -> None:
    return None


def answers_again(real: Callable[..., Claim]) -> Callable[..., Claim]:
    """An answer counts also where there was one before."""

    def answer(session: Any, beat_id: int, given: Answer, **how: Any) -> Claim:
        row = beats.get(session, beat_id)
        if row.approval is not None:
            row.status = BeatStatus.AWAITING_APPROVAL
        return real(session, beat_id, given, **how)

    return answer


MUTE = property(lambda each: each.status == BeatStatus.AWAITING_APPROVAL)

MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "passed slots that ignore the rows": (slots, "passed", forgets_rows),
    "a claim that compares nothing": (due, "begin", claims_what_was_claimed(due.begin)),
    "no reaper": (unsettled, "left_behind", recovers_nothing),
    "passed slots that are not written down": (slots, "record", drops_slots),
    "no next try": (retry, "next_attempt", never_tries_again),
    "a gate that is always open": (admission, "closed_gate", opens_always),
    "a fence that holds nobody": (beats, "held", fences_nobody),
    "failures that nobody counts": (retry, "pause_if_failing", pauses_nothing),
    "a thread that is mute while one waits": (Unsettled, "holds_thread", MUTE),
    "two that wait at one place": (waiting, "at_place", finds_none),
    "an answer that counts twice": (approvals, "answer", answers_again(approvals.answer)),
    "rows beside the grid": (slots, "_row", miscounts(slots._row)),
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_broken_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, attribute, mutant = MUTANTS[name]
    monkeypatch.setattr(module, attribute, mutant)
    often = "step" if mutant is forgets_rows else None
    found = next(filter(None, (simulate(seed, often=often).failure for seed in range(12))), None)
    assert found is not None, f"{name} was not found"
    assert "TypeError" not in found, "what is broken is not called as what it stands for"
