"""Compute the instants at which a thread is due, as pure functions of time.

Nothing here reads a clock. Arguments may have any UTC offset; results are in UTC. Each rule has its module:

* interval: 60 to 86,400 seconds.
* grid: slots lie at ``k * every + phase`` in unix seconds. The phase is derived from the thread's id, so neither
  a restart nor an unrelated edit moves slots, and threads are spread over the interval.
* spans: a window is a maximal range of instants whose local time lies in [start, end). This definition also
  covers changes of the UTC offset.
* due: due instants are the slots inside windows; a window without a slot has one due instant, at its start.
* backoff: a failed slot is retried after 30 s, 60 s, 5 min, 15 min, then every 60 min, until the next slot.
"""

from heartbeat.schedule.backoff import next_attempt, retry_after
from heartbeat.schedule.due import Missed, due_between, missed, next_due, upcoming
from heartbeat.schedule.grid import phase
from heartbeat.schedule.interval import parse_interval
from heartbeat.schedule.plan import Plan
from heartbeat.schedule.spans import Window, windows
from heartbeat.schedule.window import format_local, parse_minute, parse_zone

__all__ = [
    "Missed",
    "Plan",
    "Window",
    "due_between",
    "format_local",
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
