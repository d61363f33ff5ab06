"""Pure time: which instants a thread is due at. Nothing here looks at a clock; instants come in and go out as UTC.

The rules, each kept by one module:

* interval: 60 to 86,400 seconds.
* grid: slots lie at ``k * every + phase`` in unix seconds; the phase comes from the thread's id, so neither a
  restart nor an unrelated edit moves them, and threads spread out by themselves.
* spans: a window is a maximal stretch of instants whose local time lies in [start, end). What happens when
  clocks change follows from that sentence alone.
* due: due instants are the slots inside windows; a window that holds none has one at its opening.
* backoff: a failed slot is tried again after 30 s, 60 s, 5 m, 15 m, 60 m, until the next slot comes.
"""

from heartbeat.schedule.backoff import next_attempt, retry_after
from heartbeat.schedule.due import Missed, due_between, missed, next_due, upcoming
from heartbeat.schedule.grid import phase
from heartbeat.schedule.interval import parse_interval
from heartbeat.schedule.plan import Plan
from heartbeat.schedule.spans import Window, windows
from heartbeat.schedule.window import parse_minute, parse_zone

__all__ = [
    "Missed",
    "Plan",
    "Window",
    "due_between",
    "missed",
    "next_attempt",
    "next_due",
    "parse_interval",
    "parse_minute",
    "parse_zone",
    "phase",
    "retry_after",
    "upcoming",
    "windows",
]
