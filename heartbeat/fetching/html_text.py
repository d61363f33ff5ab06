"""Plain text of HTML: what a person would read, without scripts, styles and markup.

Each character is read once. The parser of the standard library takes minutes for a text of a few hundred kilobytes
that opens tags and closes none, and raises errors at some declarations.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_HIDDEN = frozenset({"script", "style", "template", "noscript", "head", "title"})
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
    }
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"}
    | {"table", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})
_RAW = frozenset({"script", "style"})
"""Elements whose content is no markup."""
_TAG = re.compile(
    r"""<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/<>]*)(?>(?:[^"'<>]+|"[^"]*"|'[^']*')*)(?P<end>>?)"""
)
_LONG_NUMBER = re.compile(r"&#(?:x[0-9a-f]{9,}|[0-9]{9,});?", re.IGNORECASE)
"""References to characters that cannot be; numbers of thousands of digits raise an error."""


def text_of_html(markup: str) -> str:
    """Return the text of a fragment or page of HTML, one line for each block; anything is accepted."""
    lines = "".join(_parts(markup)).split("\n")
    return "\n".join(line for line in (" ".join(each.split()) for each in lines) if line)


def _parts(markup: str) -> Iterator[str]:
    """Yield what is seen of the markup, piece by piece."""
    hidden = at = 0
    while at < len(markup):
        begin = markup.find("<", at)
        begin = len(markup) if begin < 0 else begin
        if begin > at:
            yield "" if hidden else _plain(markup[at:begin])
        tag = _TAG.match(markup, begin)
        if tag is None:
            at = _after_declaration(markup, begin)
        elif not tag["end"]:
            # It is closed nowhere, so it is no tag.
            at = tag.end()
            yield "" if hidden else _plain(tag[0])
        else:
            name = tag["name"].lower()
            at, hidden = tag.end(), _hidden(tag, name, hidden)
            if name in _BLOCKS:
                yield "\n"
            elif name in _CELLS and not tag["slash"]:
                yield " "
            elif name in _RAW and not tag["slash"] and not tag[0].endswith("/>"):
                at = _end_of(name, markup, at)
        if at == begin < len(markup):
            at += 1
            yield "" if hidden else "<"


def _hidden(tag: re.Match[str], name: str, hidden: int) -> int:
    """Return in how many elements that are not shown one is after a tag."""
    if name not in _HIDDEN:
        return hidden
    if tag["slash"]:
        return max(0, hidden - 1)
    return hidden if tag[0].endswith("/>") else hidden + 1


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
    # A line end within a block is a space.
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text)).replace("\n", " ")
