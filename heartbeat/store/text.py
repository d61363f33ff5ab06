"""What every text from outside must be before it is stored."""

from __future__ import annotations

from heartbeat.errors import InvalidValueError


def check_text(field: str, value: object, limit: int, *, least: int = 1) -> str:
    """Return ``value`` when it is text of ``least`` to ``limit`` characters that can be stored.

    Raises:
        InvalidValueError: not text, too long, blank where something is needed, or no valid Unicode.
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
