"""Refuse feeds that take their parser too long, before it begins: it cannot be stopped."""

from __future__ import annotations

import re
from xml.parsers import expat

from heartbeat.fetching import FetchError

ELEMENTS = 200_000
"""Elements of a feed; the parser takes some five seconds for them, and 10,000 entries have fewer."""
ATTRIBUTES = 500
"""Attributes of one element; the time that the parser takes grows with their square."""
DEPTH = 500
"""Elements within each other."""
_EQUALS = 50_000
"""Signs before values in a document that is no XML but for its type, where attributes cannot be counted."""
_TAG = re.compile(rb"<[a-z_:]", re.IGNORECASE)


class _TooMuchError(Exception):
    """The feed is too large; the message says in what."""


class _Counter:
    """Counts the elements of a document as they begin and end."""

    def __init__(self) -> None:
        self._elements = self._depth = 0

    def begin(self, _: str, attributes: list[str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > ELEMENTS:
            raise _TooMuchError(f"more than {ELEMENTS} elements")
        if self._depth > DEPTH:
            raise _TooMuchError(f"more than {DEPTH} elements within each other")
        if len(attributes) > 2 * ATTRIBUTES:
            raise _TooMuchError(f"an element with more than {ATTRIBUTES} attributes")

    def end(self, _: str) -> None:
        self._depth -= 1


def check_bounds(data: bytes) -> None:
    """Check that a feed is read in a few seconds.

    Where it is no XML, whatever looks like the beginning of an element counts, also in comments and quoted text.

    Raises:
        FetchError: it has too many elements or attributes.
    """
    try:
        if not _count(data):
            _estimate(data.replace(b"\x00", b""))
    except _TooMuchError as error:
        raise FetchError(f"The feed takes too long to read: it has {error}; look at a shorter one.") from None


def _count(data: bytes) -> bool:
    """Count the elements of a document; return whether it is XML."""
    wide = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else None
    # The encoding that it names may be wrong; names of elements are read the same in most.
    text = data.decode(wide or "utf-8", "replace").lstrip("\ufeff \t\r\n")
    counter = _Counter()
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = counter.begin, counter.end
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return False
    return True


def _estimate(data: bytes) -> None:
    # An element has two signs at most, its end among them.
    if data.count(b"<") > 2 * ELEMENTS or sum(1 for _ in _TAG.finditer(data)) > ELEMENTS:
        raise _TooMuchError(f"more than {ELEMENTS} elements")
    if b"<!doctype" in data[:100_000].lower() and data.count(b"=") > _EQUALS:
        raise _TooMuchError(f"more than {_EQUALS} attributes")
