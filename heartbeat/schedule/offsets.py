"""When a zone changes its UTC offset. The one place that reads zone data for the schedule."""

from __future__ import annotations

from collections.abc import Iterator

from whenever import Instant


def offsets(zone: str, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Cut the unix seconds [begin, end) into stretches (begin, end, seconds east of UTC) of one offset each."""
    local = Instant.from_timestamp(begin).to_tz(zone)
    while begin < end:
        change = local.next_transition()
        until = end if change is None else min(end, change.timestamp())
        yield begin, until, int(local.offset.total("seconds"))
        if change is None:
            return
        begin, local = until, change
