"""Text of other people, made fit for a terminal; times and intervals as people say them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for tab and newline
    "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"  # they turn the direction or the line
    "\ud800-\udfff]"  # halves of characters
)
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def inert(text: str) -> str:
    """Return the text with every character that could steer a terminal written out, as ``\\x1b``."""
    return _UNSAFE.sub(_written_out, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return the text made inert, on one line."""
    return " ".join(inert(text).split())


def inert_json(text: str) -> str:
    """Return JSON text that still means the same, with the same characters escaped."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def age(then: datetime, now: datetime) -> str:
    """Return how long ago something was, in words."""
    past = max(now - then, timedelta(0))
    if past < timedelta(minutes=2):
        return "just now"
    if past < timedelta(hours=2):
        return f"{past // timedelta(minutes=1)} min ago"
    if past < timedelta(days=2):
        return f"{past // timedelta(hours=1)} h ago"
    return f"{past.days} days ago"


def stamp(instant: datetime) -> str:
    """Return an instant to the second, in UTC."""
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def interval(seconds: int) -> str:
    """Return an interval the way a thread's config accepts it: ``1h30m``."""
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it needs one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
