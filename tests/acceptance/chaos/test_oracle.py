"""The judge of chaos sees what it is there to see."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from heartbeat.schedule import Plan, due_between
from heartbeat.store import Lease, Outcome, Store, beats, forum, threads
from heartbeat.store.tables import Action
from heartbeat.vocabulary import ActionStatus, BeatStatus
from tests.acceptance.chaos.oracle import Verdict, judge
from tests.support.claiming import claim_due

SINCE = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(minutes=5, seconds=30)
THREADS = ("a", "b")
LATER = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+1 hour')"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Two threads that were served for five minutes, as it should be."""
    path = tmp_path / "heartbeat.db"
    store = Store(path, lease=Lease(5, "host:1:x"))
    for name in THREADS:
        store.write(threads.create, name, SINCE, config={"every": 60})
    for name in THREADS:
        for slot in due_between(Plan.of(name, 60), SINCE, UNTIL, 100):
            _serve(store, name, slot)
    yield path
    store.close()


def _serve(store: Store, name: str, slot: datetime) -> None:
    claim = store.write(claim_due, name, slot, slot, lease=store.lease)
    assert isinstance(claim, beats.Claim)
    text = f"{name} {slot}"
    post = store.write(
        forum.add_post, board="general", title=text, content=text, author="heartbeat", now=slot
    )
    action = Action(
        key=f"{claim.beat_id}:0",
        beat_id=claim.beat_id,
        thread_id=name,
        target="forum",
        kind="post",
        digest=text,
        status=ActionStatus.SENT,
        receipt={"post_id": post.id},
        created_at=slot,
    )
    store.write(lambda session: session.add(action))
    store.write(beats.settle, claim, Outcome(BeatStatus.ACTED, "Did it."), slot)


def judged(path: Path) -> Verdict:
    said = {
        f"{name} {slot}" for name in THREADS for slot in due_between(Plan.of(name, 60), SINCE, UNTIL, 100)
    }
    return judge(path, every=60, since=SINCE, until=UNTIL, gone=UNTIL, said=said)


def test_finds_nothing_wrong_where_nothing_is(path: Path) -> None:
    verdict = judged(path)
    assert verdict.wrong == []
    assert verdict.slots == verdict.actions == verdict.outcomes["acted"] > 8


@pytest.mark.parametrize(
    ("damage", "wrong"),
    [
        ("DELETE FROM beat WHERE id = 3", "lies in no row"),
        (
            "UPDATE beat SET status = 'missed', missed = 2, last_slot = "
            "(SELECT slot FROM beat AS other WHERE other.thread_id = beat.thread_id AND other.id > beat.id LIMIT 1) "
            "WHERE id = 1",
            "lies in 2 rows",
        ),
        ("UPDATE beat SET slot = '2026-11-02T12:00:00.500000Z' WHERE id = 2", "which are no slots"),
        ("UPDATE beat SET status = 'missed', missed = 2 WHERE id = 2", "counts 2 of 1 slots"),
        (
            f"UPDATE beat SET status = 'running', lease_until = {LATER} WHERE id = 4",
            "its lease was not ended",
        ),
        ("UPDATE beat SET lease_owner = 'host:1:x' WHERE id = 4", "still leased"),
        ("UPDATE beat SET status = 'failed', reason = 'internal' WHERE id = 4", "Did it."),
        ("UPDATE beat SET status = 'none' WHERE id = 4", "beats that acted and do not say so: [4]"),
        ("DELETE FROM action WHERE beat_id = 4", "beats that say they acted and did not: [4]"),
        ("DELETE FROM action WHERE beat_id = 4", "posts without a receipt: [4]"),
        ("DELETE FROM post WHERE id = 4", "receipts without a post: [4]"),
        ("UPDATE action SET beat_id = 1 WHERE beat_id = 4", "beats with two actions: [1]"),
        ("UPDATE post SET content = (SELECT content FROM post WHERE id = 1) WHERE id = 2", "posted twice"),
        ("UPDATE post SET content = 'Buy now.' WHERE id = 2", "nobody said: ['Buy now.']"),
    ],
)
def test_sees(path: Path, damage: str, wrong: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    assert any(wrong in sentence for sentence in judged(path).wrong), judged(path).wrong
