"""Escape what other people's text could do to a terminal or a log."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for tab and newline
    "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"  # they turn the direction or the line
    "\ud800-\udfff]"  # halves of characters
)


def inert(text: str) -> str:
    """Return the text with every character that could steer a terminal written out, as ``\\x1b``."""
    return _UNSAFE.sub(_written_out, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return the text made inert, on one line."""
    return " ".join(inert(text).split())


def inert_json(text: str) -> str:
    """Return JSON text that still means the same, with the same characters escaped."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
