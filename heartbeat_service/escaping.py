"""Escape control characters in foreign text before it is written to a terminal or a log."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters except tab and newline
    "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"  # they change the text direction or break the line
    "\ud800-\udfff]"  # surrogates
)


def inert(text: str) -> str:
    """Escape every character that could control a terminal, such as ESC as ``\\x1b``."""
    return _UNSAFE.sub(_written_out, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return the escaped text on one line."""
    return " ".join(inert(text).split())


def escaped_line(text: str) -> str:
    """Return the escaped text with line breaks as ``\\n``, so that it cannot look like a line of its own."""
    return inert(text).replace("\n", "\\n")


def inert_json(text: str) -> str:
    """Escape the same characters in JSON text as ``\\u`` escapes, which keeps its meaning."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
