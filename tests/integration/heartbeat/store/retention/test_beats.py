"""Which beats are deleted, and what keeps the others: each read of old rows has its case here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from heartbeat.capabilities import COOLDOWN_LIMIT
from heartbeat.errors import NotFoundError
from heartbeat.store import declined, outcomes
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.forgetting_tables import Forgetting
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem
from heartbeat.store.retention import REMEMBERED, Kept, Rows
from heartbeat.store.retention import beats as retention_of_beats
from heartbeat.store.retention.passing import WINDOW
from heartbeat.store.retry import FAILURES
from heartbeat.store.tables import Beat, Thread
from heartbeat.vocabulary import (
    ActionKind,
    ActionStatus,
    ApprovalThreadState,
    BeatStatus,
    DeliveryStatus,
    FeedKind,
    Reason,
    Trigger,
)
from tests.integration.heartbeat.store.retention.conftest import KEPT, Past

LAST = (3, 2, 1)


def surrounded(past: Past, old: Callable[[Past], int]) -> int:
    """Put an old beat among old ones that nothing needs, with more than is kept after them; return its number."""
    past.beat(200)
    number = old(past)
    past.beat(100, memory={"beat": 3}, status=BeatStatus.NONE)
    for _ in range(FAILURES):
        past.beat(95 - _ / 100, BeatStatus.NONE)
    for days in LAST:
        past.beat(days, BeatStatus.NONE, memory={"beat": 9})
    return number


def test_what_is_old_and_not_among_the_last_goes(past: Past) -> None:
    number = surrounded(past, lambda past: past.beat(150))
    kept = past.beats()
    assert past.prune() == {Rows.BEATS: 6}
    gone = set(kept) - set(past.beats())
    assert gone >= {number, 1}
    assert past.beats()[-3:] == kept[-3:]


def test_the_last_stay_however_old(past: Past) -> None:
    for days in range(300, 280, -1):
        past.beat(days, BeatStatus.MISSED)
    past.prune(replace(KEPT, beats=7))
    assert past.beats() == list(range(14, 21))


def test_what_is_young_stays_however_many(past: Past) -> None:
    for number in range(20):
        past.beat(89 - number / 10, BeatStatus.MISSED)
    assert not past.prune()


def test_none_keeps_all(past: Past) -> None:
    surrounded(past, lambda past: past.beat(150))
    assert not past.prune(Kept())


def test_each_thread_counts_for_itself(past: Past) -> None:
    past.world.thread("other")
    other = past.beat(300, thread_id="other")
    surrounded(past, lambda past: past.beat(150))
    past.prune()
    assert other in past.beats()


def test_what_is_remembered_is_longer_than_what_is_looked_back_at() -> None:
    longest = max(declined.SPAN, outcomes.SPAN, timedelta(seconds=COOLDOWN_LIMIT))
    assert longest < REMEMBERED


def acted(days: float = 150, **values: object) -> Callable[[Past], int]:
    def make(past: Past) -> int:
        number = past.beat(days, BeatStatus.ACTED)
        past.action(number, days, **values)
        return number

    return make


def waits_for_another_try(past: Past) -> int:
    return past.beat(150, BeatStatus.FAILED, retry_at=past.at(149))


def with_a_delivery(past: Past) -> int:
    number = past.beat(150, BeatStatus.ACTED)
    action = past.action(number, 150)
    past.delivery(150, DeliveryStatus.UNKNOWN, action_id=action, beat_id=number)
    return number


def with_a_checkpoint(past: Past) -> int:
    number = past.beat(150, BeatStatus.REJECTED)
    state = ApprovalThreadState.STORED
    past.world.store.write(
        lambda session: session.add(
            ApprovalThread(langgraph_id="x", beat_id=number, thread_id="demo", state=state)
        )
    )
    return number


def about_an_item(past: Past) -> int:
    row = InboxItem(
        connection="post",
        external_id="a",
        kind=FeedKind.MAIL,
        seq=1,
        digest="d",
        created_at=past.at(150),
        first_at=past.at(150),
        changed_at=past.at(150),
    )
    item = past.added(row)
    return acted(kind=ActionKind.TELL, about=f"post.mail:{item}")(past)


def made_of_a_connection(past: Past) -> int:
    past.world.store.write(lambda session: session.add(ConnectionLook(name="mail")))
    return acted(kind=ActionKind.POST, receipt={"key": "1:0", "post_id": 1})(past)


def answered_the_owner_of_a_connection(past: Past) -> int:
    past.world.store.write(lambda session: session.add(ConnectionLook(name="mail")))
    return acted(kind=ActionKind.TELL, about="conversation.message:4")(past)


def did_what_a_delivery_would_repeat(past: Past) -> int:
    first = past.beat(160, BeatStatus.ACTED)
    action = past.action(first, 160, status=ActionStatus.FAILED, digest="same")
    past.delivery(160, DeliveryStatus.UNKNOWN, action_id=action, beat_id=first, digest="same")
    return acted(digest="same")(past)


def is_forgotten_now(past: Past) -> int:
    past.world.store.write(lambda session: session.add(Forgetting(name="mail", asked_at=past.at(0))))
    return past.beat(150)


KEEPING: dict[str, Callable[[Past], int]] = {
    "runs": lambda past: past.beat(150, BeatStatus.RUNNING, finished_at=None),
    "waits for a person": lambda past: past.beat(150, BeatStatus.AWAITING_APPROVAL, finished_at=None),
    "waits for another try": waits_for_another_try,
    "ended late": lambda past: past.beat(150, BeatStatus.REJECTED, finished_at=past.at(20)),
    "its action failed": acted(status=ActionStatus.FAILED),
    "its action goes on": acted(status=ActionStatus.PENDING),
    "nobody knows of its action": acted(status=ActionStatus.UNKNOWN),
    "a delivery stays": with_a_delivery,
    "a checkpoint stays": with_a_checkpoint,
    "about an item of the inbox": about_an_item,
    "its text may be of a connection": made_of_a_connection,
    "its answer may be of a connection": answered_the_owner_of_a_connection,
    "prevents a repeat": did_what_a_delivery_would_repeat,
    "a connection is being forgotten": is_forgotten_now,
    "the newest private one": lambda past: past.beat(150, private=True),
    "a slot later than those of the last": lambda past: past.beat(
        150, slot=past.at(1.5), trigger=Trigger.MANUAL
    ),
    "the last that looked": lambda past: past.beat(150, BeatStatus.ACTED, started_at=past.at(92)),
}
SILENT = {"the newest private one", "the last that looked"}
"""What must stay also where no beat around it looked."""


def put(past: Past, why: str) -> int:
    """Put an old beat that is kept for a reason among others; return its number."""
    around = surrounded_by_silence if why in SILENT else surrounded
    return around(past, KEEPING[why])


@pytest.mark.parametrize("why", KEEPING)
def test_what_keeps_a_beat(past: Past, why: str) -> None:
    number = put(past, why)
    past.prune()
    assert number in past.beats()


def _nothing(*_: object) -> bool:
    return False


_NO_ROW: dict[str, object] = {"_may_go": lambda row, *_: row.id < 4}
_NO_ROW_TWICE: dict[str, object] = _NO_ROW | {"_SETTLED": ()}
_NO_STATUS: dict[str, object] = {"_FINAL": frozenset(ActionStatus)}
_NO_TEXT: dict[str, object] = {"_left_text": _nothing}
_NOTHING_HANGS: dict[str, object] = {"_not_needed": lambda session, ids, *_: list(ids)}
GUARDS: dict[str, dict[str, object]] = {
    "runs": _NO_ROW_TWICE,
    "waits for a person": _NO_ROW_TWICE,
    "waits for another try": _NO_ROW_TWICE,
    "ended late": _NO_ROW,
    "its action failed": _NO_STATUS,
    "its action goes on": _NO_STATUS,
    "nobody knows of its action": _NO_STATUS,
    "a delivery stays": _NOTHING_HANGS,
    "a checkpoint stays": _NOTHING_HANGS,
    "about an item of the inbox": {"_in_inbox": lambda *_: set()},
    "its text may be of a connection": _NO_TEXT,
    "its answer may be of a connection": _NO_TEXT,
    "prevents a repeat": {"_prevents_a_repeat": _nothing},
    "a connection is being forgotten": {"_is_forgetting": _nothing},
    "the newest private one": {"_NEWEST_PRIVATE": select(Beat.id).where(Beat.id == 0)},
    "a slot later than those of the last": _NO_ROW,
    "the last that looked": {"_but_the_last_look": lambda ids, *_: (ids, None)},
}
"""What of `heartbeat.store.retention.beats` alone keeps the beat of each case, and what takes it away."""


@pytest.mark.parametrize("why", KEEPING)
def test_nothing_else_keeps_it(past: Past, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = put(past, why)
    for name, without in GUARDS[why].items():
        monkeypatch.setattr(retention_of_beats, name, without)
    past.prune()
    assert number not in past.beats()


def surrounded_by_silence(past: Past, old: Callable[[Past], int]) -> int:
    """Put an old beat among beats that looked at nothing."""
    past.beat(200)
    number = old(past)
    for each in range(FAILURES):
        past.beat(95 - each / 100)
    for days in LAST:
        past.beat(days)
    return number


GOING: dict[str, Callable[[Past], int]] = {
    "skipped": lambda past: past.beat(150),
    "rejected": lambda past: past.beat(150, BeatStatus.REJECTED, reason=Reason.REJECTED),
    "acted": acted(),
    "voted on the forum": acted(receipt={"key": "1:0", "post_id": 1}),
    "posted without connections": acted(kind=ActionKind.POST, receipt={"key": "1:0", "post_id": 1}),
    "told of an item that is gone": acted(kind=ActionKind.TELL, about="post.mail:77"),
    "asked for by hand": lambda past: past.beat(150, trigger=Trigger.MANUAL),
    "a memory that is not the newest": lambda past: past.beat(150, BeatStatus.NONE, memory={"beat": 1}),
}


@pytest.mark.parametrize("why", GOING)
def test_what_goes(past: Past, why: str) -> None:
    number = surrounded(past, GOING[why])
    past.prune()
    assert number not in past.beats()


def test_actions_go_with_their_beat(past: Past) -> None:
    surrounded(past, acted())
    assert past.actions() == [1]
    past.prune()
    assert past.actions() == []


def test_what_acted_or_was_rejected_stays_as_long_as_it_is_looked_at(past: Past) -> None:
    short = replace(KEPT, beat_age=timedelta(days=2))
    old = past.beat(29)
    rejected = past.beat(29, BeatStatus.REJECTED, slot=past.at(28.9))
    did = past.beat(29, BeatStatus.ACTED, slot=past.at(28.8))
    past.action(did, 29)
    for each in range(2 * FAILURES):
        past.beat(20 - each / 10, BeatStatus.NONE)
    past.prune(short)
    assert [each in past.beats() for each in (old, rejected, did)] == [False, True, True]


def test_the_newest_memory_stays_and_what_it_waits_for(past: Past) -> None:
    waited = past.beat(200, BeatStatus.REJECTED)
    memory = past.beat(199, BeatStatus.NONE, memory={"beat": 2, "waiting": [waited]})
    later = [past.beat(190 - each) for each in range(2 * FAILURES)]
    past.prune()
    assert past.beats() == [waited, memory, *later[-FAILURES:]]


def looks(past: Past, number: int) -> tuple[list[int], list[int]]:
    """Make so many old beats, of which the first and the last third looked; return all and what a pass leaves."""
    for each in range(number):
        status = BeatStatus.SKIPPED if number / 3 < each < 2 * number / 3 else BeatStatus.NONE
        past.beat(200 - each / 100, status)
    made = past.beats()
    for each in range(2 * FAILURES):
        past.beat(20 - each / 10)
    past.prune()
    return made, [number for number in past.beats() if number in made]


@pytest.mark.parametrize("number", [1, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW + 50])
def test_one_old_beat_that_looked_stays_however_many_are_read_at_once(past: Past, number: int) -> None:
    made, left = looks(past, number)
    assert left == made[-1:]


def test_a_look_of_an_earlier_piece_stays_where_none_follows(past: Past) -> None:
    look = past.beat(201, BeatStatus.NONE)
    for each in range(WINDOW + 50):
        past.beat(200 - each / 100)
    for each in range(2 * FAILURES):
        past.beat(20 - each / 10)
    past.prune()
    assert [number for number in past.beats() if number <= WINDOW + 51] == [look]


def test_what_stays_of_a_thread_is_read_once_a_pass(past: Past) -> None:
    heard: list[str] = []
    for each in range(2 * WINDOW + 50):
        past.beat(200 - each / 100)
    past.beat(1)

    def hear(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(past.world.store.engine, "before_cursor_execute", hear)
    past.prune()
    assert sum(statement.startswith("SELECT min(beat.slot)") for statement in heard) == 1


def test_the_newest_slot_stays_where_only_others_follow(past: Past) -> None:
    past.beat(200, BeatStatus.MISSED)
    slot = past.beat(199, BeatStatus.MISSED)
    for each in range(5):
        past.beat(150 - each, trigger=Trigger.MANUAL)
    past.prune()
    assert past.beats() == [slot, 6, 7]


def pruned_slots(past: Past) -> list[list[str]]:
    return past.world.store.read(lambda session: list(session.exec(select(Thread.pruned_slots)).one()))


def test_the_thread_remembers_the_slots_that_went(past: Past) -> None:
    assert pruned_slots(past) == []
    for days in (600, 200, 190, 170):
        past.beat(days)
    past.beat(160, BeatStatus.MISSED, last_slot=past.at(155), missed=6)
    for each in range(FAILURES):
        past.beat(20 - each)
    past.prune()
    assert past.beats() == list(range(6, 6 + FAILURES))
    ranges = [(600, 600), (200, 170)]
    assert pruned_slots(past) == [[past.at(each).isoformat() for each in pair] for pair in ranges]


def test_a_slot_that_is_not_behind_the_next_one_stays(past: Past) -> None:
    for days in range(200, 190, -1):
        past.beat(days, BeatStatus.MISSED)

    def set_back(session: Session) -> None:
        thread = session.exec(select(Thread)).one()
        thread.next_due = past.at(198)

    past.world.store.write(set_back)
    past.prune()
    assert past.beats() == list(range(3, 11))


def test_a_number_of_a_beat_that_went_says_so(past: Past) -> None:
    number = surrounded(past, lambda past: past.beat(150))
    past.prune()
    with pytest.raises(NotFoundError) as gone:
        past.world.detail(number)
    assert str(gone.value) == f"beat {number} does not exist any more: it was old, or it went with its thread"
    with pytest.raises(NotFoundError) as never:
        past.world.detail(9_999)
    assert str(never.value) == "beat 9999 does not exist"


def test_no_look_reads_more_than_its_thread(past: Past) -> None:
    """Each query goes by an index; none reads the whole table."""
    found: list[str] = []
    engine = past.world.store.engine

    def heard(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "DELETE", "UPDATE")):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            found.extend(f"{row[3]} in {statement}" for row in plan if row[3].startswith("SCAN "))

    surrounded(past, acted(kind=ActionKind.TELL, about="post.mail:1"))
    past.delivery(200, action_id=7)
    past.delivery(1)
    event.listen(engine, "before_cursor_execute", heard)
    assert past.prune(replace(KEPT, events=3))
    # Of these tables a bite reads one row, or those from the newest on; "oldest" are the events of a bite.
    whole = (
        "SCAN forgetting",
        "SCAN connectionlook",
        "SCAN oldest",
        "SCAN delivery in SELECT delivery.id \n",
    )
    assert [each for each in found if not each.startswith(whole)] == []
