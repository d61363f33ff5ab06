"""The check that every text from outside passes before it is stored."""

from __future__ import annotations

from heartbeat.errors import InvalidValueError


def check_text(field: str, value: object, limit: int, *, least: int = 1) -> str:
    """Check that ``value`` is text of ``least`` to ``limit`` characters, and return it.

    Raises:
        InvalidValueError: not text, too long, blank although ``least`` is above 0, or not valid Unicode.
    """
    allowed = f"text of {least} to {limit} characters" + (", not blank" if least else "")
    if not isinstance(value, str):
        raise InvalidValueError(field, f"{field}: {value!r:.60} is not text; allowed: {allowed}")
    if len(value) > limit or (least and not value.strip()):
        raise InvalidValueError(field, f"{field}: {len(value)} characters; allowed: {allowed}")
    if not value.isprintable() and any("\ud800" <= c <= "\udfff" for c in value):
        raise InvalidValueError(
            field, f"{field}: half a character (a lone surrogate); allowed: valid Unicode"
        )
    return value
