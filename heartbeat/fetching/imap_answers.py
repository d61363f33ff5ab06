"""What an IMAP server says of mails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,15})\b")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,60})"')
_QUOTED = re.compile(rb'\bBODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"')
_INSTANT = re.compile(r"\s*(\d{1,2})-([A-Z][a-z]{2})-(\d{4}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4})")


@dataclass(frozen=True)
class Head:
    """What is known of a mail before its text is read: its number, size in bytes, arrival, and a few headers."""

    uid: int
    size: int
    arrived: datetime | None
    headers: bytes = b""


def parse_answers(data: Sequence[object]) -> list[tuple[bytes, bytes | None]]:
    """Return what is said of each mail of an answer: the words, and its text."""
    found: list[tuple[bytes, bytes | None]] = []
    words, text = b"", None
    for each in data:
        if isinstance(each, tuple):
            words, text = words + each[0] + b" ", each[1] if text is None else text
        elif isinstance(each, bytes):
            words += each
            quoted = _QUOTED.search(words) if text is None else None
            if quoted is not None:
                text = re.sub(rb"\\(.)", rb"\1", quoted[1])
                words = words.replace(quoted[0], b"")
            found.append((words, text))
            words, text = b"", None
    return found


def parse_head(words: bytes, headers: bytes | None) -> Head | None:
    """Return the head of a mail, None where its number or size is not said."""
    uid, size, arrived = _UID.search(words), _SIZE.search(words), _ARRIVED.search(words)
    if uid is None or size is None:
        return None
    return Head(int(uid[1]), int(size[1]), _instant(arrived[1]) if arrived else None, headers or b"")


def _instant(text: bytes) -> datetime | None:
    found = _INSTANT.fullmatch(text.decode("ascii", "replace"))
    if found is None or found[2] not in _MONTHS:
        return None
    day, month, year, clock, zone = found.groups()
    with suppress(ValueError, OverflowError):
        written = f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02}T{clock}{zone}"
        return datetime.strptime(written, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    return None


def imap_date(instant: datetime) -> str:
    """Return the day of an instant as a search takes it, in English whatever the locale is."""
    return f"{instant.day}-{_MONTHS[instant.month - 1]}-{instant.year:04}"


def uid_of(words: bytes) -> int | None:
    """Return the number of the mail that words are about."""
    found = _UID.search(words)
    return int(found[1]) if found else None
