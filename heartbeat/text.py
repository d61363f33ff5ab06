"""Functions to punctuate, sanitise and truncate text.

The command line escapes terminal control sequences, and `heartbeat.instructions` masks secrets.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

CUT_MARK = "…"
_ENDS = (".", "!", "?", "…", "。", "！", "？")
_CLOSING = "\"'”’»)]"
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidirectional embeddings, overrides and isolates; the marks (U+200E, U+200F, U+061C) turn nothing else."""
_HIDDEN = re.compile(
    # The flags of England, Scotland and Wales are spelled with tags, which otherwise hide whole sentences.
    "(?P<flag>\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f)"
    "|[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]+"
)
_MARK = "\u061c\u200e\u200f"
_SELECTOR = "[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_SELECTORS = re.compile(f"(?:(?<![^a-zA-Z\\s\u200c\u200d{_MARK}])|(?<={_SELECTOR})){_SELECTOR}+")
_JOINERS = re.compile(
    f"(?<![^\\x00-\\x7f{_MARK}])[\u200c\u200d]+|[\u200c\u200d]+(?![^\\x00-\\x7f{_MARK}])"
    "|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_MARKS = re.compile(f"(?<=[{_MARK}])[{_MARK}]+")
_CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]")
"""All control characters but the line feed and the tab."""
_INERT = str.maketrans({"<": "&lt;", ">": "&gt;"})


def sentence(text: str) -> str:
    """Return the text with a full stop added, unless it already ends with a punctuation mark."""
    text = text.rstrip()
    return (
        text if text.rstrip(_CLOSING).endswith(_ENDS) and text.endswith((*_ENDS, *_CLOSING)) else f"{text}."
    )


def clause(text: str) -> str:
    """Return a sentence without its full stop, so that more text can follow."""
    return text.rstrip().rstrip(".。")


def inert(text: str) -> str:
    """Replace ``<`` and ``>`` with HTML entities; the result is idempotent."""
    return text.translate(_INERT)


def as_written(text: str) -> str:
    """Return an inert text with ``<`` and ``>`` as they were written; the result is idempotent."""
    return text.replace("&lt;", "<").replace("&gt;", ">")


def inert_line(text: str) -> str:
    """Return text on one line with inert markup, so that it can neither close a fence nor imitate another line."""
    return inert(clean(text, multiline=False))


def unquoted(text: str) -> str:
    """Remove white space and quotation marks around a value, as shells and env files leave them."""
    return text.strip().strip("\"'").strip()


def well_formed(text: str) -> str:
    """Replace lone surrogates, which cannot be encoded, with U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def legible(text: str) -> str:
    """Return the text without surrogates and control characters; line ends become ``\\n``."""
    if text.isascii() and text.isprintable():
        return text
    text = well_formed(text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)


def straight(text: str) -> str:
    """Return the text without the characters that turn the direction of what follows them."""
    return _TURNS.sub("", text)


def visible(text: str) -> str:
    """Return the text without characters that nobody sees and a model reads; the result is idempotent.

    Dropped are characters that turn the direction of others, tags, zero-width and filling characters. Where scripts
    and emoji need them, single ones stay: joiners (U+200C, U+200D) between characters that are not ASCII, variation
    selectors but after ASCII letters, and the directional marks (U+200E, U+200F, U+061C).
    """
    if text.isascii():
        return text
    kept = _HIDDEN.sub(lambda found: found["flag"] or "", text)
    return _MARKS.sub("", _JOINERS.sub("", _SELECTORS.sub("", kept)))


def clean(text: str, *, multiline: bool) -> str:
    """Return trimmed text without control characters, on one line unless ``multiline``."""
    kept = legible(text)
    return kept.strip() if multiline else " ".join(kept.split())


def is_blank(text: str) -> bool:
    """Return whether a text has only white space and zero-width characters."""
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


def truncate(text: str, limit: int) -> str:
    """Return at most ``limit`` characters; a truncated text ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + CUT_MARK


def truncate_bytes(text: str, size: int) -> str:
    """Return at most ``size`` bytes of UTF-8 of a text, without an ellipsis."""
    return text.encode()[:size].decode(errors="ignore")


def first_line(text: str, limit: int) -> str:
    """Return the cleaned first line of a text, at most ``limit`` characters."""
    return truncate(clean(text, multiline=True).split("\n", 1)[0], limit)


def as_json(value: object, limit: int, *, ascii_only: bool = False) -> str:
    """Return a value as JSON of at most ``limit`` characters, for use in error messages."""
    text = json.dumps(value, ensure_ascii=ascii_only, default=repr)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def utc(instant: datetime) -> str:
    """Return an aware UTC datetime as ISO 8601 with ``Z``."""
    return instant.isoformat().replace("+00:00", "Z")


def span(seconds: int) -> str:
    """Return a span of time in words, in the largest unit of which it is a multiple."""
    for unit, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= unit and seconds % unit == 0:
            return count(seconds // unit, name)
    return count(seconds, "second")


NUMBERS_SHOWN = 10
"""Numbers that `numbered` names at most."""


def numbered(noun: str, numbers: Sequence[int]) -> str:
    """Return things by their numbers, such as "lines 3, 4 and 7"; empty if there are none."""
    named = [str(each) for each in numbers]
    if len(named) <= 1:
        return f"{noun} {named[0]}" if named else ""
    shown, more = named[:NUMBERS_SHOWN], len(named) - NUMBERS_SHOWN
    if more > 0:
        return f"{noun}s {', '.join(shown)} and {more} more"
    return f"{noun}s {', '.join(shown[:-1])} and {shown[-1]}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
