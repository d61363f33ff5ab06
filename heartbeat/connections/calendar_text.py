"""Read the text of a calendar: the events in it that matter within a window, those beside broken ones too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from heartbeat.connections.calendar_rules import Window
from heartbeat.fetching import FetchError
from heartbeat.instructions import mask_secrets
from heartbeat.schedule.window import parse_zone
from heartbeat.text import count, first_line

if TYPE_CHECKING:
    from ical.event import Event

_CHUNK = 500
"""Events that are read at once: where one of them is broken, the others are read again in halves."""
_MARGIN = timedelta(days=2)
"""By how much a day of the text may lie beside the day that it is in another time zone."""
_ENTRIES = {"BEGIN:VEVENT", "BEGIN:VTODO", "BEGIN:VJOURNAL", "BEGIN:VFREEBUSY"}
_FOLD = re.compile(r"\n[ \t]")
_RECURS = re.compile(r"^(?:RRULE|RDATE|RECURRENCE-ID)\b", re.MULTILINE | re.IGNORECASE)
_LASTS = re.compile(r"^DURATION\b", re.MULTILINE | re.IGNORECASE)
_STARTS = re.compile(r"^DTSTART(?:;[^:\n]*)?:(\d{8})", re.MULTILINE | re.IGNORECASE)
_ENDS = re.compile(r"^DTEND(?:;[^:\n]*)?:(\d{8})", re.MULTILINE | re.IGNORECASE)
_SUMMARY = re.compile(r"^SUMMARY[^:\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)
_ZONE = re.compile(r"^X-WR-TIMEZONE[^:\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)


@dataclass
class ReadEvents:
    """The events of a calendar, and a sentence for each that is left out; ``is_whole``: there was time for all."""

    events: list[Event] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_whole: bool = True


def read_events(text: str, window: Window, is_over: Callable[[], bool]) -> ReadEvents:
    """Return the events that may matter within a window, until the time ``is_over``.

    Raises:
        FetchError: it is no calendar.
    """
    # It takes a third of a second to import.
    from ical.exceptions import CalendarParseError

    if "BEGIN:VCALENDAR" not in text.upper():
        raise FetchError("What is there is no calendar; give the address of an iCal file (.ics).")
    head, every = _split(text)
    events = [each for each in every if _matters(each, window)]
    found = ReadEvents()
    try:
        _parsed(head, [])
    except CalendarParseError as error:
        raise FetchError(f"The calendar cannot be read: {first_line(str(error), 200)}") from None
    parts = [events[at : at + _CHUNK] for at in range(0, len(events), _CHUNK)][::-1]
    while parts:
        if is_over():
            found.is_whole = False
            found.problems.append(too_long(sum(len(each) for each in parts)))
            break
        part = parts.pop()
        try:
            found.events += _parsed(head, part)
        except CalendarParseError as error:
            if len(part) == 1:
                found.problems.append(left_out(_name(part[0]), str(error)))
                continue
            half = len(part) // 2
            parts += [part[half:], part[:half]]
    return found


def zone_of(text: str, given: str | None, otherwise: tzinfo) -> tzinfo:
    """Return the zone of instants without one: that of the calendar, else the one that was given, else another."""
    found = _ZONE.search(text)
    for name in (found[1].strip() if found else None, given):
        if name:
            try:
                return parse_zone(name)
            except ValueError:
                continue
    return otherwise


def decoded(data: bytes, charset: str | None) -> str:
    """Return the text of a calendar, in whichever charset it is."""
    for name in ("utf-8-sig", charset, "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else None):
        if name:
            try:
                return data.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    return data.decode("cp1252", "replace")


def left_out(title: str, said: str) -> str:
    """Return the sentence about an event that cannot be used."""
    # What is cut before it is masked may hold half a secret.
    name = first_line(mask_secrets(title), 80) or "without a title"
    return f"An event that cannot be read was left out ({name}): {first_line(mask_secrets(said), 200)}"


def too_long(number: int) -> str:
    """Return the sentence about events for which there was no time."""
    return f"Reading the calendar took too long: {count(number, 'event')} of it were not looked at."


def _parsed(head: Sequence[str], events: Sequence[str]) -> list[Event]:
    from ical.calendar_stream import CalendarStream
    from ical.compat.timezone_compat import enable_extended_timezones
    from ical.exceptions import CalendarParseError

    try:
        with enable_extended_timezones():  # the names of Windows
            found = CalendarStream.from_ics(_joined(head, events)).calendars
    except (ValueError, ArithmeticError, AttributeError, TypeError, LookupError) as error:
        # The library raises any of these at what it did not expect.
        raise CalendarParseError(f"{type(error).__name__}: {error}") from error
    if not found:
        raise CalendarParseError("no calendar")
    return found[0].events


def _matters(event: str, window: Window) -> bool:
    """Return whether an event may be within a window, by its text alone: reading it takes 50 times as long.

    What recurs may, and what replaces an instant of a series.
    """
    text = _FOLD.sub("", event)
    if _RECURS.search(text) or _LASTS.search(text):
        return True
    starts, ends = _STARTS.search(text), _ENDS.search(text)
    if starts is None:
        return True
    last = (ends or starts)[1]
    return _day(window.begin - _MARGIN) <= last and starts[1] <= _day(window.end + _MARGIN)


def _day(at: datetime) -> str:
    return at.strftime("%Y%m%d")


def _split(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a calendar without its events and other entries, and the text of each event."""
    head: list[str] = []
    events: list[str] = []
    entry: list[str] = []
    within = ""
    for line in _lines(text):
        name = line.strip().upper()
        if not within and name in _ENTRIES:
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


def _lines(text: str) -> Iterator[str]:
    yield from text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _joined(head: Sequence[str], events: Sequence[str]) -> str:
    end = next((i for i, line in enumerate(head) if line.strip().upper() == "END:VCALENDAR"), len(head))
    lines = [*head[:end], *"\n".join(events).split("\n"), "END:VCALENDAR"]
    return "\r\n".join(line for line in lines if line) + "\r\n"


def _name(event: str) -> str:
    found = _SUMMARY.search(event)
    return found[1] if found else ""
