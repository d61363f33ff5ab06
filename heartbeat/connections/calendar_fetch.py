"""Fetch the events of a calendar that are ahead, each occurrence of a recurring one for itself."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from heartbeat.connections.calendar_rules import Occurrence, UnusableError, Window, in_form_of, occurrences
from heartbeat.connections.calendar_text import decoded, left_out, read_events, too_long, zone_of
from heartbeat.connections.document import Document
from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.fetching.html_text import text_of_html
from heartbeat.fetching.port import ITEMS_LIMIT, TEXT_LIMIT
from heartbeat.vocabulary import FeedKind

if TYPE_CHECKING:
    from ical.event import Event

TIME_LIMIT = 60.0
FRESH = timedelta(hours=6)
"""How long it is enough to know that a calendar has not changed: later, other events are ahead of it."""
_OF_THE_TIME = 0.8
"""The part of its time after which a fetch ends with what it has."""
_HTML_LIMIT = 10 * TEXT_LIMIT
"""Characters of a description that are read as HTML, of which less is left as text."""


@dataclass(frozen=True)
class CalendarFetch:
    """Fetches the events of the next ``days``; ``zone`` is that of events where neither they nor it name one.

    ``monotonic`` is that of `time`.
    """

    document: Document
    days: int
    zone: str | None = None
    time_limit: float = TIME_LIMIT
    monotonic: Callable[[], float] = time.monotonic

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the events that are not over and begin within the next days, the soonest first.

        An event that is broken or recurs too often is left out alone, and what there is no time for, with a sentence.

        Raises:
            FetchError: it cannot be read, or is no calendar.
        """
        end = self.monotonic() + deadline * _OF_THE_TIME
        expanded = memo.get("expanded")
        is_fresh = (
            isinstance(expanded, str) and timedelta(0) <= now - datetime.fromisoformat(expanded) < FRESH
        )
        read = self.document.read(now, memo if is_fresh else {}, deadline)
        if read.data is None:
            return FetchResult(memo={**memo, **read.memo}, unchanged=True)

        def is_over() -> bool:
            return self.monotonic() > end

        text = decoded(read.data, read.charset)
        window = Window(now, now + timedelta(days=self.days) + FRESH, zone_of(text, self.zone, UTC))
        found = read_events(text, window, is_over)
        counted = _Counted(window, now, self.monotonic)
        is_whole = counted.count(found.events, is_over) and found.is_whole
        items = list(_apart(counted.items))
        problems = [*found.problems, *counted.problems]
        if len(items) > ITEMS_LIMIT:
            problems.append(f"Only the next {ITEMS_LIMIT} events are looked at.")
        memo = {**read.memo, "expanded": now.isoformat()} if is_whole else {}
        return FetchResult(items[:ITEMS_LIMIT], memo, is_whole=is_whole, problems=problems)


class _Counted:
    """The items of a calendar, and a sentence for each event that is left out."""

    def __init__(self, window: Window, now: datetime, monotonic: Callable[[], float]) -> None:
        self._window = window
        self._now = now
        self._monotonic = monotonic
        self._items: list[tuple[datetime, datetime, FetchedItem]] = []
        self.problems: list[str] = []

    @property
    def items(self) -> list[FetchedItem]:
        """The items by their start, then their end."""
        return [item for *_, item in sorted(self._items, key=lambda each: each[:2])]

    def count(self, events: Sequence[Event], is_over: Callable[[], bool]) -> bool:
        """Count out the occurrences of the events; return whether there was time for all."""
        groups: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            groups[event.uid].append(event)
        done = 0
        for group in groups.values():
            if is_over():
                self.problems.append(too_long(len(events) - done))
                return False
            self._count_group(group)
            done += len(group)
        return True

    def _count_group(self, group: Sequence[Event]) -> None:
        """Count out a series with the events that replace instances of it, or single events of one name."""
        series = next((each for each in group if each.rrule is not None and each.dtstart is not None), None)
        made: list[Event] = []
        for event in group:
            with _left_out(event, self.problems):
                is_override = series is not None and event.rrule is None and event.recurrence_id
                made.append(in_form_of(series, event) if series is not None and is_override else event)
        replaced = {str(each.recurrence_id) for each in made if each.recurrence_id and each.rrule is None}
        for event in made:
            with _left_out(event, self.problems):
                self._add(event, replaced)

    def _add(self, event: Event, replaced: Collection[str]) -> None:
        found = occurrences(event, replaced, self._window, self._monotonic)
        if not found:
            return
        like = _item(event, self._now)
        window = self._window.of_days() if like.all_day else self._window
        for each in found:
            item = _occurring(like, event.uid, each)
            if item.due_at is not None or each.ends > window.begin:
                self._items.append((each.starts, each.ends, item))


@contextmanager
def _left_out(event: Event, problems: list[str]) -> Iterator[None]:
    """Tell why an event is left out where it cannot be used, instead of raising it."""
    try:
        yield
    except (UnusableError, ValueError, ArithmeticError, AttributeError, TypeError, LookupError) as error:
        # The library raises any of these at instants that no calendar has.
        problems.append(left_out(event.summary or "", str(error)))


def _apart(items: Sequence[FetchedItem]) -> Iterator[FetchedItem]:
    """Yield the items with names of their own: some programs give several events one name."""
    seen: Counter[str] = Counter()
    for item in items:
        seen[item.external_id] += 1
        number = seen[item.external_id]
        yield item if number == 1 else replace(item, external_id=f"{item.external_id}/{number}")


def _item(event: Event, now: datetime) -> FetchedItem:
    """Return what all occurrences of an event have in common."""
    cancelled = str(getattr(event.status, "value", event.status) or "").upper() == "CANCELLED"
    title = event.summary or "(no title)"
    texts = [event.location or "", text_of_html((event.description or "")[:_HTML_LIMIT])]
    made = Window(now, now, UTC).instant(event.created or event.dtstamp or now)
    return FetchedItem(
        external_id=event.uid,
        kind=FeedKind.EVENT,
        created_at=min(made, now),
        title=f"Cancelled: {title}" if cancelled else title,
        content="\n".join(each for each in texts if each),
        author=_organizer(event),
        url=str(event.url) if event.url else None,
        # What is cancelled is news, but nobody has to be there.
        due_at=None if cancelled else now,
        all_day=not isinstance(event.start, datetime),
    )


def _occurring(like: FetchedItem, uid: str, found: Occurrence) -> FetchedItem:
    return replace(
        like,
        external_id=uid if found.name is None else f"{uid}/{found.name}",
        parent=None if found.name is None else uid,
        due_at=None if like.due_at is None else found.starts,
        ends_at=found.ends,
    )


def _organizer(event: Event) -> str:
    organizer = getattr(event, "organizer", None)
    return str(getattr(organizer, "common_name", None) or "")
