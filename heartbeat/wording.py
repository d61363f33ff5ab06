"""Sentences that are put together from texts of others."""

from __future__ import annotations

_ENDS = (".", "!", "?", "…", "。", "！", "？")
_CLOSING = "\"'”’»)]"


def sentence(text: str) -> str:
    """End a text as a sentence, once: a full stop is added where no mark ends it already."""
    text = text.rstrip()
    return (
        text if text.rstrip(_CLOSING).endswith(_ENDS) and text.endswith((*_ENDS, *_CLOSING)) else f"{text}."
    )


def clause(text: str) -> str:
    """Return a sentence without its full stop, so that something may follow it."""
    return text.rstrip().rstrip(".。")
