"""What must be true at the end, by the rows themselves and none of the queries that wrote them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from heartbeat.schedule import Plan, due_between
from tests.acceptance.chaos.watch import FORMAT, seconds

AT_THE_END = timedelta(seconds=10)
"""Slots so shortly before the end may still wait to be claimed."""
_MANY = 1_000_000


@dataclass
class Verdict:
    """``wrong`` is empty when all is well."""

    wrong: list[str] = field(default_factory=list)
    slots: int = 0
    waiting: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    actions: int = 0
    retried: int = 0
    resting: int = 0
    """Beats that came to rest unfinished when their process was told to stop."""


def judge(
    path: Path, *, every: int, since: datetime, until: datetime, gone: datetime, said: set[str]
) -> Verdict:
    """Judge a database whose threads were made at ``since`` and served until ``until``; all had ended at ``gone``."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        verdict = Verdict()
        threads = connection.execute("SELECT * FROM thread ORDER BY id").fetchall()
        rows = connection.execute("SELECT * FROM beat ORDER BY id").fetchall()
        for thread in threads:
            own = [row for row in rows if row["thread_id"] == thread["id"]]
            _judge_slots(verdict, thread, own, Plan.of(thread["id"], every), since, until)
        _judge_rows(verdict, rows, gone)
        actions = connection.execute("SELECT * FROM action ORDER BY id").fetchall()
        posts = connection.execute("SELECT * FROM post ORDER BY id").fetchall()
        _judge_actions(verdict, rows, actions, posts, said)
        (intact,) = connection.execute("PRAGMA integrity_check").fetchone()
        if intact != "ok":
            verdict.wrong.append(f"the database is damaged: {intact}")
        return verdict
    finally:
        connection.close()


def _instant(text: str) -> datetime:
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)


def _judge_slots(
    verdict: Verdict,
    thread: sqlite3.Row,
    rows: list[sqlite3.Row],
    plan: Plan,
    since: datetime,
    until: datetime,
) -> None:
    name = thread["id"]
    covered: Counter[datetime] = Counter()
    for row in rows:
        first = _instant(row["slot"])
        last = _instant(row["last_slot"] or row["slot"])
        slots = due_between(plan, first - timedelta(seconds=1), last, _MANY)
        if not slots or slots[0] != first or slots[-1] != last:
            verdict.wrong.append(f"{name}: beat {row['id']} holds {first} to {last}, which are no slots")
        if row["status"] == "missed" and row["missed"] != len(slots):
            verdict.wrong.append(f"{name}: beat {row['id']} counts {row['missed']} of {len(slots)} slots")
        covered.update(slots)
    due = due_between(plan, since, until, _MANY)
    verdict.slots += len(due)
    for slot in due:
        if covered[slot] > 1:
            verdict.wrong.append(f"{name}: {slot} lies in {covered[slot]} rows")
        if covered[slot]:
            continue
        next_due = thread["next_due"] and _instant(thread["next_due"])
        if slot == next_due and slot > until - AT_THE_END:
            verdict.waiting += 1
        else:
            verdict.wrong.append(f"{name}: {slot} lies in no row; the next is {next_due}")
    early = [slot for slot in covered if slot <= since]
    if early:
        verdict.wrong.append(f"{name}: {early} were due before the thread was made")


def _judge_rows(verdict: Verdict, rows: list[sqlite3.Row], gone: datetime) -> None:
    for row in rows:
        what = row["status"] + (f"/{row['reason']}" if row["reason"] else "")
        verdict.outcomes[what] += 1
        verdict.retried += len(json.loads(row["attempts"])) > 0
        if row["status"] == "running":
            verdict.resting += 1
            if seconds(row["lease_until"]) > gone.timestamp():
                verdict.wrong.append(
                    f"beat {row['id']} still runs, and its lease was not ended: {row['lease_until']}"
                )
        elif row["lease_owner"]:
            verdict.wrong.append(f"beat {row['id']} is settled and still leased")
        elif not row["finished_at"] or not row["summary"]:
            verdict.wrong.append(f"beat {row['id']} is settled and does not say how")
        if what == "failed/internal" and "taken over" not in row["summary"]:
            verdict.wrong.append(f"beat {row['id']}: {row['summary']} {row['error']}")


def _judge_actions(
    verdict: Verdict,
    rows: list[sqlite3.Row],
    actions: list[sqlite3.Row],
    posts: list[sqlite3.Row],
    said: set[str],
) -> None:
    verdict.actions = len(actions)
    status = {row["id"]: row["status"] for row in rows}
    acted = {beat_id for beat_id, how in status.items() if how == "acted"}
    by_beat = Counter(action["beat_id"] for action in actions)
    by_key = Counter(action["key"] for action in actions)
    by_text = Counter(post["content"] for post in posts)
    told = Counter(json.loads(action["receipt"])["post_id"] for action in actions)
    _none(verdict, "beats with two actions", [it for it, count in by_beat.items() if count > 1])
    _none(verdict, "keys with two actions", [it for it, count in by_key.items() if count > 1])
    _none(verdict, "texts that were posted twice", [it for it, count in by_text.items() if count > 1])
    _none(verdict, "texts that nobody said", [text for text in by_text if text not in said])
    _none(verdict, "posts named by two receipts", [it for it, count in told.items() if count > 1])
    _none(verdict, "posts without a receipt", [post["id"] for post in posts if post["id"] not in told])
    _none(verdict, "receipts without a post", set(told) - {post["id"] for post in posts})
    _none(verdict, "beats that say they acted and did not", acted - set(by_beat))
    # A beat may rest or be given up after its action, but it may never say that it did nothing.
    quiet = {beat_id for beat_id in by_beat if status.get(beat_id) not in {"acted", "running", "failed"}}
    _none(verdict, "beats that acted and do not say so", quiet)


def _none(verdict: Verdict, what: str, found: Any) -> None:
    if found:
        verdict.wrong.append(f"{what}: {sorted(found)[:5]}")
