"""The tags and texts of HTML as it is found, broken and hostile pages included.

Each character is read once. The parser of the standard library takes minutes for a text of a few hundred kilobytes
that opens tags and closes none, and raises errors at some declarations. Parsers that build a tree may fail at deep
ones.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_RAW = frozenset({"script", "style"})
"""Elements whose content is no markup."""
_TAG = re.compile(
    r"""<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/<>]*+)"""
    r"""(?P<rest>(?>(?:=\s*+"[^"]*+"|=\s*+'[^']*+'|[^=<>]++|=)*+))(?P<end>>?)"""
)
_LONG_NUMBER = re.compile(r"&#(?:x[0-9a-f]{9,}|[0-9]{9,});?", re.IGNORECASE)
"""References to characters that cannot be; numbers of thousands of digits raise an error."""


class Tag(NamedTuple):
    """A tag; ``name`` is in lower case, ``attributes`` are as they were written."""

    name: str
    attributes: str = ""
    is_end: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether it is start and end at once."""
        return self.attributes.endswith("/")


def tokens_of(markup: str) -> Iterator[Tag | str]:
    """Yield the tags and the texts between them in their order, texts with references replaced by characters.

    Comments and declarations are left out, and so is what is in scripts and styles. A tag that is closed nowhere is
    text.
    """
    at = 0
    while at < len(markup):
        begin = markup.find("<", at)
        begin = len(markup) if begin < 0 else begin
        if begin > at:
            yield _plain(markup[at:begin])
        tag = _TAG.match(markup, begin)
        if tag is None:
            at = _after_declaration(markup, begin)
        elif not tag["end"]:
            at = tag.end()
            yield _plain(tag[0])
        else:
            found = Tag(tag["name"].lower(), tag["rest"], bool(tag["slash"]))
            at = tag.end()
            yield found
            if found.name in _RAW and not (found.is_end or found.is_closed):
                at = _end_of(found.name, markup, at)
        if at == begin < len(markup):
            at += 1
            yield "<"


def _after_declaration(markup: str, begin: int) -> int:
    """Return where a comment or declaration ends, ``begin`` where none begins; one without an end takes the rest."""
    for opened, closed in (("<!--", "-->"), ("<![", "]>"), ("<!", ">"), ("<?", ">"), ("</", ">")):
        if markup.startswith(opened, begin):
            end = markup.find(closed, begin + len(opened))
            return len(markup) if end < 0 else end + len(closed)
    return begin


def _end_of(name: str, markup: str, at: int) -> int:
    """Return where the end tag of an element begins whose content is no markup, else where the text ends."""
    found = re.compile(f"</{name}", re.IGNORECASE).search(markup, at)
    return len(markup) if found is None else found.start()


def _plain(text: str) -> str:
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text
