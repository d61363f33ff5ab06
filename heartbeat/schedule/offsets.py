"""The UTC offsets of a time zone over time; no other module of the schedule reads zone data."""

from __future__ import annotations

from collections.abc import Iterator

from whenever import Instant


def offsets(zone: str, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Split the unix seconds [begin, end) into ranges of one UTC offset.

    Yields (begin, end, offset in seconds east of UTC).
    """
    local = Instant.from_timestamp(begin).to_tz(zone)
    while begin < end:
        change = local.next_transition()
        until = end if change is None else min(end, change.timestamp())
        yield begin, until, int(local.offset.total("seconds"))
        if change is None:
            return
        begin, local = until, change
