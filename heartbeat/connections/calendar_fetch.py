"""Fetch the events of a calendar that are ahead, each occurrence of a recurring one for itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Any

from heartbeat.connections.calendar_rules import Unusable, prepared
from heartbeat.connections.document import Document
from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.fetching.html_text import text_of_html
from heartbeat.fetching.port import ITEMS_LIMIT
from heartbeat.schedule.window import parse_zone
from heartbeat.text import first_line
from heartbeat.vocabulary import FeedKind

if TYPE_CHECKING:
    from ical.calendar import Calendar
    from ical.event import Event

TIME_LIMIT = 60.0
FRESH = timedelta(hours=6)
"""How long it is enough to know that a calendar has not changed: later, other events are ahead of it."""


@dataclass(frozen=True)
class CalendarFetch:
    """Fetches the events of the next ``days``; ``zone`` is that of events where neither they nor it name one."""

    document: Document
    days: int
    zone: str | None = None
    time_limit: float = TIME_LIMIT

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the events that are not over and begin within the next days, the soonest first.

        Raises:
            FetchError: it cannot be read, or is no calendar.
        """
        expanded = memo.get("expanded")
        is_fresh = (
            isinstance(expanded, str) and timedelta(0) <= now - datetime.fromisoformat(expanded) < FRESH
        )
        read = self.document.read(now, memo if is_fresh else {}, deadline)
        if read.data is None:
            return FetchResult(memo={**memo, **read.memo}, unchanged=True)
        text = _decoded(read.data, read.charset)
        calendar, problems = parsed(text)
        zone = _zone(text, self.zone)
        until = now + timedelta(days=self.days) + FRESH
        usable, unusable = [], []
        for each in prepared(calendar.events, zone, until):
            if isinstance(each, Unusable):
                unusable.append(_left_out(each.title, each.said))
            else:
                usable.append(each)
        problems = [*problems, *unusable]
        calendar = calendar.model_copy(update={"events": usable})
        items = list(islice(_ahead(calendar, zone, now, until), ITEMS_LIMIT + 1))
        if len(items) > ITEMS_LIMIT:
            problems = [*problems, f"Only the next {ITEMS_LIMIT} events are looked at."]
        memo = {**read.memo, "expanded": now.isoformat()}
        return FetchResult(items[:ITEMS_LIMIT], memo, is_whole=True, problems=problems)


def parsed(text: str) -> tuple[Calendar, list[str]]:
    """Return a calendar, and a sentence for each component that cannot be read; the others count.

    Raises:
        FetchError: it is no calendar.
    """
    # It takes a third of a second to import.
    from ical.calendar_stream import CalendarStream
    from ical.compat.timezone_compat import enable_extended_timezones
    from ical.exceptions import CalendarParseError

    def stream(content: str) -> Calendar:
        with enable_extended_timezones():  # the names of Windows
            found = CalendarStream.from_ics(content).calendars
        if not found:
            raise CalendarParseError("no calendar")
        return found[0]

    if "BEGIN:VCALENDAR" not in text.upper():
        raise FetchError("What is there is no calendar; give the address of an iCal file (.ics).")
    head, events = _split(text)
    problems: list[str] = []
    with suppress(CalendarParseError):
        return stream(_joined(head, events)), problems
    # One of the events: halves of halves are tried, since thousands one by one would take too long.
    whole: list[str] = []
    parts = [events]
    while parts:
        part = parts.pop()
        try:
            stream(_joined(head, part))
        except CalendarParseError as error:
            if len(part) == 1:
                problems.append(_left_out(_name(part[0]), first_line(str(error), 200)))
            half = len(part) // 2
            parts += [each for each in (part[half:], part[:half]) if len(part) > 1]
        else:
            whole += part
    try:
        return stream(_joined(head, whole)), problems
    except CalendarParseError as error:
        raise FetchError(f"The calendar cannot be read: {first_line(str(error), 200)}") from None


def _left_out(title: str, said: str) -> str:
    name = first_line(title, 80) or "without a title"
    return f"An event that cannot be read was left out ({name}): {said}"


def _split(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a calendar without its events and other entries, and the text of each event."""
    head: list[str] = []
    events: list[str] = []
    entry: list[str] = []
    within = ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        name = line.strip().upper()
        if not within and name in {"BEGIN:VEVENT", "BEGIN:VTODO", "BEGIN:VJOURNAL", "BEGIN:VFREEBUSY"}:
            within, entry = name.removeprefix("BEGIN:"), []
        if not within:
            head.append(line)
            continue
        entry.append(line)
        if name == f"END:{within}":
            if within == "VEVENT":
                events.append("\n".join(entry))
            within = ""
    return head, events


def _joined(head: Sequence[str], events: Sequence[str]) -> str:
    end = next((i for i, line in enumerate(head) if line.strip().upper() == "END:VCALENDAR"), len(head))
    return "\r\n".join([*head[:end], *"\n".join(events).split("\n"), "END:VCALENDAR", ""]).replace(
        "\r\n\r\n", "\r\n"
    )


def _name(event: str) -> str:
    found = re.search(r"^SUMMARY[^:\n]*:(.*)$", event, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _zone(text: str, given: str | None) -> tzinfo:
    """Return the zone of instants without one: that of the calendar, else the one that was given, else UTC."""
    found = re.search(r"^X-WR-TIMEZONE[^:\n]*:(.*)$", text, re.MULTILINE | re.IGNORECASE)
    for name in (found[1].strip() if found else None, given):
        if name:
            try:
                return parse_zone(name)
            except ValueError:
                continue
    return UTC


def _decoded(data: bytes, charset: str | None) -> str:
    for name in ("utf-8-sig", charset, "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else None):
        if name:
            try:
                return data.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    return data.decode("cp1252", "replace")


def _ahead(calendar: Calendar, zone: tzinfo, now: datetime, until: datetime) -> Iterator[FetchedItem]:
    seen: Counter[str] = Counter()
    for event in calendar.timeline_tz(zone).overlapping(now, until):
        item = _item(event, zone, now)
        seen[item.external_id] += 1
        if seen[item.external_id] > 1:
            # Some programs give several events one name.
            item = replace(item, external_id=f"{item.external_id}/{seen[item.external_id]}")
        if (item.ends_at or item.due_at or now) > now or item.due_at == now:
            yield item


def _item(event: Event, zone: tzinfo, now: datetime) -> FetchedItem:
    starts, ends = _instant(event.start, zone), _instant(event.end, zone)
    cancelled = str(getattr(event.status, "value", event.status) or "").upper() == "CANCELLED"
    occurrence = f"/{event.recurrence_id}" if event.recurrence_id else ""
    title = event.summary or "(no title)"
    texts = [event.location or "", text_of_html(event.description or "")]
    return FetchedItem(
        external_id=f"{event.uid}{occurrence}",
        kind=FeedKind.EVENT,
        created_at=min(_instant(event.created or event.dtstamp or now, UTC), now),
        title=f"Cancelled: {title}" if cancelled else title,
        content="\n".join(each for each in texts if each),
        author=_organizer(event),
        url=str(event.url) if event.url else None,
        parent=event.uid if occurrence else None,
        # What is cancelled is news, but nobody has to be there.
        due_at=None if cancelled else starts,
        ends_at=ends,
        all_day=not isinstance(event.start, datetime),
    )


def _organizer(event: Event) -> str:
    organizer = getattr(event, "organizer", None)
    return str(getattr(organizer, "common_name", None) or "")


def _instant(value: date, zone: tzinfo) -> datetime:
    """Return an instant in UTC; a day begins at midnight of the zone."""
    at = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
