"""Check the timer: its switch, its last tick, and overdue slots."""

from __future__ import annotations

from datetime import datetime

from heartbeat.settings import Settings
from heartbeat.text import count, sentence
from heartbeat_service.doctor.facts import Facts
from heartbeat_service.doctor.finding import Finding, ok, warning
from heartbeat_service.thread_state import SILENT

CHECK = "timer"


def check_timer(facts: Facts, settings: Settings, now: datetime) -> list[Finding]:
    """Report whether scheduled beats start in time."""
    if not facts.timer.running:
        return [warning(CHECK, "The timer is stopped, so no scheduled beat starts.", "heartbeat start")]
    tick = facts.timer.last_tick
    silent = tick is None or now - tick > SILENT
    waking = facts.waking
    if waking.next is not None and waking.due and silent:
        said = sentence(
            f"Due: {count(waking.due, 'thread')}, the first since {_stamp(waking.next[0])}, "
            f"and no heartbeat serve is running; last tick: {_stamp(tick) if tick else 'never'}"
        )
        return [warning(CHECK, said, "heartbeat serve")]
    if waking.next is not None and waking.late:
        since = _stamp(waking.next[0])
        said = f"Overdue: {count(waking.late, 'thread')}, the first since {since}, though the timer ticks."
        remedy = f"run more at once: HEARTBEAT_CONCURRENCY (now {settings.concurrency}); or beat less often"
        return [warning(CHECK, said, remedy)]
    ticked = f"last tick {_stamp(tick)}" if tick else "it has never ticked yet"
    following = f"next: {waking.next[1]} at {_stamp(waking.next[0])}" if waking.next else "nothing is planned"
    return [ok(CHECK, sentence(f"The timer is on; {ticked}; {following}"))]


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
