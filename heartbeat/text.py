"""Text: sentences put together from others' words, and foreign text made fit to store, show and shorten.

What steers a terminal is escaped by the command line, and secrets are masked by `heartbeat.instructions`.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime

CUT_MARK = "…"
_ENDS = (".", "!", "?", "…", "。", "！", "？")
_CLOSING = "\"'”’»)]"
_INERT = str.maketrans({"<": "&lt;", ">": "&gt;"})


def sentence(text: str) -> str:
    """End a text as a sentence, once: a full stop is added where no mark ends it already."""
    text = text.rstrip()
    return (
        text if text.rstrip(_CLOSING).endswith(_ENDS) and text.endswith((*_ENDS, *_CLOSING)) else f"{text}."
    )


def clause(text: str) -> str:
    """Return a sentence without its full stop, so that something may follow it."""
    return text.rstrip().rstrip(".。")


def inert(text: str) -> str:
    """Replace the brackets of markup by entities; doing it twice changes nothing."""
    return text.translate(_INERT)


def well_formed(text: str) -> str:
    """Replace lone surrogates, which no encoding can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def legible(text: str) -> str:
    """Return the text without surrogates and control characters; line ends become ``\\n``."""
    text = well_formed(text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def clean(text: str, *, multiline: bool) -> str:
    """Return trimmed text that every store and terminal can hold, on one line unless ``multiline``."""
    kept = legible(text)
    return kept.strip() if multiline else " ".join(kept.split())


def is_blank(text: str) -> bool:
    """Return whether a reader sees nothing: white space and zero-width characters only."""
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


def truncate(text: str, limit: int) -> str:
    """Return at most ``limit`` characters; a text that was cut ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + CUT_MARK


def truncate_bytes(text: str, size: int) -> str:
    """Return the beginning of a text, at most ``size`` bytes of UTF-8, without a mark."""
    return text.encode()[:size].decode(errors="ignore")


def first_line(text: str, limit: int) -> str:
    """Return the first line of a foreign text, at most ``limit`` characters."""
    return truncate(clean(text, multiline=True).split("\n", 1)[0], limit)


def as_json(value: object, limit: int, *, ascii_only: bool = False) -> str:
    """Return a refused value as JSON of at most ``limit`` characters, for a sentence about it."""
    text = json.dumps(value, ensure_ascii=ascii_only, default=repr)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def utc(instant: datetime) -> str:
    """Return an instant in UTC as ISO 8601 with ``Z``."""
    return instant.isoformat().replace("+00:00", "Z")
